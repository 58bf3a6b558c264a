"""What a service manager hears of the daemon, on a real NOTIFY_SOCKET."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from coffee_maker.autonomous.supervision import Supervision, supervision
from coffee_maker.domain.events import (
    AgentDid,
    DaemonStopped,
    NoticeGiven,
    TaskStarted,
)
from coffee_maker.store.store import Store
from tests.support.clocks import SteppedClock
from tests.support.project import project_without_remote

DONE = "# Roadmap\n\n## PRIORITY 1: Greet\n\n**Status**: ✅ Complete\n"
SETTINGS = 'state_dir = "../state"\nwatch_seconds = 60\n[agent]\nkind = "scripted"\nscript = "x"\n'


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[socket.socket]:
    """A service manager's end of the socket, in both kinds of address."""
    if request.param == "abstract" and sys.platform != "linux":
        pytest.skip("abstract sockets are Linux's own")
    name = f"\0coffee-{os.getpid()}-{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(tmp_path / "notify") if request.param == "path" else name)
        made.settimeout(20)
        yield made


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def store(tmp_path: Path, clock: SteppedClock) -> Iterator[Store]:
    with Store(tmp_path / "store.db", clock) as opened:
        yield opened


def address(manager: socket.socket) -> str:
    name = manager.getsockname()
    return f"@{name[1:].decode()}" if isinstance(name, bytes) else str(name)


def heard(manager: socket.socket) -> list[str]:
    """Everything that was said up to now."""
    told = []
    manager.setblocking(False)
    while True:
        try:
            told.append(manager.recv(4096).decode())
        except BlockingIOError:
            return told


def made(store: Store, clock: SteppedClock, **variables: str) -> Supervision:
    found = supervision(variables, store.journal, clock)
    assert found is not None
    return found


def test_ready_status_and_the_end(
    manager: socket.socket, store: Store, clock: SteppedClock
) -> None:
    """Ready once, then what the journal tells, in one line each, and the end once."""
    told = made(store, clock, NOTIFY_SOCKET=address(manager))
    store.journal.append(NoticeGiven(message="of an earlier run"))
    told.start()
    told.pump()
    store.journal.append(TaskStarted(title="Cache", attempt=1, agent="claude"), task="PRIORITY 1")
    store.journal.append(AgentDid(text="reads"), task="PRIORITY 1")
    store.journal.append(NoticeGiven(message="two\nREADY=1\x1b[31m"))
    told.pump()
    told.pump()
    store.journal.append(DaemonStopped(reason="done"))
    told.pump()
    told.close()

    said = heard(manager)
    assert "READY=1\nSTATUS=looking for work" == said[0]
    assert said[1].startswith("STATUS=PRIORITY 1: ")
    assert said[2].startswith("STATUS=two")
    assert not any("\n" in message for message in said[1:])
    assert "STOPPING=1" == said[3]
    assert 5 == len(said)


def test_a_sign_of_life_comes_from_the_loop_alone(
    manager: socket.socket, store: Store, clock: SteppedClock
) -> None:
    """At every turn that is due, and never while the loop stands still."""
    told = made(store, clock, NOTIFY_SOCKET=address(manager), WATCHDOG_USEC="8000000")
    told.start()
    for _ in range(11):  # a second of turns
        told.pump()
        clock.sleep(0.1)
    assert ["WATCHDOG=1"] == heard(manager)[1:]

    clock.sleep(100)
    assert [] == heard(manager)
    told.pump()
    told.pump()
    assert ["WATCHDOG=1"] == heard(manager)


@pytest.mark.parametrize(
    "variables", [{}, {"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "soon"}]
)
def test_no_watchdog_is_told_nothing(
    manager: socket.socket, store: Store, clock: SteppedClock, variables: dict[str, str]
) -> None:
    """Where none was asked for, or it is meant for another process."""
    told = made(store, clock, NOTIFY_SOCKET=address(manager), **variables)
    told.pump()

    assert [] == heard(manager)


def test_nobody_to_tell(store: Store, clock: SteppedClock, tmp_path: Path) -> None:
    """Without a manager there is nothing; one that is gone is no reason to end."""
    assert supervision({}, store.journal, clock) is None
    assert supervision({"NOTIFY_SOCKET": "vsock:2:1"}, store.journal, clock) is None
    told = made(store, clock, NOTIFY_SOCKET=str(tmp_path / "gone"), WATCHDOG_USEC="1000000")
    told.start()
    told.pump()
    told.close()


def test_the_daemon_tells_its_manager(manager: socket.socket, tmp_path: Path) -> None:
    """The real program: ready, alive while it waits for work and is not halted, then stopping."""
    project = project_without_remote(
        tmp_path, {"ROADMAP.md": DONE, "coffee_maker.toml": SETTINGS}
    ).checkout
    daemon = subprocess.Popen(
        [sys.executable, "-m", "coffee_maker", "run", "--repo", str(project)],
        env={**os.environ, "NOTIFY_SOCKET": address(manager), "WATCHDOG_USEC": "2000000"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert "READY=1\nSTATUS=looking for work" == manager.recv(4096).decode()
        seen: list[str] = []
        while seen.count("WATCHDOG=1") < 3:
            seen.append(manager.recv(4096).decode())
        daemon.send_signal(signal.SIGSTOP)
        time.sleep(0.2)
        heard(manager)
        time.sleep(1.5)
        assert [] == heard(manager)
        daemon.send_signal(signal.SIGCONT)
        daemon.send_signal(signal.SIGTERM)
        output, _ = daemon.communicate(timeout=30)
    finally:
        daemon.kill()
        daemon.communicate()

    assert "STOPPING=1" in heard(manager), output
    assert 0 == daemon.returncode
