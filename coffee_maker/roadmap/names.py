"""Names of tasks: "PRIORITY 3.5", "US-7", "Phase 2", "Milestone 1", "Step 4"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

SPELLING = {
    "priority": "PRIORITY",
    "us": "US",
    "phase": "Phase",
    "milestone": "Milestone",
    "step": "Step",
}

NUMBER = r"\d{1,9}(?:\.\d{1,9})*[a-z]?(?!\w)"
_UNIT = r"(?!\s*(?:days?|weeks?|months?|hours?|minutes?|h\b|%))"
_SINGLE = re.compile(
    rf"(?:(?P<word>priority|phase|milestone|step)[\s#_*-]{{0,4}}|(?P<us>us)[-_\s]?)(?P<number>{NUMBER})"
    # "Phase 1-3" and "PRIORITY 1 & 2" head an overview of several tasks.
    rf"(?!\s*(?:[&+,]|and\b|to\b|or\b)\s*\d|[-–—]\d|\s[-–—]\s\d+\s*(?::|$))",
    re.IGNORECASE,
)
_BEFORE = (
    re.compile(r"[\W_]*"),
    re.compile(r"[\W_]*\d{1,4}[.)]\s[\W_]*"),
    re.compile(r"[^\w\[]*\[[^\]]{1,20}\][\W_]*"),
)
_REFERENCE = re.compile(
    rf"(?<!\w)(?:(?P<word>priorit(?:y|ies)|(?:phase|milestone|step)s?)[\s#_*-]{{0,4}}|(?P<us>us)[-_\s]?)"
    rf"(?P<number>{NUMBER})(?P<more>(?:\s*(?:,|&|\+|/|and|or|to|through|[-–—])\s*{NUMBER}{_UNIT})*)",
    re.IGNORECASE,
)
_MORE = re.compile(
    rf"(?P<between>,|&|\+|/|and|or|to|through|[-–—])\s*(?P<number>{NUMBER})", re.IGNORECASE
)
_RANGES = frozenset({"to", "through", "-", "–", "—"})


@dataclass(frozen=True, slots=True)
class Name:
    """One task's name. `number` is as the document writes it."""

    kind: str
    number: str

    @property
    def id(self) -> str:
        joint = "-" if self.kind == "us" else " "
        return f"{SPELLING[self.kind]}{joint}{self.number}"

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """Equal for all spellings of one name: "US-007" and "us 7"."""
        return self.kind, tuple(part.lstrip("0") or "0" for part in self.number.lower().split("."))

    @property
    def order(self) -> tuple[int, ...]:
        return tuple(int(part) for part in re.findall(r"\d+", self.number))

    def is_part_of(self, other: "Name") -> bool:
        """True for "Phase 1.2" and "Phase 1"."""
        return self.kind == other.kind and self.number.startswith(f"{other.number}.")


def leading_name(heading: str) -> tuple[Name, int, int] | None:
    """The name that a heading begins with, and where it stands in it.

    Before the name there may be marks, markup, a list number and one tag in brackets, but no
    words: "Week 1-3: Analytics PRIORITY 1" speaks about a task and is not the task.
    """
    for before in _BEFORE:
        passed = before.match(heading)
        if passed and (found := _SINGLE.match(heading, passed.end())):
            return _name(found), found.start(), found.end()
    return None


def _name(found: re.Match[str]) -> Name:
    word = (found["word"] or "us").lower()
    kind = "priority" if word.startswith("priorit") else word.rstrip("s") if word != "us" else word
    return Name(kind, found["number"])


def references(text: str) -> Iterator[tuple[Name, Name]]:
    """Each task, or span of tasks, that a text names; a single one is a span with itself."""
    for found in _REFERENCE.finditer(text):
        last = _name(found)
        spans = [(last, last)]
        for more in _MORE.finditer(found["more"]):
            following = Name(last.kind, more["number"])
            is_range = more["between"].lower() in _RANGES
            spans[-1:] = [(spans[-1][0], following)] if is_range else [spans[-1], (following,) * 2]
        yield from spans
