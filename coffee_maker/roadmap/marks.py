"""Marks that stand for a status, and the same marks after a wrong decoding.

UTF-8 read as Windows-1252 or -1254 and saved again turns one mark into three or four letters and
symbols ("âœ…"); bytes that those code pages do not know are lost on the way, so that some marks
cannot be told apart any more. Only what is certain is repaired.
"""

import re

from coffee_maker.domain.roadmap import Status

MEANING: dict[str, Status] = {
    mark: status
    for status, marks in {
        Status.DONE: "✅☑✔✓🎉",
        Status.IN_PROGRESS: "🔄🚧⏳⌛🏗🔨🛠🏃▶🔃♻",
        Status.PLANNED: "📝📋⬜☐🔲🆕📅🗓🔮💭",
        Status.BLOCKED: "🚫⛔❌🔒",
        Status.PAUSED: "⏸⏹🛑💤",
        Status.OPTIONAL: "💡",
    }.items()
    for mark in marks
}

WRITTEN: dict[Status, str] = {
    Status.DONE: "✅",
    Status.IN_PROGRESS: "🔄",
    Status.PLANNED: "📝",
    Status.BLOCKED: "🚫",
    Status.PAUSED: "⏸",
    Status.OPTIONAL: "💡",
}

LOST = "\ufffd"
_PAGES = ("cp1252", "cp1254")
_LEADS = {"â": 0xE2, "ï": 0xEF, "ð": 0xF0, "ğ": 0xF0}


def _misread(byte: int, page: str) -> str:
    try:
        return bytes([byte]).decode(page)
    except UnicodeDecodeError:
        return chr(byte)


_BYTES = {
    letter: byte
    for byte in range(0x80, 0xC0)
    for letter in (chr(byte), *(_misread(byte, page) for page in _PAGES))
} | _LEADS
_FOLLOWING = "".join(re.escape(letter) for letter, byte in _BYTES.items() if byte < 0xC0)

MISREAD = f"(?:[âï][{_FOLLOWING}]{{1,2}}|[ðğ][{_FOLLOWING}]{{1,3}})"
EMOJI = (
    r"(?:[0-9#*]\ufe0f?\u20e3"
    r"|[\U0001F000-\U0001FAFF\u2600-\u27BF\u2B00-\u2BFF\u231A\u231B\u23E9-\u23FF\u25A0-\u25FF\ufffd]"
    r"[\ufe0e\ufe0f\u200d\U0001F3FB-\U0001F3FF]*)"
)
MARK = f"(?:{EMOJI}|{MISREAD})"

_MISREAD = re.compile(MISREAD)
_MARK = re.compile(MARK)
_EMOJI = re.compile(EMOJI)


def readable(text: str) -> str:
    """The text with misread marks repaired; one that cannot be is U+FFFD."""
    return text if text.isascii() else _MISREAD.sub(_repair, text)


def _repair(found: re.Match[str]) -> str:
    run = found.group()
    try:
        return bytes(_BYTES[letter] for letter in run).decode()
    except UnicodeDecodeError:
        inside_a_word = found.start() > 0 and found.string[found.start() - 1].isalpha()
        return run if inside_a_word else LOST


def without_marks(text: str) -> str:
    """The text without emoji and misread marks, single-spaced."""
    words = " ".join(_EMOJI.sub(" ", readable(text)).split())
    return words.replace("( ", "(").replace(" )", ")")


def first_mark(text: str) -> re.Match[str] | None:
    """The first mark with a meaning, else a misread one of which too little is left."""
    lost = None
    for found in _MARK.finditer(text):
        if meaning(found.group()) is not None:
            return found
        if lost is None and not found.group().isascii() and readable(found.group()) == LOST:
            lost = found
    return lost


def meaning(mark: str) -> Status | None:
    """The status that a mark stands for, misread or not; None where it stands for none."""
    return MEANING.get(readable(mark)[:1])


def spelled(mark: str, like: str) -> str:
    """The mark as the document `like` spells marks; empty where its code page cannot."""
    runs = _MISREAD.findall(like)
    if not any(readable(run) != run for run in runs):
        return mark
    page = "cp1254" if any(run.startswith("ğ") for run in runs) else "cp1252"
    try:
        return mark.encode().decode(page)
    except UnicodeDecodeError:
        return ""
