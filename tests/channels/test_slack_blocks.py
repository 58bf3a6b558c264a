"""Messages as Slack's blocks: what is read, and what foreign words cannot do."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coffee_maker.channels.slack.blocks import blocks, fallback, linked_blocks
from coffee_maker.channels.slack.events import read_block_id
from coffee_maker.domain.message import About, Button, Card, Message
from coffee_maker.domain.question import Severity
from tests.channels.conformance import CARD, ask, digest, notice
from tests.support.block_kit import problems_of

GOLDEN = Path(__file__).parent / "golden"
SETTLED = replace(ask(), about=About.SETTLED, outcome='answered "no" by Ana via inbox')
MESSAGES = {
    "ask": ask(),
    "critical": ask(card=replace(CARD, severity=Severity.CRITICAL), link="https://x.example/q/1"),
    "settled": SETTLED,
    "notice": notice(),
    "digest": digest(3),
}
HOSTILE = (
    "<!channel> <!here> <@U1> @channel <https://evil.example|your bank> *bold* ~no~ `code` "
    "```\nfence``` &amp; &lt;!everyone&gt; :tada: \u202egnp.exe\u2066 \x1b[31m\x00"
)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_looks_as_kept(name: str) -> None:
    """Compared with a file that can be pasted into Slack's Block Kit Builder."""
    message = MESSAGES[name]
    shown = {"text": fallback(message), "blocks": blocks(message, "U1")}
    golden = json.loads((GOLDEN / f"slack_{name}.json").read_text(encoding="utf-8"))

    assert golden == shown


def test_a_webhooks_question_looks_as_kept() -> None:
    """It leads to the page, and says the command beside."""
    message = ask(link="https://x.example/q/1")
    golden = json.loads((GOLDEN / "slack_webhook.json").read_text(encoding="utf-8"))

    assert golden == {"text": fallback(message), "blocks": linked_blocks(message, "")}


@pytest.mark.parametrize("about", About)
def test_foreign_words_are_shown_and_not_obeyed(about: About) -> None:
    """No text of ours is looked through for markup; nothing invisible is passed on."""
    card = Card(
        heading=HOSTILE,
        text=HOSTILE,
        task=HOSTILE,
        code="abc234",
        details=((HOSTILE, HOSTILE),),
        diff=HOSTILE,
        buttons=(Button(label=HOSTILE[:70], value="yes"),),
        silence=HOSTILE,
    )
    message = Message(
        id="1", about=about, card=card, question="q1", outcome=HOSTILE, cards=(card, CARD)
    )
    told = {"text": fallback(message), "blocks": blocks(message, "")}

    assert [] == problems_of(told)
    assert [] == [each for each in _parts(told) if each.get("type") in ("mrkdwn", "link", "user")]
    assert [] == [each for each in _parts(told) if each.get("emoji") is True]
    assert "<" not in told["text"]
    assert not set("\u202e\u2066\x1b\x00") & set(json.dumps(told, ensure_ascii=False))


@pytest.mark.parametrize("mention", ["", "Ana", "<!channel>", "U1> <!here", "u1"])
def test_only_ids_are_mentioned(mention: str) -> None:
    """Anything else in the setting calls nobody."""
    kinds = {each.get("type") for each in _parts({"blocks": blocks(ask(), mention)})}

    assert not kinds & {"user", "usergroup", "broadcast"}


def test_groups_and_everybody_can_be_called() -> None:
    """By the settings, never by a text."""
    for mention, kind in (("U1", "user"), ("S1", "usergroup"), ("here", "broadcast")):
        assert kind in {each.get("type") for each in _parts({"blocks": blocks(ask(), mention)})}


def test_a_notice_mentions_nobody() -> None:
    """Only what wants an answer calls."""
    assert blocks(notice(), "U1") == blocks(notice(), "")


def test_critical_buttons_are_red() -> None:
    """All of them: which one does harm is not ours to know."""
    assert ["danger", "danger", None] == [
        button.get("style")
        for block in blocks(MESSAGES["critical"], "")
        if block["type"] == "actions"
        for button in block["elements"]
    ]


def test_a_link_that_is_none_is_left_out() -> None:
    """Only http addresses, of a length that Slack takes."""
    for link in ("javascript:alert(1)", "file:///etc/passwd", "https://x/" + "y" * 3000):
        shown = json.dumps(blocks(ask(link=link), ""))
        assert link[:20] not in shown


def test_long_ids_fall_back_on_the_code() -> None:
    """A block's id is bounded; the code finds the question as well."""
    named = [
        read_block_id(block["block_id"])
        for block in blocks(ask("q" * 300), "")
        if "block_id" in block
    ]

    assert {("answer", "abc234", "abc234"), ("hint", "abc234", "abc234")} == set(named)


def test_a_label_too_long_for_a_button_is_told_in_words() -> None:
    """Nobody chooses by half a sentence."""
    label = "w" * 100
    message = ask(card=replace(CARD, buttons=(Button(label=label, value="1"),)))

    assert f"1: {label}" in json.dumps(blocks(message, ""))


_TEXTS = st.text(max_size=40) | st.text(alphabet="<>&*_`@ \n\u202e😀", max_size=5000)
_CARDS = st.builds(
    Card,
    heading=_TEXTS,
    text=_TEXTS,
    task=_TEXTS,
    title=_TEXTS,
    code=st.sampled_from(["", "abc234"]),
    details=st.lists(st.tuples(_TEXTS, _TEXTS), max_size=30).map(tuple),
    diff=_TEXTS,
    buttons=st.lists(st.builds(Button, label=_TEXTS, value=_TEXTS), max_size=60).map(tuple),
    own_words=st.booleans(),
    severity=st.sampled_from(Severity),
    silence=_TEXTS,
)
_MESSAGES = st.builds(
    Message,
    id=st.just("1"),
    about=st.sampled_from(About),
    card=_CARDS,
    question=st.sampled_from(["", "q1", "q" * 400]),
    outcome=_TEXTS,
    link=st.sampled_from(["", "https://x.example/1"]),
    cards=st.lists(_CARDS.map(lambda card: replace(card, code="")), max_size=80).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(message=_MESSAGES)
def test_whatever_a_card_holds_slack_takes_it(message: Message) -> None:
    """Every limit of Block Kit is kept, with and without buttons."""
    for shown in (blocks(message, "U1"), linked_blocks(message, "U1")):
        assert [] == problems_of({"text": fallback(message), "blocks": shown})


def _parts(part: Any) -> list[dict[str, Any]]:
    if isinstance(part, dict):
        return [part, *(found for value in part.values() for found in _parts(value))]
    if isinstance(part, list):
        return [found for each in part for found in _parts(each)]
    return []
