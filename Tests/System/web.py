"""A visitor of the site: plain HTTP, no cookie, no script, no redirect followed by itself."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from http.client import HTTPConnection
from urllib.parse import urlencode, urljoin, urlsplit

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source",
        "track", "wbr"}

_visitors = itertools.count(1)


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list = field(default_factory=list)

    def __iter__(self) -> Iterator["Element"]:
        """All elements below this one, in the document's order."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child

    @property
    def text(self) -> str:
        return "".join(
            child.text if isinstance(child, Element) else child for child in self.children)

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    def all(self, condition: Callable[["Element"], bool]) -> list["Element"]:
        return [element for element in self if condition(element)]


class _TreeBuilder(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = Element("document", {})
        self._open = [self.root]

    def handle_starttag(self, tag, attributes):
        element = Element(tag, {name: value or "" for name, value in attributes})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag):
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data):
        self._open[-1].children.append(data)


def parse(html: str) -> Element:
    builder = _TreeBuilder()
    builder.feed(html)
    builder.close()
    return builder.root


@dataclass
class Form:
    path: str
    fields: dict[str, str]
    """What a browser would send if nothing were typed or ticked."""


def _form(element: Element, page: str) -> Form:
    fields: dict[str, str] = {}
    for control in element:
        name, kind = control.attributes.get("name"), control.attributes.get("type", "text")
        if not name or control.tag not in ("input", "textarea", "select"):
            continue
        if control.tag == "select":
            fields[name] = _chosen(control)
        elif control.tag == "textarea":
            fields[name] = control.text
        elif kind in ("radio", "checkbox"):
            if "checked" in control.attributes:
                fields[name] = control.attributes.get("value", "on")
        elif kind not in ("submit", "button"):
            fields[name] = control.attributes.get("value", "")
    return Form(urlsplit(urljoin(page, element.attributes.get("action", ""))).path, fields)


def _chosen(select: Element) -> str:
    options = select.all(lambda element: element.tag == "option")
    chosen = [option for option in options if "selected" in option.attributes] or options[:1]
    return chosen[0].attributes.get("value", chosen[0].text) if chosen else ""


@dataclass
class Response:
    path: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @cached_property
    def text(self) -> str:
        return self.body.decode()

    @cached_property
    def document(self) -> Element:
        return parse(self.text)

    def form(self, ending: str, having: str | None = None) -> Form:
        """The form whose address ends so (and that has this field)."""
        elements = self.document.all(lambda element: element.tag == "form")
        forms = [_form(element, self.path) for element in elements]
        fitting = [form for form in forms
                   if form.path.endswith(ending) and (having is None or having in form.fields)]
        assert fitting, f"no form for {ending} on {self.path}:\n{self.text[:3000]}"
        return fitting[0]

    def of_class(self, name: str) -> list[Element]:
        return self.document.all(lambda element: name in element.classes)


class Visitor:
    """Comes from a network of its own, so that the limits by address do not meet."""

    def __init__(self, port: int, address: str | None = None):
        number = next(_visitors)
        self.port = port
        self.address = address or f"10.{number // 250 % 250}.{number % 250}.7"

    def get(self, path: str, **headers: str) -> Response:
        return self.request("GET", path, headers=headers)

    def head(self, path: str) -> Response:
        return self.request("HEAD", path)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Response:
        content = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.request("POST", path, urlencode(fields).encode(), content | headers)

    def submit(self, form: Form, **typed: str) -> Response:
        return self.post(form.path, form.fields | typed)

    def follow(self, response: Response) -> Response:
        assert response.status == 303, f"{response.status}\n{response.text[:3000]}"
        there = urlsplit(urljoin(response.path, response.header("Location")))
        return self.get(there.path + (f"?{there.query}" if there.query else ""))

    def connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=60)

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict | None = None
    ) -> Response:
        connection = self.connect()
        try:
            connection.request(
                method, path, body, {"X-Forwarded-For": self.address} | (headers or {}))
            response = connection.getresponse()
            return Response(path, response.status, response.getheaders(), response.read())
        finally:
            connection.close()
