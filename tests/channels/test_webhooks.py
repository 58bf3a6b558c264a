"""Webhooks against a real HTTP server: what arrives there, and what is made of its answers."""

import hashlib
import hmac
import json
import logging
import os
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.channels.webhooks import discord, posting, teams
from coffee_maker.channels.webhooks.discord import DiscordWebhook
from coffee_maker.channels.webhooks.posting import Poster
from coffee_maker.channels.webhooks.signed import Webhook
from coffee_maker.channels.webhooks.teams import TeamsWebhook
from coffee_maker.domain.errors import ChannelError
from coffee_maker.domain.message import About, Button, Card, Message, Sent
from coffee_maker.domain.ports import Channel
from tests.channels.conformance import (
    CARD,
    ChannelLaws,
    FakeDoor,
    ask,
    digest,
    notice,
    settled,
)
from tests.support.clocks import SteppedClock
from tests.support.receiver import Receiver, Said, receiver
from tests.support.smtp import free_port

GOLDEN = Path(__file__).parent / "golden"
LINK = "https://coffee.example/q/abc?token=x&y=1"
CHANNELS: dict[str, Callable[..., Channel]] = {
    "webhook": Webhook,
    "discord": DiscordWebhook,
    "teams": TeamsWebhook,
}


@pytest.fixture
def far_side() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


class _Laws(ChannelLaws):
    kind = ""

    @pytest.fixture
    def channel(self, far_side: Receiver) -> Channel:
        return CHANNELS[self.kind](far_side.url)

    @pytest.fixture
    def unreachable(self) -> Channel:
        return CHANNELS[self.kind](f"http://127.0.0.1:{free_port()}/x")


class TestWebhookLaws(_Laws):
    """Any webhook keeps the laws of channels."""

    kind = "webhook"


class TestDiscordLaws(_Laws):
    """Discord keeps the laws of channels."""

    kind = "discord"


class TestTeamsLaws(_Laws):
    """Teams keeps the laws of channels."""

    kind = "teams"


del _Laws  # it is no test by itself


def _messages() -> dict[str, Message]:
    asked = ask(link=LINK)
    first = replace(asked, reference="")
    return {
        "ask": asked,
        "ask_without_link": ask(),
        "settled": settled(first, Sent(reference="1234567")),
        "notice": notice(),
        "digest": digest(3),
    }


@pytest.mark.parametrize("kind", sorted(CHANNELS))
@pytest.mark.parametrize("which", sorted(_messages()))
def test_what_is_posted_is_as_it_was_read_by_a_person(
    kind: str, which: str, far_side: Receiver
) -> None:
    """Each JSON is kept as a file, so that a change of it is seen."""
    channel: Channel = (
        Webhook(far_side.url, "key", clock=SteppedClock())
        if kind == "webhook"
        else CHANNELS[kind](far_side.url)
    )
    channel.send(_messages()[which])
    golden = GOLDEN / f"{kind}_{which}.json"
    got = json.dumps(json.loads(far_side.posted[0].body), indent=2, ensure_ascii=False) + "\n"

    assert golden.read_text() == got


def test_the_signature_is_verified_on_the_far_side(far_side: Receiver) -> None:
    """Time, dot and body under the shared key; the id of the message makes it idempotent."""
    clock = SteppedClock()
    Webhook(far_side.url, "shared key", clock=clock).send(ask())
    got = far_side.posted[0]
    parts = dict(p.split("=", 1) for p in got.headers["x-coffee-maker-signature"].split(","))
    signed = parts["t"].encode() + b"." + got.body
    expected = hmac.new(b"shared key", signed, hashlib.sha256).hexdigest()

    assert expected == parts["v1"]
    assert str(int(clock.now().timestamp())) == parts["t"]
    assert "ask:q1" == got.headers["idempotency-key"]


def test_without_a_secret_nothing_is_signed(far_side: Receiver) -> None:
    """An empty key would look like a signature and be none."""
    Webhook(far_side.url).send(ask())

    assert "x-coffee-maker-signature" not in far_side.posted[0].headers


@pytest.mark.parametrize("kind", sorted(CHANNELS))
@pytest.mark.parametrize(
    ("said", "transient", "pause"),
    [
        (Said(status=500), True, None),
        (Said(status=503, headers={"Retry-After": "7"}), True, 7.0),
        (Said(status=429, headers={"Retry-After": "1.5"}), True, 1.5),
        (Said(status=429, headers={"Retry-After": "soon"}), True, None),
        (Said(status=408), True, None),
        (Said(status=400, body=b"no"), False, None),
        (Said(status=404), False, None),
        (Said(status=302, headers={"Location": "http://127.0.0.1:9/"}), False, None),
    ],
)
def test_what_the_far_side_answers_decides_whether_it_is_tried_again(
    kind: str, said: Said, transient: bool, pause: float | None, far_side: Receiver
) -> None:
    """What may pass is transient, with the pause asked for; the rest comes with a cure."""
    far_side.usual = said
    with pytest.raises(ChannelError) as raised:
        CHANNELS[kind](far_side.url).send(ask())

    assert (transient, pause) == (raised.value.transient, raised.value.retry_after)
    assert bool(raised.value.cure) is not transient
    assert 1 == len(far_side.posted)
    assert far_side.secret not in _all_that_is_said(raised.value)


@pytest.mark.parametrize("kind", sorted(CHANNELS))
def test_a_far_side_that_does_not_answer_is_left(kind: str, far_side: Receiver) -> None:
    """The time limit holds, the error is transient and does not name the address."""
    far_side.usual = Said(after_seconds=1.0)
    begun = time.monotonic()
    with pytest.raises(ChannelError, match=r"0\.2 s") as raised:
        CHANNELS[kind](far_side.url, timeout_seconds=0.2).send(ask())

    assert raised.value.transient
    assert time.monotonic() - begun < 0.9
    assert far_side.secret not in _all_that_is_said(raised.value)


@pytest.mark.parametrize("from_the_start", [False, True])
@pytest.mark.parametrize("kind", sorted(CHANNELS))
def test_a_far_side_that_drips_is_left(kind: str, from_the_start: bool, far_side: Receiver) -> None:
    """The time limit is for all of the answer, its headers too, and not for each piece of it."""
    far_side.usual = Said(body=b" " * 40, byte_seconds=0.05, drips_from_the_start=from_the_start)
    begun = time.monotonic()
    with pytest.raises(ChannelError, match=r"0\.3 s") as raised:
        CHANNELS[kind](far_side.url, timeout_seconds=0.3).send(ask())

    assert raised.value.transient
    assert time.monotonic() - begun < 1.2
    assert far_side.secret not in _all_that_is_said(raised.value)


def test_no_log_line_holds_the_address(
    far_side: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even with every logger at its most talkative."""
    with caplog.at_level(logging.DEBUG):
        Webhook(far_side.url).send(ask())
        with pytest.raises(ChannelError):
            Webhook(f"http://127.0.0.1:{free_port()}/{far_side.secret}").send(ask())

    assert far_side.secret not in caplog.text


@pytest.mark.parametrize("url", ["", "hooks.example/x", "ftp://x/y", "http://", "http://[/x"])
def test_an_address_that_is_none_is_told_with_a_cure(url: str) -> None:
    """It will not get better by waiting."""
    with pytest.raises(ChannelError) as raised:
        Webhook(url).send(ask())

    assert not raised.value.transient
    assert raised.value.cure


def test_loopback_is_reached_past_a_proxy(far_side: Receiver) -> None:
    """A proxy in the environment is for the world, and a netrc is no business of ours."""
    os.environ["HTTP_PROXY"] = os.environ["http_proxy"] = f"http://127.0.0.1:{free_port()}"
    (Path(os.environ["HOME"]) / ".netrc").write_text("machine 127.0.0.1 login a password b\n")

    Webhook(far_side.url).send(ask())

    assert "authorization" not in far_side.posted[0].headers


def test_discord_edits_the_message_that_asked(far_side: Receiver) -> None:
    """The id that Discord gave finds it again; it calls nobody a second time."""
    far_side.answers = [Said(body=b'{"id": "998877"}')]
    channel = DiscordWebhook(far_side.url + "?thread_id=5", "123456789")
    asked = ask(link=LINK)
    sent = channel.send(asked)
    again = channel.send(settled(asked, sent))

    assert "998877" == sent.reference == again.reference
    assert [
        ("POST", f"/hooks/{far_side.secret}?thread_id=5&wait=true"),
        ("PATCH", f"/hooks/{far_side.secret}/messages/998877?thread_id=5"),
    ] == [(each.method, each.path) for each in far_side.posted]
    assert "<@123456789>" == json.loads(far_side.posted[0].body)["content"]
    assert "" == json.loads(far_side.posted[1].body)["content"]


def test_a_message_that_somebody_deleted_is_no_trouble(far_side: Receiver) -> None:
    """The webhook is still there, so there is nothing to mend; if it is not, that is told."""
    channel, asked = DiscordWebhook(far_side.url), ask()
    told = settled(asked, Sent(reference="998877"))
    far_side.answers = [Said(status=404)]
    sent = channel.send(told)
    far_side.usual = Said(status=404)

    assert "998877" == sent.reference
    with pytest.raises(ChannelError):
        channel.send(told)


def test_discord_wants_an_id_to_call() -> None:
    """A name would be shown and call nobody."""
    with pytest.raises(ChannelError, match="mention") as raised:
        DiscordWebhook("http://127.0.0.1/x", "@ana").open(FakeDoor())

    assert raised.value.cure


_words = st.text(max_size=6000)
_cards = st.builds(
    Card,
    heading=_words,
    text=_words,
    code=st.sampled_from(["", "abc234"]),
    details=st.lists(st.tuples(_words, _words), max_size=40).map(tuple),
    diff=_words,
    buttons=st.lists(st.builds(Button, label=_words, value=_words), max_size=30).map(tuple),
    silence=_words,
)


@given(card=_cards, link=st.sampled_from(["", LINK]), mention=st.sampled_from(["", "12345"]))
def test_discord_never_gets_more_than_it_takes(card: Card, link: str, mention: str) -> None:
    """Every limit of an embed holds, as Discord counts, and foreign text can call nobody."""
    for about in (About.ASK, About.NOTICE):
        message = Message(id="m", about=about, card=card, link=link, cards=())
        made: Any = discord.payload(message, mention)
        embed = made["embeds"][0]
        fields = embed["fields"]
        whole = embed["title"] + embed["description"]
        whole += "".join(each["name"] + each["value"] for each in fields)

        assert _units(embed["title"]) <= discord.TITLE
        assert _units(embed["description"]) <= discord.DESCRIPTION
        assert len(fields) <= discord.FIELDS
        assert all(0 < _units(each["name"]) <= discord.FIELD_NAME for each in fields)
        assert all(0 < _units(each["value"]) <= discord.FIELD_VALUE for each in fields)
        assert _units(whole) <= discord.TOTAL
        assert [] == made["allowed_mentions"]["parse"]
        assert posting.as_json(made)


@given(card=_cards, link=st.sampled_from(["", LINK]))
def test_teams_never_gets_more_than_it_takes(card: Card, link: str) -> None:
    """A card of more than 28 KB vanishes without an error."""
    for about in (About.ASK, About.SETTLED, About.NOTICE):
        body = teams.body_of(Message(id="m", about=about, card=card, link=link, outcome=card.text))
        assert len(body) <= teams.BIGGEST


def test_markup_in_a_question_is_shown_and_does_nothing(far_side: Receiver) -> None:
    """Discord gets it escaped; Teams gets it in blocks that know no markup."""
    card = replace(CARD, text="[click](http://evil) @everyone <@1> **b** `c` ||s||", diff="```x")
    described: Any = discord.payload(ask(card=card))
    shown: Any = teams.payload(ask(card=card))
    blocks = shown["attachments"][0]["content"]["body"]

    assert (
        "\\[click\\]\\(http://evil\\) \\@everyone \\<\\@1\\>"
        in described["embeds"][0]["description"]
    )
    assert 2 == described["embeds"][0]["description"].count("```")
    assert {"RichTextBlock"} == {block["type"] for block in blocks}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", None),
        ("x", None),
        ("nan", None),
        ("12", 12.0),
        ("-3", 0.0),
        ("1e99", 86400.0),
        ("Fri, 20 Nov 2026 09:00:30 GMT", 30.0),
    ],
)
def test_a_pause_is_read_as_seconds_or_as_a_date(header: str, expected: float | None) -> None:
    """Whatever else stands there is no pause, and none is longer than a day."""
    now = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

    assert expected == posting.retry_after(header, now)


def test_a_huge_answer_is_not_read_to_its_end(far_side: Receiver) -> None:
    """The far side does not decide how much memory we need."""
    far_side.usual = Said(body=b"x" * 5_000_000)

    assert 64 * 1024 == len(Poster(far_side.url, whose="it").send(b"{}"))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _all_that_is_said(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error.__context__)
