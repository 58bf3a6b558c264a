"""A message as a mail: kept as files, and held to what strangers might write."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.channels.mail.identity import MailIdentity
from coffee_maker.channels.mail.text import Recipient, mail_of, subject
from coffee_maker.domain.message import Card, Message, Sent
from coffee_maker.links import Signer
from tests.channels.conformance import CARD, ask, digest, notice, settled

GOLDEN = Path(__file__).parent / "golden"
IDENTITY = MailIdentity(Signer("key"), "bot@coffee.example", plus_addressing=True)
ANA = Recipient(address="ana@example.com", reads_replies=True)
MESSAGES = {
    "ask": ask(link="https://coffee.example/q/abc?token=x&y=1"),
    "settled": settled(ask(), Sent()),
    "notice": notice(),
    "digest": digest(2),
}


def parts(message: Message, recipient: Recipient = ANA) -> dict[str, str]:
    """The heads, the plain part and the HTML one, as a mail program reads them."""
    made = mail_of(
        message,
        recipient,
        sender="bot@coffee.example",
        identity=IDENTITY,
        now=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
    )
    read = message_from_bytes(made.as_bytes(), policy=default)
    plain, html = read.get_body(("plain",)), read.get_body(("html",))
    assert plain is not None
    assert html is not None
    heads = "".join(
        f"{n}: {v}\n" for n, v in read.items() if n not in ("Content-Type", "MIME-Version")
    )
    return {
        "head": heads,
        "plain": plain.get_content().replace("\r\n", "\n"),
        "html": html.get_content().replace("\r\n", "\n"),
    }


@pytest.mark.parametrize("which", sorted(MESSAGES))
def test_a_mail_is_as_it_was_read_by_a_person(which: str) -> None:
    """Heads and plain part in one file, the page in another."""
    got = parts(MESSAGES[which])

    assert (GOLDEN / f"mail_{which}.txt").read_text() == f"{got['head']}\n{got['plain']}"
    assert (GOLDEN / f"mail_{which}.html").read_text() == got["html"]


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_adds_a_header_or_a_tag(text: str, name: str) -> None:
    """Line ends, markup and half characters are shown as what they are."""
    evil = replace(CARD, text=text, heading=name, details=((name, text),))
    plain = replace(CARD, text="x", heading="y", details=(("a", "b"),))
    names = [line.split(":")[0] for line in parts(ask(card=plain))["head"].splitlines()]
    got = parts(ask(card=evil))

    assert names == [line.split(":")[0] for line in got["head"].split("\n") if line]


def test_markup_and_header_lines_in_a_question_do_nothing() -> None:
    """They are read, not obeyed; nothing is loaded from anywhere."""
    text = "x\r\nBcc: eve@example.org\r\n\r\n<script>a()</script><img src=http://evil/>"
    got = parts(ask(card=replace(CARD, text=text, diff="</div><script>")))

    assert "\nBcc" not in got["head"]
    assert "<script" not in got["html"]
    assert "<img" not in got["html"]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "http://", "//x", "data:text/html,x"])
def test_only_a_web_address_becomes_a_link(link: str) -> None:
    """Whoever made the link, a mail program opens it with a click."""
    got = parts(ask(link=link))

    assert link not in got["html"].replace("http://y", "")
    assert "Open" not in got["plain"]


def test_a_mail_says_only_what_can_be_done() -> None:
    """Where replies are not read, it does not ask for one, and says why."""
    deaf = Recipient(address="a@b.c", reads_replies=False, remarks=("Replies are not read.",))
    got = parts(ask(), deaf)

    assert "Reply to this mail" not in got["plain"]
    assert "mailto:" not in got["html"]
    assert got["plain"].startswith("! Replies are not read.\n")
    assert "coffee-maker inbox answer abc234 yes" in got["plain"]


def test_the_subject_names_the_question() -> None:
    """The code first, for people who sort their mail by it."""
    message = ask(card=Card(heading="h", text="May I\npush?", code="abc234"))

    assert "[coffee_maker #abc234] Claude asks: May I push?" == subject(message)


def test_without_a_mailbox_and_a_page_only_the_command_is_offered() -> None:
    """No button that does nothing, no address that nobody reads; and it is said."""
    got = parts(ask(), Recipient(address="a@b.c", reads_replies=False, has_mailbox=False))

    assert "\nReply-To:" not in got["head"]
    assert "<a" not in got["html"]
    assert "Answers: yes / no" in got["html"]
    for part in (got["plain"], got["html"]):
        assert "Replies: are not read here" in part
        assert "Or type" not in part
    assert "Type: coffee-maker inbox answer abc234 yes" in got["plain"]
