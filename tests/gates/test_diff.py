"""The lines of a real `git diff`."""

import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.gates.diff import FileDiff, read_diff
from tests.gates.candidates import diff_of


def git(folder: Path, *argv: str) -> str:
    return subprocess.run(
        ["git", *argv], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


def test_what_git_prints_is_read(tmp_path: Path) -> None:
    """Headers, look-alikes of headers, odd names, renames, missing line ends; no binary file."""
    git(tmp_path, "init", "-q")
    (tmp_path / "old.py").write_text("".join(f"line {n}\n" for n in range(20)))
    (tmp_path / "gone.sql").write_text("-- drop\n++ x\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    (tmp_path / "old.py").rename(tmp_path / "new.py")
    (tmp_path / "new.py").write_text("".join(f"line {n}\n" for n in range(20)) + "++ b/x\r\nend")
    (tmp_path / "gone.sql").unlink()
    (tmp_path / 'ä "b\t.py').write_text("one\n")
    (tmp_path / "sp ace.py").write_text("two\n")
    (tmp_path / "data.bin").write_bytes(b"\0\1\2")
    git(tmp_path, "add", ".")

    read = {f.path: f for f in read_diff(git(tmp_path, "diff", "--cached", "-M"))}

    assert (
        FileDiff(path="new.py", added=((21, "++ b/x"), (22, "end")), removed=()) == read["new.py"]
    )
    assert ("-- drop", "++ x") == read["gone.sql"].removed
    assert ((1, "one"),) == read['ä "b\t.py'].added
    assert ((1, "two"),) == read["sp ace.py"].added
    assert "data.bin" not in read


LINES = st.lists(st.text(st.characters(exclude_characters="\n\r", codec="utf-8")), max_size=5)


@given(LINES, LINES)
def test_lines_come_back_as_they_were(added: list[str], removed: list[str]) -> None:
    """Whatever a line looks like, a header among them, it is a line."""
    (file,) = read_diff(diff_of("x.py", added=added, removed=removed))

    assert (added, removed) == ([text for _, text in file.added], list(file.removed))


@given(
    st.text()
    | st.lists(st.sampled_from(["diff --git a/x b/x", "@@ -1 +1 @@", "+x", "\\"])).map("\n".join)
)
def test_no_diff_is_too_odd(text: str) -> None:
    """A diff that was cut anywhere is read as far as it goes."""
    read_diff(text)
