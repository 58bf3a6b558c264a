"""Names of branches and folders."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coffee_maker.domain.roadmap import Priority, Status
from coffee_maker.git.branch_name import LONGEST_SLUG, branch_name, slug, unique_slug


def priority(id: str, title: str) -> Priority:
    return Priority(id=id, title=title, status=Status.PLANNED, line=1, end_line=2, body="")


@pytest.mark.parametrize(
    ("id", "title", "expected"),
    [
        ("PRIORITY 1", "Greet people", "feature/priority-1-greet-people"),
        ("PRIORITY 3.5", "Export: CSV & JSON", "feature/priority-3.5-export-csv-json"),
        ("US-7", "Über schön", "feature/us-7-uber-schon"),
        ("Phase 2", "数据导出", "feature/phase-2"),
        ("Set up CI", "Set up CI", "feature/set-up-ci"),
        ("PRIORITY 1", "../../etc/passwd --force", "feature/priority-1-etc-passwd-force"),
    ],
)
def test_a_branch_is_named_for_its_priority(id: str, title: str, expected: str) -> None:
    """Id and title are both in it, as a person would shorten them."""
    assert expected == branch_name(priority(id, title))


@settings(max_examples=60, deadline=None)
@given(id=st.text(min_size=1), title=st.text())
def test_every_branch_name_is_one_that_git_takes(id: str, title: str) -> None:
    """Whatever stands in the roadmap, git accepts the name, and it is short ASCII."""
    name = branch_name(priority(id, title))
    line = ["git", "check-ref-format", "--branch", name]
    taken = subprocess.run(line, check=False, capture_output=True)

    assert 0 == taken.returncode, name
    assert name.isascii()
    assert len(name) <= len("feature/") + LONGEST_SLUG


@given(one=st.text(), other=st.text())
def test_different_ids_get_different_slugs(one: str, other: str) -> None:
    """Two slugs are equal only where case, spaces and dashes are all that differs."""
    plain_one, plain_other = (t.lower().replace("-", " ").split() for t in (one, other))

    assert plain_one == plain_other or unique_slug(one) != unique_slug(other)


@given(text=st.text(max_size=300), longest=st.integers(min_value=1, max_value=80))
def test_a_slug_is_never_longer_than_asked(text: str, longest: int) -> None:
    """Cut, and without a dash or a point at its end."""
    made = slug(text, longest=longest)

    assert len(made) <= longest
    assert not made.endswith(("-", "."))
