"""What a daemon costs that has nothing to do but watch."""

import os
import pty
import shutil
import signal
import subprocess
import termios
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from benchmarks.bench import CannotMeasure
from benchmarks.children import COFFEE_MAKER, clean_environment
from benchmarks.figure import Figure, rounded
from benchmarks.project import sample_project
from tests.support.fake_slack import FakeSlack
from tests.support.imap import PASSWORD, Mailbox, mail_home, mailbox

SETTLE_SECONDS, SECONDS = 10.0, 120.0
MEGABYTES, PERCENT = 100, 0.5

# The real agent would only be looked for at the start; this way the figure needs no Claude.
_SETTINGS = '[agent]\nkind = "scripted"\nscript = "script.toml"\n'
_SIZE = (40, 120)
_SLACK_AND_PAGE = """
[channels.slack]
enabled = true
bot_token = "{slack.bot_token}"
app_token = "{slack.app_token}"
channel = "{slack.channel}"
users = ["U1"]
api_url = "{slack.url}"

[web]
enabled = true
port = 0
"""
# No mail is sent while nothing happens; what is measured is the mailbox that is listened to.
_EMAIL = """
[channels.email]
enabled = true
smtp_host = "127.0.0.1"
smtp_port = 9
smtp_security = "none"
sender = "bot@example.com"
to = ["ana@example.com"]
imap_host = "127.0.0.1"
imap_port = {box.port}
imap_security = "none"
imap_user = "{box.user}"
imap_password = "{password}"
"""


def measure(scratch: Path, quick: bool) -> list[Figure]:  # noqa: FBT001 - see `Bench`
    seconds = 10.0 if quick else SECONDS
    environment = {**clean_environment(scratch / "home"), "TERM": "xterm-256color"}
    figures: list[Figure] = []
    with ExitStack() as far_side:
        slack = far_side.enter_context(FakeSlack())
        box = _mailbox(far_side)
        for name, place, settings in _places(slack, box):
            folder = scratch / name
            folder.mkdir()
            project = sample_project(folder, environment, _SETTINGS + settings, done=True).folder
            started = _in_terminal if name == "terminal" else _in_background
            with started(project, environment) as daemon:
                time.sleep(SETTLE_SECONDS)
                if name == "channels":
                    _check_connected(daemon, slack, box)
                figures += _figures(name, place, daemon, seconds)
    return figures


def _places(slack: FakeSlack, box: Mailbox | None) -> Iterator[tuple[str, str, str]]:
    """Name, words and further settings of each daemon."""
    yield "log", "its output in a file", ""
    yield "terminal", "with the live view in a terminal", ""
    settings = _SLACK_AND_PAGE.format(slack=slack)
    if box is None:
        yield "channels", "listening to Slack, and serving the page", settings
    else:
        mail = _EMAIL.format(box=box, password=PASSWORD)
        yield "channels", "listening to Slack and a mailbox, and serving the page", settings + mail


def _check_connected(daemon: psutil.Process, slack: FakeSlack, box: Mailbox | None) -> None:
    """Raises CannotMeasure: a daemon that hears nobody costs less than it should."""
    reached = {
        line.raddr.port for line in daemon.net_connections("tcp") if line.status == "ESTABLISHED"
    }
    if not slack.is_connected() or (box is not None and box.port not in reached):
        raise CannotMeasure("the daemon is not connected to Slack and the mailbox")


def _mailbox(far_side: ExitStack) -> Mailbox | None:
    """A Dovecot that runs, None where there is none on this machine."""
    if shutil.which("dovecot") is None:
        return None
    return far_side.enter_context(mailbox(far_side.enter_context(mail_home())))


def _figures(name: str, place: str, daemon: psutil.Process, seconds: float) -> Iterator[Figure]:
    (own, git), begin = _processor_seconds(daemon), time.monotonic()
    time.sleep(seconds)
    (own_now, git_now), passed = _processor_seconds(daemon), time.monotonic() - begin
    used = own_now - own + git_now - git
    memory = daemon.memory_full_info()
    yield Figure(
        name=f"idle.{name}.memory",
        what=f"daemon idle, {place}: memory (RSS)",
        value=memory.rss / 1e6,
        unit="MB",
        target=MEGABYTES,
        details={"own_megabytes": memory.uss / 1e6, "threads": daemon.num_threads()},
    )
    yield Figure(
        name=f"idle.{name}.processor",
        what=f"daemon idle, {place}: share of a core",
        value=100 * used / passed,
        unit="%",
        target=PERCENT,
        details={
            "seconds": rounded(passed),
            "processor_seconds": used,
            "of_which_git": git_now - git,
        },
    )


def _processor_seconds(daemon: psutil.Process) -> tuple[float, float]:
    """Its own, and those of all the programs that it started and that ended."""
    times = daemon.cpu_times()
    return times.user + times.system, times.children_user + times.children_system


@contextmanager
def _in_background(project: Path, environment: Mapping[str, str]) -> Iterator[psutil.Process]:
    with (project.parent / "log").open("wb") as log:
        process = subprocess.Popen(
            [COFFEE_MAKER, "run"],
            cwd=project,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    with _ended(process):
        yield psutil.Process(process.pid)


@contextmanager
def _in_terminal(project: Path, environment: Mapping[str, str]) -> Iterator[psutil.Process]:
    """In a terminal that somebody reads all the time."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, _SIZE)
    process = subprocess.Popen(
        [COFFEE_MAKER, "run"],
        cwd=project,
        env=dict(environment),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    reader = threading.Thread(target=_read_all, args=(ours,), daemon=True)
    reader.start()
    with _ended(process):
        yield psutil.Process(process.pid)
    reader.join(timeout=5)
    os.close(ours)


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """At the end the daemon is asked to stop, and has stopped."""
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _read_all(terminal: int) -> None:
    try:
        while os.read(terminal, 65_536):
            pass
    except OSError:  # Linux says so when the other end is closed
        return
