"""Notifications without buttons, by plyer, where desktop-notifier cannot.

plyer says nothing of what was not shown, so somebody must have looked before whether there is
anybody who shows it.
"""

import asyncio
import platform
import warnings
from importlib import import_module
from itertools import count
from typing import Protocol

from coffee_maker.channels.desktop.face import APP, Face
from coffee_maker.channels.desktop.live import Reactions
from coffee_maker.domain.errors import ChannelError

SECONDS = 10.0
_CURE = (
    "install notify-send (Debian: libnotify-bin), or set `enabled = false` under [channels.desktop]"
)


class Plyer(Protocol):
    def notify(self, title: str, message: str, app_name: str) -> object: ...


class PlainNotifications:
    """Shows; nobody can react to it, and it cannot be taken away again."""

    has_buttons = False

    def __init__(self) -> None:
        self._ids = count(1)
        self._plyer: Plyer | None = None

    async def open(self) -> None:
        """Raises ChannelError."""
        self._plyer = _plyer()

    async def show(self, face: Face, reactions: Reactions) -> str:  # noqa: ARG002 - the other's
        """Show it; its id. Raises ChannelError."""
        if self._plyer is None:
            await self.open()
        try:
            async with asyncio.timeout(SECONDS):
                await asyncio.to_thread(self._notify, _argument(face.title), _argument(face.body))
        except TimeoutError as error:
            raise ChannelError("the notification took too long", transient=True) from error
        except Exception as error:  # every platform of plyer's has its own
            raise ChannelError(f"plyer cannot show notifications: {error}", cure=_CURE) from error
        return f"plain {next(self._ids)}"

    async def withdraw(self, id: str) -> bool:  # noqa: ARG002 - the other's
        """True: it is, or was, on the screen, and nobody can tell which."""
        return True

    async def close(self) -> None:
        """Nothing is held open."""

    def _notify(self, title: str, body: str) -> None:
        if self._plyer is not None:
            self._plyer.notify(title=title, message=body, app_name=APP)


def _plyer() -> Plyer:
    """plyer's way on this platform. Raises ChannelError."""
    try:
        if platform.system() == "Linux":
            return _notify_send()
        chosen: Plyer = import_module("plyer").notification
    except ImportError as error:
        raise ChannelError(f"plyer cannot be used: {error}", cure=_CURE) from error
    return chosen


def _notify_send() -> Plyer:
    # plyer's own choice takes a folder `/app`, as containers have it, for a Flatpak, and pastes
    # the text into a command there; and it warns of each library that it looked for.
    from shutil import which

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        linux = import_module("plyer.platforms.linux.notification")

    if which("notify-send") is None:
        raise ChannelError("plyer needs notify-send, which is not installed", cure=_CURE)
    chosen: Plyer = linux.NotifySendNotification()
    return chosen


def _argument(text: str) -> str:
    """What a program cannot take for one of its options, nor for nothing."""
    return f" {text}" if not text or text.startswith("-") else text
