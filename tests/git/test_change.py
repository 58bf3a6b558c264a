"""git's own lists of changed files, read back."""

import pytest

from coffee_maker.domain.change import FileChange, FileState
from coffee_maker.git.change import parse_files


def raw(letter: str, *paths: str) -> bytes:
    zero = "0" * 40
    return "\0".join([f":100644 100644 {zero} {zero} {letter}", *paths, ""]).encode()


def test_each_state_is_read() -> None:
    """With both names of a renamed file."""
    listed = raw("A", "a") + raw("M", "m") + raw("D", "d") + raw("R087", "old", "new")
    numbers = b"1\t0\ta\x002\t3\tm\x000\t4\td\x005\t6\t\x00old\x00new\x00"

    expected = (
        FileChange(path="a", state=FileState.ADDED, insertions=1, deletions=0),
        FileChange(path="m", state=FileState.MODIFIED, insertions=2, deletions=3),
        FileChange(path="d", state=FileState.DELETED, insertions=0, deletions=4),
        FileChange(path="new", state=FileState.RENAMED, insertions=5, deletions=6, old_path="old"),
    )
    assert expected == parse_files(listed, numbers)


def test_a_binary_file_counts_no_lines() -> None:
    """git writes dashes there."""
    (file,) = parse_files(raw("M", "logo.png"), b"-\t-\tlogo.png\x00")

    assert (0, 0) == (file.insertions, file.deletions)


@pytest.mark.parametrize("letter", ["T", "M"])
def test_another_kind_of_file_is_a_modified_one(letter: str) -> None:
    """Such as a link where a file was."""
    (file,) = parse_files(raw(letter, "x"), b"1\t1\tx\x00")

    assert FileState.MODIFIED is file.state
