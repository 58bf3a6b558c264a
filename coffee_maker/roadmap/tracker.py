"""Progress written into a roadmap: boxes ticked and a status changed, every other byte kept."""

from collections.abc import Iterable, Iterator

from coffee_maker.domain.errors import RoadmapError
from coffee_maker.domain.roadmap import Priority, Status
from coffee_maker.roadmap import marks
from coffee_maker.roadmap.boxes import Box, boxes
from coffee_maker.roadmap.fields import Label, fields
from coffee_maker.roadmap.file import split_lines
from coffee_maker.roadmap.outline import outline
from coffee_maker.roadmap.parser import BOM, RoadmapParser
from coffee_maker.roadmap.status import WRITTEN, Reading, read_heading_status, read_status


class ProgressTracker:
    """Edits of a roadmap's text; nothing is read from or written to a file.

    A task is given as its id or as it was read earlier; it is looked up in the text that is to
    be changed, so lines may have moved since. All of these raise RoadmapError where the text is
    no roadmap, or holds no such task.
    """

    def tick(self, text: str, task: Priority | str, deliverables: Iterable[str | int]) -> str:
        """The text with these boxes of the task ticked; a box that is ticked stays so.

        A deliverable is a box's text, as read or as written (it ticks all boxes of the task with
        that text), or its 1-based line. Raises RoadmapError where the task has no such box.
        """
        priority = _find(text, task)
        lines = _Lines(text)
        present = list(boxes(outline(lines.text), priority.line, priority.end_line))
        for wanted in deliverables:
            found = [box for box in present if _is(box, wanted)]
            if not found:
                which = f"at line {wanted}" if isinstance(wanted, int) else f'"{wanted}"'
                raise RoadmapError(
                    f"{priority.id} has no check box {which}",
                    cure="name a box by its text or its line, as `coffee-maker roadmap show` does",
                    line=priority.line,
                )
            for box in found:
                if not box.done:
                    lines.put(box.line, box.column, box.column + 1, "x")
        return lines.joined()

    def set_status(self, text: str, task: Priority | str, status: Status) -> str:
        """The text in which the task has this status; the same text where it has it already.

        Mark and word are replaced where the document has them, in the document's own style
        ("📝 Planned" becomes "✅ Completed", "IN PROGRESS" becomes "COMPLETED", a misread mark
        another misread mark); words round them stay. A task without a status gets a line
        `**Status**: ✅ Completed` right below its heading.
        """
        priority = _find(text, task)
        if priority.status is status:
            return text
        for candidate in _rewritten(text, priority, status):
            if _find(candidate, priority.id).status is status:
                return candidate
        raise RoadmapError(
            f"the status of {priority.id} cannot be set to {status}",
            cure="change its status line by hand",
            line=priority.status_line or priority.line,
        )


def _find(text: str, task: Priority | str) -> Priority:
    wanted = task if isinstance(task, str) else task.id
    found = RoadmapParser().parse(text).find(wanted)
    if found is None:
        raise RoadmapError(
            f"the roadmap holds no {wanted}", cure="`coffee-maker roadmap show` lists its tasks"
        )
    return found


def _is(box: Box, wanted: str | int) -> bool:
    return wanted == box.line + 1 if isinstance(wanted, int) else wanted in {box.text, box.raw}


class _Lines:
    """A text as lines that can be edited; line numbers are 0-based."""

    def __init__(self, text: str) -> None:
        self._bom = BOM if text.startswith(BOM) else ""
        self.text = text.removeprefix(BOM)
        self._lines = split_lines(self.text)

    def content(self, line: int) -> str:
        return "".join(self._lines[line : line + 1]).rstrip("\r\n")

    def put(self, line: int, start: int, end: int, words: str) -> None:
        self._lines[line] = self._lines[line][:start] + words + self._lines[line][end:]

    def insert(self, line: int, words: str) -> None:
        """A new line before this one, with the line end that the document uses there."""
        above = self._lines[line - 1]
        ending = above[len(above.rstrip("\r\n")) :]
        if not ending:
            ending = self._ending()
            self._lines[line - 1] += ending
            self._lines.append(words)
        else:
            self._lines.insert(line, words + ending)

    def _ending(self) -> str:
        first = self._lines[0]
        return first[len(first.rstrip("\r\n")) :] or "\n"

    def joined(self) -> str:
        return self._bom + "".join(self._lines)


def _rewritten(text: str, priority: Priority, status: Status) -> Iterator[str]:
    """Texts that may say the status, the one that changes least first."""
    if priority.status_line is None:
        yield _inserted(text, priority, status)
        return
    line = priority.status_line - 1
    spelled = marks.spelled(marks.WRITTEN[status], text)
    content = _Lines(text).content(line)
    if line == priority.line - 1:
        reading = read_heading_status(content)
        yield _replaced(text, line, (0, len(content)), _styled(content, reading, status, spelled))
        yield _inserted(text, priority, status)
        return
    field = next(found for found in fields(content) if found.label is Label.STATUS)
    span, value = (field.start, field.end), field.value
    reading = read_status(value)
    yield _replaced(text, line, span, _styled(value, reading, status, spelled))
    whole = f"{spelled} {WRITTEN[status]}".strip()
    after_label = "" if content[: field.start].endswith((" ", "\t")) else " "
    yield _replaced(text, line, span, after_label + (f"{whole} - {value}" if value else whole))
    yield _replaced(text, line, span, after_label + whole)


def _replaced(text: str, line: int, span: tuple[int, int], words: str) -> str:
    lines = _Lines(text)
    lines.put(line, *span, words)
    return lines.joined()


def _inserted(text: str, priority: Priority, status: Status) -> str:
    lines = _Lines(text)
    after = next(h.after for h in outline(lines.text).headings if h.line == priority.line - 1)
    mark = marks.spelled(marks.WRITTEN[status], text)
    if _would_change_below_text(lines.content(after)):
        lines.insert(after, "")
    lines.insert(after, f"**Status**: {mark} {WRITTEN[status]}".replace("  ", " "))
    return lines.joined()


def _would_change_below_text(line: str) -> bool:
    """True for code, HTML and rules, which mean something else right below a line of text."""
    return bool(line.strip()) and (line[0] in " \t<=" or not line.strip("- \t"))


def _styled(value: str, reading: Reading, status: Status, mark: str) -> str:
    """The value with its word and its mark replaced, whichever it has."""
    edits: list[tuple[tuple[int, int], str]] = []
    if reading.word:
        edits.append((reading.word, _in_the_case_of(value[slice(*reading.word)], WRITTEN[status])))
    if reading.mark:
        edits.append((reading.mark, mark))
    if reading.mark and not reading.word and reading.status is None:
        edits.append(((reading.mark[1], reading.mark[1]), f" {WRITTEN[status]} -"))
    for (start, end), words in sorted(edits, reverse=True):
        value = value[:start] + words + (value[end:] if words else value[end:].lstrip(" "))
    return value


def _in_the_case_of(old: str, new: str) -> str:
    if old.isupper():
        return new.upper()
    if old.islower():
        return new.lower()
    return new.capitalize() if " " in old and not old.istitle() else new
