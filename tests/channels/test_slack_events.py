"""What Slack tells us, read without trusting it; and which question a text is for."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.channels.slack.events import Heard, as_typed, block_id, read_click, read_message
from coffee_maker.channels.slack.threads import Asked, Meant, Threads, meant, read_blocks

CLICK: dict[str, Any] = {
    "type": "block_actions",
    "user": {"id": "U1", "username": "ana"},
    "channel": {"id": "C01"},
    "message": {"ts": "2.0", "thread_ts": "1.0"},
    "actions": [
        {
            "action_id": "answer:1",
            "block_id": "answer abc234 q1",
            "value": "yes",
            "action_ts": "3.0",
        }
    ],
}
MESSAGE: dict[str, Any] = {
    "event": {
        "type": "message",
        "user": "U1",
        "text": "yes",
        "channel": "C01",
        "thread_ts": "1.0",
        "ts": "2.0",
    }
}
ONE = Asked(question="q1", code="abc234", open=True)
OTHER = Asked(question="q2", code="def567", open=True)
DONE = Asked(question="q0", code="old999", open=False)


def test_a_click_is_read() -> None:
    """The question stands in the block's id, the answer in the button's value."""
    assert Heard(
        user="U1",
        name="ana",
        channel="C01",
        thread="1.0",
        text="yes",
        key="click U1 3.0 answer abc234 q1 yes",
        question="q1",
    ) == read_click(CLICK)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "view_submission"},
        {"user": {}},
        {"user": None},
        {"actions": []},
        {"actions": [{"action_id": "open", "block_id": "answer a b", "value": "x"}]},
        {"actions": [{"action_id": "answer:1", "block_id": "other", "value": "x"}]},
        {"actions": [{"action_id": "answer:1", "block_id": "answer a b"}]},
    ],
)
def test_other_actions_are_no_click(change: dict[str, Any]) -> None:
    """Links, forms, and what is not whole."""
    assert read_click({**CLICK, **change}) is None


def test_a_message_is_read() -> None:
    """With the thread it stands in."""
    heard = read_message(MESSAGE)

    assert heard is not None
    assert ("U1", "C01", "1.0", "yes", "") == (
        heard.user,
        heard.channel,
        heard.thread,
        heard.text,
        heard.question,
    )


@pytest.mark.parametrize(
    "change",
    [
        {"subtype": "message_changed"},
        {"subtype": "bot_message"},
        {"bot_id": "B1"},
        {"thread_ts": None},
        {"type": "reaction_added"},
        {"text": None},
        {"user": ["U1"]},
    ],
)
def test_other_events_are_no_message(change: dict[str, Any]) -> None:
    """Edits, programs, what stands in no thread."""
    assert read_message({"event": {**MESSAGE["event"], **change}}) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(
    payload=st.dictionaries(
        st.sampled_from(["type", "user", "channel", "message", "actions", "event"]), _JSON
    )
)
def test_no_payload_breaks_the_reading(payload: dict[str, Any]) -> None:
    """Whatever is missing or of another shape, the answer is None or something whole."""
    for base in ({}, CLICK, MESSAGE):
        for read in (read_click, read_message):
            heard = read({**base, **payload})
            assert heard is None or (heard.user and isinstance(heard.who, str))


@pytest.mark.parametrize(
    ("marked", "typed"),
    [
        ("a &amp; b &lt;c&gt;", "a & b <c>"),
        ("&amp;lt;", "&lt;"),
        ("<http://main.py|main.py> is it", "main.py is it"),
        ("<https://x.example/a?b=1&amp;c=2>", "https://x.example/a?b=1&c=2"),
        ("<https://x.example|here>", "https://x.example"),
        ("<@UBOT> yes", "yes"),
        ("<@UBOT>: yes", "yes"),
        ("ask <@U2|bob> and <#C1|general> <!channel>", "ask @bob and #general @channel"),
        ("  yes\n", "yes"),
    ],
)
def test_a_text_is_as_it_was_typed(marked: str, typed: str) -> None:
    """Slack's marks are undone; whom it is addressed to is no part of the answer."""
    assert typed == as_typed(marked)


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("yes", (ONE,), Meant(question="q1", text="yes")),
        ("abc234 yes", (ONE, OTHER), Meant(question="q1", text="yes")),
        ("DEF567:\nno, wait", (ONE, OTHER), Meant(question="q2", text="no, wait")),
        ("yes", (ONE, OTHER), Meant(of=(ONE, OTHER))),
        ("yes", (DONE, OTHER), Meant(question="q2", text="yes")),
        ("old999 yes", (DONE, OTHER), Meant(question="q0", text="yes")),
        ("thanks", (DONE,), Meant(question="q0", text="thanks")),
        ("zzz999 yes", (ONE,), Meant(question="q1", text="zzz999 yes")),
        ("", (ONE,), Meant(question="q1", text="")),
        ("yes", (), None),
        (
            "yes",
            (replace(DONE, at="1.0"), replace(ONE, at="3.0")),
            Meant(question="q0", text="yes"),
        ),
        (
            "yes",
            (replace(ONE, at="1.9"), replace(OTHER, at="3.0")),
            Meant(question="q1", text="yes"),
        ),
        ("abc234 yes", (replace(ONE, at="3.0"),), Meant(question="q1", text="yes")),
        ("yes", (replace(ONE, at="3.0"),), None),
    ],
)
def test_which_question_a_text_is_for(
    text: str, asked: tuple[Asked, ...], expected: Meant | None
) -> None:
    """By its code, or because it was the only one open when it was written; never by a guess."""
    assert expected == meant(text, asked, "2.0")


def test_what_stood_in_a_thread_does_not_undo_what_is_known() -> None:
    """A card read while its question was being settled stays settled."""
    threads = Threads()
    threads.note("1.0", [OTHER])
    threads.settle("abc234")
    threads.note_earlier("1.0", [ONE, OTHER])

    assert [("q1", False), ("q2", True)] == [(a.question, a.open) for a in threads.asked("1.0")]
    assert threads.is_whole("1.0")


@given(messages=st.lists(st.dictionaries(st.sampled_from(["blocks", "text"]), _JSON), max_size=4))
def test_no_thread_breaks_the_reading(messages: list[dict[str, Any]]) -> None:
    """Blocks of any shape name no question, or a whole one."""
    assert all(each.code and each.question for each in read_blocks(messages))


@given(st.text(alphabet="abc234", min_size=6, max_size=6), st.text(min_size=1, max_size=300))
def test_a_block_id_is_short_enough(code: str, question: str) -> None:
    """Slack takes 255 characters."""
    assert len(block_id("answer", code, question)) <= 255
