"""A mail relay on loopback that answers as a test tells it to."""

import asyncio
from collections import deque
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

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
        self._is_up_at_first = is_up
        self._controller: Controller | None = None

    def __enter__(self) -> "Relay":
        if self._is_up_at_first:
            self.start()
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def start(self) -> None:
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, enable_SMTPUTF8=True)
        self._controller.start()

    def stop(self) -> None:
        if self._controller:
            self._controller.stop(no_assert=True)
            self._controller = None

    def accepted(self, address: str) -> list[Delivery]:
        return [delivery for delivery in self.deliveries
                if address in delivery.recipients and delivery.answer == ACCEPT]

    def mails_to(self, address: str) -> list[Mail]:
        return [Mail(address, str(delivery.message["Subject"]), text_of(delivery.message))
                for delivery in self.accepted(address)]

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        self.attempts.append(address)
        answer = self.recipient_answers.popleft() if self.recipient_answers else ACCEPT
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session, envelope) -> str:
        answer = self.message_answers.popleft() if self.message_answers else ACCEPT
        self.deliveries.append(
            Delivery(envelope.mail_from, envelope.rcpt_tos, envelope.original_content, answer))
        if answer == CUT:
            server.transport.abort()
            await asyncio.sleep(0)
            return ACCEPT
        return answer


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None, f"no plain text in {message.as_string()}"
    return body.get_content()
