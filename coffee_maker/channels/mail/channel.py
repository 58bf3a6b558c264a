"""Email: a mail to each person, answered by a link, or by a reply that is read over IMAP."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from email.utils import parseaddr

from coffee_maker.channels.mail.folder import POLL_SECONDS, Found, MailFolder
from coffee_maker.channels.mail.identity import Claim, MailIdentity
from coffee_maker.channels.mail.reply import (
    Envelope,
    Unreadable,
    read_answer_text,
    read_head,
)
from coffee_maker.channels.mail.sending import (
    TIMEOUT_SECONDS,
    Connection,
    MailRefused,
    MailServer,
    Security,
    Smtp,
)
from coffee_maker.channels.mail.text import Recipient, mail_of, receipt_mail
from coffee_maker.channels.mail.watch import MailWatch
from coffee_maker.clock import RealClock
from coffee_maker.domain.errors import ChannelError
from coffee_maker.domain.message import Message, Receipt, Received, Reply, Sent
from coffee_maker.domain.ports import Clock, Receive
from coffee_maker.links import Signer

BIGGEST_MAIL = 1024 * 1024  # bytes
RECEIPTS_AN_HOUR = 5
_REMEMBERED = 500


class EmailChannel:
    """Writes to each of `to`; the other arguments are named as in the settings.

    A reply counts where its From is one of `to` and its tag was made for a mail to that address.
    A mail without a tag of this daemon's is never touched, not even marked as read.
    """

    name = "email"

    def __init__(
        self,
        *,
        smtp_host: str,
        sender: str,
        to: Sequence[str],
        signer: Signer,
        smtp_port: int = 587,
        smtp_security: Security = "starttls",
        smtp_user: str = "",
        smtp_password: str = "",
        plus_addressing: bool = True,
        imap_host: str = "",
        imap_port: int = 993,
        imap_security: Security = "tls",
        imap_user: str = "",
        imap_password: str = "",
        imap_folder: str = "INBOX",
        clock: Clock | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._sender = sender
        self._to = tuple(dict.fromkeys(_address(each) for each in to))
        self._clock = clock or RealClock()
        self._identity = MailIdentity(signer, _address(sender), plus_addressing=plus_addressing)
        submission = MailServer(
            what="the mail server",
            host=smtp_host,
            port=smtp_port,
            security=smtp_security,
            user=smtp_user,
            password=smtp_password,
            timeout_seconds=timeout_seconds,
        )
        mailbox = MailServer(
            what="the mailbox",
            host=imap_host,
            port=imap_port,
            security=imap_security,
            user=imap_user,
            password=imap_password,
            timeout_seconds=timeout_seconds,
        )
        self._submission, self._mailbox, self._folder = submission, mailbox, imap_folder
        self._poll_seconds = poll_seconds
        self._smtp = Smtp(submission)
        self._receive: Receive | None = None
        self._watch = self._made_watch() if imap_host else None
        self._handed_in: deque[tuple[str, str]] = deque(maxlen=_REMEMBERED)
        self._refused: dict[str, str] = {}
        self._receipts: deque[float] = deque(maxlen=RECEIPTS_AN_HOUR)

    def open(self, receive: Receive) -> None:
        """Begin to read replies. Raises ChannelError for what a person must mend in the settings.

        A mailbox that is merely down is tried again, at longer and longer intervals.
        """
        self._submission.check()
        self._receive = receive
        if self._watch:
            self._mailbox.check()
            self._watch.open()

    def send(self, message: Message) -> Sent:
        """One mail to each recipient who has not got this one yet. Raises ChannelError.

        An address that is refused for good fails the message only where nobody else is left; the
        others are told of it in their mails.
        """
        missing = [to for to in self._to if (message.id, to) not in self._handed_in]
        if missing:
            self._hand_in(message, missing)
        code, first, task = message.card.code, self._to[0], message.card.task
        return Sent(
            reference=self._identity.asked_id(code, first) if code else "",
            thread=self._identity.thread_id(task, first) if task else "",
        )

    def poll(self) -> None:
        """Replies come in by a thread."""

    def close(self) -> None:
        """Stop reading, within some seconds."""
        if self._watch:
            self._watch.close()

    def _made_watch(self) -> MailWatch:
        return MailWatch(
            lambda: MailFolder(self._mailbox, self._folder, poll_seconds=self._poll_seconds),
            self._handle,
            self._clock,
        )

    def _hand_in(self, message: Message, missing: Sequence[str]) -> None:
        refused: ChannelError | None = None
        with self._smtp.connected() as connection:
            for to in missing:
                try:
                    self._hand_in_one(connection, message, to)
                except MailRefused as error:
                    refused, self._refused[to] = error, str(error)
        if refused and not any((message.id, to) in self._handed_in for to in self._to):
            raise refused

    def _hand_in_one(self, connection: Connection, message: Message, to: str) -> None:
        mail = mail_of(
            message,
            Recipient(
                address=to,
                reads_replies=self._reads_replies,
                has_mailbox=self._watch is not None,
                remarks=self._remarks(to),
            ),
            sender=self._sender,
            identity=self._identity,
            now=self._clock.now(),
        )
        connection.send(mail)
        self._handed_in.append((message.id, to))
        self._refused.pop(to, None)

    @property
    def _reads_replies(self) -> bool:
        return self._watch is not None and not self._watch.trouble

    def _remarks(self, to: str) -> tuple[str, ...]:
        trouble = self._watch.trouble if self._watch else ""
        told = [f"Replies are not read just now: {trouble}"] if trouble else []
        others = (f"{who} gets no mails: {why}" for who, why in self._refused.items() if who != to)
        return (*told, *others)

    def _handle(self, folder: MailFolder, found: Found) -> None:
        """One mail. What is not a person's reply to us is left as it is."""
        try:
            head = read_head(found.head)
        except Unreadable:
            return
        claims = self._identity.claims(head.named)
        if not claims or head.automatic or self._receive is None:
            return
        reply = self._reply(folder, found, head, claims)
        receipt = self._receive(reply)
        # In this order: were we killed in between, it would come again and be too late, not lost.
        folder.mark_done(found.uid)
        self._tell(receipt, reply, head)

    def _reply(
        self, folder: MailFolder, found: Found, head: Envelope, claims: Sequence[Claim]
    ) -> Reply:
        proven = [claim for claim in claims if self._identity.proves(claim, head.sender)]
        reply = Reply(
            question=(proven or claims)[0].code,
            text="",
            channel=self.name,
            who=head.sender,
            refusal=self._refusal(head, found, proven=bool(proven)),
        )
        if reply.refusal:
            return reply
        try:
            return replace(reply, text=read_answer_text(folder.whole(found.uid)))
        except Unreadable as error:
            return replace(reply, refusal=str(error))

    def _refusal(self, head: Envelope, found: Found, *, proven: bool) -> str:
        if not self._may_answer(head.sender):
            return "only those to whom the question was mailed may answer by mail"
        if not proven:
            return "this is not a reply to the mail that was sent to this address"
        if found.size > BIGGEST_MAIL:
            return f"a reply may have {BIGGEST_MAIL // 1024} KiB at most, with all that it quotes"
        return ""

    def _may_answer(self, address: str) -> bool:
        return bool(address) and address in {to.casefold() for to in self._to}

    def _tell(self, receipt: Receipt, reply: Reply, head: Envelope) -> None:
        """Say why a reply did not count: to people we write to anyway, and not too often."""
        now = self._clock.monotonic()
        often = len(self._receipts) == RECEIPTS_AN_HOUR and now - self._receipts[0] < 3600
        if receipt.received is Received.ACCEPTED or often or not self._may_answer(reply.who):
            return
        self._receipts.append(now)
        mail = receipt_mail(
            receipt.message,
            reply.question,
            reply.who,
            answers_to=head.message_id,
            sender=self._sender,
            identity=self._identity,
            now=self._clock.now(),
            id=f"receipt:{head.message_id}",
        )
        try:
            with self._smtp.connected() as connection:
                connection.send(mail)
        except ChannelError:
            return  # it was a courtesy; the reply itself is journalled


def _address(written: str) -> str:
    """The bare address, where a name stands in front of it."""
    return parseaddr(written)[1] or written.strip()
