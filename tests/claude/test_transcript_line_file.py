"""Following a file of lines: complete lines only, once each, in bounded memory."""

import os
import tracemalloc
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.claude.line_file import LineFile


def test_a_missing_file_has_no_lines_yet(tmp_path: Path) -> None:
    """Whoever waits for a file need not look first."""
    file = LineFile(tmp_path / "later")

    assert list(file.read_new()) == []
    file.path.write_bytes(b"one\n")
    assert list(file.read_new()) == [b"one"]


def test_a_file_cut_short_is_read_from_its_beginning(tmp_path: Path) -> None:
    """Nothing of a new, shorter content is missed."""
    file = LineFile(tmp_path / "f")
    file.path.write_bytes(b"one\ntwo\nthree\n")
    list(file.read_new())
    file.path.write_bytes(b"four\n")

    assert list(file.read_new()) == [b"four"]


def test_a_file_rewritten_in_place_is_read_from_its_beginning(tmp_path: Path) -> None:
    """Other content of at least the old length is not taken for more of the old content."""
    file = LineFile(tmp_path / "f")
    file.path.write_bytes(b"one\n")
    list(file.read_new())
    file.path.write_bytes(b"111\n222\n")

    assert list(file.read_new()) == [b"111", b"222"]


def test_a_replaced_file_is_read_from_its_beginning(tmp_path: Path) -> None:
    """An editor's atomic write is noticed."""
    file = LineFile(tmp_path / "f")
    file.path.write_bytes(b"one\n")
    list(file.read_new())
    (tmp_path / "g").write_bytes(b"one\ntwo\n")
    (tmp_path / "g").replace(file.path)

    assert list(file.read_new()) == [b"one", b"two"]


def test_stopping_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    """A listener that goes away after a line gets the next one when it comes back."""
    file = LineFile(tmp_path / "f")
    file.path.write_bytes(b"one\ntwo\nthree\n")
    for _ in file.read_new():
        break

    assert list(file.read_new()) == [b"two", b"three"]


def test_lines_above_the_bound_are_left_out_and_counted(tmp_path: Path) -> None:
    """A line without an end cannot fill the memory, wherever the polls fall."""
    file = LineFile(tmp_path / "f", longest=10)
    with file.path.open("ab", buffering=0) as writer:
        writer.write(b"short\n" + b"x" * 11)
        assert list(file.read_new()) == [b"short"]
        writer.write(b"y" * 50)
        assert list(file.read_new()) == []
        writer.write(b"y\nnext\n" + b"z" * 11 + b"\nlast\n")

        assert list(file.read_new()) == [b"next", b"last"]
    assert file.dropped == 2


@given(parts=st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"x", b"\n")), max_size=12))
def test_however_the_file_grows_its_lines_come_once_and_in_order(
    parts: list[bytes], tmp_path_factory: object
) -> None:
    """Polling at any moments gives what reading at the end would have given."""
    path = tmp_path_factory.mktemp("grow") / "f"  # type: ignore[attr-defined]
    file = LineFile(path)
    seen: list[bytes] = []
    for part in parts:
        with path.open("ab") as writer:
            writer.write(part)
        seen += file.read_new()

    assert b"".join(parts).split(b"\n")[:-1] == seen


def test_memory_is_bounded_by_the_longest_line(tmp_path: Path) -> None:
    """Neither a line of 12 MB nor one of 300 MB costs more than a few times the bound."""
    file = LineFile(tmp_path / "f")
    long = b"x" * 12_000_000 + b"\n"
    with file.path.open("wb") as writer:
        writer.write(b"a\n" + long)
        os.truncate(writer.fileno(), 300_000_000)  # a hole, which takes no room
        writer.seek(0, os.SEEK_END)
        writer.write(b"\nb\n")
    tracemalloc.start()
    sizes = [len(line) for line in file.read_new()]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert sizes == [1, 12_000_000, 1]
    assert file.dropped == 1
    assert peak < 64 << 20
