"""Edits keep every other byte."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coffee_maker.domain.errors import RoadmapError
from coffee_maker.domain.roadmap import Priority, Roadmap, Status
from coffee_maker.roadmap.file import split_lines
from coffee_maker.roadmap.parser import RoadmapParser
from coffee_maker.roadmap.tracker import ProgressTracker
from tests.roadmap.documents import documents

_TRACKER = ProgressTracker()


def _parse(text: str) -> Roadmap:
    return RoadmapParser().parse(text)


def _but_status(priority: Priority) -> tuple[object, ...]:
    boxes = [(box.text, box.done) for box in priority.deliverables]
    return priority.id, priority.title, boxes, priority.depends_on, priority.estimate


def _apart(old: list[str], new: list[str]) -> tuple[list[str], list[str]]:
    """The lines between the first and the last difference."""
    while old and new and old[0] == new[0]:
        old, new = old[1:], new[1:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return old, new


@settings(deadline=None)  # processor time is shared
@given(text=documents(), data=st.data())
def test_ticking_changes_the_marks_of_the_boxes_and_nothing_else(
    text: str, data: st.DataObject
) -> None:
    """Every other byte stays, exactly the named boxes are done, and twice is as good as once."""
    priority = data.draw(st.sampled_from(_parse(text).priorities))
    wanted = data.draw(st.sets(st.sampled_from([b.line for b in priority.deliverables] or [0])))
    ticked = _TRACKER.tick(text, priority, wanted - {0})
    changed = [n for n, (a, b) in enumerate(zip(text, ticked, strict=True)) if a != b]
    before = {b.line: b.done for p in _parse(text).priorities for b in p.deliverables}
    after = {b.line: b.done for p in _parse(ticked).priorities for b in p.deliverables}

    assert {(" ", "x")} >= {(text[n], ticked[n]) for n in changed}
    assert {line: done or line in wanted for line, done in before.items()} == after
    assert len(changed) == sum(before[line] != after[line] for line in before)
    assert ticked == _TRACKER.tick(ticked, priority, wanted - {0})


@settings(deadline=None)  # processor time is shared
@given(text=documents(), data=st.data(), status=st.sampled_from(Status))
def test_a_status_is_set_within_one_line(text: str, data: st.DataObject, status: Status) -> None:
    """One line changes or is put in; whatever else the document says, it still says."""
    before = _parse(text)
    priority = data.draw(st.sampled_from(before.priorities))
    changed = _TRACKER.set_status(text, priority.id, status)
    after = _parse(changed)
    old, new = _apart(split_lines(text), split_lines(changed))

    assert {p.id: status if p.id == priority.id else p.status for p in before.priorities} == {
        p.id: p.status for p in after.priorities
    }
    assert [_but_status(p) for p in before.priorities] == [_but_status(p) for p in after.priorities]
    assert changed == _TRACKER.set_status(changed, priority.id, status)
    assert len(old) <= 1
    # Up to two more: the new line, and an empty one where the text below needs it.
    assert len(old) <= len(new) <= len(old) + 2


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("**Status**: 📝 Planned", "**Status**: ✅ Completed"),
        ("**Status:** planned  ", "**Status:** completed  "),
        ("**Status**: PLANNED", "**Status**: COMPLETED"),
        (
            "**Status**: 🔄 **IN PROGRESS** (by Ana)",
            "**Status**: ✅ **COMPLETED** (by Ana)",
        ),
        ("**Status**: 🔶 In Planning Phase", "**Status**: 🔶 Completed"),
        ("**Status**: ğŸ”„ In progress", "**Status**: âœ… Completed"),
        ("**Status**: ğŸ“ Planned (optional)", "**Status**: âœ… Completed (optional)"),
        (
            "**Status**: ğŸ“ Complete documentation created",
            "**Status**: âœ… Completed - Complete documentation created",
        ),
        ("**Status**: ⏸️", "**Status**: ✅"),
        ("**Status**: soon enough", "**Status**: ✅ Completed - soon enough"),
        ("**Status**:", "**Status**: ✅ Completed"),
        ("Status: Planned | Owner: Ana", "Status: Completed | Owner: Ana"),
    ],
)
def test_the_document_keeps_its_own_style(line: str, expected: str) -> None:
    """Mark for mark and word for word, in the same case; other words stay."""
    text = f"# PRIORITY 1\n\n{line}\n\n- [ ] a\n"

    assert text.replace(line, expected) == _TRACKER.set_status(text, "PRIORITY 1", Status.DONE)


def test_in_progress_is_written_in_the_same_style() -> None:
    """Also where the new word has two parts."""
    assert "# PRIORITY 1\nStatus: 🔄 In Progress\n" == _TRACKER.set_status(
        "# PRIORITY 1\nStatus: 📝 Planned\n", "PRIORITY 1", Status.IN_PROGRESS
    )


def test_a_status_in_the_heading_is_changed_there() -> None:
    """No second place comes to say something else."""
    assert "## ✅ PRIORITY 1: Foo\n" == _TRACKER.set_status(
        "## 🔄 PRIORITY 1: Foo\n", "PRIORITY 1", Status.DONE
    )
    assert "## PRIORITY 1: Foo [DONE]\n" != _TRACKER.set_status(
        "## PRIORITY 1: Foo [DONE]\n", "PRIORITY 1", Status.PLANNED
    )


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_task_without_a_status_gets_a_line_below_its_heading(ending: str) -> None:
    """In the line ends of the document, below both kinds of heading, also at the end."""
    inserted = f"**Status**: ✅ Completed{ending}"
    text = f"# PRIORITY 1{ending}{ending}x{ending}# PRIORITY 2{ending}"
    underlined = f"PRIORITY 1{ending}==={ending}x"

    assert text.replace("1" + ending, "1" + ending + inserted) == _TRACKER.set_status(
        text, "PRIORITY 1", Status.DONE
    )
    assert text + inserted == _TRACKER.set_status(text, "PRIORITY 2", Status.DONE)
    assert text + inserted.rstrip("\r\n") == _TRACKER.set_status(
        text.rstrip("\r\n"), "PRIORITY 2", Status.DONE
    )
    assert underlined.replace("x", f"{inserted}x") == _TRACKER.set_status(
        underlined, "PRIORITY 1", Status.DONE
    )


def test_an_inserted_line_does_not_change_what_stands_below_it() -> None:
    """Code, HTML and rules get an empty line in between, or they would turn into text."""
    text = "# PRIORITY 1\n    - [ ] code\n"

    assert "# PRIORITY 1\n**Status**: ✅ Completed\n\n    - [ ] code\n" == _TRACKER.set_status(
        text, "PRIORITY 1", Status.DONE
    )


def test_boxes_are_found_by_their_text_as_read_or_as_written() -> None:
    """A text that stands twice ticks both; the task may have moved since it was read."""
    text = "# PRIORITY 1\n- [ ] **a**: b\n- [ ] c\n# PRIORITY 2\n- [ ] c\n  - [ ] c\n"
    (_, second) = _parse(text).priorities
    moved = "\n\n" + text

    assert moved.replace("[ ] **a**", "[x] **a**") == _TRACKER.tick(moved, "PRIORITY 1", ["a: b"])
    assert moved.replace("[ ] **a**", "[x] **a**") == _TRACKER.tick(moved, "1", ["**a**: b"])
    assert "\n\n# PRIORITY 1\n- [ ] **a**: b\n- [ ] c\n# PRIORITY 2\n- [x] c\n  - [x] c\n" == (
        _TRACKER.tick(moved, second, ["c"])
    )


def test_what_is_not_there_is_an_error() -> None:
    """A task or box that cannot be found is never passed over in silence."""
    text = "# PRIORITY 1\n- [ ] a\n"
    with pytest.raises(RoadmapError, match="holds no PRIORITY 2"):
        _TRACKER.tick(text, "PRIORITY 2", [])
    with pytest.raises(RoadmapError, match='PRIORITY 1 has no check box "b"') as caught:
        _TRACKER.tick(text, "PRIORITY 1", ["b"])
    with pytest.raises(RoadmapError, match="no check box at line 1"):
        _TRACKER.tick(text, "PRIORITY 1", [1])

    assert caught.value.cure
