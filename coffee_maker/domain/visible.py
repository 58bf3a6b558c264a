"""Foreign text made safe to print: what would act on the reader's screen is shown instead."""

import unicodedata

# Joiners hold emoji and some scripts together and cannot reorder what is read.
_KEPT = frozenset("\u200c\u200d")


def visible(text: str, *, keep: str = "\n\t") -> str:
    """The same text with every control, bidirectional and invisible character spelled out.

    `keep` names control characters that may stay, line ends and tabs by default.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character, keep) for character in text)


def one_line(text: str, limit: int = 200) -> str:
    """The text on one line, safe to print, at most so many characters."""
    line = visible(" ".join(text.split()), keep="")
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _shown(character: str, keep: str) -> str:
    if character in keep or character in _KEPT:
        return character
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"
    return character
