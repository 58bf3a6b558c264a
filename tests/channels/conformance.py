"""Laws that every way to reach a person keeps.

A channel's test module makes a class of `ChannelLaws` and gives it two fixtures::

    class TestSlackLaws(ChannelLaws):
        @pytest.fixture
        def channel(self) -> Iterator[Channel]: ...      # can reach its far side; not opened yet

        @pytest.fixture
        def unreachable(self) -> Channel: ...            # the same, with nobody on the far side

Both are closed by the laws; `received` takes what the channel receives.
"""

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from coffee_maker.domain.errors import ChannelError
from coffee_maker.domain.message import (
    About,
    Button,
    Card,
    Message,
    Receipt,
    Received,
    Reply,
    Sent,
)
from coffee_maker.domain.ports import Channel
from coffee_maker.domain.question import Severity

CARD = Card(
    heading="Claude asks: PRIORITY 2",
    text="May I run `rm -rf build`? <b>It</b> is *old* & big @channel <!here> \u202e[x](http://y)",
    task="PRIORITY 2",
    title="Analytics ☕ für alle",
    code="abc234",
    details=(("Branch", "feature/analytics"), ("Tool", "Bash"), ("Command", "rm -rf build")),
    diff="--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-old\n+new </pre> ```\n",
    buttons=(Button(label="Yes", value="yes"), Button(label="No", value="no")),
    severity=Severity.IMPORTANT,
    silence="Silence until 14:32 means: no",
    deadline=datetime(2026, 11, 20, 14, 32, tzinfo=UTC),
)
AT_MOST = 0.2  # seconds, for what must not wait

# What a far side may take some time for.
SEND_SECONDS = 10.0


def ask(question: str = "q1", *, card: Card = CARD, link: str = "") -> Message:
    """A question that is told for the first time."""
    return Message(id=f"ask:{question}", about=About.ASK, card=card, question=question, link=link)


def settled(asked: Message, sent: Sent, outcome: str = "answered *no* by Ana via inbox") -> Message:
    """What brings the message of an answered question up to date."""
    return replace(
        asked,
        id=f"settled:{asked.question}",
        about=About.SETTLED,
        outcome=outcome,
        reference=sent.reference,
        thread=sent.thread,
    )


def notice(id: str = "event:17") -> Message:
    """Something that nobody can answer."""
    card = Card(
        heading="Delivered: PRIORITY 2", text="https://example.com/pull/7", task="PRIORITY 2"
    )
    return Message(id=id, about=About.NOTICE, card=card)


def digest(count: int = 7) -> Message:
    """Several questions, told at once."""
    cards = tuple(replace(CARD, code=f"code{n:02}", text=f"Question {n}?") for n in range(count))
    return Message(
        id="digest:1",
        about=About.DIGEST,
        card=Card(heading=f"{count} messages", text="", severity=Severity.IMPORTANT),
        cards=cards,
    )


class FakeDoor:
    """The one door, for tests: keeps what came in and says what it was told to say."""

    def __init__(self, receipt: Receipt | None = None) -> None:
        self.replies: list[Reply] = []
        self.receipt = receipt or Receipt(received=Received.ACCEPTED, message="Answered: no.")

    def __call__(self, reply: Reply) -> Receipt:
        self.replies.append(reply)
        return self.receipt


class ChannelLaws:
    """What the courier relies on, whatever the channel is."""

    @pytest.fixture
    def received(self) -> FakeDoor:
        return FakeDoor()

    def test_a_channel_has_a_short_name(self, channel: Channel) -> None:
        """The name stands in settings, in the journal and in what people are told."""
        assert channel.name
        assert channel.name == channel.name.lower().strip()
        channel.close()

    def test_a_question_is_sent_and_settled(self, channel: Channel, received: FakeDoor) -> None:
        """Both give a `Sent`, whatever signs the text is made of."""
        channel.open(received)
        try:
            asked = ask()
            first = channel.send(asked)
            second = channel.send(settled(asked, first))
        finally:
            channel.close()

        assert isinstance(first, Sent)
        assert isinstance(second, Sent)
        assert [] == received.replies

    def test_notices_and_digests_are_sent(self, channel: Channel, received: FakeDoor) -> None:
        """What has no buttons, and what holds many questions, is told as well."""
        channel.open(received)
        try:
            sent = [channel.send(notice()), channel.send(digest())]
        finally:
            channel.close()

        assert [True, True] == [isinstance(each, Sent) for each in sent]

    def test_long_texts_and_empty_ones_are_sent(self, channel: Channel, received: FakeDoor) -> None:
        """The longest card that is ever composed, and the barest one, go through."""
        longest = replace(
            CARD,
            text="word " * 600,
            diff="+line\n" * 650,
            buttons=tuple(Button(label=f"{n} " + "l" * 198, value=str(n)) for n in range(12)),
        )
        channel.open(received)
        try:
            sent = [
                channel.send(ask("long", card=longest)),
                channel.send(ask("bare", card=Card(heading="", text=""))),
            ]
        finally:
            channel.close()

        assert [True, True] == [isinstance(each, Sent) for each in sent]

    def test_nobody_on_the_far_side_is_a_transient_error(
        self, unreachable: Channel, received: FakeDoor
    ) -> None:
        """It is raised as ours, by `open` or by `send`, soon, and trying again may help."""
        begun = time.monotonic()
        try:
            with pytest.raises(ChannelError) as raised:
                _open_and_send(unreachable, received)
        finally:
            unreachable.close()

        assert raised.value.transient
        assert time.monotonic() - begun < SEND_SECONDS

    def test_polling_never_waits(self, channel: Channel, received: FakeDoor) -> None:
        """It is called from a loop that has other channels to look after."""
        channel.open(received)
        begun = time.monotonic()
        channel.poll()
        took = time.monotonic() - begun
        channel.close()

        assert took < AT_MOST

    def test_closing_twice_does_no_harm(self, channel: Channel, received: FakeDoor) -> None:
        """Nor does closing what was never opened."""
        channel.close()
        channel.close()

    def test_what_was_opened_is_closed_within_seconds(
        self, channel: Channel, received: FakeDoor
    ) -> None:
        """Whoever ends the daemon does not wait for a far side."""
        channel.open(received)
        begun = time.monotonic()
        channel.close()
        channel.close()

        assert time.monotonic() - begun < SEND_SECONDS


def _open_and_send(channel: Channel, received: FakeDoor) -> None:
    channel.open(received)
    channel.send(ask())
