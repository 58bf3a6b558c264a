"""Who holds the lock, and that nobody else is ever asked to end."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from coffee_maker.domain.errors import StoreError
from coffee_maker.store.daemon_lock import DaemonLock

HOLD = """
import sys, time
from pathlib import Path
from coffee_maker.store.daemon_lock import DaemonLock
with DaemonLock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that holds the lock of `tmp_path`, as a daemon does."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert "held\n" == process.stdout.readline()
        yield process
        process.kill()


def test_who_holds_it_is_asked_to_end(holder: "subprocess.Popen[str]", tmp_path: Path) -> None:
    """By SIGTERM, and afterwards nobody is there."""
    lock = DaemonLock(tmp_path)

    assert holder.pid == lock.end()

    assert -signal.SIGTERM == holder.wait(10)
    assert lock.end() is None


def test_a_process_that_only_has_its_number_is_left_alone(
    holder: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    """The file names a process that was born at another time: its number was given away."""
    (tmp_path / "daemon.pid").write_text(f"{holder.pid}\n12345\n")

    with pytest.raises(StoreError, match="is not the daemon") as told:
        DaemonLock(tmp_path).end()

    assert told.value.cure
    assert holder.poll() is None


def test_what_a_killed_one_left_behind_is_no_lock(
    holder: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    """The file is there, and nobody holds it: nobody is asked."""
    holder.kill()
    holder.wait(10)
    (tmp_path / "daemon.pid").write_text("1\n")

    assert DaemonLock(tmp_path).end() is None
