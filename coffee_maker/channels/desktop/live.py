"""Notifications with buttons, by desktop-notifier."""

import logging
import platform
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coffee_maker.channels.desktop.bus import let_go
from coffee_maker.channels.desktop.face import APP, Face
from coffee_maker.domain.errors import ChannelError

if TYPE_CHECKING:
    from desktop_notifier import Sound

_LOGGER = "desktop_notifier"
_LINUX = platform.system() == "Linux"


class CannotShow(ChannelError):
    """desktop-notifier does not understand this desktop; another way may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reactions:
    """What to call when somebody reacts, from the loop's thread; none of them may wait."""

    answered: Callable[[str], object]
    clicked: Callable[[], object]


class LiveNotifications:
    """Everything happens in the one loop in which it was opened."""

    has_buttons = True

    def __init__(self) -> None:
        from desktop_notifier import DesktopNotifier, Icon

        # It logs a traceback for what we raise as an error of our own.
        logging.getLogger(_LOGGER).setLevel(logging.CRITICAL)
        icon = Icon(name="dialog-question") if _LINUX else None
        self._notifier = DesktopNotifier(APP, icon)

    async def open(self) -> None:
        """Raises CannotShow."""
        from desktop_notifier import Capability

        try:
            able = await self._notifier.get_capabilities()
        except Exception as error:  # every backend has errors of its own
            raise CannotShow(f"desktop-notifier cannot be used: {error}") from error
        # Without hints (which carry the urgency) it silently shows nothing.
        if Capability.TITLE not in able or (_LINUX and Capability.URGENCY not in able):
            raise CannotShow("desktop-notifier cannot be used on this desktop")

    async def show(self, face: Face, reactions: Reactions) -> str:
        """Show it; its id. Raises ChannelError where it was not shown."""
        from desktop_notifier import Button, ReplyField, Urgency

        shown: list[bool] = []
        reply = ReplyField(title="Answer", button_title="Send", on_replied=reactions.answered)
        shown_as = await self._notifier.send(
            title=face.title,
            message=face.body,
            urgency=Urgency(face.urgency),
            buttons=[
                Button(title=one.label, on_pressed=_press(reactions, one.value), identifier=f"{n}")
                for n, one in enumerate(face.buttons)
            ],
            reply_field=reply if face.own_words else None,
            on_clicked=reactions.clicked,
            on_dispatched=lambda: shown.append(True),
            sound=_sound() if face.sound else None,
            timeout=0 if face.stays else -1,
        )
        if not shown:
            raise ChannelError("the notification was not shown", transient=True)
        return shown_as

    async def withdraw(self, id: str) -> bool:
        """Take it away; False where it is gone already."""
        if id not in await self._notifier.get_current_notifications():
            return False
        try:
            await self._notifier.clear(id)
        except Exception:  # noqa: BLE001 - what cannot be reached shows nothing either
            return False
        return True

    async def close(self) -> None:
        """Let go of the message bus, where it is one."""
        # The library never lets go of it, and knows no way to ask for that.
        bus: Any = getattr(vars(self._notifier).get("_backend"), "bus", None)
        if bus is not None:
            await let_go(bus)


def _press(reactions: Reactions, value: str) -> Callable[[], object]:
    return lambda: reactions.answered(value)


def _sound() -> "Sound":
    from desktop_notifier import DEFAULT_SOUND, Sound

    # "default" is a name that only other systems know.
    return Sound(name="message-new-instant") if _LINUX else DEFAULT_SOUND
