"""Text that a model, a roadmap or a test run wrote, made fit to be shown as Markdown.

Such text is data: on a forge it may not ping people (`@name`), refer to or close issues (`#12`,
`GH-12`, an issue's address), hide words (HTML comments, control and bidirectional characters) or
bring its own markup. References are broken with a zero-width space rather than with entities,
because a squash merge makes a commit message of a pull request's text, and a commit message that
says "fixes #12" closes the issue, Markdown or not.
"""

import re
import unicodedata

BREAK = "\u200b"  # zero-width space

_REFERENCES = (
    re.compile(r"(?<![A-Za-z0-9_])@(?=[A-Za-z0-9])"),
    re.compile(r"#(?=\d)"),
    re.compile(r"\bGH-(?=\d)", re.IGNORECASE | re.ASCII),
    re.compile(r"/(?:issues|pull|pulls|discussions)/(?=\d)", re.IGNORECASE),
    re.compile(r"<(?=!--)"),
)
_LINE_ENDS = re.compile(r"\r\n|[\r\u2028\u2029\x0b\x0c\x85]")
_KEPT_INVISIBLE = "\n\t\u200c\u200d"  # joiners hold emoji and some scripts together
_SPACES = re.compile(r"\s+")
_CODE = re.compile(r"`([^`\n]+)`")
_MARKUP = re.compile(r"([\\*_\[\]|~$])")
_LIST_MARK = re.compile(r"^(\d*)([.)#+-])")
_BARE_BAR = re.compile(r"(?<!\\)\|")
_FENCE = re.compile(r"`+")


def neutralise(text: str) -> str:
    """The same words, unable to ping, refer, close or hide; doing it twice changes nothing more."""
    visible = "".join(map(_visible, _LINE_ENDS.sub("\n", text)))
    for reference in _REFERENCES:
        visible = reference.sub(lambda found: found[0] + BREAK, visible)
    return visible


def inline(text: str, limit: int = 300) -> str:
    """One line that Markdown shows as it is; only `code` in backticks stays code."""
    line = neutralise(cut(_SPACES.sub(" ", text).strip(), limit, mark=" …")).strip()
    parts = _CODE.split(line)
    shown = "".join(f"`{p}`" if i % 2 else _escaped(p) for i, p in enumerate(parts))
    return _LIST_MARK.sub(r"\1\\\2", shown)


def cell(text: str, limit: int = 300) -> str:
    """The same for a table's cell, which a bar would end."""
    return _BARE_BAR.sub(r"\|", inline(text, limit))


def code(text: str) -> str:
    """One line as inline code, whatever backticks it holds itself."""
    line = _SPACES.sub(" ", neutralise(text)).strip()
    if not line:
        return ""
    ticks = "`" * (_longest_run(line) + 1)
    padding = " " if len(ticks) > 1 else ""
    return f"{ticks}{padding}{line}{padding}{ticks}"


def fenced(text: str, limit: int, info: str = "text") -> str:
    """A code block that its content cannot end, cut at so many characters with a mark."""
    content = neutralise(cut(text, limit)).strip("\n")
    fence = "`" * max(3, _longest_run(content) + 1)
    return f"{fence}{info}\n{content}\n{fence}"


def cut(text: str, limit: int, *, mark: str = "") -> str:
    """At most `limit` characters of a text; what was cut is said behind them."""
    if len(text) <= limit:
        return text
    said = mark or f"\n[… cut here: {limit:,} of {len(text):,} characters are shown]"
    return text[:limit].rstrip() + said


def _visible(character: str) -> str:
    if character in _KEPT_INVISIBLE:
        return character
    match unicodedata.category(character):
        case "Cs":
            return "\ufffd"  # half a surrogate pair cannot be encoded
        case "Cc" | "Cf":
            return ""
        case _:
            return character


def _escaped(text: str) -> str:
    entities = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKUP.sub(r"\\\1", entities).replace("`", "&#96;")


def _longest_run(text: str) -> int:
    return max((len(run) for run in _FENCE.findall(text)), default=0)
