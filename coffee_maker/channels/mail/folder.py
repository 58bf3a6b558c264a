"""A folder of mails on an IMAP server, read without leaving a trace on what is not ours."""

import re
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from imaplib import IMAP4

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from coffee_maker.channels.mail.reply import HEADERS
from coffee_maker.channels.mail.sending import MailServer
from coffee_maker.domain.errors import ChannelError

DONE = "CoffeeMakerDone"  # the keyword on a reply that was dealt with
BIGGEST_HEAD = 64 * 1024  # bytes
POLL_SECONDS = 30.0  # between looks where the server has no IDLE
# Servers may hang up on an IDLE after 30 min, and routers forget a silent connection sooner. So
# short a round also bounds what a notification that got lost costs.
IDLE_SECONDS = 60.0
_NOTICE_SECONDS = 0.5  # how soon it is noticed that we are to stop
_AT_ONCE = 100  # heads fetched by one command

_HEAD = f"(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS ({' '.join(HEADERS)})]<0.{BIGGEST_HEAD}>)"
_UID = re.compile(rb"UID (\d+)")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")
_PASSING = re.compile(r"UNAVAILABLE|INUSE|LIMIT|too many|try again", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The head of one mail. `size` is the whole mail's, in bytes."""

    uid: int
    size: int
    done: bool
    head: bytes


class MailFolder:
    """One connection, logged in, with a folder opened. Raises ChannelError throughout.

    `validity`: uids mean the same mails as long as this is the same.
    """

    def __init__(
        self, server: MailServer, folder: str, *, poll_seconds: float = POLL_SECONDS
    ) -> None:
        self._server, self._poll_seconds = server, poll_seconds
        server.check()
        with translated(server):
            self._box = _connect(server)
        try:
            with translated(server):
                _log_in(self._box, server, folder)
                self._client = self._box.client
                # Asked again: a server offers something else before the login. The last one counts.
                self._offers = _bytes(self._client.capability()[1][-1:]).upper().split()
                self.validity = _number(self._client.response("UIDVALIDITY")[1])
                kept = self._client.response("PERMANENTFLAGS")[1]
        except BaseException:
            self.close()
            raise
        # A server that keeps no keywords keeps this flag; "seen" is the mailbox owner's own.
        self._mark = DONE if b"\\*" in _bytes(kept) else "\\Answered"

    def found(self, *, above: int, since: date) -> Iterator[Found]:
        """The heads of mails with higher uids that came since then, oldest first."""
        with translated(self._server):
            self._client.response("EXISTS")
            asked = f"UID {above + 1}:* SINCE {since:%d-}{_MONTHS[since.month - 1]}{since:-%Y}"
            uids = sorted(int(uid) for uid in self._box.uids(asked, charset=None))
        fresh = [uid for uid in uids if uid > above]  # `n:*` always names the last one as well
        for at in range(0, len(fresh), _AT_ONCE):
            yield from self._heads(fresh[at : at + _AT_ONCE])

    def whole(self, uid: int) -> bytes:
        """A mail's bytes; empty where it is gone."""
        with translated(self._server):
            _, data = self._client.uid("FETCH", str(uid), "(BODY.PEEK[])")
        return next((bytes(item[1]) for item in data if isinstance(item, tuple)), b"")

    def mark_done(self, uid: int) -> None:
        """Note on the server that this mail was dealt with."""
        with translated(self._server):
            # Not by the library's `flag`: it expunges what the owner has marked as deleted.
            self._client.uid("STORE", str(uid), "+FLAGS.SILENT", f"({self._mark})")

    def wait(self, stop: threading.Event) -> None:
        """Return when something came, or after a while, or when `stop` is set."""
        with translated(self._server):
            if b"IDLE" in self._offers:
                self._idle(stop)
            else:
                stop.wait(self._poll_seconds)
                self._client.noop()

    def close(self) -> None:
        with suppress(OSError, IMAP4.error, ImapToolsError):
            self._box.logout()
        with suppress(OSError, IMAP4.error):
            self._box.client.shutdown()

    def _heads(self, uids: Sequence[int]) -> Iterator[Found]:
        with translated(self._server):
            _, data = self._client.uid("FETCH", ",".join(map(str, uids)), _HEAD)
        for at, item in enumerate(data):
            if isinstance(item, tuple):
                # Some servers say the flags behind the text.
                behind = data[at + 1] if at + 1 < len(data) else b""
                yield from self._read(
                    item[0] + (behind if isinstance(behind, bytes) else b""), item[1]
                )

    def _read(self, said: bytes, head: bytes) -> Iterator[Found]:
        uid, size, flags = _UID.search(said), _SIZE.search(said), _FLAGS.search(said)
        if uid:
            known = flags[1].lower().split() if flags else []
            yield Found(
                uid=int(uid[1]),
                size=int(size[1]) if size else 0,
                done=self._mark.lower().encode() in known,
                head=bytes(head),
            )

    def _idle(self, stop: threading.Event) -> None:
        idle = self._box.idle
        idle.start()  # type: ignore[no-untyped-call]
        try:
            # What was said before we listened is not said again.
            if self._client.response("EXISTS")[1] != [None] or self._has_a_line():
                return
            end = time.monotonic() + IDLE_SECONDS
            while not stop.is_set() and time.monotonic() < end:
                begun = time.monotonic()
                if idle.poll(timeout=_NOTICE_SECONDS):
                    return
                if time.monotonic() - begun < _NOTICE_SECONDS / 2:
                    raise ConnectionResetError  # the library takes a hung up line for silence
        finally:
            idle.stop()  # type: ignore[no-untyped-call]

    def _has_a_line(self) -> bool:
        """True where a line came together with the last one: no poll of the socket tells of it."""
        line = self._client.socket()
        waits = line.gettimeout()
        line.settimeout(0)
        try:
            return bool(self._client.readline())
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            line.settimeout(waits)


@contextmanager
def translated(server: MailServer) -> Iterator[None]:
    """Whatever the library raises becomes a ChannelError without a word of the login."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        what = f"the certificate of {server.what} is not valid: {error.verify_message}"
        raised = ChannelError(what, cure="set the host's name as it stands in its certificate")
    except MailboxLoginError as error:
        raised = _login_refused(server, str(error))
    except MailboxFolderSelectError:
        cure = "set `imap_folder` to one that is there"
        raised = ChannelError(f"{server.what} has no such folder", cure=cure)
    except TimeoutError:
        what = f"{server.what} did not answer within {server.timeout_seconds:g} s"
        raised = ChannelError(what, transient=True)
    except (OSError, IMAP4.error, ImapToolsError, UnicodeError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or "it hung up"
        raised = ChannelError(f"{server.what} cannot be read: {reason}", transient=True)
    else:
        return
    raise raised from None


def _login_refused(server: MailServer, said: str) -> ChannelError:
    if _PASSING.search(said):
        return ChannelError(f"{server.what} takes no login just now", transient=True)
    cure = "look at its user and password; many providers want one that is made for programs"
    return ChannelError(f"{server.what} refused the login", cure=cure)


def _connect(server: MailServer) -> BaseMailBox:
    host, port, timeout = server.host, server.port, server.timeout_seconds
    if server.security == "none":
        return MailBoxUnencrypted(host, port, timeout)
    context = ssl.create_default_context()
    if server.security == "tls":
        return MailBox(host, port, timeout, ssl_context=context)
    return MailBoxStartTls(host, port, timeout, ssl_context=context)


def _log_in(box: BaseMailBox, server: MailServer, folder: str) -> None:
    if (server.user + server.password).isascii():
        box.login(server.user, server.password, initial_folder=folder)
    else:
        box.login_utf8(server.user, server.password, initial_folder=folder)


# The server's names, whatever the language of this machine.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _bytes(said: Sequence[object]) -> bytes:
    return b" ".join(piece for piece in said if isinstance(piece, bytes))


def _number(said: Sequence[object]) -> int:
    digits = _bytes(said).strip()
    return int(digits) if digits.isdigit() else 0
