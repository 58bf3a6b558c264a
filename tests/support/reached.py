"""One person who is reached everywhere: in a Slack workspace, by mail, and at the daemon's window.

with reached() as ana:
    project = ...  # whose settings hold `ana.settings()`
    os.environ.update(ana.secrets())
    with window(project) as run:
        question = ana.asked(project, run, "Which database?")
        ana.click(question, "yes")
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

from coffee_maker.domain.question import Question
from coffee_maker.rooms import open_store
from tests.support.agent_in_pty import AgentInPty
from tests.support.fake_slack import FakeSlack, Posted
from tests.support.imap import PASSWORD, Mailbox, mail_home, mailbox
from tests.support.smtp import MailRoom, mail_room

Found = TypeVar("Found")

ANA, BOT = "ana@example.com", "bot@example.com"
SECONDS = 30.0  # how long anything may take on a busy machine

SLACK = """
[channels.slack]
enabled = true
channel = "{channel}"
users = ["U1"]
api_url = "{url}"
"""
EMAIL = f"""
[channels.email]
enabled = true
smtp_host = "127.0.0.1"
smtp_port = {{smtp}}
smtp_security = "none"
sender = "Coffee Maker <{BOT}>"
to = ["{ANA}"]
"""
IMAP = """\
imap_host = "127.0.0.1"
imap_port = {imap}
imap_security = "none"
imap_user = "{user}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Where a person is reached, and what they see there."""

    slack: FakeSlack
    room: MailRoom
    box: Mailbox

    def settings(self) -> str:
        """What the settings file says of it; `secrets` are what it does not say."""
        return (
            slack_settings(self.slack.url)
            + EMAIL.format(smtp=self.room.port)
            + IMAP.format(imap=self.box.port, user=self.box.user)
        )

    def secrets(self) -> dict[str, str]:
        return {**SLACK_TOKENS, "COFFEE_MAKER_CHANNELS__EMAIL__IMAP_PASSWORD": PASSWORD}

    def asked(self, project: Path, run: AgentInPty, part: str) -> Question:
        """The open question whose text holds `part`, once it is told on Slack, by mail and here."""
        question = wait_for(lambda: open_question(project, part))
        wait_for(lambda: cards(self.slack, question))
        wait_for(lambda: self.mails(question))
        run.wait_for(f"Code: {question.code}", SECONDS)
        return question

    def card(self, question: Question) -> Posted:
        """Its one card on Slack."""
        (card,) = cards(self.slack, question)
        return card

    def mails(self, question: Question) -> list[EmailMessage]:
        """All that were sent about it, oldest first."""
        return [mail for mail in list(self.room.mails) if f"#{question.code}]" in mail["Subject"]]

    def click(self, question: Question, value: str) -> None:
        wait_for(self.slack.is_connected)
        self.slack.click(self.card(question), value)

    def reply(self, question: Question, text: str) -> None:
        """Answer its mail, as a mail program does."""
        asked = self.mails(question)[0]
        mail = EmailMessage()
        mail["From"], mail["To"] = f"Ana <{ANA}>", asked["Reply-To"]
        mail["Subject"] = f"Re: {asked['Subject']}"
        mail["Message-ID"], mail["In-Reply-To"] = f"<{question.code}@ana>", asked["Message-ID"]
        mail.set_content(f"{text}\n\nOn Monday, Coffee Maker wrote:\n> {asked['Subject']}\n")
        self.box.deliver(mail.as_bytes())


@contextmanager
def reached() -> Iterator[Reached]:
    """A workspace, a mail server and a mailbox of their own."""
    with FakeSlack() as slack, mail_room() as room, mail_home() as home, mailbox(home) as box:
        yield Reached(slack=slack, room=room, box=box)


@contextmanager
def window(project: Path, secrets: Mapping[str, str]) -> Iterator[AgentInPty]:
    """`coffee-maker run --once` in a terminal window of its own, which alone has the secrets."""
    command = [sys.executable, "-P", "-m", "coffee_maker", "run", "--repo", str(project), "--once"]
    environment = {**os.environ, "TERM": "xterm-256color", **secrets}
    run = AgentInPty(command, cwd=project, environment=environment)
    try:
        yield run
    except Exception as error:
        error.add_note(f"In the window stood:\n{run.text()}")
        raise
    finally:
        run.close()


def slack_settings(url: str) -> str:
    return SLACK.format(channel=FakeSlack.channel, url=url)


# Secrets as they should be set: in the environment.
SLACK_TOKENS = {
    "COFFEE_MAKER_CHANNELS__SLACK__BOT_TOKEN": FakeSlack.bot_token,
    "COFFEE_MAKER_CHANNELS__SLACK__APP_TOKEN": FakeSlack.app_token,
}


def cards(slack: FakeSlack, question: Question) -> list[Posted]:
    """The messages that are about this question."""
    return [card for card in list(slack.posted.values()) if question.code in _codes(card)]


def open_question(project: Path, part: str) -> Question | None:
    with open_store(project) as store:
        return next((q for q in store.questions.open() if part in q.text), None)


def wait_for(look: Callable[[], Found | None], seconds: float = SECONDS) -> Found:
    """What `look` finds, once it finds anything."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "it has not happened"
        time.sleep(0.02)
    return found


def _codes(card: Posted) -> set[str]:
    """The codes that the ids of its blocks name: each is a kind, a code and an id."""
    return {part for block in card.blocks for part in str(block.get("block_id", "")).split()}
