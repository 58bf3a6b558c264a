"""The text of a mail that came as HTML only: what its author wrote, without what is quoted."""

from html.parser import HTMLParser

_UNSHOWN = frozenset({"script", "style", "head", "title", "template"})
_QUOTED = frozenset({"blockquote"})
_QUOTE_CLASSES = frozenset({"gmail_quote", "moz-cite-prefix", "yahoo_quoted", "gmail_attr"})
_OUTLOOK = frozenset({"appendonsend", "divRplyFwdMsg", "mail-editor-reference-message-container"})
_BREAKS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "pre", "table", "ul", "ol"})
_PARAGRAPHS = frozenset({"p", "pre", "table", "ul", "ol"})
# What the reader of plain text takes for the end of the author's own words.
_RULE = "\n" + "_" * 20 + "\n"


def text_of(html: str) -> str:
    """Its text, a line for each line that is seen."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.pieces)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = ""  # the tag in which nothing is shown
        self._depth = 0  # how many of its name are open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._hidden:
            self._depth += tag == self._hidden
            return
        given = {name: value or "" for name, value in attrs}
        if given.get("id", "").removeprefix("x_") in _OUTLOOK or tag == "hr":
            self.pieces.append(_RULE)
        if (
            tag in _UNSHOWN
            or tag in _QUOTED
            or _QUOTE_CLASSES & set(given.get("class", "").split())
        ):
            self._hidden, self._depth = tag, 1
            self.pieces.append("\n\n")
        elif tag in _BREAKS:
            self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            self._depth -= tag == self._hidden
            self._hidden = self._hidden if self._depth else ""
        elif tag in _BREAKS:
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(" ".join(f".{data}.".split())[1:-1])

    def _break(self, tag: str) -> None:
        self.pieces.append("\n\n" if tag in _PARAGRAPHS else "\n")
