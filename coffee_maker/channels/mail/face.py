"""The HTML part of a mail: every word escaped, no picture, no script, nothing from elsewhere.

It names no background of its own and only colours that can be read on white and on black, so that
it suits a mail program that is dark as well as one that is light.
"""

from collections.abc import Iterator, Sequence
from html import escape
from urllib.parse import quote

from coffee_maker.channels.webhooks.text import about_task, answers, bounded, link_of
from coffee_maker.domain.message import About, Card, Message
from coffee_maker.domain.visible import one_line

_TEXT, _DIFF = 20_000, 60_000
_GREY, _GREEN, _RED, _BLUE = "#808080", "#2e9e4f", "#d9534f", "#3b82f6"
_HEAD = (
    '<!DOCTYPE html><html><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width">'
    '<meta name="color-scheme" content="light dark">'
    '<meta name="supported-color-schemes" content="light dark"></head>'
    '<body style="font-family:sans-serif;font-size:16px;line-height:1.4;max-width:44em">'
)
_BUTTON = (
    f"display:inline-block;padding:10px 18px;margin:4px 8px 4px 0;border:2px solid {_BLUE};"
    f"border-radius:6px;color:{_BLUE};text-decoration:none;font-weight:bold"
)
_MONO = "font-family:monospace;font-size:14px;white-space:pre-wrap;overflow-wrap:anywhere"


def html_of(message: Message, remarks: Sequence[str], ways: Sequence[tuple[str, str]]) -> str:
    """A whole page. `ways` are pairs of what can be done and where or with what."""
    return _HEAD + "\n".join(_blocks(message, remarks, ways)) + "</body></html>\n"


def _blocks(
    message: Message, remarks: Sequence[str], ways: Sequence[tuple[str, str]]
) -> Iterator[str]:
    card = message.card
    for remark in remarks:
        yield f'<p style="color:{_RED}">{escape(remark)}</p>'
    if message.about is About.SETTLED:
        yield f"<p><strong>Settled:</strong> {escape(one_line(message.outcome, 400))}</p>"
        yield f'<blockquote style="color:{_GREY}">{_text(card.text, 2000)}</blockquote>'
        return
    yield f'<h2 style="font-size:18px">{escape(one_line(card.heading))}</h2>'
    yield from (_entry(each) for each in message.cards)
    if card.text:
        yield f"<p>{_text(card.text, _TEXT)}</p>"
    yield _facts(card)
    if message.about is About.ASK:
        yield "<p>" + ("".join(_buttons(message, ways)) or _answers(card)) + "</p>"
        if card.silence:
            yield f'<p style="color:{_GREY}">{escape(one_line(card.silence, 300))}</p>'
    yield "".join(_way(name, value) for name, value in ways)
    if card.diff and message.about is About.ASK:
        yield f'<div style="{_MONO};border-left:3px solid {_GREY};padding-left:8px">'
        yield from map(_diff_line, bounded(card.diff, _DIFF).split("\n"))
        yield "</div>"


def _buttons(message: Message, ways: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Each answer opens a mail that gives it; where none can be read, the page.

    Where there is neither, a button would do nothing, so there is none.
    """
    card, link = message.card, link_of(message)
    address = dict(ways).get("Or write to", "")
    for button in card.buttons if address or link else ():
        shown = escape(one_line(button.label, 100))
        if address:
            about = quote(f"[coffee_maker #{card.code}]")
            target = (
                f"mailto:{quote(address, safe='@+')}?subject={about}&body={quote(button.value)}"
            )
        else:
            target = link
        yield f'<a href="{escape(target)}" style="{_BUTTON}">{shown}</a>'


def _answers(card: Card) -> str:
    return f"Answers: {escape(one_line(answers(card), 2000))}" if card.buttons else ""


def _facts(card: Card) -> str:
    told = [("Task", about_task(card)), *card.details]
    rows = [
        f'<tr><td style="color:{_GREY};padding-right:12px;vertical-align:top">'
        f"{escape(one_line(name, 80))}</td><td>{_text(value, 2000)}</td></tr>"
        for name, value in told
        if value
    ]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _entry(card: Card) -> str:
    mark = f"<code>#{escape(card.code)}</code> " if card.code else ""
    return f"<p>{mark}{escape(one_line(card.text or card.heading, 300))}</p>"


def _way(name: str, value: str) -> str:
    shown = escape(value)
    if name == "Open":
        shown = f'<a href="{shown}">{shown}</a>'
    elif name in ("Type", "Or type"):
        shown = f"<code>{shown}</code>"
    return f'<div style="color:{_GREY}">{escape(name)}: {shown}</div>'


def _diff_line(line: str) -> str:
    colour = {"+": _GREEN, "-": _RED, "@": _BLUE}.get(line[:1])
    shown = escape(line) or "&nbsp;"
    return f'<div style="color:{colour}">{shown}</div>' if colour else f"<div>{shown}</div>"


def _text(text: str, limit: int) -> str:
    return escape(bounded(text, limit)).replace("\n", "<br>")
