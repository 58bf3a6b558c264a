"""Mail handed in by SMTP, one connection at a time, and every way in which that can fail."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal

from coffee_maker.channels.webhooks.posting import is_loopback
from coffee_maker.domain.errors import ChannelError

TIMEOUT_SECONDS = 8.0  # for each answer of the server

Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed in, or read. `what` is what errors call it."""

    what: str
    host: str
    port: int
    security: Security
    user: str
    password: str = field(repr=False)
    timeout_seconds: float = TIMEOUT_SECONDS

    def check(self) -> None:
        """Raises ChannelError where the password would cross a network for all to read."""
        if self.user and self.security == "none" and not is_loopback(self.host):
            raise ChannelError(
                f"{self.what} is to be logged in to without encryption",
                cure='set its security to "tls" or "starttls", or leave its user empty',
            )


class MailRefused(ChannelError):
    """The server does not take this mail, and never will; another recipient's it may."""


class Smtp:
    """Hands mails in. Each `connected` is one connection; any thread may make one."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    @contextmanager
    def connected(self) -> Iterator["Connection"]:
        """A connection, logged in. Raises ChannelError."""
        self._server.check()
        with translated(self._server):
            connection = self._connect()
        try:
            with translated(self._server):
                self._log_in(connection)
            yield Connection(connection, self._server)
        finally:
            _hang_up(connection)

    def _connect(self) -> smtplib.SMTP:
        host, port, timeout = self._server.host, self._server.port, self._server.timeout_seconds
        if self._server.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, port, timeout=timeout, context=context)
        connection = smtplib.SMTP(host, port, timeout=timeout)
        if self._server.security == "starttls":
            try:
                connection.starttls(context=ssl.create_default_context())
            except BaseException:
                connection.close()
                raise
        return connection

    def _log_in(self, connection: smtplib.SMTP) -> None:
        if self._server.user:
            connection.login(self._server.user, self._server.password)


class Connection:
    """One connection, on which several mails may be handed in."""

    def __init__(self, connection: smtplib.SMTP, server: MailServer) -> None:
        self._connection, self._server = connection, server

    def send(self, mail: EmailMessage) -> None:
        """Hand it in. Raises MailRefused for this mail alone, or ChannelError for all."""
        with translated(self._server):
            try:
                self._connection.send_message(mail)
            except smtplib.SMTPRecipientsRefused as error:
                code = next((code for code, _ in error.recipients.values()), 550)
                raise _refused(self._server, code) from None
            except smtplib.SMTPSenderRefused as error:
                raise _refused(self._server, error.smtp_code, "the sender's address") from None
            except smtplib.SMTPDataError as error:
                raise _refused(self._server, error.smtp_code) from None


@contextmanager
def translated(server: MailServer) -> Iterator[None]:
    """Whatever the library raises becomes a ChannelError without a word of the login."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        what = f"the certificate of {server.what} is not valid: {error.verify_message}"
        raised = ChannelError(what, cure="set the host's name as it stands in its certificate")
    except smtplib.SMTPAuthenticationError as error:
        raised = _login_refused(server, error.smtp_code)
    except smtplib.SMTPNotSupportedError:
        raised = _not_offered(server)
    except smtplib.SMTPResponseException as error:
        raised = _refused(server, error.smtp_code)
    except UnicodeError:
        what = f"{server.what} cannot be given this user, password or address: only ASCII can"
        raised = ChannelError(what, cure="set a password of plain letters, figures and signs")
    except OSError as error:  # smtplib's own errors are such as well
        raised = ChannelError(f"{server.what} {_trouble(error, server)}", transient=True)
    else:
        return
    # Not "from": what the library raised may quote the server, and that what it was sent.
    raise raised from None


def _trouble(error: OSError, server: MailServer) -> str:
    # The library calls a silence a broken line, and keeps the reason behind it.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return f"did not answer within {server.timeout_seconds:g} s"
    return f"cannot be reached: {error.strerror or 'it hung up'}"


def _refused(server: MailServer, code: int, what: str = "the mail") -> ChannelError:
    said = f"{server.what} did not take {what} (SMTP {code})"
    if 400 <= code < 500 or code <= 0:
        return ChannelError(said, transient=True)
    return MailRefused(said, cure="look at the addresses in `sender` and `to`")


def _login_refused(server: MailServer, code: int) -> ChannelError:
    said = f"{server.what} refused the login (SMTP {code})"
    if 400 <= code < 500:
        return ChannelError(said, transient=True)
    cure = "look at its user and password; many providers want one that is made for programs"
    return ChannelError(said, cure=cure)


def _not_offered(server: MailServer) -> ChannelError:
    if server.security == "starttls":
        what, cure = "encryption (STARTTLS)", 'set its security to "tls", or another port'
    else:
        what, cure = "a login, or none that is known here", "leave its user empty, or encrypt"
    return ChannelError(f"{server.what} does not offer {what}", cure=cure)


def _hang_up(connection: smtplib.SMTP) -> None:
    try:
        connection.quit()
    except (OSError, smtplib.SMTPException):
        connection.close()
