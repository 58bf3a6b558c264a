"""A private Dovecot on loopback: every user has a mailbox there, and the same password."""

import getpass
import os
import pwd
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from imap_tools import MailBoxUnencrypted

from tests.support import needs
from tests.support.smtp import free_port

PASSWORD = "made-up-for-the-mailbox"  # stands in no other text
_CONF = """
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
mail_location = maildir:{home}/mail/%u
first_valid_uid = 1
auth_mechanisms = plain login
{capability}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}
}}
service imap-login {{
  {unprivileged}
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  {unprivileged}
}}
{users}
"""
_CAPABILITY_WITHOUT_IDLE = "imap_capability = IMAP4rev1 UIDPLUS LITERAL+"


class Mailbox:
    """What the test itself looks at and puts into, beside the channel."""

    def __init__(self, port: int, user: str = "bot") -> None:
        self.port, self.user = port, user

    def deliver(self, mail: bytes) -> None:
        """A new mail arrives."""
        with self._opened() as box:
            box.append(mail, "INBOX", dt=None, flag_set=[])

    def flags(self) -> list[tuple[str, ...]]:
        """The flags of all mails, in order."""
        with self._opened() as box:
            fetched = box.fetch(mark_seen=False, headers_only=True)
            return [tuple(f for f in mail.flags if f != "\\Recent") for mail in fetched]

    def _opened(self) -> Any:
        box = MailBoxUnencrypted("127.0.0.1", self.port, 10)
        return box.login(self.user, PASSWORD)


@contextmanager
def mail_home() -> Iterator[Path]:
    """A folder that the mail process may enter: pytest's own are their maker's alone."""
    with tempfile.TemporaryDirectory(prefix="dovecot-", ignore_cleanup_errors=True) as made:
        Path(made).chmod(0o711)
        yield Path(made)


@contextmanager
def mailbox(home: Path, *, idle: bool = True, port: int = 0) -> Iterator[Mailbox]:
    """A server that runs, with what lies in `home` from before. Absent: `needs`."""
    dovecot = needs.program("dovecot", "apt-get install dovecot-imapd")
    port = port or free_port()
    conf = _written(home, port, idle=idle)
    process = subprocess.Popen([dovecot, "-F", "-c", str(conf)], stderr=subprocess.DEVNULL)
    try:
        _until_it_answers(port, home)
        yield Mailbox(port)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:  # stopped within a second of its start, it lingers
            process.kill()
            process.wait()


def _written(home: Path, port: int, *, idle: bool) -> Path:
    root = os.geteuid() == 0
    owner = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())
    for name in ("run", "state", "mail"):
        (home / name).mkdir(parents=True, exist_ok=True)
    if root:
        for folder in (home, home / "mail"):
            os.chown(folder, owner.pw_uid, owner.pw_gid)
    me = getpass.getuser() if not root else ""
    conf = home / "dovecot.conf"
    conf.write_text(
        _CONF.format(
            home=home,
            password=PASSWORD,
            port=port,
            uid=owner.pw_uid,
            gid=owner.pw_gid,
            capability="" if idle else _CAPABILITY_WITHOUT_IDLE,
            unprivileged="" if root else "chroot =",
            users="" if root else f"default_internal_user = {me}\ndefault_login_user = {me}",
        )
    )
    return conf


def _until_it_answers(port: int, home: Path) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
                if line.recv(4):
                    return
        except OSError:
            time.sleep(0.02)
    log = home / "log"
    raise AssertionError(f"dovecot did not start: {log.read_text() if log.exists() else ''}")
