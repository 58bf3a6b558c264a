"""From the words of a dependency line to the ids of tasks."""

import re
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from coffee_maker.roadmap.marks import MARK
from coffee_maker.roadmap.names import Name, references
from coffee_maker.roadmap.plain import plain

_STRUCK = re.compile(r"~~.*?~~")
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_NONE = re.compile(
    rf"(?:{MARK}|[\s*_`(])*(?:(?:none|nothing|nil|n/a|not\s+applicable|independent)(?!\w)"
    r"|no(?:\s+(?:\w+\s+)?(?:dependenc\w+|prerequisites?))?[\s.*_)]*$|[-–—.\s]*$)",
    re.IGNORECASE,
)
_ALL_OTHERS = re.compile(
    r"\b(?:all|every)\s+(?:of\s+)?(?:the\s+)?(?:others?|remaining|rest)\b", re.IGNORECASE
)
_ALL_BEFORE = re.compile(
    r"\b(?:previous|preceding|prior|earlier)\s+(?:priorities|stories|phases|milestones|steps|tasks)\b"
    r"|\b(?:all|everything)\s+(?:of\s+the\s+)?(?:above|before|previous)\b",
    re.IGNORECASE,
)
_ONE_BEFORE = re.compile(
    r"\b(?:previous|preceding)\s+(?:priority|story|phase|milestone|step|task|one)\b", re.IGNORECASE
)
_NUMBERS_ONLY = re.compile(r"\d+(?:\.\d+)*(?:\s*(?:,|&|\+|and)\s*\d+(?:\.\d+)*)*$")
_PIECES = re.compile(r"[,;]|\band\b|[&+]", re.IGNORECASE)
_AROUND_A_TITLE = re.compile(
    r"^(?:requires?|needs?|after|recommended\s+after|completion\s+of|the)\s+"
    r"|\s+(?:is\s+|to\s+be\s+|must\s+be\s+)?(?:completed?|done|finished|first)$",
    re.IGNORECASE,
)


class Register:
    """The tasks of one document, to be found by any spelling of their names, or by title."""

    def __init__(self, tasks: Iterable[tuple[str, Name | None, str]]) -> None:
        self._ids: list[str] = []
        self._by_name: dict[object, str] = {}
        self._by_title: dict[str, str] = {}
        self._numbered: dict[str, list[tuple[tuple[int, ...], str]]] = {}
        for task, name, title in tasks:
            self._ids.append(task)
            self._by_title.setdefault(title.casefold(), task)
            self._by_title.setdefault(task.casefold(), task)
            if name:
                self._by_name.setdefault(name.key, task)
                self._numbered.setdefault(name.kind, []).append((name.order, task))
        self._place = {task: place for place, task in enumerate(self._ids)}

    def named_in(self, value: str, *, own: Name | None) -> tuple[list[str], list[str]]:
        """Ids that a dependency line names, in its order; and names that no task has."""
        text = _STRUCK.sub(" ", value)
        outside = _ASIDE.sub(" ", text)
        for words in (outside, text):
            known, unknown = self._by_number(words)
            if known or unknown:
                return known, unknown
        bare = plain(outside).rstrip(".")
        if own and _NUMBERS_ONLY.match(bare):
            return self._by_number(f"{own.kind} {bare}")
        return self._titles(plain(text).rstrip("."), bare), []

    def spoken_of(self, value: str, *, own: str) -> list[str]:
        """Ids that a dependency line means without naming them: "the previous phase"."""
        place = self._place[own]
        if _ALL_BEFORE.search(value):
            return self._ids[:place]
        if _ONE_BEFORE.search(value):
            return self._ids[max(place - 1, 0) : place]
        return []

    def all_but(self, some: set[str]) -> list[str]:
        return [task for task in self._ids if task not in some]

    def _by_number(self, text: str) -> tuple[list[str], list[str]]:
        known: dict[str, None] = {}
        unknown: dict[str, None] = {}
        for first, last in references(text):
            if first is last:
                found = self._by_name.get(first.key)
                (known if found else unknown)[found or first.id] = None
                continue
            within = [
                task
                for order, task in self._numbered.get(first.kind, ())
                if first.order <= order <= last.order
            ]
            known.update(dict.fromkeys(within))
            if not within:
                unknown[f"{first.id} to {last.number}"] = None
        return list(known), list(unknown)

    def _titles(self, *wholes: str) -> list[str]:
        for whole in wholes:
            for pieces in ([whole], re.split(r"[,;]", whole), _PIECES.split(whole)):
                found = [self._title(piece) for piece in pieces]
                if any(found):
                    return [task for task in found if task]
        return []

    def _title(self, piece: str) -> str | None:
        words = piece.strip(" \t\"'`*“”.")
        bare = _AROUND_A_TITLE.sub("", _AROUND_A_TITLE.sub("", words)).strip(" \"'“”")
        return self._by_title.get(words.casefold()) or self._by_title.get(bare.casefold())


def says_none(value: str) -> bool:
    """True for "None (foundational)", "N/A" and the like."""
    return _NONE.match(value) is not None


def means_all_others(value: str) -> bool:
    """True for "after all other priorities"."""
    return _ALL_OTHERS.search(value) is not None


def find_cycle(depends_on: Mapping[str, Iterable[str]]) -> list[str] | None:
    """Tasks that wait for one another, each for the next, the first one repeated at the end."""
    try:
        TopologicalSorter(depends_on).prepare()
    except CycleError as error:
        cycle: list[str] = list(reversed(error.args[1]))[:-1]
        first = cycle.index(next(task for task in depends_on if task in cycle))
        return [*cycle[first:], *cycle[:first], cycle[first]]
    return None


def dependents(of: str, depends_on: Mapping[str, Iterable[str]]) -> set[str]:
    """Everything that waits for a task, directly or not."""
    waiting: dict[str, list[str]] = {}
    for task, needed in depends_on.items():
        for each in needed:
            waiting.setdefault(each, []).append(task)
    found: set[str] = set()
    ahead = [of]
    while ahead:
        for task in waiting.get(ahead.pop(), ()):
            if task not in found:
                found.add(task)
                ahead.append(task)
    return found
