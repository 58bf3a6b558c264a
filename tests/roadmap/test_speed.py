"""Reading takes as long as the text is long, and not more."""

import time
from collections.abc import Callable

import pytest

from coffee_maker.roadmap.parser import RoadmapParser
from coffee_maker.roadmap.tracker import ProgressTracker


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _roadmap(tasks: int) -> str:
    return "# PRIORITY 0: first\n" + "".join(
        f"## PRIORITY {n}: title\n**Status**: 📝 Planned\n**Depends on**: PRIORITY {n - 1}\n"
        f"- [ ] one\n  - [x] two\n\n```python\n# code {n}\n```\n\nSome text.\n\n"
        for n in range(1, tasks)
    )


def test_eight_times_the_tasks_take_about_eight_times_as_long() -> None:
    """A ratio in processor time, so that a busy machine does not matter much."""
    small, large = _roadmap(250), _roadmap(2_000)
    RoadmapParser().parse(small)
    once = min(_seconds(lambda: RoadmapParser().parse(small)) for _ in range(3))
    eightfold = _seconds(lambda: RoadmapParser().parse(large))

    assert eightfold / once < 16


@pytest.mark.parametrize(
    "piece",
    [
        "**a",
        "[",
        "- [ ",
        "`",
        "<!--",
        "> ",
        "- ",
        "(",
        "Status: ",
        "âœ",
        "🤖",
        "~~",
        "1. ",
        "PRIORITY 2, ",
    ],
)
def test_lines_made_to_hurt_do_not(piece: str) -> None:
    """Ten thousand repetitions of whatever an expression might stumble over."""
    long = piece * (10_000 // len(piece))
    text = (
        f"# PRIORITY 1: long {long}\n**Status**: {long}\n**Depends on**: {long}\n"
        f"**Estimate**: {long}\n- [ ] {long}\n\n{long}\n"
    )

    assert 5 > _seconds(lambda: ProgressTracker().tick(text, "PRIORITY 1", []))
