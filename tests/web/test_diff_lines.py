"""A diff, as it is coloured."""

from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.web.diff_lines import LineKind, diff_lines
from tests.web.site import DIFF


def test_each_line_has_its_kind() -> None:
    """Names of files, places, and what is added, removed or stays."""
    kinds = [line.kind for line in diff_lines(DIFF)]

    expected = ["file", "file", "place", "same", "removed", "added", "added", "added"]
    assert [*expected, "same", "same", "same"] == kinds


def test_a_removed_rule_is_no_file() -> None:
    """In SQL and Lua a comment begins with two dashes."""
    lines = list(diff_lines("--- a\n+++ b\n@@ -1 +1 @@\n--- old comment\n+++ more\n"))

    assert [LineKind.REMOVED, LineKind.ADDED] == [line.kind for line in lines[3:]]


@given(st.text())
def test_no_line_is_lost(diff: str) -> None:
    """Whatever it is, it is shown."""
    assert diff.removesuffix("\n") == "\n".join(line.text for line in diff_lines(diff))
