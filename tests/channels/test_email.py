"""Questions by mail, end to end: a real SMTP server, a real Dovecot, and nothing in between."""

import itertools
import re
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from coffee_maker.channels.mail import folder as mail_folder
from coffee_maker.channels.mail.channel import RECEIPTS_AN_HOUR, EmailChannel
from coffee_maker.domain.errors import ChannelError, StoreError
from coffee_maker.domain.message import Receipt, Received, Reply
from coffee_maker.domain.ports import Channel
from coffee_maker.links import Signer
from tests.channels.conformance import CARD, ChannelLaws, FakeDoor, ask, digest, settled
from tests.support.imap import PASSWORD, Mailbox, mail_home, mailbox
from tests.support.smtp import MailRoom, free_port, mail_room, silent_server

ANA, BOB, BOT = "ana@example.com", "bob@example.com", "bot@coffee.example"
MADE_UP = "pa55w0rd-made-up"


@pytest.fixture
def room() -> Iterator[MailRoom]:
    with mail_room() as running:
        yield running


@pytest.fixture
def home() -> Iterator[Path]:
    with mail_home() as made:
        yield made


@pytest.fixture(scope="module")
def server() -> Iterator[Mailbox]:
    with mail_home() as made, mailbox(made) as running:
        yield running


_users = itertools.count()


@pytest.fixture
def box(server: Mailbox) -> Mailbox:
    return Mailbox(server.port, f"bot{next(_users)}")


def sends_only(port: int, **more: Any) -> EmailChannel:
    given: dict[str, Any] = {
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_security": "none",
        "sender": f"Coffee Maker <{BOT}>",
        "to": (ANA, BOB),
        "signer": Signer("key"),
        "timeout_seconds": 3.0,
    }
    return EmailChannel(**{**given, **more})


def reads_too(port: int, imap_port: int, user: str = "bot", **more: Any) -> EmailChannel:
    given: dict[str, Any] = {
        "imap_host": "127.0.0.1",
        "imap_port": imap_port,
        "imap_security": "none",
        "imap_user": user,
        "imap_password": PASSWORD,
    }
    return sends_only(port, **{**given, **more})


class TestEmailLaws(ChannelLaws):
    """Mail keeps the laws of channels, with a mailbox to read."""

    @pytest.fixture
    def channel(self, room: MailRoom, box: Mailbox) -> Channel:
        return reads_too(room.port, box.port, box.user)

    @pytest.fixture
    def unreachable(self) -> Channel:
        return reads_too(free_port(), free_port())


class Door(FakeDoor):
    """The one door; several threads may stand in it."""

    def __init__(self, receipt: Receipt | None = None) -> None:
        super().__init__(receipt)
        self.came = threading.Condition()

    def __call__(self, reply: Reply) -> Receipt:
        with self.came:
            receipt = super().__call__(reply)
            self.came.notify_all()
        return receipt

    def wait(self, count: int = 1, seconds: float = 5.0) -> list[Reply]:
        with self.came:
            self.came.wait_for(lambda: len(self.replies) >= count, seconds)
            return list(self.replies)


LATE = Receipt(received=Received.LATE, message="Too late: it was answered no by Bob via slack.")


@dataclass
class Office:
    """A channel at work, and all that is round it."""

    room: MailRoom
    box: Mailbox
    door: Door
    channel: EmailChannel

    def asked(self, to: str = ANA, question: str = "q1", code: str = "abc234") -> EmailMessage:
        self.channel.send(ask(question, card=replace(CARD, code=code)))
        return [mail for mail in self.room.mails if mail["To"] == to][-1]


@contextmanager
def at_work(room: MailRoom, box: Mailbox, receipt: Receipt | None = None) -> Iterator[Office]:
    door = Door(receipt)
    channel = reads_too(room.port, box.port, box.user)
    channel.open(door)
    try:
        yield Office(room=room, box=box, door=door, channel=channel)
    finally:
        channel.close()


def reply_to(
    mail: EmailMessage, text: str, *, sender: str = ANA, kind: str = "plain", **headers: str
) -> bytes:
    """What a mail program makes of a click on "reply"."""
    made = EmailMessage()
    made["From"] = f"Somebody <{sender}>"
    made["To"] = headers.pop("To", str(mail["Reply-To"]))
    made["Subject"] = f"Re: {mail['Subject']}"
    made["Message-ID"] = headers.pop("Message_ID", "<reply-1@example.com>")
    made["In-Reply-To"] = headers.pop("In_Reply_To", str(mail["Message-ID"]))
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text, subtype=kind)
    return made.as_bytes()


def eventually(holds: Callable[[], bool], seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return False


def done(box: Mailbox) -> Callable[[], bool]:
    return lambda: any(mail_folder.DONE in flags for flags in box.flags())


def test_a_reply_answers_within_two_seconds_and_once(room: MailRoom, box: Mailbox) -> None:
    """IDLE tells of it, the first paragraph is the answer, and a restart does not tell it again."""
    with at_work(room, box) as office:
        mail = office.asked()
        time.sleep(0.3)  # until the channel listens, so that it is IDLE that tells
        box.deliver(reply_to(mail, "no, it is in use\n\nAna\n\n> May I run?\n"))
        begun = time.monotonic()
        replies = office.door.wait()
        took = time.monotonic() - begun
        assert eventually(done(box))
    with at_work(room, box) as again:
        time.sleep(0.5)
        seen = list(again.door.replies)

    assert [Reply(question="abc234", text="no, it is in use", channel="email", who=ANA)] == replies
    assert took < 2.0
    assert [] == seen
    assert [(mail_folder.DONE,)] == box.flags()
    assert 2 == len(room.mails)  # one for each recipient, and nothing about what was accepted


def test_a_reply_that_came_while_nobody_read_is_found(room: MailRoom, box: Mailbox) -> None:
    """Nothing is lost while the daemon is down; and mails of others stay as they were."""
    with at_work(room, box) as office:
        mail = office.asked()
    stranger = EmailMessage()
    stranger["From"], stranger["To"], stranger["Subject"] = "x@example.org", BOT, "Hello"
    stranger.set_content("yes")
    box.deliver(stranger.as_bytes())
    box.deliver(reply_to(mail, "yes"))
    with at_work(room, box) as office:
        replies = office.door.wait()
        assert eventually(done(box))

    assert ["yes"] == [reply.text for reply in replies]
    assert [(), (mail_folder.DONE,)] == box.flags()


def test_without_plus_addresses_the_message_id_is_enough(room: MailRoom, box: Mailbox) -> None:
    """Not every mailbox takes them; a mail program names what it answers."""
    door, channel = Door(), reads_too(room.port, box.port, box.user, plus_addressing=False)
    channel.open(door)
    try:
        channel.send(ask())
        mail = room.mails[0]
        box.deliver(reply_to(mail, "yes"))
        replies = door.wait()
    finally:
        channel.close()

    assert BOT == mail["Reply-To"]
    assert [("abc234", "yes", "")] == [(r.question, r.text, r.refusal) for r in replies]


def test_a_new_mail_to_the_reply_address_answers_as_well(room: MailRoom, box: Mailbox) -> None:
    """That is what a button in the mail opens: no In-Reply-To, only the address."""
    with at_work(room, box) as office:
        mail = office.asked()
        box.deliver(reply_to(mail, "yes", In_Reply_To=""))
        replies = office.door.wait()

    assert [("abc234", "yes", "")] == [(r.question, r.text, r.refusal) for r in replies]


@pytest.mark.parametrize(
    ("forge", "why"),
    [
        (lambda mail: reply_to(mail, "yes", sender="eve@example.org"), "only those"),
        (lambda mail: reply_to(mail, "yes", sender=BOB), "not a reply to the mail that was sent"),
        (
            lambda mail: reply_to(
                mail,
                "yes",
                To=_with_another_proof(str(mail["Reply-To"])),
                In_Reply_To=_with_another_proof(str(mail["Message-ID"])),
            ),
            "not a reply to the mail that was sent",
        ),
        (
            lambda mail: reply_to(
                mail,
                "yes",
                To=str(mail["Reply-To"]).replace("abc234", "xyz789"),
                In_Reply_To=str(mail["Message-ID"]).replace("abc234", "xyz789"),
            ),
            "not a reply to the mail that was sent",
        ),
        (lambda mail: reply_to(mail, "yes\n" + "x" * 70 + "\n" * 1_100_000), "1024 KiB"),
    ],
    ids=["stranger", "other recipient", "wrong proof", "other question", "oversized"],
)
def test_what_may_not_answer_is_refused_with_the_reason(
    forge: Callable[[EmailMessage], bytes], why: str, room: MailRoom, box: Mailbox
) -> None:
    """It comes to the door as refused, so that it is journalled, and its text is not read."""
    with at_work(room, box) as office:
        box.deliver(forge(office.asked()))
        replies = office.door.wait()

    assert 1 == len(replies)
    assert why in replies[0].refusal
    assert "" == replies[0].text


def test_a_tag_of_another_daemon_is_not_ours(room: MailRoom, box: Mailbox) -> None:
    """Several may share a mailbox: each leaves the others' replies alone."""
    with at_work(room, box) as office:
        mail = office.asked()
        other = sends_only(room.port, signer=Signer("another key"), to=(ANA,))
        other.send(ask("q9"))
        box.deliver(reply_to(room.mails[-1], "yes"))
        box.deliver(reply_to(mail, "no"))
        replies = office.door.wait()
        assert eventually(done(box))

    assert ["no"] == [reply.text for reply in replies]
    assert [(), (mail_folder.DONE,)] == box.flags()


def test_a_mail_delivered_twice_is_told_twice_and_the_door_decides(
    room: MailRoom, box: Mailbox
) -> None:
    """A replayed mail is another mail; that its question is settled is what stops it."""
    with at_work(room, box) as office:
        raw = reply_to(office.asked(), "yes")
        box.deliver(raw)
        office.door.wait()
        office.door.receipt = LATE
        box.deliver(raw)
        replies = office.door.wait(2)
        told = eventually(lambda: len(room.mails) == 3)

    assert 2 == len(replies)
    assert told


def test_who_replied_in_vain_is_told_why(room: MailRoom, box: Mailbox) -> None:
    """In the same thread, without asking for another automatic answer."""
    with at_work(room, box, LATE) as office:
        box.deliver(reply_to(office.asked(), "yes"))
        assert eventually(lambda: len(room.mails) == 3)
    told = room.mails[2]

    assert ANA == told["To"]
    assert "<reply-1@example.com>" == told["In-Reply-To"]
    assert "auto-generated" == told["Auto-Submitted"]
    assert LATE.message == told.get_content().strip()


def test_strangers_are_never_written_to(room: MailRoom, box: Mailbox) -> None:
    """A forged From would have us write to whomever it names."""
    refused = Receipt(received=Received.REFUSED, message="You may not answer.")
    with at_work(room, box, refused) as office:
        mail = office.asked()
        box.deliver(reply_to(mail, "yes", sender="eve@example.org"))
        office.door.wait()
        box.deliver(reply_to(mail, "yes"))
        assert eventually(lambda: len(room.mails) == 3)

    assert [ANA] == [mail["To"] for mail in room.mails[2:]]


def test_only_so_many_are_told_in_an_hour(room: MailRoom, box: Mailbox) -> None:
    """Two machines that answer each other end here, whatever they call themselves."""
    with at_work(room, box, LATE) as office:
        mail = office.asked()
        count = RECEIPTS_AN_HOUR + 2
        for number in range(count):
            box.deliver(reply_to(mail, "yes", Message_ID=f"<r{number}@example.com>"))
        replies = office.door.wait(count)
        assert eventually(lambda: all(box.flags()))

    assert count == len(replies)
    assert 2 + RECEIPTS_AN_HOUR == len(room.mails)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"X_Autoreply": "yes"},
        {"Precedence": "bulk"},
        {"List_Id": "<a.example.com>"},
        {"Return_Path": "<>"},
    ],
)
def test_a_machine_is_neither_heard_nor_answered(
    headers: dict[str, str], room: MailRoom, box: Mailbox
) -> None:
    """An absence note is no answer; and the person's own reply behind it is one."""
    with at_work(room, box, LATE) as office:
        mail = office.asked()
        box.deliver(reply_to(mail, "yes", **headers))
        box.deliver(reply_to(mail, "no"))
        replies = office.door.wait()
        assert eventually(lambda: len(room.mails) == 3)

    assert ["no"] == [reply.text for reply in replies]
    assert () == box.flags()[0]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("html", "<div>yes</div><div class='gmail_quote'>On x wrote: no</div>", "yes"),
        ("html", "<style>p{}</style><p>no &amp; never</p><hr><b>From:</b> x", "no & never"),
    ],
)
def test_html_alone_is_read_as_text(
    kind: str, text: str, expected: str, room: MailRoom, box: Mailbox
) -> None:
    """Some programs send nothing else."""
    with at_work(room, box) as office:
        box.deliver(reply_to(office.asked(), text, kind=kind))
        replies = office.door.wait()

    assert [expected] == [reply.text for reply in replies]


def test_a_wrong_encoding_is_survived(room: MailRoom, box: Mailbox) -> None:
    """A charset that nobody knows, and bytes that are not in it, still hold a word."""
    with at_work(room, box) as office:
        mail = office.asked()
        head = f"From: {ANA}\r\nTo: {mail['Reply-To']}\r\nSubject: =?x-none?q?=ff?=\r\n"
        kind = 'Content-Type: text/plain; charset="x-nonsense"\r\n\r\n'
        box.deliver(head.encode() + kind.encode() + b"caf\xe9 please\r\n")
        replies = office.door.wait()

    assert ["café please"] == [reply.text for reply in replies]


def test_a_server_without_idle_is_polled(room: MailRoom, home: Path) -> None:
    """It takes longer, and works."""
    door = Door()
    with mailbox(home, idle=False) as box, ExitStack() as stack:
        channel = reads_too(room.port, box.port, poll_seconds=0.2)
        channel.open(door)
        stack.callback(channel.close)
        channel.send(ask())
        time.sleep(0.3)
        box.deliver(reply_to(room.mails[0], "yes"))
        replies = door.wait()

    assert ["yes"] == [reply.text for reply in replies]


def test_a_mailbox_that_was_down_is_read_when_it_is_back(room: MailRoom, home: Path) -> None:
    """Meanwhile questions go out, and say that replies are not read."""
    port = free_port()
    door, channel = Door(), reads_too(room.port, port)
    channel.open(door)
    with ExitStack() as stack:
        stack.callback(channel.close)
        channel.send(ask())
        during = room.mails[0].get_body(("plain",))
        box = stack.enter_context(mailbox(home, port=port))
        box.deliver(reply_to(room.mails[0], "yes"))
        replies = door.wait(seconds=20)
        assert during is not None
        assert "Replies are not read just now" in during.get_content()

    assert ["yes"] == [reply.text for reply in replies]


def test_a_wrong_mailbox_password_is_told_when_it_is_opened(room: MailRoom, box: Mailbox) -> None:
    """It will not get better by waiting; and no error holds the password."""
    channel = reads_too(room.port, box.port, box.user, imap_password=MADE_UP)
    with pytest.raises(ChannelError, match="refused the login") as raised:
        channel.open(Door())

    assert not raised.value.transient
    assert raised.value.cure
    assert MADE_UP not in _all_that_is_said(raised.value)


def test_a_temporary_refusal_is_tried_again_for_those_it_concerned(room: MailRoom) -> None:
    """451 is transient; who has the mail already does not get it twice."""
    channel, message = sends_only(room.port), ask()
    room.answers = ["250", "451 come back later"]
    with pytest.raises(ChannelError, match="451") as raised:
        channel.send(message)
    channel.send(message)

    assert raised.value.transient
    assert [ANA, BOB] == room.recipients


def test_one_bad_address_does_not_keep_the_mail_from_the_others(room: MailRoom) -> None:
    """They are told of it; only where nobody is left is it an error."""
    room.unknown = {BOB}
    channel = sends_only(room.port)
    channel.send(ask("q1"))
    channel.send(ask("q2"))
    body = room.mails[1].get_body(("plain",))
    room.unknown |= {ANA}
    with pytest.raises(ChannelError, match="550") as raised:
        channel.send(ask("q3"))

    assert body is not None
    assert f"{BOB} gets no mails" in body.get_content()
    assert not raised.value.transient
    assert raised.value.cure


def test_a_wrong_password_is_told_without_it() -> None:
    """With a cure, not to be tried again as it is."""
    with mail_room(login=True) as room:
        channel = sends_only(room.port, smtp_user="bot", smtp_password=MADE_UP)
        with pytest.raises(ChannelError, match="refused the login") as raised:
            channel.send(ask())
        sends_only(room.port, smtp_user="bot", smtp_password="right").send(ask())

    assert not raised.value.transient
    assert raised.value.cure
    assert MADE_UP not in _all_that_is_said(raised.value)
    assert 2 == len(room.mails)


def test_a_password_never_crosses_a_network_in_the_clear() -> None:
    """Not to the mail server, not to the mailbox; loopback is no network."""
    with pytest.raises(ChannelError, match="without encryption"):
        sends_only(25, smtp_host="mail.example.com", smtp_user="bot").open(Door())
    with pytest.raises(ChannelError, match="without encryption"):
        sends_only(25, smtp_host="mail.example.com", smtp_user="bot").send(ask())
    with pytest.raises(ChannelError, match="without encryption"):
        reads_too(25, 143, imap_host="mail.example.com").open(Door())


def test_encryption_that_is_not_offered_is_not_done_without(room: MailRoom) -> None:
    """Somebody on the line may have struck the offer out."""
    with pytest.raises(ChannelError, match="STARTTLS") as raised:
        sends_only(room.port, smtp_security="starttls").send(ask())

    assert not raised.value.transient
    assert [] == room.mails


def test_a_server_that_never_answers_is_left() -> None:
    """After the time limit, and it is tried again later."""
    with silent_server() as port:
        begun = time.monotonic()
        with pytest.raises(ChannelError, match="did not answer") as raised:
            sends_only(port, timeout_seconds=0.3).send(ask())

    assert raised.value.transient
    assert time.monotonic() - begun < 2


def test_a_silent_mailbox_holds_nobody_up(room: MailRoom) -> None:
    """Opening and closing take some seconds at most, and questions go out."""
    with silent_server() as port:
        channel = reads_too(room.port, port, timeout_seconds=0.5)
        begun = time.monotonic()
        channel.open(Door())
        channel.send(ask())
        channel.close()

    assert time.monotonic() - begun < 5
    assert 2 == len(room.mails)


def test_a_task_is_one_thread_and_an_outcome_answers_its_question(room: MailRoom) -> None:
    """Each recipient's mails refer to each other, and carry nothing of anybody else's."""
    channel, asked = sends_only(room.port), ask()
    sent = channel.send(asked)
    channel.send(settled(asked, sent))
    channel.send(ask("q2"))
    ana = [mail for mail in room.mails if mail["To"] == ANA]
    bob = [mail for mail in room.mails if mail["To"] == BOB]
    root = str(ana[0]["References"])

    assert [root] * 3 == [str(mail["References"]).split()[0] for mail in ana]
    assert ana[0]["Message-ID"] == ana[1]["In-Reply-To"]
    assert ana[1]["Subject"] == f"Re: {ana[0]['Subject']}"
    assert root != str(bob[0]["References"])
    assert str(ana[0]["Message-ID"]) != str(bob[0]["Message-ID"])
    assert [None] * len(room.mails) == [mail["Reply-To"] for mail in room.mails]
    assert sent.reference == ana[0]["Message-ID"]


def test_each_question_of_a_digest_has_its_own_address(room: MailRoom, box: Mailbox) -> None:
    """A reply to the whole would not say which one it answers."""
    with at_work(room, box) as office:
        office.channel.send(digest(2))
        body = room.mails[0].get_body(("plain",))
        assert body is not None
        addresses = re.findall(r"write to: (\S+)", body.get_content())
        box.deliver(reply_to(room.mails[0], "yes", To=addresses[1]))
        replies = office.door.wait()

    assert [("code01", "yes", "")] == [(r.question, r.text, r.refusal) for r in replies]


def test_a_reply_that_could_not_be_taken_comes_again(room: MailRoom, box: Mailbox) -> None:
    """The database may be down at that moment; the mail is marked only when it was taken."""

    class Broken(Door):
        def __call__(self, reply: Reply) -> Receipt:
            receipt = super().__call__(reply)
            if len(self.replies) == 1:
                raise StoreError("the database is locked")
            return receipt

    door, channel = Broken(), reads_too(room.port, box.port, box.user)
    channel.open(door)
    try:
        channel.send(ask())
        box.deliver(reply_to(room.mails[0], "yes"))
        replies = door.wait(2)
        assert eventually(done(box))
    finally:
        channel.close()

    assert ["yes", "yes"] == [reply.text for reply in replies]


def _with_another_proof(text: str) -> str:
    return re.sub(r"(cm-\w{5}-\w+-)\w{20}", r"\g<1>" + "a" * 20, text)


def _all_that_is_said(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error.__context__)
