"""The whole daemon in a window, and nobody hears it: servers that are down, and kill -9."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TypeVar

import psutil
import pytest

from coffee_maker.cli.demo import make_sample
from coffee_maker.domain.events import (
    ChannelFailed,
    ChannelRecovered,
    QuestionAnswered,
    QuestionAsked,
    TaskDelivered,
)
from coffee_maker.domain.question import Question
from coffee_maker.rooms import open_store
from tests.end_to_end.test_scripted_line import events
from tests.support.agent_in_pty import AgentInPty
from tests.support.fake_slack import FakeSlack
from tests.support.reached import (
    EMAIL,
    SLACK_TOKENS,
    cards,
    open_question,
    slack_settings,
    wait_for,
    window,
)
from tests.support.smtp import free_port

Kind = TypeVar("Kind")

pytestmark = pytest.mark.timeout(110)

SETTINGS = """\
state_dir = "{folder}/state"

[agent]
kind = "scripted"
script = "{folder}/script.toml"

[gates]
test_command = "true"
"""
SCRIPT = """
[[tasks]]
match = "roadmap: PRIORITY 1."
turns = [TURN, TURN]
"""
# A resumed session goes on with the next turn.
TURN = """[
  { write = "part1.py", content = "x = 1\\n" },
  { write = "tests/test_part1.py", content = "# a test\\n" },
ASKING
  '''Done.

- [x] `seconds("1h 30m")` understands hours, minutes and seconds together — part1.py
- [x] A test for every unit — tests/test_part1.py''',
]"""


def make(folder: Path, channels: str, *commands: str) -> Path:
    """A project whose agent asks for leave to run each of these."""
    project = make_sample(folder)
    asking = "".join(f'  {{ run = "{one}", permission = "ask" }},\n' for one in commands)
    turn = TURN.replace("ASKING\n", asking)
    (folder / "script.toml").write_text(SCRIPT.replace("TURN", turn))
    (project / "coffee_maker.toml").write_text(SETTINGS.format(folder=folder) + channels)
    return project


def asked(project: Path, part: str) -> Question:
    return wait_for(lambda: open_question(project, part))


def read(project: Path, kind: type[Kind]) -> list[Kind]:
    with open_store(project) as store:
        return events(store, kind)


def inbox_answer(project: Path, question: Question, text: str) -> str:
    command = [sys.executable, "-P", "-m", "coffee_maker", "inbox", "answer", question.code, text]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
    return done.stdout


def ways(project: Path) -> list[tuple[str, str]]:
    """Which way each answer of a person came, and what it was."""
    with open_store(project) as store:
        answers = [e.answer for e in events(store, QuestionAnswered)]
    return [(answer.channel, answer.value) for answer in answers if answer.channel]


def test_dead_servers_keep_nobody_from_answering(tmp_path: Path) -> None:
    """The line goes on, each outage is told once, and whoever is back hears only what is open."""
    port = free_port()
    channels = slack_settings(f"http://127.0.0.1:{port}/api/") + EMAIL.format(smtp=free_port())
    project = make(tmp_path / "demo", channels, "test -n one", "test -n two", "test -n three")

    with window(project, SLACK_TOKENS) as run:
        first = asked(project, "one")
        wait_for(lambda: len(read(project, ChannelFailed)) == 2)
        run.wait_for(f"Code: {first.code}")
        run.send("yes\r")
        second = asked(project, "two")
        inbox_answer(project, second, "yes")
        third = asked(project, "three")
        with FakeSlack(port) as slack:
            (card,) = wait_for(lambda: cards(slack, third))
            wait_for(slack.is_connected)
            slack.click(card, "yes")
            code = run.exit_code(30)

    assert 0 == code, run.text()
    assert [("terminal", "allow"), ("inbox", "allow"), ("slack", "allow")] == ways(project)
    assert ["email", "slack"] == sorted(e.channel for e in read(project, ChannelFailed))
    assert ["slack"] == [e.channel for e in read(project, ChannelRecovered)]
    assert 1 == len(read(project, TaskDelivered))
    assert [] == [*cards(slack, first), *cards(slack, second)]
    told = [body for method, body in slack.calls if method.startswith("chat.")]
    assert [] == [body for body in told if "test -n one" in str(body) or "test -n two" in str(body)]
    assert [third.code in str(body) for body in told].count(True) == 2  # asked, and settled
    assert [] == slack.problems


def test_a_card_of_before_a_crash_still_answers(tmp_path: Path) -> None:
    """kill -9 while a question stands on Slack: after the restart its old card is the only one."""
    with FakeSlack() as slack:
        project = make(tmp_path / "demo", slack_settings(slack.url), "test -n release")
        with window(project, SLACK_TOKENS) as run:
            question = asked(project, "release")
            (card,) = wait_for(lambda: cards(slack, question))
            kill(run)
        with window(project, SLACK_TOKENS) as again:
            wait_for(lambda: slack.connections == 2 and slack.is_connected())
            again.wait_for(f"Code: {question.code}", 30)
            slack.click(card, "yes")
            code = again.exit_code(30)

    assert 0 == code, again.text()
    assert [card] == cards(slack, question)
    assert 1 == card.updates
    assert [] == card.buttons
    assert [("slack", "allow")] == ways(project)
    texts = [e.question.text for e in read(project, QuestionAsked)]
    assert 1 == texts.count(question.text)
    assert 1 == len(read(project, TaskDelivered))
    assert [] == slack.problems


def kill(run: AgentInPty) -> None:
    """The daemon first, so that it cannot tell of its worker's death; then what it had started."""
    children = psutil.Process(run.pid).children(recursive=True)
    os.kill(run.pid, signal.SIGKILL)
    assert -signal.SIGKILL == run.exit_code()
    for child in children:
        if child.is_running():
            child.kill()
    psutil.wait_procs(children, timeout=20)
