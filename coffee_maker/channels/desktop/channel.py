"""Notifications on this machine's screen: with buttons, and a field to type in where it can."""

from collections.abc import Coroutine
from typing import Any, ClassVar, TypeVar

from coffee_maker.channels.desktop.face import Style
from coffee_maker.channels.desktop.loop_thread import LoopThread
from coffee_maker.channels.desktop.screen import DesktopScreen
from coffee_maker.channels.login import login_name
from coffee_maker.domain.errors import ChannelError
from coffee_maker.domain.message import Message, Receipt, Received, Reply, Sent
from coffee_maker.domain.ports import Receive

SECONDS = 8.0  # for whatever the desktop has to do; it takes milliseconds where all is well

T = TypeVar("T")


class DesktopChannel:
    """The port `Channel`. `urgency`: low, normal, critical, or auto: as severe as the question.

    A service that goes away is looked for again at the next message. What was shown is lost with
    this process: it `forgets`, and open questions are to be asked again by the next one.
    """

    name = "desktop"
    forgets: ClassVar[bool] = True

    def __init__(self, *, sound: bool = True, urgency: str = "auto") -> None:
        self._receive: Receive | None = None
        self._screen = DesktopScreen(Style(sound=sound, urgency=urgency), self._answered)
        self._loop: LoopThread | None = None

    def open(self, receive: Receive) -> None:
        """Look for whatever shows notifications here. Raises ChannelError where nothing does."""
        self._receive = receive
        try:
            self._run(self._screen.connect())
        except ChannelError:
            self.close()
            raise

    def send(self, message: Message) -> Sent:
        """Show it, or withdraw what asked it. Raises ChannelError."""
        return self._run(self._screen.tell(message))

    def poll(self) -> None:
        """Nothing to look for: the desktop calls us."""

    def close(self) -> None:
        """Withdraw what is still shown, since nobody hears its buttons any more."""
        loop, self._loop = self._loop, None
        if loop is None:
            return
        try:
            loop.result(self._screen.leave(), SECONDS)
        except TimeoutError:
            pass  # a desktop that hangs keeps nobody from going
        finally:
            loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        self._loop = self._loop or LoopThread("desktop notifications")
        try:
            return self._loop.result(work, SECONDS)
        except TimeoutError as error:
            what = "the desktop took too long to show a notification"
            raise ChannelError(what, transient=True) from error

    def _answered(self, question: str, text: str) -> Receipt:
        if self._receive is None:
            return Receipt(received=Received.REFUSED, message="Nobody listens for answers here.")
        return self._receive(
            Reply(question=question, text=text, channel=self.name, who=login_name())
        )
