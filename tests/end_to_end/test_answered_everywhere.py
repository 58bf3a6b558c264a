"""The whole daemon in a window, the real Claude Code, and a person who is reached everywhere."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import psutil
import pytest

from coffee_maker.cli.demo import make_sample
from coffee_maker.domain.change import PullRequest
from coffee_maker.domain.events import (
    AnswerDelivered,
    QuestionAnswered,
    QuestionAsked,
    ReplyTurnedAway,
    TaskDelivered,
)
from coffee_maker.domain.message import Received
from coffee_maker.domain.question import Answer, AnsweredBy, Question
from coffee_maker.links import key_in
from coffee_maker.project import open_project
from coffee_maker.rooms import open_store
from tests.end_to_end.test_real_claude_line import api, report
from tests.end_to_end.test_scripted_line import events, git
from tests.support.agent_in_pty import AgentInPty
from tests.support.imap import PASSWORD
from tests.support.messages_api import KEY, MessagesAPI, both, prepare_home, says, uses
from tests.support.needs import CLAUDE_VERSIONS, claude_code
from tests.support.reached import Reached, reached, window

__all__ = ["api"]  # a fixture

pytestmark = [pytest.mark.claude, pytest.mark.timeout(110)]

TASK = "PRIORITY 1"
KEY_NAME = "ANTHROPIC_API_KEY"  # the settings pass it on
SIGNS = "A1b2C3d4E5" * 3 + "f6G7h8"
GITHUB = f"ghp_{SIGNS}"  # made up
BY_RULE = "touch checked.txt"
# So long that whatever cuts it at 120 characters would cut the key in two.
BY_CLICK = f"touch released.txt && echo {'.' * 60} && echo {GITHUB} > /dev/null"
BY_MAIL = "Which database?"
BY_KEYS = "Shall the timer show minutes or hours?"
TYPED = "hours, and minutes below one"

SETTINGS = """\
state_dir = "{folder}/state"

[agent]
command = "{claude}"
pass_environment = ["ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"]

[questions]
deadline_seconds = 100
interaction_log_dir = "{folder}/interactions"

[[questions.rules]]
name = "checks"
tool = "Bash({by_rule})"
answer = "allow"

[gates]
test_command = "true"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the store holds when all is over."""

    asked: dict[str, Question]
    answers: dict[str, list[Answer]]
    delivered: list[str]
    away: list[ReplyTurnedAway]
    pull: PullRequest
    tasks: list[str]

    def by(self, part: str) -> tuple[str, str, str]:
        """Who answered the question whose text holds `part`, by which way, and what."""
        (question,) = (q for q in self.asked.values() if part in q.text)
        (answer,) = self.answers[question.id]
        return str(answer.by), answer.channel or answer.rule, answer.value


@pytest.fixture
def ana() -> Iterator[Reached]:
    with reached() as everywhere:
        yield everywhere


def test_each_question_is_answered_once_wherever_it_was_seen(
    tmp_path: Path, api: MessagesAPI, ana: Reached, clean_environment: Path
) -> None:
    """By a rule, a click in Slack, a reply by mail, and keys: Claude goes on with each answer."""
    prepare_home(clean_environment)
    project = make_project(tmp_path / "demo", ana)
    play(api)

    with window(project, ana.secrets()) as run:
        released = ana.asked(project, run, "touch released.txt")
        visible = [command_lines(run), run.text(), agents_environment(run)]
        old_click = ana.slack.click_on(ana.card(released), "no", "U1")
        ana.click(released, "yes")
        database = ana.asked(project, run, BY_MAIL)
        ana.slack.envelope("interactive", old_click)
        ana.reply(database, "2")
        shown = ana.asked(project, run, BY_KEYS)
        run.send(f"{TYPED}\r")
        code = run.exit_code(40)
        screen = run.text()

    assert 0 == code, screen
    told = read(project)
    assert [TASK] == told.tasks
    assert_answered_once(told)
    assert_claude_went_on(api, project, told)
    for question in (released, database, shown):
        assert_settled(ana, question)
    assert_logged(project.parent / "interactions", told)
    assert [(released.id, "slack", Received.LATE)] == [
        (away.question, away.channel, away.received) for away in told.away
    ]
    assert [] == ana.slack.problems
    assert_nothing_leaked(ana, project, told, [*visible, screen])


def make_project(folder: Path, ana: Reached) -> Path:
    project = make_sample(folder)
    claude = claude_code(CLAUDE_VERSIONS[-1])
    settings = SETTINGS.format(folder=folder, claude=claude, by_rule=BY_RULE)
    (project / "coffee_maker.toml").write_text(settings + ana.settings())
    return project


def play(api: MessagesAPI) -> None:
    """What the model says: four questions, and a report at the end."""
    code, test = "timer/part1.py", "tests/test_part1.py"
    options = [
        {"label": "SQLite", "description": "a file"},
        {"label": "PostgreSQL", "description": "a server"},
    ]
    asked = {"question": BY_MAIL, "header": "Where", "multiSelect": False, "options": options}
    api.script(
        both(
            uses("Write", file_path=code, content="x = 1\n"),
            uses("Write", file_path=test, content="# a test\n"),
        ),
        uses("Bash", command=BY_RULE),
        uses("Bash", command=BY_CLICK),
        uses("AskUserQuestion", questions=[asked]),
        says(BY_KEYS),
        uses("Bash", command="git add -A"),
        uses("Bash", command="git commit -qm 'feat: part 1'"),
        says(report(1, code, test)),
        when="roadmap: PRIORITY 1.",
    )


def read(project: Path) -> Told:
    with open_store(project) as store:
        asked = {e.question.id: e.question for e in events(store, QuestionAsked)}
        answers: dict[str, list[Answer]] = {name: [] for name in asked}
        for event in events(store, QuestionAnswered):
            answers[event.question].append(event.answer)
        assert () == store.questions.open()
        return Told(
            asked=asked,
            answers=answers,
            delivered=[e.question for e in events(store, AnswerDelivered)],
            away=events(store, ReplyTurnedAway),
            pull=store.pull_requests.all()[0],
            tasks=[e.task for e in store.journal.read(kinds=(TaskDelivered.kind,))],
        )


def assert_answered_once(told: Told) -> None:
    """One answer and one delivery for each question, routine ones included."""
    assert {1} == {len(answers) for answers in told.answers.values()}
    assert sorted(told.asked) == sorted(told.delivered)
    person = str(AnsweredBy.PERSON)
    assert (str(AnsweredBy.RULE), "checks", "allow") == told.by(BY_RULE)
    assert (person, "slack", "allow") == told.by("touch released.txt")
    assert (person, "email", "PostgreSQL") == told.by(BY_MAIL)
    assert (person, "terminal", TYPED) == told.by(BY_KEYS)


def assert_claude_went_on(api: MessagesAPI, project: Path, told: Told) -> None:
    """Its next requests held what it was answered, and the tools that were allowed really ran."""
    results = [str(result) for turn in api.turns for result in turn.tool_results()]
    assert [] == api.overruns
    assert 1 == len([result for result in results if f'"{BY_MAIL}"="PostgreSQL"' in result])
    assert 1 == api.turns[-1].texts().count(TYPED)
    files = git(project.parent / "origin.git", "ls-tree", "--name-only", told.pull.branch)
    assert {"checked.txt", "released.txt"} <= set(files.split())


def assert_settled(ana: Reached, question: Question) -> None:
    """Its one card on Slack says how it ended, and a second mail hangs on the first."""
    card = ana.card(question)
    asked, settled = ana.mails(question)
    (answer,) = [block for block in card.blocks if "answered" in json.dumps(block)]
    assert 1 == card.updates
    assert [] == card.buttons
    assert " via " in json.dumps(answer)
    assert asked["Message-ID"] == settled["In-Reply-To"]
    assert asked["Message-ID"] in settled["References"].split()
    assert " via " in plain(settled)


def assert_logged(folder: Path, told: Told) -> None:
    """A file for each exchange, with who answered it and how."""
    written = {
        one["question_id"]: one for one in map(json.loads, map(Path.read_text, folder.iterdir()))
    }
    assert set(told.asked) == set(written)


def assert_nothing_leaked(ana: Reached, project: Path, told: Told, seen: list[str]) -> None:
    """No key, token or password in what left the machine, in logs, or where others can look."""
    state = open_project(project).state_dir
    # Half a key is one as well; and markup may have changed what stands before it.
    secrets = [SIGNS[:10], PASSWORD, ana.slack.bot_token, ana.slack.app_token, key_in(state)]
    said = {
        "slack": json.dumps([body for _, body in ana.slack.calls]),
        "mail": "\n".join(plain(mail) + mail.as_string() for mail in ana.room.mails),
        "logs": "\n".join(p.read_text() for p in (project.parent / "interactions").iterdir()),
        "worker": (state / "worker.log").read_text(),
        "pull request": f"{told.pull.title}\n{told.pull.body}",
        "window and processes": "\n".join(seen),
    }
    assert [] == [(where, s) for where, text in said.items() for s in secrets if s in text]
    assert KEY not in "".join(said.values())
    for where in ("slack", "mail", "logs", "pull request"):
        assert "touch released.txt" in said[where]
        assert "[GitHub token]" in said[where].replace("\\", "")


def plain(mail: EmailMessage) -> str:
    """The readable parts of a mail, decoded."""
    parts = [part for part in mail.walk() if part.get_content_maintype() == "text"]
    return "\n".join(part.get_content() for part in parts)


def command_lines(run: AgentInPty) -> str:
    """What every user of the machine can see of the daemon and all that it has started."""
    daemon = psutil.Process(run.pid)
    return "\n".join(" ".join(p.cmdline()) for p in (daemon, *daemon.children(recursive=True)))


def agents_environment(run: AgentInPty) -> str:
    """What Claude Code was started with: what the daemon knows of channels is not in it."""
    found = [
        child.environ()
        for child in psutil.Process(run.pid).children(recursive=True)
        if Path(child.exe()).name == "claude"
    ]
    assert found
    return "\n".join(
        f"{name}={value}" for one in found for name, value in one.items() if name != KEY_NAME
    )
