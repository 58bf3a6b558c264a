"""A person takes over the agent's keyboard while the daemon works, and everything else knows."""

import os
import subprocess
import sys
import time
from pathlib import Path

from click.testing import CliRunner

from coffee_maker.cli.demo import make_sample
from coffee_maker.cli.main import cli
from coffee_maker.domain.events import (
    KeyboardReleased,
    KeyboardTaken,
    PullRequestOpened,
    QuestionAnswered,
    TaskDelivered,
)
from coffee_maker.domain.question import AnsweredBy
from coffee_maker.rooms import open_store
from tests.support.agent_in_pty import AgentInPty

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-m", "coffee_maker")

SCRIPT = """
[[tasks]]
match = "roadmap: PRIORITY 1."
turns = [[
  { write = "part1.py", content = "x = 1\\n" },
  { write = "tests/test_part1.py", content = "# a test\\n" },
  { run = "test -n release", permission = "ask" },
  { run = "git add -A && git commit -qm 'feat: part 1'" },
  '''Done.

- [x] `seconds("1h 30m")` understands hours, minutes and seconds together — part1.py
- [x] A test for every unit — tests/test_part1.py''',
]]
"""

SETTINGS = """
state_dir = "{folder}/state"

[agent]
kind = "scripted"
script = "{folder}/script.toml"

[gates]
test_command = "true"

[[questions.rules]]
tool = "Bash(test:*)"
answer = "ask"
"""


def test_a_person_answers_at_the_agents_terminal_while_the_daemon_works(tmp_path: Path) -> None:
    """Their key answers the dialog, the question is closed everywhere, and the task delivered."""
    project = make_sample(tmp_path / "demo")
    (tmp_path / "demo" / "script.toml").write_text(SCRIPT)
    settings = SETTINGS.format(folder=tmp_path / "demo")
    (project / "coffee_maker.toml").write_text(settings)
    environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    daemon = subprocess.Popen(
        [*PROGRAM, "run", "--task", "1", "--repo", str(project)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    person = None
    try:
        _wait_for_a_question(project)
        person = AgentInPty(
            [*PROGRAM, "attach", "1", "--write", "--repo", str(project)],
            cwd=ROOT,
            environment=environment,
            rows=42,
        )
        person.wait_for("the keyboard is yours")
        person.wait_for("1. Yes")
        person.send("1\r")
        person.wait_for(lambda text: "1. Yes" not in text)
        person.send("\x1d")
        assert 0 == person.exit_code()
        assert 0 == daemon.wait(60)
    finally:
        daemon.kill()
        daemon.wait()
        if person is not None:
            person.close()

    kinds = (KeyboardTaken, KeyboardReleased, QuestionAnswered, PullRequestOpened, TaskDelivered)
    with open_store(project) as store:
        told = [e.event for e in store.journal.read(kinds=[kind.kind for kind in kinds])]
    (answered,) = [event for event in told if isinstance(event, QuestionAnswered)]
    (taken,) = [event for event in told if isinstance(event, KeyboardTaken)]
    (released,) = [event for event in told if isinstance(event, KeyboardReleased)]
    assert AnsweredBy.PERSON is answered.answer.by
    assert "the agent's own terminal" == answered.answer.channel
    assert " at " in taken.who
    assert (taken.session, taken.who, "") == (released.session, released.who, released.why)
    assert isinstance(told[-1], TaskDelivered)
    listed = CliRunner().invoke(cli, ["replay", "1", "--list", "--repo", str(project)]).output
    assert listed.startswith(taken.session)
    assert "not recorded" not in listed
    assert [] == list((tmp_path / "demo" / "state" / "live").iterdir())


def _wait_for_a_question(project: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with open_store(project) as store:
            if store.questions.open():
                return
        time.sleep(0.1)
    raise AssertionError("nothing was asked")
