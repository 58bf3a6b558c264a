"""A real mail server on loopback that keeps what it is handed."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


def free_port() -> int:
    """A port of loopback that nobody listens on at this moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class MailRoom:
    """`mails` are what came in, parsed; `answers` are said instead of "250", one for each mail."""

    def __init__(self) -> None:
        self.port = free_port()
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answers: list[str] = []
        self.unknown: set[str] = set()
        self.wants_login = False

    async def handle_RCPT(  # noqa: N802 - the library's
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.wants_login and not session.authenticated:
            return "530 log in first"
        if address in self.unknown:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.answers:
            answer = self.answers.pop(0)
            if not answer.startswith("250"):
                return answer
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients += envelope.rcpt_tos
        return "250 OK"

    def check(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        fits = isinstance(data, LoginPassword) and data.password == b"right"
        return AuthResult(success=fits, handled=False)


@contextmanager
def mail_room(*, login: bool = False) -> Iterator[MailRoom]:
    """One that runs; with `login` it wants the password "right"."""
    room = MailRoom()
    room.wants_login = login
    controller = Controller(
        room,
        hostname="127.0.0.1",
        port=room.port,
        auth_require_tls=False,
        authenticator=room.check if login else None,
    )
    controller.start()
    try:
        yield room
    finally:
        controller.stop()


@contextmanager
def silent_server() -> Iterator[int]:
    """It takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(5)
        yield int(listening.getsockname()[1])
