"""The real Claude Code asks for permission, nobody is there, and the answer reopens its session."""

from pathlib import Path

import pytest

from coffee_maker.autonomous.daemon import DevDaemon, Mode
from coffee_maker.domain.events import (
    AnswerDelivered,
    PromptSent,
    QuestionAsked,
    SessionOpened,
    TaskDelivered,
    TaskParked,
)
from coffee_maker.rooms import open_store
from coffee_maker.wiring import daemon_parts
from tests.end_to_end.test_parked_questions import ALLOWED, answer_all
from tests.end_to_end.test_real_claude_line import api, claude, ours, prepare, report
from tests.end_to_end.test_scripted_line import events
from tests.support.messages_api import MessagesAPI, says, uses

__all__ = ["api", "claude"]  # fixtures

pytestmark = [pytest.mark.claude, pytest.mark.timeout(180)]

COMMAND = "echo released > released.txt"
RULES = """
[[questions.rules]]
tool = "Bash(echo released*)"
answer = "park"

[gates]"""


def play(api: MessagesAPI) -> None:
    """What the model says before it is parked, and what it says to the answer."""
    code, test = "timer/part1.py", "tests/test_part1.py"
    api.script(
        uses("Write", file_path=code, content="x = 1\n"),
        uses("Write", file_path=test, content="# a test\n"),
        uses("Bash", command=COMMAND),
        when="roadmap: PRIORITY 1.",
    )
    api.script(
        uses("Bash", command=COMMAND),
        uses("Bash", command="git add -A && git commit -qm 'feat: part 1'"),
        says(report(1, code, test)),
        when="You asked:",
    )


def test_a_permission_is_parked_answered_and_given_to_the_resumed_session(
    tmp_path: Path,
    claude: Path,
    api: MessagesAPI,
    clean_environment: Path,
) -> None:
    """One question, one session: the second time it is asked, the answer is there at once."""
    project = prepare(tmp_path / "demo", claude, clean_environment)
    settings = project / "coffee_maker.toml"
    settings.write_text(settings.read_text().replace("\n[gates]", RULES, 1))
    play(api)
    running = ours()

    assert not DevDaemon(parts=daemon_parts(project)).run(task="PRIORITY 1")

    assert running == ours()
    with open_store(project) as store:
        (question,) = store.questions.open()
        (parked,) = events(store, TaskParked, "PRIORITY 1")
    assert question.parked
    assert (question.id,) == parked.questions
    answer_all(project, ALLOWED)

    assert DevDaemon(parts=daemon_parts(project)).run(mode=Mode.ONCE)

    with open_store(project) as store:
        opened = events(store, SessionOpened, "PRIORITY 1")
        asked = [e.question for e in events(store, QuestionAsked, "PRIORITY 1")]
        told = [e.question for e in events(store, AnswerDelivered, "PRIORITY 1")]
        prompts = [e.text for e in events(store, PromptSent, "PRIORITY 1")]
        (pull,) = store.pull_requests.all()
        assert 1 == len(events(store, TaskDelivered, "PRIORITY 1"))
    assert [False, True] == [one.resumed for one in opened]
    assert opened[0].session == opened[1].session
    assert [question.id] == [one.id for one in asked if one.key == question.key]
    assert question.id in told
    assert "The answer is: allow" in prompts[1]
    # Nothing but a tool that really ran can have made it.
    assert "released.txt" in pull.body
