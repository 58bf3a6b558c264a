"""Recordings: what is written can be read again, by us and by others."""

import errno
import json
import os
import stat
import threading
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coffee_maker.claude.recording import Recorder, parts, prune
from coffee_maker.claude.recordings import GAP, Recording
from coffee_maker.domain.errors import ClaudeError

SESSION = "0a1b2c3d-0000-4000-8000-000000000000"
REDRAW = b"\x1b[2Jredrawn"


class Time:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def recorder(
    folder: Path, session: str = SESSION, time: Time | None = None, cap: int = 10**7
) -> Recorder:
    return Recorder(
        folder,
        session,
        size=(120, 40),
        title="PRIORITY 1",
        redraw=lambda: REDRAW,
        lock=threading.RLock(),
        cap_bytes=cap,
        monotonic=time or Time(),
        now=lambda: 1_800_000_000.0,
    )


def printed(recording: Recording) -> bytes:
    return "".join(one.text for one in recording.events() if one.kind == "o").encode()


@given(pieces=st.lists(st.one_of(st.binary(max_size=40), st.text(max_size=20).map(str.encode))))
@settings(max_examples=60)
def test_what_was_printed_is_read_back(
    pieces: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """UTF-8 comes back byte for byte, however it was cut; what is none becomes U+FFFD."""
    folder = tmp_path_factory.getbasetemp() / "laws"
    session = str(uuid4())
    written = recorder(folder, session)
    for number, piece in enumerate(pieces):
        written.take(piece)
        if number % 3 == 0:
            written.flush()
    written.close()

    expected = b"".join(pieces).decode("utf-8", "replace").encode()
    assert expected == printed(Recording(folder, session))
    assert "" == written.trouble


def test_the_file_is_an_asciicast(tmp_path: Path) -> None:
    """As the format's specification has it: a header, then an event a line."""
    time = Time()
    written = recorder(tmp_path, time=time)
    written.take("héllo\r\n".encode())
    time.seconds += 1.5
    written.take(b"\x1b[31mred\x9b2J\x7f\xc2\x9b\xe2\x80\xa8")
    written.close()

    header, *events = (tmp_path / f"{SESSION}.cast").read_bytes().splitlines()
    assert {
        "version": 2,
        "width": 120,
        "height": 40,
        "timestamp": 1_800_000_000,
        "title": "PRIORITY 1",
    } == json.loads(header)
    assert [
        [0.0, "o", "héllo\r\n"],
        [1.5, "o", "\x1b[31mred\ufffd2J\x7f\x9b\u2028"],
    ] == [json.loads(line) for line in events]
    assert 0o600 == stat.S_IMODE((tmp_path / f"{SESSION}.cast").stat().st_mode)


@given(text=st.text())
@settings(max_examples=60)
def test_an_escape_sequence_is_data_in_the_file(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whoever prints the file itself sees nothing act: no control character stands in it."""
    folder = tmp_path_factory.getbasetemp() / "data"
    session = str(uuid4())
    written = recorder(folder, session)
    written.take(f"\x1b]52;c;aGk=\x07\x9b2J{text}".encode("utf-8", "replace"))
    written.close()

    lines = (folder / f"{session}.cast").read_text(encoding="utf-8").split("\n")
    assert set() == {c for c in "".join(lines) if ord(c) < 32 or 127 <= ord(c) < 160}


def test_a_resumed_session_goes_on_in_its_file(tmp_path: Path) -> None:
    """A break is a second long, and a marker says so; half a line is dropped."""
    time = Time()
    first = recorder(tmp_path, time=time)
    time.seconds += 5
    first.take(b"one")
    first.close()
    with (tmp_path / f"{SESSION}.cast").open("a") as file:
        file.write('[7.25, "o", "half a li')
    later = Time()
    later.seconds = 90_000.0
    second = recorder(tmp_path, time=later)
    later.seconds += 2
    second.take(b"two")
    second.close()

    events = list(Recording(tmp_path, SESSION).events())
    assert [5.0, 6.0, 6.0, 8.0] == [one.seconds for one in events]
    assert ("m", "resumed 2027-01-15 08:00:00 UTC") == (events[1].kind, events[1].text)
    assert b"one\x1b[0m\x1b[r\x1b[2J\x1b[Htwo" == printed(Recording(tmp_path, SESSION))
    for line in (tmp_path / f"{SESSION}.cast").read_text().splitlines():
        json.loads(line)


@pytest.mark.parametrize("piece", [b"x" * 500, b"\x1b" * 500, "é".encode() * 250])
def test_the_beginning_and_the_end_are_kept(piece: bytes, tmp_path: Path) -> None:
    """Never more than the cap; what follows the gap begins with the whole screen."""
    cap = 40_000
    written = recorder(tmp_path, cap=cap)
    written.take(b"the beginning")
    for _ in range(400):
        written.take(piece)
        written.flush()
        assert cap >= sum(path.stat().st_size for path in tmp_path.iterdir())
    written.take(b"the end")
    written.close()

    recording = Recording(tmp_path, SESSION)
    events = list(recording.events())
    assert "the beginning" == events[0].text
    assert "the end" == events[-1].text
    (gap,) = [number for number, one in enumerate(events) if one.text == GAP]
    assert REDRAW.decode() == events[gap + 1].text
    assert 3 == len(recording.paths)
    assert 0 in parts(tmp_path, SESSION)
    assert events == sorted(events, key=lambda one: one.seconds)


def test_as_one_file_for_others(tmp_path: Path) -> None:
    """One header, however many files there are, and a marker for what is missing."""
    written = recorder(tmp_path, cap=20_000)
    for _ in range(200):
        written.take(b"x" * 500)
        written.flush()
    written.close()

    header, *events = [json.loads(line) for line in Recording(tmp_path, SESSION).lines()]
    assert (2, 120, 40) == (header["version"], header["width"], header["height"])
    assert {"o", "m"} == {kind for _, kind, _ in events}
    assert {3} == {len(event) for event in events}


def test_a_full_disk_ends_the_recording_and_nothing_else(tmp_path: Path) -> None:
    """`/dev/full` takes nothing: the trouble is told, and later pieces are not even kept."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    written = recorder(tmp_path)
    written.close()
    (tmp_path / f"{SESSION}.cast").unlink()
    (tmp_path / f"{SESSION}.cast").symlink_to("/dev/full")
    full = recorder(tmp_path)
    full.take(b"lost")
    full.flush()
    full.take(b"lost as well")
    full.close()

    assert full.trouble.startswith(os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[1, 2]", b"\xff\xfe", b'{"version": 1}', b'{"version": 2, "width": -1}'],
)
def test_what_is_no_recording_is_an_error(content: bytes, tmp_path: Path) -> None:
    """It says which file; a crash at the very beginning may leave such a one."""
    (tmp_path / f"{SESSION}.cast").write_bytes(content + b"\n")

    with pytest.raises(ClaudeError, match=SESSION):
        Recording(tmp_path, SESSION)


def test_a_session_that_was_not_recorded(tmp_path: Path) -> None:
    """Nothing is found, also where another session's name begins alike."""
    recorder(tmp_path, SESSION + "0").close()

    with pytest.raises(ClaudeError, match="nothing was recorded"):
        Recording(tmp_path, SESSION)


def test_the_oldest_recordings_go_first(tmp_path: Path) -> None:
    """Until the rest is small enough; the session that is about to be recorded keeps its own."""
    for age, name in enumerate(["new", "own", "old", "oldest"]):
        (tmp_path / f"{name}.cast").write_bytes(b"x" * 100)
        os.utime(tmp_path / f"{name}.cast", (10_000 - age, 10_000 - age))
    prune(tmp_path, keep="own", at_most=250)

    assert ["new.cast", "own.cast"] == sorted(path.name for path in tmp_path.iterdir())
