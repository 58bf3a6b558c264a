"""The diff that a person is shown before they allow a change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.domain.proposed_change import LONGEST, proposed_diff
from coffee_maker.domain.question import ToolCall


def call(tool: str, **given: object) -> ToolCall:
    return ToolCall(id="t", tool=tool, input=given)


def test_a_file_that_is_written_shows_its_lines_as_added() -> None:
    """No file is read: what stood there before is not known."""
    found = proposed_diff(call("Write", file_path="src/a.py", content="x = 1\ny = 2\n"))

    assert ["--- a/src/a.py", "+++ b/src/a.py", "@@ -0,0 +1,2 @@", "+x = 1", "+y = 2"] == (
        found.split("\n")
    )


def test_an_edit_shows_what_goes_and_what_comes() -> None:
    """With the lines of the passage that stay."""
    found = proposed_diff(
        call("Edit", file_path="a.py", old_string="a\nb\nc", new_string="a\nB\nc")
    )

    assert ["--- a/a.py", "+++ b/a.py", "@@ -1,3 +1,3 @@", " a", "-b", "+B", " c"] == (
        found.split("\n")
    )


def test_several_edits_are_several_hunks() -> None:
    """One after the other, under one name; what is no edit is passed over."""
    edits = [
        {"old_string": "a", "new_string": "b"},
        "nonsense",
        {"old_string": "c", "new_string": "d"},
    ]
    found = proposed_diff(call("MultiEdit", file_path="a.py", edits=edits))

    assert ["-a", "+b", "-c", "+d"] == [line for line in found.split("\n")[2:] if line[0] in "+-"]


@pytest.mark.parametrize(
    "given",
    [
        None,
        call("Bash", command="rm -rf build"),
        call("Write", file_path=7, content="x"),
        call("Write", file_path="a.py"),
        call("Edit", file_path="a.py", old_string="a", new_string="a"),
        call("MultiEdit", file_path="a.py", edits="none"),
    ],
)
def test_what_changes_no_file_has_no_diff(given: ToolCall | None) -> None:
    """Malformed arguments are no reason to fail."""
    assert "" == proposed_diff(given)


def test_a_path_cannot_write_lines_of_its_own() -> None:
    """A name with line breaks stays on its line."""
    found = proposed_diff(call("Write", file_path="a\n+++ b/b.py", content="x\n"))

    assert 4 == len(found.split("\n"))


@given(st.text(), st.text(), st.sampled_from(["Write", "Edit", "NotebookEdit"]))
def test_a_diff_is_bounded_whatever_is_in_it(old: str, new: str, tool: str) -> None:
    """A page of megabytes is cut, and says so."""
    given = {
        "file_path": "a",
        "content": new * 2000,
        "old_string": old * 500,
        "new_string": new * 2000,
        "new_source": new * 2000,
    }
    assert len(proposed_diff(call(tool, **given))) <= LONGEST + 20
