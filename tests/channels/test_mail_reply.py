"""What people's mail programs send back, read down to the words they typed."""

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.channels.mail.identity import MailIdentity
from coffee_maker.channels.mail.quotes import LONGEST_ANSWER, own_words
from coffee_maker.channels.mail.reply import Unreadable, read_answer_text, read_head
from coffee_maker.links import Signer

OUTLOOK = "yes\n\n________________________________\nFrom: Bot <b@x>\nSent: Friday\nTo: A\n\nMay I?"
OUTLOOK_DE = "ja bitte\n\nVon: Bot <b@x>\nGesendet: Freitag\nAn: A\nBetreff: AW\n\nno\n"
WRAPPED = (
    "no\n\nOn Fri, Nov 20, 2026 at 9:00 AM Coffee Maker\n<bot+cm@coffee.example> wrote:\n\n> x"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes", "yes"),
        ("\r\n\r\nyes\r\n\r\nno\r\n", "yes"),
        ("use SQLite\nwith WAL\n\nAna", "use SQLite with WAL"),
        ("yes\n-- \nAna\nno", "yes"),
        ("> May I?\n\nno", "no"),
        ("On Fri, Bot wrote:\n> May I?\n\nyes", "yes"),
        ("Am Fr., 20. Nov. 2026 schrieb Bot <b@x>:\n> Darf ich?\nja", "ja"),
        ("On Fri, Bot wrote:\nMay I? yes", ""),
        ("On second thought: no", "On second thought: no"),
        ("From here: no", "From here: no"),
        ("yes\nSent from my iPhone", "yes"),
        ("yes\n-----Original Message-----\nno", "yes"),
        (OUTLOOK, "yes"),
        (OUTLOOK_DE, "ja bitte"),
        (WRAPPED, "no"),
        ("y\u200bes\u00a0", "yes"),
        ("", ""),
        ("> only what was quoted\n", ""),
    ],
)
def test_only_the_first_paragraph_of_the_authors_own_words_counts(text: str, expected: str) -> None:
    """Quotes, signatures and what stands below are somebody else's, or no answer."""
    assert expected == own_words(text)


@given(st.text())
def test_any_text_has_a_bounded_answer_on_one_line(text: str) -> None:
    """Whatever comes, what goes to the door is one line."""
    answer = own_words(text)

    assert "\n" not in answer
    assert len(answer) <= LONGEST_ANSWER


@given(st.binary(max_size=3000))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    """Nothing that arrives stops the thread that reads."""
    for head in (
        b"",
        b"Content-Type: text/html; charset=utf-7\n",
        b"Content-Type: multipart/mixed;\n",
    ):
        try:
            read_head(head + raw)
            read_answer_text(head + raw)
        except Unreadable:
            continue


@pytest.mark.parametrize(
    "sender",
    ["a@x.org, b@x.org", "", "no address", "a@x.org (b@x.org", "<a@x.org>b@x.org"],
)
def test_a_sender_is_one_address_or_none(sender: str) -> None:
    """Where it can be read in two ways, it is nobody's."""
    raw = f"From: {sender}\n\nyes".encode()

    assert read_head(raw).sender in ("", "a@x.org")
    assert "" == read_head(b"From: a@x.org\nFrom: b@x.org\n\n").sender


@pytest.mark.parametrize(
    ("header", "automatic"),
    [
        ("Subject: Re: your question", False),
        ("Auto-Submitted: no", False),
        ("Auto-Submitted: auto-replied", True),
        ("X-Autoreply: yes", True),
        ("Precedence: auto_reply", True),
        ("List-Id: <x>", True),
        ("Return-Path: <>", True),
        ("Subject: Out of Office: Re: x", True),
        ("Subject: =?utf-8?q?Automatische_Antwort=3A_x?=", True),
        ("Content-Type: multipart/report; boundary=x", True),
        ("From: MAILER-DAEMON@example.com", True),
    ],
)
def test_a_machine_is_known_by_what_it_says_of_itself(header: str, automatic: bool) -> None:
    """It gets no answer, so that no two machines talk to each other for ever."""
    head = header if header.startswith("From") else f"From: a@x.org\n{header}"

    assert automatic == read_head(f"{head}\n\nx".encode()).automatic


def test_an_attachment_is_no_answer() -> None:
    """Nor is the plain part left aside for the one in HTML."""
    mail = EmailMessage()
    mail.set_content("yes")
    mail.add_alternative("<p>no</p>", subtype="html")
    mail.add_attachment("no", filename="a.txt")

    assert "yes" == read_answer_text(mail.as_bytes())


@given(
    code=st.from_regex(r"[a-z2-9]{6}", fullmatch=True),
    name=st.text("abc.-", min_size=1, max_size=64),
)
def test_a_tag_is_found_again_and_fits_one_address_alone(code: str, name: str) -> None:
    """In an address as well as in an id, in whatever case; a local part has 64 signs at most."""
    identity = MailIdentity(Signer("k"), f"{name}@x.org", plus_addressing=True)
    address = identity.reply_address(code, "Ana@Example.com")
    claims = identity.claims([identity.asked_id(code, "ana@example.com").upper()])

    assert len(address.rpartition("@")[0]) <= 64
    assert [code] == [claim.code for claim in claims]
    assert identity.proves(claims[0], "ana@example.com")
    assert not identity.proves(claims[0], "bob@example.com")
    assert address == f"{name}@x.org" or claims == identity.claims([address])
    assert () == MailIdentity(Signer("l"), "a@b", plus_addressing=True).claims([address])
