"""Inline Markdown reduced to the words a reader sees."""

import re

_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_IMAGE = re.compile(r"!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])")
_LINK = re.compile(r"\[([^\[\]]+)\](?:\([^)]*\)|\[[^\]]*\])")
_HTML = re.compile(r"<!--.*?-->|</?[A-Za-z][^<>]*>")
_ANCHOR = re.compile(r"\s*\{#[^{}]*\}\s*$")
_EMPHASIS = (
    re.compile(r"(\*{1,3})(?=[^\s*])(.+?)(?<=[^\s*])\1"),
    re.compile(r"(?<!\w)(_{1,3})(?=[^\s_])(.+?)(?<=[^\s_])\1(?!\w)"),
    re.compile(r"(~~)(?=\S)(.+?)(?<=\S)\1"),
)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_LONG = 2_000  # characters; the expressions below are quadratic on lines made to hurt


def unlinked(text: str) -> str:
    """The text without images, HTML and anchors, with the words of its links."""
    text = _HTML.sub("", _IMAGE.sub("", _ANCHOR.sub("", text)))
    return _LINK.sub(r"\1", text)


def plain(text: str, *, keep_code: bool = False) -> str:
    """One line of inline Markdown without its markup; `keep_code` leaves back quotes as they are.

    Lines of more than 2,000 characters come back as they are.
    """
    if len(text) > _LONG:
        return text.strip()
    code: list[str] = []

    def put_away(found: re.Match[str]) -> str:
        code.append(found.group() if keep_code else found[2].strip())
        return f"\ue000{len(code) - 1}\ue001"

    text = _CODE.sub(put_away, text)
    text = unlinked(text)
    for emphasis in _EMPHASIS:
        text = emphasis.sub(r"\2", emphasis.sub(r"\2", text))
    text = _ESCAPE.sub(r"\1", text)
    text = re.sub(
        r"\ue000(\d+)\ue001",
        lambda found: code[int(found[1])] if int(found[1]) < len(code) else found.group(),
        text,
    )
    return " ".join(text.split())
