"""Whether anybody shows notifications on this desktop, asked over D-Bus.

Nothing is started for it but the desktop's own notification service: where there is no message
bus, none is launched.
"""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coffee_maker.domain.errors import ChannelError

if TYPE_CHECKING:
    from dbus_fast.aio import MessageBus
    from dbus_fast.message import Message

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
ADDRESS = "DBUS_SESSION_BUS_ADDRESS"
SECONDS = 5.0

_CURE = (
    "start coffee-maker inside a desktop session, or set `enabled = false` under [channels.desktop]"
)
_NO_SERVICE = (
    "start a notification service (dunst, mako, or your desktop's own), or set "
    "`enabled = false` under [channels.desktop]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What shows the notifications, and whether it reads HTML in their text."""

    name: str
    markup: bool


async def find_service() -> Service:
    """The desktop's notification service. Raises ChannelError within some seconds.

    It is transient where there is a session to which the service may still come.
    """
    from dbus_fast.errors import DBusError

    _take_the_usual_address()
    try:
        async with asyncio.timeout(SECONDS):
            bus = await _connected()
            try:
                return await _service(bus)
            finally:
                await let_go(bus)
    except TimeoutError as error:
        raise _nobody("it did not answer in time") from error
    except (OSError, EOFError, DBusError) as error:
        raise _nobody(str(error)) from error


async def let_go(bus: Any) -> None:
    """Close a connection to the message bus; what is lost with it harms nobody."""
    with suppress(OSError, EOFError, TimeoutError):
        bus.disconnect()
        async with asyncio.timeout(1):
            await bus.wait_for_disconnect()


def _take_the_usual_address() -> None:
    # Where systemd starts the session's bus every D-Bus library looks here by itself, except the
    # one that sends our notifications.
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if not os.environ.get(ADDRESS) and runtime and (Path(runtime) / "bus").is_socket():
        os.environ[ADDRESS] = f"unix:path={runtime}/bus"


async def _connected() -> "MessageBus":
    from dbus_fast.aio import MessageBus
    from dbus_fast.errors import InvalidAddressError

    if not (os.environ.get(ADDRESS) or os.environ.get("DISPLAY")):
        raise _no_session()
    try:
        bus = MessageBus()
    except (InvalidAddressError, KeyError) as error:
        raise _no_session() from error
    try:
        return await bus.connect()
    except BaseException:
        bus.disconnect()
        raise


async def _service(bus: "MessageBus") -> Service:
    # A service that is only started when it is wanted is started by this.
    about = await _call(bus, _to_service("GetServerInformation"))
    can = await _call(bus, _to_service("GetCapabilities"))
    name = str(about.body[0]) if about.body else "unknown"
    return Service(name=name, markup="body-markup" in (can.body[0] if can.body else ()))


def _to_service(member: str) -> "Message":
    from dbus_fast import Message

    return Message(destination=NAME, path=PATH, interface=NAME, member=member)


async def _call(bus: "MessageBus", message: "Message") -> "Message":
    from dbus_fast import MessageType

    reply = await bus.call(message)
    if reply is None or reply.message_type is MessageType.ERROR:
        why = reply.body[0] if reply is not None and reply.body else "no answer"
        raise _nobody(str(why))
    return reply


def _no_session() -> ChannelError:
    what = "there is no desktop session here, so nobody would see a notification"
    return ChannelError(what, cure=_CURE)


def _nobody(why: str) -> ChannelError:
    return ChannelError(
        f"no notification service can be reached in this desktop session: {why}",
        cure=_NO_SERVICE,
        transient=True,
    )
