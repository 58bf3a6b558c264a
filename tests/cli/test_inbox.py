"""`coffee-maker inbox`, by other processes than those that wait for the answers."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from coffee_maker.channels.login import login_name
from coffee_maker.cli.inbox import inbox
from coffee_maker.cli.inbox_text import table
from coffee_maker.cli.main import cli
from coffee_maker.clock import RealClock
from coffee_maker.domain.events import ReplyTurnedAway
from coffee_maker.domain.question import (
    ALLOW,
    DENY,
    Answer,
    AnsweredBy,
    Option,
    Question,
    QuestionKind,
    Severity,
    ToolCall,
)
from coffee_maker.project import open_project
from coffee_maker.store.store import Store
from tests.support.agent_in_pty import AgentInPty

GOLDEN = Path(__file__).parent / "golden" / "inbox.txt"
ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
INBOX = (sys.executable, "-m", "coffee_maker", "inbox")

# Somebody who waits for an answer, as a worker does.
WAIT = """
import sys
from coffee_maker.autonomous.input_handler import InputHandler
from coffee_maker.clock import RealClock
from coffee_maker.store.store import Store
with Store(sys.argv[1], RealClock()) as store:
    print(InputHandler(store.questions, RealClock()).wait_for_input(sys.argv[2], 60).value)
"""


@pytest.fixture
def repo(tmp_path: Path, clean_environment: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    (folder / "ROADMAP.md").write_text("# Roadmap\n")
    return folder


@pytest.fixture
def store(repo: Path) -> Iterator[Store]:
    with Store(open_project(repo).store_location, RealClock()) as opened:
        yield opened


def question(id: str = "q", now: datetime | None = None, **given: Any) -> Question:
    now = now or datetime.now(UTC)
    usual: dict[str, Any] = {
        "kind": QuestionKind.PERMISSION,
        "text": "Bash: rm -rf build",
        "safe_default": DENY,
        "tool_call": ToolCall(
            id="t", tool="Bash", input={"command": "rm -rf build\x1b[2J", "description": "Clean"}
        ),
        "severity": Severity.IMPORTANT,
        "context": {"title": "Analytics"},
        "asked_at": now,
        "deadline": now + timedelta(minutes=5),
    }
    return Question(id=id, task="PRIORITY 2", **(usual | given))


_OPTIONS = (Option(label="SQLite ☕"), Option(label="PostgreSQL"))
LISTED = [
    question("a", NOW - timedelta(minutes=1), text="Bash: rm -rf \x1b[2J build " + "x" * 200),
    question("b", NOW - timedelta(hours=2), text="Over?", severity=Severity.ROUTINE),
    question("c", NOW, kind=QuestionKind.CHOICE, text="Which\n☕ database?", options=_OPTIONS),
    question(
        "d",
        NOW - timedelta(days=1),
        severity=Severity.CRITICAL,
        parked=True,
        deadline=datetime(2026, 11, 26, 12, tzinfo=UTC),
        text="Commit the key?",
    ),
]


def run(repo: Path, *arguments: str, typed: str | bytes = "") -> Result:
    return CliRunner().invoke(inbox, ["--repo", str(repo), *arguments], input=typed)


def start(repo: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*INBOX, "--repo", str(repo), *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_what_is_open_is_listed() -> None:
    """Code, task, severity, age, what is left, and the question; safe to print."""
    lines = table(LISTED, NOW, 110, str)

    assert GOLDEN.read_text(encoding="utf-8").splitlines() == list(lines)


def test_the_list_is_what_the_command_alone_gives(repo: Path, store: Store) -> None:
    """Daemon or not; and it says so where nothing waits."""
    assert "Nothing waits for your answer.\n" == run(repo).output
    store.questions.put(question())

    assert question().code in run(repo).output
    assert run(repo).output == run(repo, "list").output


def test_the_list_as_json(repo: Path, store: Store) -> None:
    """With what a program needs to decide, secrets replaced."""
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    store.questions.put(question(text=f"Use {secret}?"))
    (found,) = json.loads(run(repo, "list", "--json").output)

    assert ("PRIORITY 2", "important", False) == (
        found["task"],
        found["severity"],
        found["parked"],
    )
    assert 290 <= found["seconds_left"] <= 300
    assert secret not in json.dumps(found)
    assert [] == json.loads(run(repo, "list", "--json").output)[1:]


def test_one_question_is_shown_whole(repo: Path, store: Store) -> None:
    """The box, the call, and how to answer; nothing in it acts on the terminal."""
    asked = question()
    store.questions.put(asked)
    told = run(repo, "show", asked.code.upper()).output

    assert "┌" in told
    assert "Bash: rm -rf build" in told
    assert "Bash, command:\nrm -rf build\\x1b[2J" in told
    assert f"coffee-maker inbox answer {asked.code} yes" in told
    assert "\x1b" not in told


def test_a_choice_is_shown_once_and_not_as_its_call(repo: Path, store: Store) -> None:
    """The box has the options; programs learn whether several may be chosen."""
    call = ToolCall(id="t", tool="AskUserQuestion", input={"questions": [{"header": "Colour"}]})
    options = (Option(label="Red"), Option(label="Blue"))
    given: dict[str, Any] = {"kind": QuestionKind.CHOICE, "options": options, "tool_call": call}
    asked = question(text="Which?", multiple=True, **given)
    store.questions.put(asked)
    told = run(repo, "show", asked.code).output

    assert ("1 Red" in told, "Colour" in told) == (True, False)
    assert json.loads(run(repo, "show", "q", "--json").output)["multiple"] is True


def test_a_long_diff_is_shown_to_its_end(repo: Path, store: Store) -> None:
    """Below the box, which has no room for it."""
    diff = "--- a/x\n+++ b/x\n@@ -1 +1,60 @@\n" + "".join(f"+line {n}\n" for n in range(60))
    asked = question(diff=diff)
    store.questions.put(asked)

    assert "\n+line 59\n" in run(repo, "show", asked.code).output


def test_a_settled_question_says_who_answered(repo: Path, store: Store) -> None:
    """And does not ask for an answer any more."""
    asked = question()
    store.questions.put(asked)
    by_ana = Answer(value=DENY, by=AnsweredBy.PERSON, who="Ana", channel="slack")
    store.questions.answer("q", by_ana)
    told = run(repo, "show", asked.code).output

    assert 'It is closed: answered "no" by Ana via slack.' in told
    assert "To answer" not in told
    assert "slack" == json.loads(run(repo, "show", "q", "--json").output)["answer"]["channel"]


def test_an_unknown_code_says_where_to_look(repo: Path) -> None:
    """With exit code 1, for scripts."""
    for arguments in (("show", "zzz"), ("answer", "zzz", "yes")):
        done = run(repo, *arguments)

        assert 1 == done.exit_code
        assert 'There is no question "zzz"' in done.output
        assert "coffee-maker inbox list" in done.output


@pytest.mark.parametrize(
    ("words", "typed", "expected"),
    [
        (["yes"], "", (ALLOW, "")),
        (["no,", "use", "--force", "never"], "", (DENY, "use --force never")),
        (["-"], "no use the other key\n", (DENY, "use the other key")),
    ],
)
def test_an_answer_counts(
    repo: Path, store: Store, words: list[str], typed: str, expected: tuple[str, str]
) -> None:
    """Words need no quotes, may look like options, and may come from the standard input."""
    asked = question()
    store.questions.put(asked)
    done = run(repo, "answer", asked.code, *words, typed=typed)
    answer = store.questions.answer_to("q")

    assert 0 == done.exit_code, done.output
    assert answer is not None
    assert expected == (answer.value, answer.message)
    assert ("inbox", login_name()) == (answer.channel, answer.who)


def test_an_answer_that_is_none_is_told_and_does_not_count(repo: Path, store: Store) -> None:
    """It is open as before; the reply stands in the journal."""
    asked = question()
    store.questions.put(asked)
    done = run(repo, "answer", asked.code, "maybe")

    assert 1 == done.exit_code
    assert "neither yes nor no" in done.stderr
    assert store.questions.answer_to("q") is None
    assert 1 == len(list(store.journal.read(kinds=(ReplyTurnedAway.kind,))))


def test_bytes_that_are_no_text_are_no_answer(repo: Path, store: Store) -> None:
    """Nor are they a crash, nor nothing at all."""
    asked = question()
    store.questions.put(asked)

    for typed in (b"\xff\xfe\x00", b"", b"y" * 1_000_000):
        assert 1 == run(repo, "answer", asked.code, "-", typed=typed).exit_code


def test_codes_are_completed(repo: Path, store: Store) -> None:
    """Those that are open, by what was begun."""
    asked = question()
    store.questions.put(asked)
    completing = ShellComplete(cli, {}, "coffee-maker", "_COFFEE_MAKER_COMPLETE")
    found = completing.get_completions(["inbox", "--repo", str(repo), "show"], asked.code[:2])
    nowhere = completing.get_completions(["inbox", "--repo", "/", "answer"], "")

    assert [asked.code] == [item.value for item in found]
    assert [] == nowhere


def test_two_who_answer_at_once(repo: Path, store: Store) -> None:
    """One wins, the other is told who, and no answer is given twice."""
    asked = question()
    store.questions.put(asked)
    both = [start(repo, "answer", asked.code, word) for word in ("yes", "no")]
    outputs = [one.communicate(timeout=60) for one in both]
    codes = [one.returncode for one in both]
    answer = store.questions.answer_to("q")
    lost = outputs[codes.index(1)][1]

    assert [0, 1] == sorted(codes), outputs
    assert answer is not None
    assert (ALLOW if codes[0] == 0 else DENY) == answer.value
    assert "This question is closed already" in lost
    assert "via inbox" in lost


def test_watching_needs_a_terminal(repo: Path) -> None:
    """Programs are told what is made for them."""
    done = run(repo, "watch")

    assert 2 == done.exit_code
    assert "list --json" in done.output


@pytest.fixture
def window(repo: Path) -> Iterator[AgentInPty]:
    environment = {**os.environ, "TERM": "xterm-256color"}
    opened = AgentInPty([*INBOX, "watch", "--repo", str(repo)], cwd=ROOT, environment=environment)
    yield opened
    opened.close()


def test_an_answer_typed_here_reaches_whoever_waits(
    repo: Path, store: Store, window: AgentInPty
) -> None:
    """A question that comes while the window is open is shown, and the worker goes on."""
    window.wait_for("Nothing waits for your answer")
    store.questions.put(question())
    waiting = subprocess.Popen(
        [sys.executable, "-c", WAIT, str(open_project(repo).store_location), "q"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    window.wait_for("rm -rf build")
    window.wait_for("then Enter:")
    window.send("maybe\r")
    window.wait_for("neither yes nor no")
    window.send("no, not today\r")
    told, _ = waiting.communicate(timeout=60)

    assert "no" == told.strip()
    window.wait_for('Answered "no" ("not today")')
    window.wait_for(lambda text: text.rstrip().endswith("Ctrl-C leaves."))


def test_what_is_settled_elsewhere_is_told(store: Store, window: AgentInPty) -> None:
    """The next question takes its place; Ctrl-C leaves, and answers nothing."""
    window.wait_for("Nothing waits for your answer")
    store.questions.put(question("first"))
    store.questions.put(question("second", text="Bash: make install"))
    window.wait_for("then Enter:")
    answer = Answer(value=ALLOW, by=AnsweredBy.PERSON, who="Ana", channel="slack")
    store.questions.answer("first", answer)
    window.wait_for('Answered "yes" by Ana via slack')
    window.wait_for("make install")
    window.send("\x03")

    assert 0 == window.exit_code()
    assert store.questions.answer_to("second") is None


def test_typing_ahead_answers_nothing(store: Store, window: AgentInPty) -> None:
    """What was typed before a question was seen is no answer to it."""
    window.wait_for("Nothing waits for your answer")
    window.send("yes\r")
    time.sleep(0.2)
    store.questions.put(question())
    window.wait_for("then Enter:")
    time.sleep(0.3)

    assert store.questions.answer_to("q") is None
