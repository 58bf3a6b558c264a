"""What a heading says: the name of a task, its title, and badges that are neither."""

import re

from coffee_maker.roadmap.marks import EMOJI, readable, without_marks
from coffee_maker.roadmap.names import Name, leading_name
from coffee_maker.roadmap.plain import plain, unlinked
from coffee_maker.roadmap.status import heading_tail

_KEYCAP = re.compile(r"[0-9#*]\ufe0f?\u20e3")
_BADGES = re.compile(rf"(?:\s*{EMOJI}\s*(?:[A-Z][A-Z0-9 !/&-]*(?![a-z]))?)+\s*$")
_ENDS = " \t:,;|-–—"
_SEPARATORS = f"{_ENDS}.)]"
_ASIDE = re.compile(rf"\s*(?:$|[(\[]|{EMOJI})")


def read_heading(text: str) -> tuple[Name | None, str]:
    """The task's name, where the heading begins with one, and the title in plain words.

    What follows a bold title is a badge ("⚡ NEW") or an aside ("(if needed)") and is left out.
    A heading of nothing but a name has that name as its title.
    """
    words = unlinked(_KEYCAP.sub("\ufffd", readable(text)))
    found = leading_name(words)
    if found is None:
        return None, _title(words)
    name, start, end = found
    return name, _title(_after_name(words, start, end)) or name.id


def _after_name(words: str, start: int, end: int) -> str:
    rest = words[end:]
    fence = next((mark for mark in ("**", "__") if words[:start].count(mark) % 2), None)
    if fence is None or fence not in rest:
        return rest
    inside, _, outside = rest.partition(fence)
    if not inside.strip(_SEPARATORS):
        return outside
    return inside if _ASIDE.match(outside) else f"{inside} {outside}"


def _title(words: str) -> str:
    for shorter in (_without_tail, _without_badges):
        words = shorter(words).strip(_ENDS) or words
    words = without_marks(plain(words.lstrip(_SEPARATORS)))
    return words.lstrip(f"{_SEPARATORS}*~#").rstrip(f"{_ENDS}*~#")


def _without_tail(words: str) -> str:
    tail = heading_tail(words)
    return words[: tail.start()] if tail else words


def _without_badges(words: str) -> str:
    return _BADGES.sub("", words)
