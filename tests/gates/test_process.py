"""A command is run to its end or its limit, and nothing of it survives."""

import os
import sys
import time
from pathlib import Path

import psutil
import pytest

from coffee_maker.gates.process import Ended, Tail, run

# A daemon by the book: its own session, adopted by init, all its files closed.
DAEMON = """\
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        with open(sys.argv[1], "w") as file:
            file.write(str(os.getpid()))
        os.closerange(0, 3)
        time.sleep(300)
    os._exit(0)
os.wait()
while not os.path.exists(sys.argv[1]) or not open(sys.argv[1]).read():
    time.sleep(0.01)
"""


def start(tmp_path: Path, *argv: str, timeout: float = 20, kept: int = 1000) -> Ended:
    mark = f"run-{os.getpid()}-{time.monotonic_ns()}"
    return run(
        argv,
        cwd=tmp_path,
        environment={"PATH": os.environ["PATH"], "MARK": mark},
        marker="MARK",
        timeout_seconds=timeout,
        kept_bytes=kept,
    )


def python(tmp_path: Path, code: str, *argv: str, timeout: float = 20) -> Ended:
    return start(tmp_path, sys.executable, "-c", code, *argv, timeout=timeout)


def is_gone(pid_file: Path) -> bool:
    try:
        return psutil.Process(int(pid_file.read_text())).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_both_streams_and_the_exit_code(tmp_path: Path) -> None:
    """What it says on either stream is kept in order; input is empty."""
    ended = start(tmp_path, "sh", "-c", "echo one; echo two >&2; cat; exit 3")

    assert (3, "one\ntwo\n", False) == (ended.exit_code, ended.output, ended.cut)


def test_only_the_end_of_much_output_is_kept(tmp_path: Path) -> None:
    """Memory stays bounded; the kept part begins with a whole line."""
    ended = start(tmp_path, "sh", "-c", "seq 1 100000")

    assert ended.cut
    assert len(ended.output) <= 1000
    assert ended.output.endswith("99999\n100000\n")
    assert ended.output.splitlines()[0].isdecimal()


def test_a_tail_keeps_bytes_that_are_no_text() -> None:
    """Bad bytes are shown, not raised."""
    tail = Tail(10)
    tail.add(b"\xff\xfeabc")

    assert "\ufffd\ufffdabc" == tail.text


def test_the_time_limit_ends_it(tmp_path: Path) -> None:
    """After the limit there is no exit code, and what was said before is kept."""
    began = time.monotonic()
    ended = start(tmp_path, "sh", "-c", "trap '' TERM INT HUP; echo before; sleep 300", timeout=0.5)

    assert (None, "before\n") == (ended.exit_code, ended.output)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("then", ["", "time.sleep(300)"])
def test_daemons_end_with_it(tmp_path: Path, then: str) -> None:
    """A grandchild that left group, session and family is ended, at the end as at the limit."""
    pid_file = tmp_path / "pid"
    ended = python(tmp_path, DAEMON + then, str(pid_file), timeout=20 if not then else 2)

    assert (None if then else 0) == ended.exit_code
    assert is_gone(pid_file)


def test_a_child_without_our_mark_ends_as_well(tmp_path: Path) -> None:
    """Who clears the environment is still of the family that was seen."""
    pid_file = tmp_path / "pid"
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen(['sleep', '300'], env={}, start_new_session=True)\n"
        "open(sys.argv[1], 'w').write(str(child.pid))\n"
        "time.sleep(300)"
    )
    python(tmp_path, code, str(pid_file), timeout=1)

    assert is_gone(pid_file)


def test_a_background_child_that_holds_the_output_does_not_hold_us(tmp_path: Path) -> None:
    """The run is over when the command is, whoever still has its output open."""
    began = time.monotonic()
    ended = start(tmp_path, "sh", "-c", "sleep 300 & echo done")

    assert (0, "done\n") == (ended.exit_code, ended.output)
    assert time.monotonic() - began < 5
