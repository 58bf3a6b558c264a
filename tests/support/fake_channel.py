"""A way to reach a person that is told how to behave."""

import threading
import time
from collections.abc import Callable

from coffee_maker.domain.errors import ChannelError
from coffee_maker.domain.message import About, Message, Receipt, Reply, Sent
from coffee_maker.domain.ports import Receive


class FakeChannel:
    """Keeps what it was sent, with the time of it. An error in `fails` is raised by `send`, each
    once; `dead` and `unopened` are raised as long as they are set.

    `hangs`: `send` returns only when this event is set.
    """

    def __init__(self, name: str = "fake", *, forgets: bool = False) -> None:
        self.name, self.forgets = name, forgets
        self.sent: list[Message] = []
        self.times: list[float] = []
        self.fails: list[Exception] = []
        self.dead: Exception | None = None
        self.unopened: Exception | None = None
        self.hangs: threading.Event | None = None
        self.tries = self.opened = self.closed = 0
        self.on_sent: Callable[[Message], None] | None = None
        self._receive: Receive | None = None

    def open(self, receive: Receive) -> None:
        self.opened += 1
        if self.unopened is not None:
            raise self.unopened
        self._receive = receive

    def send(self, message: Message) -> Sent:
        self.tries += 1
        if self.hangs is not None:
            self.hangs.wait()
        if self.dead is not None:
            raise self.dead
        if self.fails:
            raise self.fails.pop(0)
        self.sent.append(message)
        self.times.append(time.monotonic())
        if self.on_sent is not None:
            self.on_sent(message)
        reference = message.reference or f"{self.name}/{message.id}"
        return Sent(
            reference=reference, thread=message.thread or f"{self.name}/{message.card.task}"
        )

    def poll(self) -> None: ...

    def close(self) -> None:
        self.closed += 1

    def reply(self, question: str, text: str, who: str = "Ana") -> Receipt:
        """Somebody answers here."""
        assert self._receive is not None, "it was not opened"
        return self._receive(Reply(question=question, text=text, channel=self.name, who=who))

    def about(self, about: About) -> list[Message]:
        return [message for message in self.sent if message.about is about]


def down(retry_after: float | None = None) -> ChannelError:
    """The far side does not answer, or has had too much."""
    return ChannelError("nobody answers", transient=True, retry_after=retry_after)


def misconfigured() -> ChannelError:
    return ChannelError("the token is not valid", cure="set another one")
