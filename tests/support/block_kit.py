"""What Slack refuses in a message: the limits of https://docs.slack.dev/reference/block-kit."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

_RICH_ELEMENTS = {"rich_text_section", "rich_text_preformatted", "rich_text_list"}


def problems_of(body: Json) -> list[str]:
    """Everything that is wrong with a message's text and blocks."""
    found = list(_of_text(body))
    blocks = body.get("blocks", [])
    if len(blocks) > 50:
        found.append(f"{len(blocks)} blocks")
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        found.append("a block_id stands there twice")
    found += [f"a block_id of {len(each)}" for each in ids if not 0 < len(each) <= 255]
    for block in blocks:
        found += _of_block(block)
    return found


def _of_text(body: Json) -> Iterator[str]:
    if not body.get("text"):
        yield "no text for notifications"
    elif len(body["text"]) > 4000:
        yield "a text above 4000"


def _of_block(block: Json) -> Iterator[str]:
    match block["type"]:
        case "header":
            yield from _plain(block["text"], 150)
        case "section":
            yield from _section(block)
        case "context":
            if not 1 <= len(block["elements"]) <= 10:
                yield f"{len(block['elements'])} elements of a context"
            for element in block["elements"]:
                yield from _text(element, 3000)
        case "actions":
            yield from _actions(block["elements"])
        case "rich_text":
            yield from _rich(block["elements"])
        case other:
            yield f"a block of type {other}"


def _section(block: Json) -> Iterator[str]:
    if "text" in block:
        yield from _text(block["text"], 3000)
    fields = block.get("fields", [])
    if "text" not in block and not fields:
        yield "a section with nothing in it"
    if len(fields) > 10:
        yield f"{len(fields)} fields"
    for field in fields:
        yield from _text(field, 2000)


def _actions(elements: list[Json]) -> Iterator[str]:
    if not 1 <= len(elements) <= 25:
        yield f"{len(elements)} buttons"
    ids = [element["action_id"] for element in elements]
    if len(ids) != len(set(ids)):
        yield "an action_id stands there twice"
    for element in elements:
        yield from _plain(element["text"], 75)
        if "value" in element and not 0 < len(element["value"]) <= 2000:
            yield f"a value of {len(element['value'])}"
        if len(element.get("url", "")) > 3000:
            yield "a url above 3000"
        if element.get("style", "danger") not in ("danger", "primary"):
            yield f"a style {element['style']}"


def _rich(elements: list[Json]) -> Iterator[str]:
    for element in elements:
        if element["type"] not in _RICH_ELEMENTS:
            yield f"a rich text element {element['type']}"
        for part in element["elements"]:
            if part["type"] == "text" and not 0 < len(part["text"]) <= 3000:
                yield f"a rich text of {len(part['text'])}"


def _plain(text: Json, limit: int) -> Iterator[str]:
    if text["type"] != "plain_text":
        yield f"{text['type']} where only plain_text may be"
    yield from _text(text, limit)


def _text(text: Json, limit: int) -> Iterator[str]:
    if text["type"] not in ("plain_text", "mrkdwn"):
        yield f"a text of type {text['type']}"
    if not 0 < len(text["text"]) <= limit:
        yield f"a text of {len(text['text'])}, above {limit}"
