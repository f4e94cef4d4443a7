"""A mail relay on loopback that answers as a test tells it to."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from weakref import WeakSet

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from outcry import free_port
from signing import Mail

ACCEPT = "250 2.0.0 taken"
CUT = "cut the connection after the message, before any answer"


@dataclass
class Delivery:
    """A message that was sent to its end, whatever the relay then answered."""

    sender: str
    recipients: list[str]
    raw: bytes
    answer: str

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)


class Relay:
    """Runs within its block; may be started and stopped in it, at the same port."""

    def __init__(self, is_up: bool = True):
        self.port = free_port()
        self.url = f"smtp://127.0.0.1:{self.port}"
        self.deliveries: list[Delivery] = []
        self.attempts: list[str] = []
        self.recipient_answers: deque[str] = deque()
        """Taken one for each recipient offered; when there is none: accepted."""
        self.message_answers: deque[str] = deque()
        """The same for each message sent; may be `CUT`."""
        self.judge_recipient: Callable[[str], str] = lambda address: ACCEPT
        """Answers for each recipient when nothing was put down for it."""
        self.sender_answer: str | None = None
        """What every sender is told; accepted while there is none."""
        self.seconds_a_byte = 0.0
        """How slowly it speaks."""
        self.on_accepted: Callable[[Delivery], None] = lambda delivery: None
        """Told of each message that was taken, in the relay's own thread."""
        self._taken: dict[str, list[Delivery]] = defaultdict(list)
        self._is_up_at_first = is_up
        self._controller: Controller | None = None

    def __enter__(self) -> "Relay":
        if self._is_up_at_first:
            self.start()
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def start(self) -> None:
        self._controller = _Controller(
            self, hostname="127.0.0.1", port=self.port, enable_SMTPUTF8=True)
        self._controller.start()

    def stop(self) -> None:
        if self._controller:
            self._controller.hang_up()
            self._controller.stop(no_assert=True)
            self._controller = None

    def accepted(self, address: str) -> list[Delivery]:
        return list(self._taken.get(address, []))

    def mails_to(self, address: str) -> list[Mail]:
        return [Mail(address, str(delivery.message["Subject"]), text_of(delivery.message))
                for delivery in self.accepted(address)]

    async def handle_MAIL(self, server, session, envelope, address, options) -> str:
        if self.sender_answer:
            return self.sender_answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        self.attempts.append(address)
        answer = (self.recipient_answers.popleft() if self.recipient_answers
                  else self.judge_recipient(address))
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session, envelope) -> str:
        answer = self.message_answers.popleft() if self.message_answers else ACCEPT
        delivery = Delivery(
            envelope.mail_from, envelope.rcpt_tos, envelope.original_content, answer)
        self._take(delivery)
        if answer == CUT:
            server.transport.abort()
            await asyncio.sleep(0)
            return ACCEPT
        return answer

    def _take(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        if delivery.answer == ACCEPT:
            for address in delivery.recipients:
                self._taken[address].append(delivery)
            self.on_accepted(delivery)


class _Controller(Controller):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._sessions: WeakSet[SMTP] = WeakSet()

    def factory(self) -> SMTP:
        session = _Session(self.handler, **self.SMTP_kwargs)
        self._sessions.add(session)
        return session

    def hang_up(self) -> None:
        """Leaves nobody waiting for an answer that will not come."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result(timeout=10)

    async def _hang_up(self) -> None:
        for session in self._sessions:
            if session.transport:
                session.transport.abort()
        await asyncio.sleep(0)


class _Session(SMTP):
    async def push(self, status) -> None:
        """As slowly as the relay is told to, at every byte anew."""
        if not self.event_handler.seconds_a_byte:
            return await super().push(status)
        for byte in (status.encode() if isinstance(status, str) else status) + b"\r\n":
            self._writer.write(bytes([byte]))
            await self._writer.drain()
            await asyncio.sleep(self.event_handler.seconds_a_byte)


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None, f"no plain text in {message.as_string()}"
    return body.get_content()
