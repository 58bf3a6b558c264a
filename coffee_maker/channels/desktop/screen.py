"""What is shown on the desktop, and what comes of it when somebody reacts: all in one loop."""

import asyncio
import platform
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, Protocol

from coffee_maker.channels.desktop.browser import open_page
from coffee_maker.channels.desktop.bus import find_service
from coffee_maker.channels.desktop.face import Face, Style, face, note_face
from coffee_maker.channels.desktop.live import CannotShow, LiveNotifications, Reactions
from coffee_maker.channels.desktop.plain import PlainNotifications
from coffee_maker.domain.errors import ChannelError, CoffeeMakerError
from coffee_maker.domain.message import About, Message, Receipt, Received, Sent
from coffee_maker.domain.visible import one_line


class Notifications(Protocol):
    """A way to show notifications."""

    has_buttons: bool

    async def open(self) -> None: ...

    async def show(self, face: Face, reactions: Reactions) -> str: ...

    async def withdraw(self, id: str) -> bool: ...

    async def close(self) -> None: ...


class Answering(Protocol):
    def __call__(self, question: str, text: str) -> Receipt: ...


class DesktopScreen:
    """`answering` is called in a thread of its own, for each answer."""

    def __init__(self, style: Style, answering: Answering) -> None:
        self._style, self._answering = style, answering
        self._way: Notifications | None = None
        self._shown: dict[str, str] = {}  # question: id of its notification
        self._reacting: set[asyncio.Task[Any]] = set()

    async def connect(self) -> Notifications:
        """Look for whatever shows notifications here. Raises ChannelError."""
        if self._way is not None:
            return self._way
        markup = platform.system() == "Linux" and (await find_service()).markup
        self._way = await _way()
        self._style = replace(self._style, markup=markup, buttons=self._way.has_buttons)
        return self._way

    async def tell(self, message: Message) -> Sent:
        """Show it, or withdraw what asked it. Raises ChannelError; then the next one looks anew."""
        try:
            way = await self.connect()
            if message.about is About.SETTLED:
                await self._settle(way, message)
                return Sent(reference=message.reference)
            return Sent(reference=await self._show(way, message))
        except ChannelError:
            await self.leave()
            raise

    async def leave(self) -> None:
        """Withdraw all that asks, and let go of the desktop."""
        way, self._way = self._way, None
        shown, self._shown = self._shown, {}
        if way is None:
            return
        for asked in shown.values():
            await way.withdraw(asked)
        await way.close()

    async def _show(self, way: Notifications, message: Message, note: str = "") -> str:
        if message.about is About.ASK and way.has_buttons:
            await self._withdraw(way, message.question)
        reactions = Reactions(
            answered=lambda text: self._react(self._answer(message, text)),
            clicked=lambda: self._react(asyncio.to_thread(open_page, message.link)),
        )
        shown_as = await way.show(face(message, self._style, note), reactions)
        if message.about is About.ASK:
            self._shown[message.question] = shown_as
        return shown_as

    async def _settle(self, way: Notifications, message: Message) -> None:
        """Whoever still sees the question is told that it has its answer."""
        if await self._withdraw(way, message.question):
            asked = one_line(message.card.text, 80)
            await self._note(way, message.card.heading, f"{asked}\n{message.outcome}")

    async def _withdraw(self, way: Notifications, question: str) -> bool:
        shown_as = self._shown.pop(question, None)
        return shown_as is not None and await way.withdraw(shown_as)

    async def _note(self, way: Notifications, heading: str, text: str) -> None:
        nothing = Reactions(answered=lambda _: None, clicked=lambda: None)
        await way.show(note_face(heading, text, self._style), nothing)

    def _react(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.ensure_future(work)
        self._reacting.add(task)  # the loop itself would let go of it
        task.add_done_callback(self._reacting.discard)

    async def _answer(self, message: Message, text: str) -> None:
        """Pass it on; whoever gave it sees why where it did not count, and may try again."""
        self._shown.pop(message.question, None)  # a reaction has closed it
        try:
            receipt = await asyncio.to_thread(self._answering, message.question, text)
        except CoffeeMakerError as error:
            receipt = Receipt(received=Received.INVALID, message=f"It was not kept: {error}")
        if receipt.received is Received.ACCEPTED or self._way is None:
            return
        try:
            if receipt.received is Received.INVALID:
                await self._show(self._way, message, receipt.message)
            else:
                await self._note(self._way, message.card.heading, receipt.message)
        except ChannelError:
            return  # the next message finds out, and tells


async def _way() -> Notifications:
    live = LiveNotifications()
    try:
        await live.open()
    except CannotShow as unable:
        await live.close()
        plain = PlainNotifications()
        try:
            await plain.open()
        except ChannelError as error:
            raise ChannelError(f"{unable}, and {error}", cure=error.cure) from error
        return plain
    return live
