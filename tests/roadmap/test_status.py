"""Which status a text says."""

import pytest

from coffee_maker.domain.roadmap import Status
from coffee_maker.roadmap.status import read_heading_status, read_status


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("📝 Planned", Status.PLANNED),
        ("ğŸ“ Planned", Status.PLANNED),
        ("âœ… **COMPLETED** (Sprint 1 & 2)", Status.DONE),
        ("ğŸ”„ **IN PROGRESS** (somebody)", Status.IN_PROGRESS),
        ("📝 Planned (optional)", Status.OPTIONAL),
        ("✅", Status.DONE),
        ("âœ…", Status.DONE),
        ("🔄", Status.IN_PROGRESS),
        ("⏸️", Status.PAUSED),
        ("🚫", Status.BLOCKED),
        ("Completed ✅", Status.DONE),
        ("Refactoring phase completed ✅", Status.DONE),
        ("🔶 In Active Development", Status.IN_PROGRESS),
        ("🔶 In Planning Phase", Status.PLANNED),
        ("🔶 Planning Phase", Status.PLANNED),
        ("🔶 Future Roadmap", Status.PLANNED),
        ("Not started", Status.PLANNED),
        ("not done yet", Status.PLANNED),
        ("80% complete", Status.IN_PROGRESS),
        ("100%", Status.DONE),
        ("0%", Status.PLANNED),
        ("Partially completed", Status.IN_PROGRESS),
        ("Phase 1 complete, Phase 2 in progress", Status.IN_PROGRESS),
        ("Completed, next one planned", Status.DONE),
        ("~~Planned~~ ✅ Done", Status.DONE),
        ("TODO", Status.PLANNED),
        ("to-do", Status.PLANNED),
        ("WIP", Status.IN_PROGRESS),
        ("on hold", Status.PAUSED),
        ("Cancelled", Status.PAUSED),
        ("🔴 Blocked by legal", Status.BLOCKED),
        ("Nice to have", Status.OPTIONAL),
        ("Done.", Status.DONE),
        ("done in v1.2", Status.DONE),
        ("Finished 2025-01-01", Status.DONE),
        ("📝 Complete documentation created", Status.PLANNED),
        ("ğŸ“ Complete documentation created", None),
        ("Unblocked soon", None),
        ("incomplete", Status.IN_PROGRESS),
        ("", None),
        ("🔶", None),
    ],
)
def test_the_word_counts_and_else_the_mark(text: str, status: Status | None) -> None:
    """A misread mark leaves the word alone to tell; an adjective is no status."""
    assert status == read_status(text).status


def test_a_mark_that_contradicts_its_word_is_noticed() -> None:
    """Only where one of them says done and the other does not."""
    assert read_status("✅ Planned").contradicts_itself
    assert not read_status("🚧 Planned").contradicts_itself
    assert not read_status("✅ Done").contradicts_itself


@pytest.mark.parametrize(
    ("heading", "status"),
    [
        ("## ✅ PRIORITY 1: Foo", Status.DONE),
        ("## PRIORITY 1: Foo ✅ COMPLETED", Status.DONE),
        ("## PRIORITY 1: Foo [DONE]", Status.DONE),
        ("## [DONE] PRIORITY 1: Foo", Status.DONE),
        ("## [x] PRIORITY 1: Foo", Status.DONE),
        ("## [ ] PRIORITY 1: Foo", None),
        ("## PRIORITY 1: Foo (optional)", Status.OPTIONAL),
        ("## PRIORITY 1: Foo - In progress", Status.IN_PROGRESS),
        ("## âœ… PRIORITY 1: Foo", Status.DONE),
        ("## 🛠 PRIORITY 1: Foo", None),
        ("## PRIORITY 1: Get planned things done", None),
        ("## 🔴 PRIORITY 1: Foo", None),
    ],
)
def test_a_heading_may_carry_the_status(heading: str, status: Status | None) -> None:
    """By a mark that is no decoration, or by a last word set off from the title."""
    assert status == read_heading_status(heading).status
