"""Slack with slack_sdk's real Socket Mode client, against a workspace on loopback."""

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest

from coffee_maker.channels.slack.channel import SlackChannel
from coffee_maker.domain.errors import ChannelError, StoreError
from coffee_maker.domain.message import Button, Card, Message, Receipt, Received, Reply, Sent
from coffee_maker.domain.ports import Channel
from tests.channels.conformance import CARD, ChannelLaws, FakeDoor, ask, digest, notice, settled
from tests.support.fake_slack import FakeSlack, Posted

Opened = Callable[..., SlackChannel]


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as fake:
        yield fake
        assert [] == fake.problems


@pytest.fixture
def door() -> FakeDoor:
    return FakeDoor()


@pytest.fixture
def opened(slack: FakeSlack, door: FakeDoor) -> Iterator[Opened]:
    """Opens a channel, and waits until it hears."""
    made: list[SlackChannel] = []

    def one(**more: str) -> SlackChannel:
        channel = channel_of(slack, **more)
        made.append(channel)
        before = slack.connections
        channel.open(door)
        slack.wait(lambda: slack.connections > before)
        return channel

    yield one
    for channel in made:
        channel.close()


def channel_of(slack: FakeSlack, **more: str) -> SlackChannel:
    given = {
        "bot_token": slack.bot_token,
        "app_token": slack.app_token,
        "channel": slack.channel,
        "api_url": slack.url,
        **more,
    }
    return SlackChannel(users=("U1", "U2"), **given)


def _more_than(slack: FakeSlack, connections: int) -> bool:
    return slack.connections > connections


def port_of_nobody() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


class TestSlackLaws(ChannelLaws):
    """What every channel keeps."""

    @pytest.fixture
    def channel(self, slack: FakeSlack) -> Channel:
        return channel_of(slack)

    @pytest.fixture
    def unreachable(self, slack: FakeSlack) -> Channel:
        return channel_of(slack, api_url=f"http://127.0.0.1:{port_of_nobody()}/api/")


def test_a_click_is_a_reply_of_that_person(
    slack: FakeSlack, door: FakeDoor, opened: Opened
) -> None:
    """It carries the question's id, what the button stands for, and a readable name."""
    opened().send(ask())
    envelope = slack.click(slack.newest(), "no")
    slack.wait(lambda: door.replies)

    assert [Reply(question="q1", text="no", channel="slack", who="ana (U1)")] == door.replies
    slack.wait(lambda: slack.acknowledged)
    assert [envelope] == slack.acknowledged
    assert [] == slack.whispers


def test_a_text_in_the_thread_is_a_reply(slack: FakeSlack, door: FakeDoor, opened: Opened) -> None:
    """What the person typed arrives, without what Slack made of it."""
    sent = opened().send(ask())
    slack.reply(sent.thread, "no, use &lt;b&gt; &amp; <http://main.py|main.py>")
    slack.wait(lambda: door.replies)

    assert [("q1", "no, use <b> & main.py", "U1")] == [
        (reply.question, reply.text, reply.who) for reply in door.replies
    ]


def test_one_thread_for_each_task(slack: FakeSlack, opened: Opened) -> None:
    """The first message makes it, and all that follow hang on it, in a later process too."""
    channel = opened()
    first = channel.send(ask("q1"))
    second = channel.send(ask("q2"))
    later = channel_of(slack).send(replace(notice(), thread=first.thread))

    parent, *rest = slack.posted.values()
    assert "PRIORITY 2: Analytics ☕ für alle" == parent.words()
    assert [parent.ts] * 3 == [message.thread_ts for message in rest]
    assert [parent.ts] * 3 == [first.thread, second.thread, later.thread]


def test_a_question_reaches_the_channel_where_nobody_is_mentioned(
    slack: FakeSlack, opened: Opened
) -> None:
    """A thread that nobody follows would be silent; a mention is heard in it; notices are not."""
    opened().send(ask())
    broadcast = slack.newest().broadcast
    channel_of(slack, mention="U1").send(ask())
    mentioned = slack.newest()
    channel_of(slack).send(notice())

    assert broadcast
    assert not mentioned.broadcast
    assert {"type": "user", "user_id": "U1"} in mentioned.blocks[0]["elements"][0]["elements"]
    assert not slack.newest().broadcast


def test_a_settled_question_is_changed_in_place(slack: FakeSlack, opened: Opened) -> None:
    """The card says who answered what; nothing is left to press, and no message is added."""
    channel = opened()
    sent = channel.send(ask())
    again = channel.send(settled(ask(), sent))

    card = slack.posted[sent.reference]
    assert sent == again
    assert [] == card.buttons
    assert "answered *no* by Ana via inbox" in card.words()
    assert 2 == len(slack.posted)


def test_a_card_that_somebody_deleted_is_told_anew(slack: FakeSlack, opened: Opened) -> None:
    """How it ended is not lost with it; nor is a thread whose first message is gone."""
    channel = opened()
    sent = channel.send(ask())
    slack.posted.clear()
    again = channel.send(settled(ask(), sent))

    parent, card = slack.posted.values()
    assert Sent(reference=card.ts, thread=parent.ts) == again
    assert "answered *no* by Ana via inbox" in card.words()


def test_a_question_told_again_is_told_on_its_card(slack: FakeSlack, opened: Opened) -> None:
    """A reference is brought up to date."""
    channel = opened()
    sent = channel.send(ask())
    again = channel.send(replace(ask(), reference=sent.reference, thread=sent.thread))

    assert sent == again
    assert 1 == slack.posted[sent.reference].updates


def test_only_those_who_may_answer_can(slack: FakeSlack, door: FakeDoor, opened: Opened) -> None:
    """The reply of another says why it is refused, and they alone are told."""
    door.receipt = Receipt(received=Received.REFUSED, message="You may not answer.")
    sent = opened().send(ask())
    slack.click(slack.newest(), "yes", user="U9", name="mallory")
    slack.reply(sent.thread, "yes", user="U9")
    slack.wait(lambda: len(slack.whispers) == 2)

    refusal = "Slack user U9 is not among those who may answer (channels.slack.users)"
    assert [("mallory (U9)", refusal)] * 2 == [(r.who, r.refusal) for r in door.replies]
    assert [("U9", "You may not answer.")] * 2 == [(w["user"], w["text"]) for w in slack.whispers]


def test_a_name_lets_nobody_in(slack: FakeSlack, door: FakeDoor, opened: Opened) -> None:
    """Who may answer is decided by the id alone."""
    opened().send(ask())
    slack.click(slack.newest(), "yes", user="U9", name="U1")
    slack.wait(lambda: door.replies)

    assert door.replies[0].refusal


def test_a_receipt_that_is_no_success_is_told_to_the_one_who_clicked(
    slack: FakeSlack, door: FakeDoor, opened: Opened
) -> None:
    """What is said cannot call anybody."""
    door.receipt = Receipt(received=Received.LATE, message='Settled: "<!channel>" by Ana.')
    sent = opened().send(ask())
    slack.click(slack.newest(), "yes")
    slack.wait(lambda: slack.whispers)

    told = slack.whispers[0]
    assert ("U1", sent.thread) == (told["user"], told["thread_ts"])
    assert 'Settled: "&lt;!channel&gt;" by Ana.' == told["text"]


def test_a_receipt_that_takes_long_keeps_no_answer_waiting(
    slack: FakeSlack, door: FakeDoor, opened: Opened
) -> None:
    """Somebody without leave cannot slow down those who have it."""
    door.receipt = Receipt(received=Received.REFUSED, message="You may not answer.")
    slack.slow["chat.postEphemeral"] = 1.5
    opened().send(ask())
    slack.click(slack.newest(), "yes", user="U9")
    slack.click(slack.newest(), "no")
    begun = time.monotonic()
    slack.wait(lambda: len(door.replies) == 2)

    assert time.monotonic() - begun < 1


def test_what_slack_delivers_again_answers_once(
    slack: FakeSlack, door: FakeDoor, opened: Opened
) -> None:
    """By the same envelope, and by another one with the same click or message in it."""
    sent = opened().send(ask())
    click = slack.click_on(slack.newest(), "yes")
    text = slack.said(sent.thread, "no")
    for kind, payload in (("interactive", click), ("events_api", text)):
        same = slack.envelope(kind, payload)
        slack.envelope(kind, payload, id=same)
        slack.envelope(kind, payload)
    slack.wait(lambda: len(slack.acknowledged) == 6)
    slack.click(slack.newest(), "no")
    slack.wait(lambda: len(door.replies) >= 3)

    assert ["yes", "no", "no"] == [reply.text for reply in door.replies]


@pytest.mark.parametrize("lever", ["farewell", "cut", "ask_to_reconnect"])
def test_it_connects_anew_and_goes_on(
    slack: FakeSlack, door: FakeDoor, opened: Opened, lever: str
) -> None:
    """After a close, a connection that broke without a word, and Slack's own request."""
    opened().send(ask())
    before = slack.connections
    getattr(slack, lever)()
    slack.wait(lambda: slack.connections > before)
    slack.click(slack.newest(), "yes")
    slack.wait(lambda: door.replies)

    assert ["yes"] == [reply.text for reply in door.replies]


def test_it_comes_back_after_an_outage(slack: FakeSlack, door: FakeDoor, opened: Opened) -> None:
    """Neither a refused address nor a refused handshake ends the trying; messages still go."""
    channel = opened()
    slack.fail("apps.connections.open", 503)
    slack.hold_sockets = True
    slack.farewell()
    slack.wait(lambda: slack.methods().count("apps.connections.open") >= 3)
    channel.send(ask())
    slack.hold_sockets = False
    slack.wait(slack.is_connected)
    slack.click(slack.newest(), "yes")
    slack.wait(lambda: door.replies)

    assert ["yes"] == [reply.text for reply in door.replies]


def test_where_several_are_open_it_asks_which_one(
    slack: FakeSlack, door: FakeDoor, opened: Opened
) -> None:
    """The code at the front says it; nothing is guessed meanwhile."""
    channel = opened()
    sent = channel.send(ask("q1"))
    channel.send(ask("q2", card=replace(CARD, code="def567")))
    slack.reply(sent.thread, "yes")
    slack.wait(lambda: slack.whispers)
    slack.reply(sent.thread, "DEF567: no")
    slack.wait(lambda: door.replies)

    assert "abc234, def567" in slack.whispers[0]["text"]
    assert [("q2", "no")] == [(reply.question, reply.text) for reply in door.replies]


def test_the_one_still_open_is_meant(slack: FakeSlack, door: FakeDoor, opened: Opened) -> None:
    """A settled question of the thread takes no answer any more, unless it is named."""
    channel = opened()
    sent = channel.send(ask("q1"))
    channel.send(ask("q2", card=replace(CARD, code="def567")))
    channel.send(settled(ask("q1"), sent))
    slack.reply(sent.thread, "yes")
    slack.reply(sent.thread, "abc234 yes")
    slack.wait(lambda: len(door.replies) == 2)

    assert [("q2", "yes"), ("q1", "yes")] == [(r.question, r.text) for r in door.replies]


def test_a_late_text_does_not_answer_the_next_question(
    slack: FakeSlack, door: FakeDoor, opened: Opened
) -> None:
    """It was written before that one was asked: whoever wrote it is told that it came too late."""
    channel = opened()
    sent = channel.send(ask("q1"))
    late = slack.said(sent.thread, "yes")
    channel.send(settled(ask("q1"), sent))
    channel.send(replace(ask("q2", card=replace(CARD, code="def567")), thread=sent.thread))
    slack.envelope("events_api", late)
    slack.wait(lambda: door.replies)

    assert ["q1"] == [reply.question for reply in door.replies]


def test_after_a_restart_buttons_and_threads_still_answer(
    slack: FakeSlack, door: FakeDoor, opened: Opened
) -> None:
    """Another process knows only what stands in Slack: what is open there, and what is not."""
    first = channel_of(slack)
    sent = first.send(ask("q1"))
    first.send(settled(ask("q1"), sent))
    first.send(ask("q2", card=replace(CARD, code="def567")))
    for n in range(4):
        first.send(notice(f"event:{n}"))
    card = next(each for each in slack.posted.values() if "def567" in each.words())
    second = opened()
    slack.click(card, "yes")
    slack.reply(sent.thread, "no")
    slack.wait(lambda: len(door.replies) == 2)
    second.send(replace(ask("q3", card=replace(CARD, code="ghj888")), thread=sent.thread))
    slack.reply(sent.thread, "yes")
    slack.wait(lambda: slack.whispers)

    assert [("q2", "yes"), ("q2", "no")] == [(r.question, r.text) for r in door.replies]
    assert "def567, ghj888" in slack.whispers[0]["text"]


def test_a_thread_from_before_is_read_even_where_a_new_question_stands_in_it(
    slack: FakeSlack, door: FakeDoor, opened: Opened
) -> None:
    """An answer is not taken for the only question that this process has asked itself."""
    sent = channel_of(slack).send(ask("q1"))
    opened().send(
        replace(ask("q2", card=replace(CARD, code="def567")), thread=sent.thread),
    )
    slack.reply(sent.thread, "yes")
    slack.wait(lambda: slack.whispers)

    assert [] == door.replies
    assert "abc234, def567" in slack.whispers[0]["text"]


def test_a_thread_that_cannot_be_read_is_said(
    slack: FakeSlack, door: FakeDoor, opened: Opened
) -> None:
    """Nothing is guessed, and the same text sent again counts."""
    sent = channel_of(slack).send(ask("q1"))
    opened()
    slack.fail("conversations.replies", 500)
    slack.reply(sent.thread, "yes")
    slack.wait(lambda: slack.whispers)
    slack.reply(sent.thread, "yes")
    slack.wait(lambda: door.replies)

    assert "Try again" in slack.whispers[0]["text"]
    assert ["q1"] == [reply.question for reply in door.replies]


def test_a_digest_is_answered_by_code_and_brought_up_to_date(
    slack: FakeSlack, door: FakeDoor, opened: Opened
) -> None:
    """One message for many; what is settled in it is marked, the rest stays as it is."""
    channel = opened()
    told = digest()
    sent = channel.send(told)
    message = slack.newest()
    slack.reply(message.ts, "code03 no")
    slack.wait(lambda: door.replies)
    channel.send(settled(ask("q3", card=told.cards[3]), sent, 'answered "no" by ana'))

    assert [("code03", "no")] == [(reply.question, reply.text) for reply in door.replies]
    assert 1 == len(slack.posted)
    assert '✓ answered "no" by ana' in message.words()
    assert "Question 4?" in message.words()


def test_what_is_not_for_us_is_left_alone(slack: FakeSlack, door: FakeDoor, opened: Opened) -> None:
    """Our own messages, other programs', edits, other channels, threads without a question."""
    sent = opened().send(ask())
    slack.reply(sent.thread, "yes", user=slack.bot)
    slack.reply(sent.thread, "yes", bot_id="B7")
    slack.reply(sent.thread, "yes", subtype="message_changed")
    slack.reply(sent.thread, "yes", channel="C99")
    slack.reply("123.456", "yes")
    slack.click(slack.newest(), "no")
    slack.wait(lambda: door.replies)

    assert ["no"] == [reply.text for reply in door.replies]


MALFORMED = (
    "no JSON",
    "{broken",
    "[]",
    "{}",
    json.dumps({"type": "interactive", "envelope_id": "e1", "payload": []}),
    json.dumps({"type": "interactive", "envelope_id": "e2", "payload": "words"}),
    json.dumps({"type": "interactive", "envelope_id": 7, "payload": {"type": "block_actions"}}),
    json.dumps({"type": "events_api", "envelope_id": "e3", "payload": {"event": None}}),
    json.dumps({"type": "hello"}),
)


def test_malformed_frames_lose_nothing(slack: FakeSlack, door: FakeDoor, opened: Opened) -> None:
    """Whatever comes in, the next click counts, on the same connection."""
    opened().send(ask())
    for raw in MALFORMED:
        slack.frame(raw)
    slack.click(slack.newest(), "yes")
    slack.wait(lambda: door.replies)

    assert ["yes"] == [reply.text for reply in door.replies]
    assert 1 == slack.connections


def test_a_frame_in_a_wrong_encoding_ends_nothing(
    slack: FakeSlack, door: FakeDoor, opened: Opened
) -> None:
    """It is dropped; the connection stays, and the next click on it counts."""
    opened().send(ask())
    slack.frame(b'{"type": "interactive", "envelope_id": "e", "payload": {"x": "\xff\xfe"}}')
    time.sleep(0.2)  # the SDK drops what it reads together with such a frame
    slack.click(slack.newest(), "yes")
    slack.wait(lambda: door.replies)

    assert ["yes"] == [reply.text for reply in door.replies]
    assert 1 == slack.connections


def test_an_oversized_text_arrives_bounded(
    slack: FakeSlack, door: FakeDoor, opened: Opened
) -> None:
    """A megabyte is no answer, and no harm; half a surrogate pair is none either."""
    sent = opened().send(ask())
    slack.reply(sent.thread, "x" * 1_000_000)
    slack.reply(sent.thread, "yes \ud800")
    slack.wait(lambda: len(door.replies) == 2)

    assert ["x" * 4000, "yes ?"] == [reply.text for reply in door.replies]


def test_an_unknown_question_is_told(slack: FakeSlack, door: FakeDoor, opened: Opened) -> None:
    """A button of a question that is no more gets its refusal from the one door."""
    door.receipt = Receipt(received=Received.UNKNOWN, message="There is no such question.")
    opened().send(ask("gone"))
    slack.click(slack.newest(), "yes")
    slack.wait(lambda: slack.whispers)

    assert ["gone"] == [reply.question for reply in door.replies]
    assert "There is no such question." == slack.whispers[0]["text"]


def test_an_answer_that_cannot_be_kept_is_said(slack: FakeSlack) -> None:
    """The person is asked to try again, and the next click is heard."""
    tried: list[Reply] = []

    def broken(reply: Reply) -> Receipt:
        tried.append(reply)
        raise StoreError("the disk is full")

    channel = channel_of(slack)
    channel.open(broken)
    slack.wait(slack.is_connected)
    channel.send(ask())
    slack.click(slack.newest(), "yes")
    slack.click(slack.newest(), "yes")
    slack.wait(lambda: len(slack.whispers) == 2)
    channel.close()

    assert 2 == len(tried)
    assert "the disk is full" in slack.whispers[0]["text"]


def test_a_defect_in_one_answer_does_not_end_the_listening(
    slack: FakeSlack, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and the next one is heard."""
    tried: list[Reply] = []

    def broken(reply: Reply) -> Receipt:
        tried.append(reply)
        raise KeyError("a defect")

    channel = channel_of(slack)
    channel.open(broken)
    slack.wait(slack.is_connected)
    channel.send(ask())
    slack.click(slack.newest(), "yes")
    slack.click(slack.newest(), "yes")
    slack.wait(lambda: len(tried) == 2)
    channel.close()

    assert ["ERROR", "ERROR"] == [record.levelname for record in caplog.records]


def test_too_many_requests_say_how_long_to_wait(slack: FakeSlack, opened: Opened) -> None:
    """Nothing is tried again behind the caller's back."""
    channel = opened()
    slack.fail("chat.postMessage", 429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "7"})
    with pytest.raises(ChannelError) as raised:
        channel.send(notice())

    assert (True, 7.0) == (raised.value.transient, raised.value.retry_after)
    assert 1 == slack.methods().count("chat.postMessage")


def test_a_thread_begun_before_a_failure_is_used_at_the_next_try(
    slack: FakeSlack, opened: Opened
) -> None:
    """A card that did not go through leaves no second thread behind."""
    channel = opened()
    channel.send(notice())
    slack.posted.clear()
    fresh = channel_of(slack)
    fresh.send(notice())
    slack.fail("chat.postMessage", 500)
    with pytest.raises(ChannelError):
        fresh.send(ask())
    sent = fresh.send(ask())

    parents = [message for message in slack.posted.values() if not message.thread_ts]
    assert [sent.thread] == [parent.ts for parent in parents]


def test_a_bad_app_token_is_told_by_sending(slack: FakeSlack, door: FakeDoor) -> None:
    """Questions whose answers could not be heard are not asked; the cure names the setting."""
    channel = channel_of(slack, app_token="xapp-wrong")
    channel.open(door)
    slack.wait(lambda: "apps.connections.open" in slack.methods())
    error: ChannelError | None = None
    for _ in range(200):
        try:
            channel.send(notice())
        except ChannelError as raised:
            error = raised
            break
    channel.close()

    assert error is not None
    assert not error.transient
    assert "channels.slack.app_token" in error.cure
    assert "connections:write" in error.cure


def test_no_token_in_what_is_shown_or_logged(
    slack: FakeSlack, door: FakeDoor, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in errors, representations or log lines, at whatever level is listened to."""
    caplog.set_level(logging.DEBUG)
    channel = channel_of(slack, bot_token="xoxb-secret", app_token="xapp-secret")
    channel.open(door)
    slack.wait(lambda: "auth.test" in slack.methods())
    with pytest.raises(ChannelError) as raised:
        channel.send(notice())
    channel.close()

    shown = repr(channel) + repr(raised.value) + raised.value.cure + caplog.text
    assert "secret" not in shown
    assert [] == [r for r in caplog.records if r.name.startswith(("slack", "coffee_maker"))]


def test_the_environments_proxy_is_not_used_for_this_machine(
    slack: FakeSlack, door: FakeDoor, opened: Opened
) -> None:
    """A proxy that was meant for the outside gets none of it."""
    nobody = f"http://127.0.0.1:{port_of_nobody()}"
    os.environ.update(HTTP_PROXY=nobody, HTTPS_PROXY=nobody, http_proxy=nobody, https_proxy=nobody)
    opened().send(ask())
    slack.click(slack.newest(), "yes")
    slack.wait(lambda: door.replies)

    assert ["yes"] == [reply.text for reply in door.replies]


def test_closing_leaves_nothing_running(slack: FakeSlack, door: FakeDoor) -> None:
    """Also right after it has connected anew; and it can be opened again."""
    before = {thread for thread in threading.enumerate() if thread.is_alive()}
    channel = channel_of(slack)
    for _ in range(2):
        channel.open(door)
        slack.wait(slack.is_connected)
        connected = slack.connections
        slack.ask_to_reconnect()
        slack.wait(partial(_more_than, slack, connected))
        channel.close()
        channel.close()
        slack.wait(lambda: not slack.is_connected())

    slack.wait(lambda: not {t for t in threading.enumerate() if t.is_alive()} - before)


def test_more_answers_than_slack_has_buttons_for(
    slack: FakeSlack, door: FakeDoor, opened: Opened
) -> None:
    """They are listed, and written in the thread; nothing is cut off an answer."""
    buttons = tuple(Button(label=f"Option {n}", value=str(n)) for n in range(1, 41))
    sent = opened().send(ask("many", card=replace(CARD, buttons=buttons)))
    card: Posted = slack.newest()
    slack.reply(sent.thread, "37")
    slack.wait(lambda: door.replies)

    assert [] == card.buttons
    assert "37: Option 37" in card.words()
    assert [("many", "37")] == [(reply.question, reply.text) for reply in door.replies]


def test_a_message_without_a_task_has_a_thread_of_its_own(
    slack: FakeSlack, door: FakeDoor, opened: Opened
) -> None:
    """As `channels test` sends it: no parent, and a text below it answers it."""
    card = Card(heading="A test", text="Can you read this?", code="tst234", own_words=True)
    sent = opened().send(Message(id="ask:t", about=ask().about, card=card, question="t"))
    slack.reply(sent.reference, "I can")
    slack.wait(lambda: door.replies)

    assert "" == sent.thread
    assert [("t", "I can")] == [(reply.question, reply.text) for reply in door.replies]
