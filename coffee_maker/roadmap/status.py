"""A status as people write it: "📝 Planned (optional)", "IN PROGRESS", "✅"."""

import re
from dataclasses import dataclass

from coffee_maker.domain.roadmap import Status
from coffee_maker.roadmap import marks

WRITTEN: dict[Status, str] = {
    Status.DONE: "Completed",
    Status.IN_PROGRESS: "In Progress",
    Status.PLANNED: "Planned",
    Status.BLOCKED: "Blocked",
    Status.PAUSED: "Paused",
    Status.OPTIONAL: "Optional",
}

# After these a noun changes the meaning: "Complete documentation created" is no finished task.
_ENDS_THERE = (
    r"(?=\s*(?:$|[^\w\s]|_|\d|(?:in|on|by|for|since|until|with|at|after|as|and|but|via|per|to|of"
    r"|from|now|again|already|pending)\b))"
)
_STAGE = r"(?:\s+(?:phase|stage))?"
_HALF = r"(?:partial(?:ly)?|part(?:ly)?|mostly|nearly|almost|half|not\s+(?:yet\s+)?(?:fully|quite))"
_FINISHED = (
    r"(?:done|completed?|finished|implemented|shipped|released|merged|delivered|deployed|closed"
    r"|resolved)"
)

# The order is the order of caution: of two readings the one that leads to less wins.
_PHRASES: dict[Status, str] = {
    Status.IN_PROGRESS: (
        rf"{_HALF}[\s-]+{_FINISHED}|partial(?:ly)?|incomplete|unfinished"
        r"|in\s+(?:active\s+)?(?:progress|development|review|implementation|testing|work)"
        rf"{_STAGE}|active\s+development{_STAGE}|work\s+in\s+progress|wip|on-?going"
        r"|under\s*way|under\s+(?:review|development|construction)|implementing|developing"
        rf"|(?:started|active|begun){_ENDS_THERE}"
    ),
    Status.BLOCKED: r"blocked|stuck",
    Status.PAUSED: (
        r"paused?|on[\s-]hold|suspended|postponed|deferred|parked|waiting|cancell?ed|abandoned"
        r"|dropped|rejected|won'?t\s+(?:do|fix)|obsolete|superseded|deprecated|stopped"
    ),
    Status.PLANNED: (
        rf"not\s+(?:yet\s+)?(?:started|begun|planned|{_FINISHED})|unstarted|planned"
        r"|to[\s-]?do|backlog|pending|proposed|proposal|future\s+roadmap|future|upcoming|queued"
        rf"|scheduled|(?:in\s+)?(?:planning|design|specification|research){_STAGE}"
        rf"|(?:draft|ready|open|new|next|idea|specified|designed){_ENDS_THERE}"
    ),
    Status.OPTIONAL: r"optional|nice[\s-]to[\s-]have|if\s+needed",
    Status.DONE: rf"(?:fully\s+)?{_FINISHED}{_ENDS_THERE}",
}
_STRICT = {
    Status.DONE: r"done|completed?|finished|shipped",
    Status.IN_PROGRESS: r"in\s+progress|wip|on-?going",
    Status.PLANNED: r"planned|to-?do|not\s+started",
    Status.BLOCKED: r"blocked",
    Status.PAUSED: r"paused|on\s+hold",
    Status.OPTIONAL: r"optional",
}


def _any_of(phrases: dict[Status, str]) -> str:
    return "|".join(rf"(?P<{status.name}>{words})" for status, words in phrases.items())


_SEARCHES = {
    status: re.compile(rf"(?<![\w-])(?:{words})(?!\w)", re.IGNORECASE)
    for status, words in _PHRASES.items()
}
_LEAD = re.compile(rf"(?:{marks.MARK}|[\s*_`(\[]|(?i:now|currently|still|all)\s)*")
_AT_START = re.compile(rf"(?:{_any_of(_PHRASES)})(?!\w)", re.IGNORECASE)
_PERCENT = re.compile(r"(\d{1,3})\s*%(?:\s*(?:complete[d]?|done|finished))?", re.IGNORECASE)
_STRUCK = re.compile(r"~~.*?~~")
_TAIL = re.compile(
    rf"(?:\s[-–—|]\s*|\s?[(\[]\s*|{marks.MARK}\s*)[*_]*(?:{_any_of(_STRICT)})"
    rf"[*_]*\s*[)\]]?(?:{marks.MARK}|[\s*_#])*$",
    re.IGNORECASE,
)
_TICKED = {Status.DONE: rf"{_STRICT[Status.DONE]}|x"}
_TAG = re.compile(
    rf"(?:{marks.MARK}|[\s*_#])*\[\s*(?:{_any_of(_STRICT | _TICKED)})\s*\]", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read in a piece of text, and where: spans are offsets into that text."""

    status: Status | None
    by_mark: Status | None = None
    mark: tuple[int, int] | None = None
    word: tuple[int, int] | None = None

    @property
    def contradicts_itself(self) -> bool:
        """True where the mark says done and the word does not, or the other way round."""
        return None not in {self.status, self.by_mark} and (
            (self.status is Status.DONE) != (self.by_mark is Status.DONE)
        )


def read_status(value: str) -> Reading:
    """The status in what follows the word "Status:"; the word counts more than the mark."""
    text = _STRUCK.sub(lambda found: " " * len(found.group()), value)
    mark = marks.first_mark(text)
    by_mark = marks.meaning(mark.group()) if mark else None
    status, word = _word(text)
    status = status or by_mark
    if status is Status.PLANNED and _SEARCHES[Status.OPTIONAL].search(text):
        status = Status.OPTIONAL
    return Reading(status=status, by_mark=by_mark, mark=mark.span() if mark else None, word=word)


def _word(text: str) -> tuple[Status | None, tuple[int, int] | None]:
    lead = _LEAD.match(text)
    start = lead.end() if lead else 0
    if percent := _PERCENT.match(text, start):
        figure = int(percent[1])
        status = {0: Status.PLANNED, 100: Status.DONE}.get(figure, Status.IN_PROGRESS)
        return status, percent.span()
    if found := _AT_START.match(text, start):
        return Status[str(found.lastgroup)], found.span()
    for status, search in _SEARCHES.items():
        if found := search.search(text):
            return status, found.span()
    return None, None


# Other marks are too often mere decoration where a heading carries them.
_HEADING_MARKS = frozenset("✅☑✔✓🔄🚧⏳📝📋⬜☐⏸🚫⛔")


def read_heading_status(heading: str) -> Reading:
    """The status that a heading carries: a mark, a last word like "(DONE)", a tag in front."""
    tail = heading_tail(heading) or _TAG.match(heading)
    word = Status[str(tail.lastgroup)] if tail else None
    mark = marks.first_mark(heading)
    if mark and marks.readable(mark.group())[0] not in _HEADING_MARKS:
        mark = None
    by_mark = marks.meaning(mark.group()) if mark else None
    return Reading(
        status=word or by_mark,
        by_mark=by_mark,
        mark=mark.span() if mark else None,
        word=tail.span(str(tail.lastgroup)) if tail else None,
    )


def heading_tail(heading: str) -> re.Match[str] | None:
    """The end of a heading that only says how far it has come, with what sets it off."""
    found = _TAIL.search(heading)
    return found if found and found.start() > 0 else None
