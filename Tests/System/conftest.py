"""What the tests have in common: keepers, a relay, a server with one open action."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser import chromium
from hostile import Site
from outcry import Installation, Keeper, Server
from relay import Relay
from web import Visitor

pytest_plugins = ["faults.plugin"]


class Keepers(dict[str, Keeper]):
    """Each made once, when it is asked for: the passphrase's stretching is slow on purpose."""

    COUNTS = {"first": 3, "second": 3, "stranger": 3, "lone": 1}

    def __init__(self, folder: Path):
        super().__init__()
        self._folder = folder

    def __missing__(self, name: str) -> Keeper:
        self[name] = Keeper.new(self._folder / name, self.COUNTS[name])
        return self[name]


@pytest.fixture(scope="session")
def keepers(tmp_path_factory) -> Keepers:
    return Keepers(tmp_path_factory.mktemp("keepers"))


@pytest.fixture
def keeper(keepers) -> Keeper:
    return keepers["first"]


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as relay:
        yield relay


@pytest.fixture
def installation(tmp_path: Path, keeper: Keeper, relay: Relay) -> Installation:
    """Set up, with one open action, not yet served."""
    return set_up(tmp_path, relay, keeper)


@pytest.fixture
def server(installation: Installation) -> Iterator[Server]:
    with Server(installation) as server:
        yield server


@pytest.fixture
def visitor(server: Server) -> Visitor:
    return Visitor(server.port)


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Iterator[Server]:
    """The sample action with its built-in outbox, shared by a file's tests."""
    with Server(Installation(tmp_path_factory.mktemp("demo")), demo=True) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def set_up(folder: Path, relay: Relay, *keepers: Keeper) -> Installation:
    installation = Installation(folder, smtp=relay.url)
    for ran in (installation.init(*keepers), installation.import_action()):
        assert ran.succeeded, str(ran)
    return installation


@pytest.fixture(scope="module")
def site(tmp_path_factory, keepers) -> Iterator[Site]:
    """One server for a whole file, where no test is in another's way."""
    with Relay() as relay:
        with Server(set_up(tmp_path_factory.mktemp("site"), relay, keepers["first"])) as server:
            yield Site(server, relay)


@pytest.fixture
def unharmed(site: Site) -> Iterator[None]:
    """After the test the site is as it was: it runs, has failed at nothing, has kept little."""
    yield
    site.check_unharmed()
