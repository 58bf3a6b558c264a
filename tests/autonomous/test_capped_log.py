"""A worker's output is kept, and never more of it than was agreed."""

import subprocess
import sys
import time
from pathlib import Path

from coffee_maker.autonomous.capped_log import CappedLog
from coffee_maker.autonomous.executor import LocalProcesses

NOISY = """
import sys
for number in range(3000):
    print(f"line {number} {'x' * 1000}", flush=True)
print("the end", flush=True)
sys.stdin.read()
"""


def test_what_is_short_stays(tmp_path: Path) -> None:
    """Nothing is put aside below the limit, and a log that is not there is none."""
    log = CappedLog(tmp_path / "new" / "worker.log", 100)
    log.trim()
    with log.open() as file:
        file.write(b"a" * 99)
    log.trim()

    assert [tmp_path / "new" / "worker.log"] == list((tmp_path / "new").iterdir())


def test_the_newest_stays(tmp_path: Path) -> None:
    """What was last is kept beside it, in whole lines; what was before that goes."""
    path = tmp_path / "worker.log"
    path.write_bytes(b"".join(b"line %03d\n" % n for n in range(100)))
    (tmp_path / "worker.log.1").write_text("long ago")

    CappedLog(path, 45).trim()

    assert b"" == path.read_bytes()
    assert b"line 096\nline 097\nline 098\nline 099\n" == (tmp_path / "worker.log.1").read_bytes()


def test_writers_write_on(tmp_path: Path) -> None:
    """A process that has the file open goes on at its new beginning."""
    path = tmp_path / "worker.log"
    log = CappedLog(path, 1000)
    with log.open() as file:
        process = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=file)
    assert process.stdin
    process.stdin.write(b"a" * 2000 + b"\n")
    process.stdin.flush()
    while path.stat().st_size < 2001:
        time.sleep(0.01)
    log.trim()
    process.communicate(b"after\n")

    assert b"after\n" == path.read_bytes()


def test_a_noisy_worker_fills_no_disk(tmp_path: Path) -> None:
    """3 MB of output leave at most two files of the limit, and the last word."""
    path = tmp_path / "worker.log"
    processes = LocalProcesses([sys.executable, "-c", NOISY], settings=b"{}", log=path)
    running = processes.start("1")
    deadline = time.monotonic() + 30
    while not kept(path).endswith(b"the end\n") and time.monotonic() < deadline:
        running.wait(0.05)
    running.stop()

    assert len(kept(path)) < 4_000_000
    assert kept(path).endswith(b"line 2999 " + b"x" * 1000 + b"\nthe end\n")


def kept(path: Path) -> bytes:
    """What is left of all that was written."""
    files = (path.with_name("worker.log.1"), path)
    return b"".join(file.read_bytes() for file in files if file.exists())
