"""Which names and titles headings have."""

import pytest

from coffee_maker.roadmap.headings import read_heading


@pytest.mark.parametrize(
    ("heading", "name", "title"),
    [
        ("PRIORITY 1: Foo", "PRIORITY 1", "Foo"),
        ("Priority 3.5 - Foo", "PRIORITY 3.5", "Foo"),
        ("priority #2 Foo", "PRIORITY 2", "Foo"),
        ("PRIORITY 4", "PRIORITY 4", "PRIORITY 4"),
        ("🔴 **PRIORITY 2: Foo & Bar** ⚡ NEW 🤖 **TOP PRIORITY**", "PRIORITY 2", "Foo & Bar"),
        ("ğŸ”´ **PRIORITY 2: Foo** âš¡ NEW ğŸ¤– **TOP**", "PRIORITY 2", "Foo"),
        ("**PRIORITY 6: Foo** (choose one)", "PRIORITY 6", "Foo"),
        ("**PRIORITY 6: Foo** and bar", "PRIORITY 6", "Foo and bar"),
        ("**PRIORITY 1**: Foo", "PRIORITY 1", "Foo"),
        ("**PRIORITY 1:** Foo", "PRIORITY 1", "Foo"),
        ("__Phase 2:__ Foo `bar_baz`", "Phase 2", "Foo bar_baz"),
        ("Phase 1: Foo (Weeks 1-2)", "Phase 1", "Foo (Weeks 1-2)"),
        ("1️⃣ PRIORITY 1: Foo", "PRIORITY 1", "Foo"),
        ("1. PRIORITY 1: Foo", "PRIORITY 1", "Foo"),
        ("[PRIORITY 1] Foo", "PRIORITY 1", "Foo"),
        ("[DONE] PRIORITY 1: Foo", "PRIORITY 1", "Foo"),
        ("[PRIORITY 1: Foo](#foo)", "PRIORITY 1", "Foo"),
        ('<a name="x"></a>PRIORITY 1: Foo {#foo}', "PRIORITY 1", "Foo"),
        ("PRIORITY 1: Foo ![build](b.svg)", "PRIORITY 1", "Foo"),
        ("PRIORITY 1: Foo ✅ COMPLETED", "PRIORITY 1", "Foo"),
        ("PRIORITY 1: Foo - ✅ Done", "PRIORITY 1", "Foo"),
        ("PRIORITY 1: Foo (DONE)", "PRIORITY 1", "Foo"),
        ("PRIORITY 1: Foo ⚡ NEW", "PRIORITY 1", "Foo"),
        ("PRIORITY 1: Itâ€™s here", "PRIORITY 1", "It’s here"),
        ("US-7: As a user", "US-7", "As a user"),
        ("us-007 As a user", "US-007", "As a user"),
        ("Milestone 1 — Alpha", "Milestone 1", "Alpha"),
        ("Step 4) Ship", "Step 4", "Ship"),
        ("Phase 1.1: Foo", "Phase 1.1", "Foo"),
        ("PRIORITY 2b: Foo", "PRIORITY 2b", "Foo"),
        ("PRIORITY 1 - 2FA for all", "PRIORITY 1", "2FA for all"),
        ("Phase 1 - 2024 plan", "Phase 1", "2024 plan"),
        (
            "PRIORITY 1: ÜberPrüfung für naïve Wünsche",
            "PRIORITY 1",
            "ÜberPrüfung für naïve Wünsche",
        ),
        ("PRIORITY 1: A → B", "PRIORITY 1", "A → B"),
        ("PRIORITY 1: 缓存价格 ⚡", "PRIORITY 1", "缓存价格"),
    ],
)
def test_a_heading_that_begins_with_a_name_is_that_task(
    heading: str, name: str, title: str
) -> None:
    """The name is given in one spelling, the title without markup, marks and badges."""
    found, said = read_heading(heading)

    assert (name, title) == (found and found.id, said)


@pytest.mark.parametrize(
    "heading",
    [
        "Week 1-3: Analytics 🔴 PRIORITY 1",
        "Analytics & Observability (Priority 1)",
        "After PRIORITY 2: You Stop Coding",
        "Priorities 3 & 4",
        "PRIORITY 1-3: overview",
        "PRIORITY 1 & 2",
        "Phases and steps",
        "PRIORITY: high",
        "Status quo",
        "Bus 7",
        "Stepping 3",
        "Phase 1st",
        "Priority Modules",
    ],
)
def test_a_heading_that_only_speaks_about_tasks_names_none(heading: str) -> None:
    """Words before the name, ranges and names without a number make no task."""
    assert None is read_heading(heading)[0]


def test_a_hostile_heading_is_read_in_no_time() -> None:
    """No expression runs away on a long line of brackets, stars or dashes."""
    for piece in ("[", "[]", "*", "**a", "_ ", "- ", "✅", "ğŸ”", "(", "<a", "`"):
        read_heading(piece * 3_000)
