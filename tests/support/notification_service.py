"""A real notification service on a message bus of its own, with somebody who sits before it."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusSignature
from dbus_fast.service import ServiceInterface, dbus_method, dbus_signal

from coffee_maker.channels.desktop.loop_thread import LoopThread
from tests.support import needs

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
CAPABILITIES = ("actions", "body", "body-markup", "sound", "inline-reply")
SECONDS = 10.0
DISMISSED, CLOSED = 2, 3

_CONFIG = """<busconfig><type>session</type><listen>unix:path={socket}</listen>
<auth>EXTERNAL</auth><policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"""

Strings = Annotated[list[str], DBusSignature("as")]
Hints = Annotated[dict[str, Any], DBusSignature("a{sv}")]
Number = Annotated[int, DBusSignature("u")]
Signed = Annotated[int, DBusSignature("i")]
Text = Annotated[str, DBusSignature("s")]
Information = Annotated[tuple[str, str, str, str], DBusSignature("ssss")]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A notification as it arrived. `timeout` is in milliseconds: 0 is for ever."""

    id: int
    app: str
    title: str
    body: str
    actions: dict[str, str]
    urgency: int
    sound: str
    timeout: int


@contextmanager
def private_bus(folder: Path) -> Iterator[str]:
    """A message bus at an address of its own, on which nothing can be started by itself."""
    program = needs.program("dbus-daemon", "install dbus")
    config, socket = folder / "bus.conf", folder / "bus"
    config.write_text(_CONFIG.format(socket=socket))
    daemon = subprocess.Popen(
        [program, f"--config-file={config}", "--nofork", "--print-address"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert daemon.stdout is not None
        yield daemon.stdout.readline().strip().partition(",")[0]
    finally:
        daemon.terminate()
        daemon.wait(SECONDS)
        if daemon.stdout is not None:
            daemon.stdout.close()


class NotificationService:
    """Shows what it is sent. `introspectable`: whether it describes itself, as it should."""

    def __init__(
        self,
        address: str,
        *,
        capabilities: tuple[str, ...] = CAPABILITIES,
        introspectable: bool = True,
    ) -> None:
        self._desk = _Desk(capabilities)
        self._loop = LoopThread("notification service")
        self._bus: MessageBus = self._loop.result(
            _serve(address, self._desk, introspectable=introspectable), SECONDS
        )

    @property
    def received(self) -> list[Shown]:
        """Everything that ever came, in order."""
        return list(self._desk.received)

    @property
    def on_screen(self) -> list[Shown]:
        """What can be seen now."""
        return [one for one in self.received if one.id in self._desk.up]

    def wait_for(self, holds: Callable[["NotificationService"], object]) -> None:
        """Until it holds."""
        end = time.monotonic() + SECONDS
        while not holds(self):
            assert time.monotonic() < end, f"it did not come about: {self.received}"
            time.sleep(0.005)

    def press(self, shown: Shown, action: str) -> None:
        """Press a button by its label; "default" is a click on the notification itself."""
        key = next((k for k, label in shown.actions.items() if label == action), action)
        assert key in shown.actions, f"no {action!r} among {shown.actions}"
        self._do(lambda: self._desk.ActionInvoked(shown.id, key), shown, DISMISSED)

    def reply(self, shown: Shown, text: str) -> None:
        """Type into its field."""
        assert "inline-reply" in shown.actions
        self._do(lambda: self._desk.NotificationReplied(shown.id, text), shown, DISMISSED)

    def dismiss(self, shown: Shown) -> None:
        """Click it away."""
        self._do(lambda: None, shown, DISMISSED)

    def close(self) -> None:
        self._loop.result(self._leave(), SECONDS)
        self._loop.close()

    def _do(self, signal: Callable[[], object], shown: Shown, reason: int) -> None:
        async def act() -> None:
            assert shown.id in self._desk.up, f"{shown} is not on the screen"
            signal()
            self._desk.take_down(shown.id, reason)

        self._loop.result(act(), SECONDS)

    async def _leave(self) -> None:
        self._bus.disconnect()
        await self._bus.wait_for_disconnect()  # type: ignore[no-untyped-call]


class _Desk(ServiceInterface):
    """The interface of the desktop notifications specification 1.2, and KDE's inline reply."""

    def __init__(self, capabilities: tuple[str, ...]) -> None:
        super().__init__(NAME)
        self.capabilities = list(capabilities)
        self.received: list[Shown] = []
        self.up: set[int] = set()

    def take_down(self, id: int, reason: int) -> None:
        if id in self.up:
            self.up.remove(id)
            self.NotificationClosed(id, reason)

    def put_up(self, *given: Any) -> int:
        app, replaces, _icon, title, body, actions, hints, timeout = given
        number = replaces or len(self.received) + 1
        self.received.append(
            Shown(
                id=number,
                app=app,
                title=title,
                body=body,
                actions=dict(zip(actions[::2], actions[1::2], strict=True)),
                urgency=hints["urgency"].value if "urgency" in hints else 1,
                sound=hints["sound-name"].value if "sound-name" in hints else "",
                timeout=timeout,
            )
        )
        self.up.add(number)
        return number

    @dbus_method()
    def Notify(  # noqa: N802, PLR0917 - the specification's names and order
        self,
        app: Text,
        replaces: Number,
        icon: Text,
        title: Text,
        body: Text,
        actions: Strings,
        hints: Hints,
        timeout: Signed,
    ) -> Number:
        return self.put_up(app, replaces, icon, title, body, actions, hints, timeout)

    @dbus_method()
    def CloseNotification(self, id: Number) -> None:  # noqa: N802
        self.take_down(id, CLOSED)

    @dbus_method()
    def GetCapabilities(self) -> Strings:  # noqa: N802
        return self.capabilities

    @dbus_method()
    def GetServerInformation(self) -> Information:  # noqa: N802
        return ("desk", "tests", "1", "1.2")

    @dbus_signal()
    def ActionInvoked(  # noqa: N802
        self, id: int, action: str
    ) -> Annotated[tuple[int, str], DBusSignature("us")]:
        return (id, action)

    @dbus_signal()
    def NotificationReplied(  # noqa: N802
        self, id: int, text: str
    ) -> Annotated[tuple[int, str], DBusSignature("us")]:
        return (id, text)

    @dbus_signal()
    def NotificationClosed(  # noqa: N802
        self, id: int, reason: int
    ) -> Annotated[tuple[int, int], DBusSignature("uu")]:
        return (id, reason)


async def _serve(address: str, desk: _Desk, *, introspectable: bool) -> MessageBus:
    bus = await MessageBus(bus_address=address).connect()
    if introspectable:
        bus.export(PATH, desk)
    else:
        bus.add_message_handler(lambda message: _answered(desk, message))
    await bus.request_name(NAME)
    return bus


def _answered(desk: _Desk, message: Message) -> Message | None:
    """What a service says that has the methods but does not describe them."""
    if message.message_type is not MessageType.METHOD_CALL:
        return None
    match message.member:
        case "Introspect":
            return Message.new_method_return(message, "s", ["<node></node>"])
        case "Notify":
            return Message.new_method_return(message, "u", [desk.put_up(*message.body)])
        case "GetCapabilities":
            return Message.new_method_return(message, "as", [desk.capabilities])
        case "GetServerInformation":
            return Message.new_method_return(message, "ssss", ["plain", "tests", "1", "1.2"])
    return None
