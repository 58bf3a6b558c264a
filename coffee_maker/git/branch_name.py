"""Names for branches and folders, made from what people write in a roadmap."""

import hashlib
import re
import unicodedata

from coffee_maker.domain.roadmap import Priority

PREFIX = "feature/"
LONGEST_SLUG = 60
_WORD = re.compile(r"[a-z0-9]+(?:\.[0-9]+)*")


def slug(text: str, *, longest: int = LONGEST_SLUG) -> str:
    """Lower-case ASCII words joined by `-`, cut between words; empty where none can be made.

    A number keeps its point ("PRIORITY 3.5" is `priority-3.5`).
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _cut("-".join(_WORD.findall(plain)), longest)


def unique_slug(text: str, *, longest: int = LONGEST_SLUG) -> str:
    """A slug that tells apart whatever differs in more than case, spaces and dashes."""
    whole = slug(text, longest=10_000)
    if whole and len(whole) <= longest and whole == "-".join(text.lower().split()):
        return whole
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{_cut(whole, longest - 7) or 'task'}-{mark}"


def branch_name(priority: Priority) -> str:
    """The branch a priority is worked on: `feature/` and at most 60 characters of ASCII.

    It is the same for ever as long as id and title are, is unique by id, and is a name that
    git takes.
    """
    name = unique_slug(priority.id, longest=40)
    title = slug(priority.title, longest=LONGEST_SLUG - len(name) - 1)
    return PREFIX + (f"{name}-{title}" if title and title != slug(priority.id) else name)


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    head = text[:longest]
    whole_words = head if text[longest] == "-" else head.rpartition("-")[0] or head
    return whole_words.rstrip("-.")
