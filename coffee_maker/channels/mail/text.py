"""A message as a mail: the same in plain text and in HTML, nothing loaded from elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from coffee_maker.channels.mail.face import html_of
from coffee_maker.channels.mail.identity import MailIdentity
from coffee_maker.channels.webhooks.text import about_task, answers, bounded, command_for, link_of
from coffee_maker.domain.message import About, Card, Message
from coffee_maker.domain.visible import one_line

TEXT, DIFF = 20_000, 60_000  # characters that are shown at most
_SUBJECT = 150
_RULE = "-" * 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One person, and what is particular to what they get.

    `reads_replies`: a reply to the mail is read. `has_mailbox`: one is read, if not just now.
    `remarks`: what they should know besides.
    """

    address: str
    reads_replies: bool
    has_mailbox: bool = True
    remarks: tuple[str, ...] = ()


def mail_of(
    message: Message, recipient: Recipient, *, sender: str, identity: MailIdentity, now: datetime
) -> EmailMessage:
    """The mail for one recipient; the same Message-ID whenever it is made again."""
    mail = _headed(subject(message), recipient.address, sender=sender, now=now)
    card, to = message.card, recipient.address
    if card.code and recipient.has_mailbox:
        mail["Reply-To"] = identity.reply_address(card.code, to)
    asked = identity.asked_id(card.code, to) if card.code else ""
    root = identity.thread_id(card.task, to) if card.task else ""
    match message.about:
        case About.ASK if asked:
            _thread(mail, asked, answers_to=root, before=(root,))
        case About.SETTLED if asked:
            own = identity.follow_up_id(card.code, to, message.id)
            _thread(mail, own, answers_to=asked, before=(root, asked))
        case _:
            _thread(mail, identity.other_id(message.id, to), answers_to=root, before=(root,))
    lines = list(text_lines(message, recipient, identity))
    mail.set_content("\n".join(lines) + "\n", cte="quoted-printable")
    html = html_of(message, recipient.remarks, _ways(message, recipient, identity))
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    return mail


def receipt_mail(
    text: str, code: str, to: str, *, answers_to: str, sender: str, identity: MailIdentity,
    now: datetime, id: str,
) -> EmailMessage:  # fmt: skip
    """What tells somebody that their reply did not count, and why."""
    mail = _headed(
        f"Re: [coffee_maker #{code}] your reply did not count", to, sender=sender, now=now
    )
    mail["Reply-To"] = identity.reply_address(code, to)
    asked = identity.asked_id(code, to)
    _thread(mail, identity.follow_up_id(code, to, id), answers_to=answers_to, before=(asked,))
    mail.set_content(bounded(text, TEXT) + "\n", cte="quoted-printable")
    return mail


def subject(message: Message) -> str:
    """One line; what strangers wrote stands behind what we wrote."""
    card = message.card
    mark = f"[coffee_maker #{card.code}]" if card.code else "[coffee_maker]"
    asks = message.about in (About.ASK, About.SETTLED)
    said = f"Claude asks: {card.text or card.heading}" if asks else card.heading
    line = f"{mark} {one_line(said, _SUBJECT)}"
    return f"Re: {line}" if message.about is About.SETTLED else line


def text_lines(message: Message, recipient: Recipient, identity: MailIdentity) -> Sequence[str]:
    """The plain part, line by line."""
    card = message.card
    lines = [f"! {remark}" for remark in recipient.remarks] + [""] * bool(recipient.remarks)
    match message.about:
        case About.SETTLED:
            lines += [f"Settled: {one_line(message.outcome, 400)}", "", _quoted(card)]
        case About.DIGEST:
            lines += [one_line(card.heading), ""]
            lines += [each for one in message.cards for each in _entry(one, recipient, identity)]
        case _:
            lines += [one_line(card.heading), *_body(card)]
    if message.about is not About.SETTLED:
        lines += _how(message, recipient, identity)
    if card.diff and message.about is About.ASK:
        lines += ["", "What it would change:", _RULE, bounded(card.diff, DIFF), _RULE]
    return lines


def _body(card: Card) -> list[str]:
    lines = ["", bounded(card.text, TEXT)] if card.text else []
    told = [("Task", about_task(card)), *card.details]
    facts = [f"  {one_line(name, 80)}: {bounded(value, 2000)}" for name, value in told if value]
    return [*lines, *([""] if facts else []), *facts]


def _how(message: Message, recipient: Recipient, identity: MailIdentity) -> list[str]:
    card = message.card
    ways = _ways(message, recipient, identity)
    lines = [""] if ways or card.silence else []
    if message.about is About.ASK:
        if card.buttons:
            lines += ["Answers:"]
            lines += [f"  {one_line(b.value, 80)} = {one_line(b.label, 300)}" for b in card.buttons]
            lines += ["  or your own words"] if card.own_words else []
            lines += [""]
        lines += [one_line(card.silence, 300), ""] if card.silence else []
    return [*lines, *(f"{name}: {way}" for name, way in ways)]


def _ways(
    message: Message, recipient: Recipient, identity: MailIdentity
) -> tuple[tuple[str, str], ...]:
    """How this one can be answered: what is done, and where or with what."""
    card, link = message.card, link_of(message)
    asks = bool(card.code) or any(each.code for each in message.cards)
    deaf = [("Replies", "are not read here")] if asks and not recipient.has_mailbox else []
    if message.about is About.SETTLED or not (asks or link):
        return ()
    ways = [("Open", link)] if link else []
    if card.code and recipient.reads_replies:
        own = identity.has_own_address(card.code, recipient.address)
        address = identity.reply_address(card.code, recipient.address) if own else ""
        ways.append(("Reply to this mail", "the first paragraph of your own words is the answer"))
        ways += [("Or write to", address)] if address else []
    if card.code:
        ways.append(("Or type" if ways else "Type", command_for(card)))
    return (*ways, *deaf)


def _entry(card: Card, recipient: Recipient, identity: MailIdentity) -> list[str]:
    """One of several, in a mail to which a reply would not say which one it answers."""
    mark = f"#{card.code} " if card.code else ""
    lines = [f"* {mark}{one_line(card.text or card.heading, 300)}"]
    if card.code:
        lines += [f"    {answers(card)}"] if card.buttons else []
        if recipient.reads_replies and identity.has_own_address(card.code, recipient.address):
            lines.append(f"    write to: {identity.reply_address(card.code, recipient.address)}")
        lines.append(f"    or type:  {command_for(card)}")
    return [*lines, ""]


def _quoted(card: Card) -> str:
    text = bounded(card.text, 2000) or one_line(card.heading)
    return "\n".join(f"> {line}" for line in text.split("\n"))


def _headed(subject: str, to: str, *, sender: str, now: datetime) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(now)
    # Machines that answer mail are asked not to answer this one.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    return mail


def _thread(mail: EmailMessage, id: str, *, answers_to: str, before: Sequence[str]) -> None:
    mail["Message-ID"] = id
    if answers_to:
        mail["In-Reply-To"] = answers_to
    if known := " ".join(dict.fromkeys(each for each in before if each)):
        mail["References"] = known
