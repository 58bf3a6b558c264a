"""Files are replaced whole or not at all."""

import resource
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coffee_maker.domain.errors import RoadmapError
from coffee_maker.roadmap.file import read_text, split_lines, write_atomically


def test_bytes_come_back_as_they_were(tmp_path: Path) -> None:
    """BOM, bad bytes and all line ends survive reading and writing."""
    path = tmp_path / "R.md"
    data = b"\xef\xbb\xbf# a\r\n\xe9\xff\rb\n\x0c\xc2\x85"
    path.write_bytes(data)
    text = read_text(path)
    write_atomically(path, text + "x", instead_of=text)

    assert data + b"x" == path.read_bytes()


def test_mode_and_link_stay_and_nothing_is_left_behind(tmp_path: Path) -> None:
    """The new file is what the old one was, in the same place."""
    (tmp_path / "docs").mkdir()
    path, link = tmp_path / "docs" / "R.md", tmp_path / "R.md"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_atomically(link, "new", instead_of="old")

    assert link.is_symlink()
    assert ("new", 0o640) == (path.read_text(), path.stat().st_mode & 0o777)
    assert ["R.md"] == [each.name for each in path.parent.iterdir()]


def test_a_file_that_changed_in_between_is_left_alone(tmp_path: Path) -> None:
    """Somebody else's words are never overwritten."""
    path = tmp_path / "R.md"
    path.write_text("theirs")

    with pytest.raises(RoadmapError, match="changed by someone else") as caught:
        write_atomically(path, "ours", instead_of="what we read")

    assert "theirs" == path.read_text()
    assert caught.value.cure


def test_a_write_that_fails_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    """The text stays whole, nothing is left behind, and the cure names what to check."""
    path = tmp_path / "R.md"
    path.write_text("old")
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, most))
    try:
        with pytest.raises(RoadmapError, match="cannot be written") as caught:
            write_atomically(path, "new" * 1_000, instead_of="old")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    assert "old" == path.read_text()
    assert ["R.md"] == [each.name for each in tmp_path.iterdir()]
    assert "free space" in caught.value.cure


@settings(deadline=None)
@given(st.text(alphabet="a \r\n\x0b\x0c\x85\u2028"))
def test_lines_joined_are_the_text(text: str) -> None:
    """And each but the last ends in LF, CR LF or CR."""
    lines = split_lines(text)

    assert text == "".join(lines)
    assert all(line.endswith(("\r", "\n")) for line in lines[:-1])
    assert text.replace("\r\n", "\n").replace("\r", "\n").split("\n") == [
        *(line.rstrip("\r\n") for line in lines),
        *([""] if not text or text.endswith(("\r", "\n")) else []),
    ]
