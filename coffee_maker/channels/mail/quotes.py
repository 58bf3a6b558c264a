"""Whose words are whose, in a mail that answers another: only the author's own are the answer."""

import re
import unicodedata
from collections.abc import Iterator

LONGEST_ANSWER = 8000  # characters
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
_WROTE = re.compile(
    r"^(on\b.*\bwrote|am\b.*\bschrieb\b.*|le\b.*\ba écrit|el\b.*\bescribió|il\b.*\bha scritto"
    r"|op\b.*\bschreef\b.*|den\b.*\bskrev\b.*|em\b.*\bescreveu)\s*:\s*$",
    re.IGNORECASE | re.DOTALL,
)
_WROTE_LINES = 4  # long names and addresses are wrapped
_WROTE_BEGINS = re.compile(r"^(on|am|le|el|il|op|den|em)\b", re.IGNORECASE)
_FORWARDED = re.compile(
    r"^\s*(-{2,}\s*(original|forwarded|urspr|message d'origine|weitergeleitet|mensaje).*"
    r"|_{10,}\s*)$",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^[\s*]*(from|von|de|van|da|fra|från)\s*:[\s*]*\S", re.IGNORECASE)
_HEADING_GOES_ON = re.compile(
    r"^[\s*]*(sent|date|to|subject|gesendet|datum|an|betreff|envoyé|à|objet|enviado|para|asunto)\s*:",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"^(--\s*|(sent from my|get outlook for|von meinem .* gesendet|gesendet von|envoyé de mon)"
    r"\b.*)$",
    re.IGNORECASE,
)


def own_words(text: str) -> str:
    """The first paragraph, on one line, without what is quoted, forwarded or a signature."""
    lines = [line.rstrip() for line in _plain(text).split("\n")]
    paragraph: list[str] = []
    for line in _without_quotes(lines):
        if not line.strip() and paragraph:
            break
        if line.strip():
            paragraph.append(line.strip())
    return " ".join(" ".join(paragraph).split())[:LONGEST_ANSWER]


def _without_quotes(lines: list[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if _SIGNATURE.match(line) or _begins_another(lines, at):
            return
        if wrote := _lines_of_attribution(lines, at):
            at += wrote
            if not _next_is_quoted(lines, at):
                return  # Outlook's way: all below is the other's, with nothing in front of it
            yield ""
            continue
        # What is quoted ends a paragraph: words before and after it do not belong together.
        yield "" if line.lstrip().startswith(">") else line
        at += 1


def _begins_another(lines: list[str], at: int) -> bool:
    if _FORWARDED.match(lines[at]):
        return True
    below = [line for line in lines[at + 1 : at + 5] if line.strip()]
    return bool(_HEADING.match(lines[at])) and any(map(_HEADING_GOES_ON.match, below))


def _lines_of_attribution(lines: list[str], at: int) -> int:
    """How many lines "On … wrote:" takes from here; 0 where it does not stand here."""
    if not _WROTE_BEGINS.match(lines[at].strip()):
        return 0
    for count in range(1, _WROTE_LINES + 1):
        piece = lines[at : at + count]
        if not all(line.strip() for line in piece):
            return 0
        if _WROTE.match(" ".join(line.strip() for line in piece)):
            return count
    return 0


def _next_is_quoted(lines: list[str], at: int) -> bool:
    following = next((line for line in lines[at:] if line.strip()), "")
    return following.lstrip().startswith(">")


def _plain(text: str) -> str:
    """One kind of line end, no control and no invisible characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    return "".join(
        sign for sign in lines if sign in "\n\t" or unicodedata.category(sign) not in _UNSEEN
    )
