"""Which tasks a dependency line names."""

import pytest

from coffee_maker.domain.errors import RoadmapError
from tests.roadmap.writing import messages, parsed

_OTHERS = "# PRIORITY 1: One\n# PRIORITY 2: Two\n# PRIORITY 3: Three & More\n# US-7: Story\n"


def _depends(line: str) -> tuple[str, ...]:
    found = parsed(f"{_OTHERS}# PRIORITY 9: Nine\n\n{line}\n").find("PRIORITY 9")
    assert found
    return found.depends_on


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("**Dependency**: None (foundational for PRIORITY 2)", ()),
        ("**Dependency**: N/A", ()),
        ("**Dependencies**: -", ()),
        ("**Dependencies**: No dependencies", ()),
        ("**Dependency**: Requires PRIORITY 1 (Analytics, see PRIORITY 2) completed", (1,)),
        ("**Dependency**: Recommended after the apps (Priorities 2 & 3)", (2, 3)),
        ("Depends on PRIORITY 1", (1,)),
        ("Depends on: priority 1, 2 and 3", (1, 2, 3)),
        ("**Depends on:** PRIORITY 1; PRIORITY 3", (1, 3)),
        ("- **Dependencies**: Priority #2", (2,)),
        ("**Dependencies**: Priorities 1-3", (1, 2, 3)),
        ("**Dependencies**: PRIORITY 1 to PRIORITY 2", (1, 2)),
        ("**Dependencies**: PRIORITY 1, 2 days of work", (1,)),
        ("**Dependencies**: 1, 3", (1, 3)),
        ("**Dependencies**: ~~PRIORITY 1~~ PRIORITY 2", (2,)),
        ("**Blocked by**: PRIORITY 2", (2,)),
        ("**Prerequisites**: PRIORITY 2, PRIORITY 2", (2,)),
        ("**Dependency**: Three & More", (3,)),
        ('**Dependency**: after "Two" is done', (2,)),
        ("**Dependency**: One, Two", (1, 2)),
        ("**Dependencies**:\n- PRIORITY 1\n- PRIORITY 3\n\ntext", (1, 3)),
        ("**Dependencies**:\n\n* PRIORITY 1", (1,)),
        ("This depends on PRIORITY 1", ()),
    ],
)
def test_named_tasks_are_found(line: str, expected: tuple[int, ...]) -> None:
    """By number, list, range or title; what stands in brackets counts only on its own."""
    assert tuple(f"PRIORITY {number}" for number in expected) == _depends(line)


def test_all_others_and_those_before_are_meant_too() -> None:
    """Words for several tasks stand for their ids."""
    everything = ("PRIORITY 1", "PRIORITY 2", "PRIORITY 3", "US-7")

    assert everything == _depends("**Dependency**: To be done **AFTER** all other priorities")
    assert everything == _depends("**Dependency**: all previous tasks")
    assert ("US-7",) == _depends("**Dependency**: the previous task")
    assert ("US-7",) == _depends("**Dependency**: us 7")


def test_all_others_leaves_out_what_waits_for_the_task_itself() -> None:
    """A task after the last one, and a second last one, make no cycle."""
    roadmap = parsed(
        "# PRIORITY 1\nDepends on: all others\n# PRIORITY 2\n"
        "# PRIORITY 3\nDepends on: PRIORITY 1\n# PRIORITY 4\nDepends on: all others\n"
    )

    assert [("PRIORITY 2",), (), ("PRIORITY 1",), ("PRIORITY 2", "PRIORITY 3")] == [
        priority.depends_on for priority in roadmap.priorities
    ]


def test_a_task_that_does_not_exist_is_a_problem_and_is_waited_for() -> None:
    """Starting too early is worse than waiting with the reason at hand."""
    assert ("PRIORITY 8",) == _depends("Depends on: PRIORITY 8")
    assert [(2, "PRIORITY 1 waits for PRIORITY 8, which is not in this file")] == messages(
        "# PRIORITY 1\nDepends on: PRIORITY 8\n"
    )
    assert [(2, "dependency 'the moon' names no task of this file")] == messages(
        "# PRIORITY 1\nDepends on: the moon\n"
    )


@pytest.mark.parametrize(
    ("text", "cycle"),
    [
        (
            "# PRIORITY 1\nDepends on: PRIORITY 2\n# PRIORITY 2\nDepends on: PRIORITY 1\n",
            "PRIORITY 1 -> PRIORITY 2 -> PRIORITY 1",
        ),
        ("# PRIORITY 1\nDepends on: PRIORITY 1\n", "PRIORITY 1 -> PRIORITY 1"),
        (
            "# US-2\nDepends on: US-4\n# US-4\nDepends on: US-3\n# US-3\nDepends on: US-2\n",
            "US-2 -> US-4 -> US-3 -> US-2",
        ),
    ],
)
def test_a_cycle_is_an_error_that_shows_it(text: str, cycle: str) -> None:
    """Each task waits for the next one shown; the first in the document comes first."""
    with pytest.raises(RoadmapError, match=cycle) as caught:
        parsed(text)

    assert caught.value.line
    assert "dependency line" in caught.value.cure


def test_a_long_chain_is_no_trouble() -> None:
    """Thousands of tasks that wait for each other in a row are read without recursion."""
    chain = "".join(f"# Step {n}\nDepends on: Step {n + 1}\n" for n in range(3_000))

    assert 3_001 == len(parsed(f"{chain}# Step 3000\n").priorities)
