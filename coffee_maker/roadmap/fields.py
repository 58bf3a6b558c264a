"""Labelled lines: `**Status**: 📝 Planned`, `Depends on: PRIORITY 1`, `**Estimate**: 3 days`."""

import re
from dataclasses import dataclass
from enum import StrEnum

from coffee_maker.roadmap.marks import MARK


class Label(StrEnum):
    STATUS = "status"
    DEPENDS = "depends"
    ESTIMATE = "estimate"


_LABELS = {
    Label.STATUS: r"(?:current\s+)?status",
    Label.DEPENDS: (
        r"(?:hard\s+|soft\s+)?dependenc(?:y|ies)|depends(?:\s+(?:up)?on)?|requires|blocked\s+by"
        r"|prerequisites?"
    ),
    Label.ESTIMATE: (
        r"(?:total\s+)?estimated(?:\s+(?:duration|time|effort|timeline))?|time\s+estimate"
        r"|estimates?|estimation|duration|effort|timeline"
    ),
}
_ANY = "|".join(rf"(?P<{label.name}>{words})" for label, words in _LABELS.items())
_FIELD = re.compile(
    rf"[ \t]*(?:(?:[-*+]|\d{{1,9}}[.)])[ \t]+)?(?:{MARK}|[ \t])*(?P<bold>\*\*|__)?(?:{MARK}|[ \t])*"
    rf"(?P<label>{_ANY})(?:[ \t]*\([^()]*\))?[ \t]*"
    r"(?(bold)(?:[:：][ \t]*(?P=bold)|(?P=bold)[ \t]*[:：]?|[:：])|(?:[:：]|(?<=depends on)[ \t]))"
    r"[ \t]*(?P<value>.*?)[ \t]*$",
    re.IGNORECASE,
)
# Every label holds one of these, and `in` is far cheaper than the expression.
_HINTS = ("tatus", "epend", "equire", "locked", "stimat", "uration", "ffort", "imeline", "requis")
_BETWEEN = re.compile(r"[ \t]\|[ \t]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One labelled value; `start` and `end` are its offsets in the line, `end` exclusive."""

    label: Label
    value: str
    start: int
    end: int


def fields(line: str) -> list[Field]:
    """The labelled values of one line; several may stand in it with ` | ` between them."""
    lowered = line.lower()
    if not any(hint in lowered for hint in _HINTS):
        return []
    found = []
    start = 0
    for end in [*(bar.start() for bar in _BETWEEN.finditer(line)), len(line)]:
        if field := _field(line, start, end):
            found.append(field)
        start = end + 3
    return found


def _field(line: str, start: int, end: int) -> Field | None:
    match = _FIELD.match(line[start:end])
    if match is None:
        return None
    label = next(label for label in Label if match[label.name])
    return Field(
        label=label,
        value=match["value"],
        start=start + match.start("value"),
        end=start + match.end("value"),
    )
