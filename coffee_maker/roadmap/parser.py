"""From the text of a roadmap to its priorities."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coffee_maker.domain.errors import RoadmapError
from coffee_maker.domain.roadmap import Deliverable, Priority, Problem, Roadmap, Status
from coffee_maker.roadmap.boxes import boxes, malformed_boxes
from coffee_maker.roadmap.dependencies import (
    Register,
    dependents,
    find_cycle,
    means_all_others,
    says_none,
)
from coffee_maker.roadmap.fields import Label, fields
from coffee_maker.roadmap.file import read_text
from coffee_maker.roadmap.identity import identified
from coffee_maker.roadmap.marks import readable, without_marks
from coffee_maker.roadmap.outline import Outline, outline
from coffee_maker.roadmap.plain import plain
from coffee_maker.roadmap.sections import Section, find_sections
from coffee_maker.roadmap.status import read_heading_status, read_status

BOM = "\ufeff"
_HOW_TO_BEGIN = "write at least one task: a heading such as `## PRIORITY 1: What to do`"
_CONFLICT = ("<<<<<<<", ">>>>>>>")


@dataclass(slots=True, kw_only=True)
class _Task:
    """One task on its way from the section to the priority."""

    id: str
    section: Section
    status: Status
    status_line: int | None
    deliverables: tuple[Deliverable, ...]
    estimate: str | None
    needs: list[tuple[int, str]]
    depends_on: list[str] = field(default_factory=list)


class RoadmapParser:
    """Reads a roadmap as people write it; `sections` and `names` tell what counts as a task."""

    def read(self, path: Path) -> Roadmap:
        """The roadmap in a file. Raises RoadmapError as `parse`, or where it cannot be read."""
        return self.parse(read_text(path), str(path))

    def parse(self, text: str, path: str = "ROADMAP.md") -> Roadmap:
        """The roadmap in a text; `path` is only said in messages.

        Raises RoadmapError, with line and cure, where there is no text or no task, where merge
        markers are left, where two tasks have one id, and where tasks wait for each other.
        """
        sound, problems = _without_bad_bytes(text.removeprefix(BOM))
        if not sound.strip():
            raise RoadmapError(f"{path} is empty", cure=_HOW_TO_BEGIN)
        document = outline(sound)
        _refuse_merge_markers(document, path)
        sections = find_sections(document)
        if not sections:
            raise RoadmapError(f"{path} holds no task", cure=_HOW_TO_BEGIN)
        problems += document.problems
        tasks = [
            _read_task(document, task, section, problems)
            for task, section in identified(document, sections, path)
        ]
        _connect(tasks, problems, path)
        return Roadmap(
            path=path,
            priorities=tuple(_priority(document, task) for task in tasks),
            problems=tuple(sorted(problems, key=lambda problem: problem.line)),
        )


def _without_bad_bytes(text: str) -> tuple[str, list[Problem]]:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        before = text[: error.start].replace("\r\n", "\n").replace("\r", "\n")
        problem = Problem(line=before.count("\n") + 1, message="not UTF-8: save the file as UTF-8")
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), [problem]
    return text, []


def _refuse_merge_markers(document: Outline, path: str) -> None:
    for number, line in enumerate(document.lines):
        if line.startswith(_CONFLICT) and line[7:8] in {"", " "} and not document.fenced[number]:
            raise RoadmapError(
                f"line {number + 1} of {path} is a git merge marker",
                cure="settle the conflict, take the <<<<<<<, ======= and >>>>>>> lines out",
                line=number + 1,
            )


def _read_task(document: Outline, id: str, section: Section, problems: list[Problem]) -> _Task:
    start = section.heading.after
    deliverables = tuple(box.deliverable() for box in boxes(document, start, section.end))
    problems += malformed_boxes(document, start, section.end)
    status, status_line = _status(document, section, deliverables, problems)
    return _Task(
        id=id,
        section=section,
        status=status,
        status_line=status_line,
        deliverables=deliverables,
        estimate=_estimate(document, section),
        needs=list(_needs(document, section)),
    )


def _own_fields(document: Outline, section: Section, label: Label) -> Iterator[tuple[int, str]]:
    """Labelled values above the first sub-heading, with their 0-based lines."""
    for line in range(section.heading.after, section.own_end):
        if document.hidden[line]:
            continue
        for found in fields(document.lines[line]):
            if found.label is label:
                yield line, found.value


def _status(
    document: Outline,
    section: Section,
    deliverables: Sequence[Deliverable],
    problems: list[Problem],
) -> tuple[Status, int | None]:
    assumed = _assumed(deliverables)
    for line, value in _own_fields(document, section, Label.STATUS):
        reading, words = read_status(value), without_marks(plain(value))
        if reading.status is None:
            said = f"status '{words}' is not understood, taken as {assumed}"
            problems.append(Problem(line=line + 1, message=said))
        elif reading.contradicts_itself:
            said = f"the mark contradicts the word '{words}', taken as {reading.status}"
            problems.append(Problem(line=line + 1, message=said))
        elif (reading.status is Status.DONE) != (assumed is Status.DONE) and deliverables:
            said = _disagreement(reading.status, deliverables)
            problems.append(Problem(line=line + 1, message=said))
        return reading.status or assumed, line + 1
    line = section.heading.line
    if status := read_heading_status(document.lines[line]).status:
        return status, line + 1
    return assumed, None


def _assumed(deliverables: Sequence[Deliverable]) -> Status:
    done = [deliverable.done for deliverable in deliverables]
    if not any(done):
        return Status.PLANNED
    return Status.DONE if all(done) else Status.IN_PROGRESS


def _disagreement(status: Status, deliverables: Sequence[Deliverable]) -> str:
    open_boxes = sum(not deliverable.done for deliverable in deliverables)
    if open_boxes:
        return f"the status is {status}, but {open_boxes} of its boxes are not ticked"
    return f"all of its boxes are ticked, but the status is {status}"


def _estimate(document: Outline, section: Section) -> str | None:
    for _, value in _own_fields(document, section, Label.ESTIMATE):
        if words := without_marks(plain(value)):
            return words
    return None


def _needs(document: Outline, section: Section) -> Iterator[tuple[int, str]]:
    """Values of dependency lines; where one is empty, the list items right below it."""
    for line, value in _own_fields(document, section, Label.DEPENDS):
        if value:
            yield line, value
            continue
        for below in range(line + 1, section.own_end):
            item = document.lines[below].strip()
            if not item and below == line + 1:
                continue
            if not item.startswith(("- ", "* ", "+ ")) or document.hidden[below]:
                break
            yield below, item[2:]


def _connect(tasks: Sequence[_Task], problems: list[Problem], path: str) -> None:
    register = Register((task.id, task.section.name, task.section.title) for task in tasks)
    for task in tasks:
        task.depends_on = _depends_on(task, register, problems)
    edges = {task.id: list(task.depends_on) for task in tasks}
    last = [task for task in tasks if any(means_all_others(value) for _, value in task.needs)]
    for task in last:
        spared = {each.id for each in last} | dependents(task.id, edges)
        _add(task.depends_on, register.all_but(spared))
    if cycle := find_cycle({task.id: task.depends_on for task in tasks}):
        line = next(task.section.heading.line for task in tasks if task.id == cycle[0]) + 1
        raise RoadmapError(
            f"tasks of {path} wait for each other: {' -> '.join(cycle)}",
            cure=f"take one of these out of a dependency line; {cycle[0]} is at line {line}",
            line=line,
        )


def _depends_on(task: _Task, register: Register, problems: list[Problem]) -> list[str]:
    needed: list[str] = []
    for line, value in task.needs:
        if says_none(value):
            continue
        known, unknown = register.named_in(value, own=task.section.name)
        spoken = register.spoken_of(value, own=task.id)
        _add(needed, [*known, *spoken, *unknown])
        said = [f"{task.id} waits for {name}, which is not in this file" for name in unknown]
        if not (known or unknown or spoken or means_all_others(value)):
            said = [f"dependency '{readable(value)}' names no task of this file"]
        problems.extend(Problem(line=line + 1, message=message) for message in said)
    return needed


def _add(to: list[str], more: Iterable[str]) -> None:
    present = set(to)
    to.extend(task for task in dict.fromkeys(more) if task not in present)


def _priority(document: Outline, task: _Task) -> Priority:
    start, end = task.section.heading.after, task.section.end
    while end > start and not document.lines[end - 1].strip(" \t-*_"):
        end -= 1
    return Priority(
        id=task.id,
        title=task.section.title,
        status=task.status,
        line=task.section.heading.line + 1,
        end_line=end,
        body="\n".join(document.lines[start:end]),
        status_line=task.status_line,
        depends_on=tuple(task.depends_on),
        deliverables=task.deliverables,
        estimate=task.estimate,
    )
