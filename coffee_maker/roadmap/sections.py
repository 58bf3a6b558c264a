"""Which headings are tasks, and how far each task reaches.

The rules, as real roadmaps need them:

1. A heading that begins with a name is a task (`names.leading_name`). PRIORITY always is.
2. US, Phase, Milestone and Step are not, where they stand in the section of a task of another
   kind, or are a part of it by number ("Phase 1.1" below "Phase 1"): they belong to that task.
3. Nor where a task of a stronger kind stands below them ("Phase 1" above "PRIORITY 3"): they
   only group. PRIORITY is stronger than US, and US than the rest.
4. Phase, Milestone and Step are not, where they stand deeper than every PRIORITY and US of the
   document: there they are steps of some procedure that the document also describes.
5. Only where no heading is a task by name: a heading that directly owns a status line is one,
   unless others below it own one too (then it groups), and so is a heading that directly owns
   check boxes, unless it stands in the section of such a task. The document's own title counts
   only where nothing below it does.

A task's section ends before the next task and before the next heading of its level or above.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from coffee_maker.roadmap.boxes import boxes
from coffee_maker.roadmap.fields import Label, fields
from coffee_maker.roadmap.headings import read_heading
from coffee_maker.roadmap.names import Name
from coffee_maker.roadmap.outline import Heading, Outline

_STRENGTH = {"priority": 0, "us": 1}
_WEAK = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A task's place: line numbers are 0-based, ends exclusive.

    `own_end` is where its first sub-heading begins: the lines before it speak of the task itself.
    """

    heading: Heading
    name: Name | None
    title: str
    own_end: int
    end: int


def find_sections(document: Outline) -> list[Section]:
    """The tasks of a document in its order; empty where there are none."""
    said = [read_heading(heading.text) for heading in document.headings]
    names = [name for name, _ in said]
    chosen = _named(document.headings, names) or _unnamed(document)
    ends = _ends(document, set(chosen))
    return [
        Section(
            heading=document.headings[index],
            name=names[index],
            title=said[index][1],
            own_end=_next_line(document, index),
            end=ends[index],
        )
        for index in chosen
    ]


def _named(headings: tuple[Heading, ...], names: list[Name | None]) -> list[int]:
    groups = _groups(headings, names)
    deepest = max(
        (h.level for h, n in zip(headings, names, strict=True) if n and n.kind in _STRENGTH),
        default=None,
    )
    chosen: dict[int, Name] = {}
    for index, (heading, name) in enumerate(zip(headings, names, strict=True)):
        if name is None:
            continue
        if name.kind != "priority":
            inside = _nearest(headings, index, chosen.__contains__)
            outer = chosen[inside] if inside is not None else None
            if outer and (outer.kind != name.kind or name.is_part_of(outer)):
                continue
            if index in groups:
                continue
            if deepest is not None and name.kind not in _STRENGTH and heading.level > deepest:
                continue
        chosen[index] = name
    return list(chosen)


def _groups(headings: tuple[Heading, ...], names: list[Name | None]) -> set[int]:
    """Headings with a name of a stronger kind somewhere below them."""
    groups = set()
    for index, name in enumerate(names):
        if name is None or name.kind not in _STRENGTH:
            continue
        above = headings[index].parent
        while above is not None:
            outer = names[above]
            if outer and _strength(outer) > _strength(name):
                groups.add(above)
            above = headings[above].parent
    return groups


def _strength(name: Name) -> int:
    return _STRENGTH.get(name.kind, _WEAK)


def _nearest(
    headings: tuple[Heading, ...], index: int, wanted: Callable[[int], bool]
) -> int | None:
    """The nearest heading above in the tree that is wanted."""
    above = headings[index].parent
    while above is not None and not wanted(above):
        above = headings[above].parent
    return above


def _unnamed(document: Outline) -> list[int]:
    headings = document.headings
    spans = [(h.after, _next_line(document, index)) for index, h in enumerate(headings)]
    with_status = {i for i, span in enumerate(spans) if _owns_status(document, *span)}
    with_boxes = {i for i, span in enumerate(spans) if any(boxes(document, *span))}
    if headings and len(with_status | with_boxes) > 1 and _is_title(headings):
        with_status.discard(0)
        with_boxes.discard(0)
    grouping = set(_all_above(headings, with_status))
    tasks = with_status - grouping
    for index in sorted(with_boxes - grouping - tasks):
        if _nearest(headings, index, tasks.__contains__) is None:
            tasks.add(index)
    return sorted(tasks)


def _is_title(headings: tuple[Heading, ...]) -> bool:
    return headings[0].level == 1 and all(heading.level > 1 for heading in headings[1:])


def _all_above(headings: tuple[Heading, ...], some: Iterable[int]) -> Iterable[int]:
    for index in some:
        above = headings[index].parent
        while above is not None:
            yield above
            above = headings[above].parent


def _owns_status(document: Outline, start: int, end: int) -> bool:
    return any(
        field.label is Label.STATUS
        for line in range(start, end)
        if not document.hidden[line]
        for field in fields(document.lines[line])
    )


def _next_line(document: Outline, index: int) -> int:
    following = document.headings[index + 1 : index + 2]
    return following[0].line if following else len(document.lines)


def _ends(document: Outline, tasks: set[int]) -> dict[int, int]:
    ends: dict[int, int] = {}
    running: int | None = None
    for index, heading in enumerate(document.headings):
        if running is not None and (
            index in tasks or heading.level <= document.headings[running].level
        ):
            ends[running] = heading.line
            running = None
        if index in tasks:
            running = index
    if running is not None:
        ends[running] = len(document.lines)
    return ends
