"""`coffee-maker questions`: which rules there are, what they decide, and which could be added."""

import json
import os
import pty
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coffee_maker.cli.questions import questions
from coffee_maker.clock import RealClock
from coffee_maker.config import load_settings
from coffee_maker.domain.errors import ConfigError
from coffee_maker.domain.question import Answer, AnsweredBy, Question, QuestionKind, ToolCall
from coffee_maker.preflight import checks
from coffee_maker.project import open_project
from coffee_maker.store.store import Store

SETTINGS = """\
state_dir = "state"

[questions]
always_ask = ["customer data"]
never = ["Bash(terraform apply:*)"]

[[questions.rules]]
tool = "Bash(npm test:*)"
answer = "allow"
tests_passed = true

[[questions.rules]]
name = "no publishing"
tool = "Bash(npm run publish:*)"
answer = "deny"
message = "A person does that."
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with settings of its own."""
    folder = tmp_path / "project"
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    (folder / "coffee_maker.toml").write_text(SETTINGS)
    return folder


def run(project: Path, *arguments: str) -> Result:
    done = CliRunner().invoke(questions, [*arguments, "--repo", str(project)])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def explained(project: Path, *arguments: str) -> dict[str, object]:
    told = json.loads(run(project, "explain", *arguments, "--json").output)
    assert isinstance(told, dict)
    return told


def remember(
    project: Path, *given: tuple[str, str], by: AnsweredBy = AnsweredBy.PERSON, days_ago: float = 0
) -> None:
    """Commands that the agent asked for, and what was answered."""
    at = datetime.now(UTC) - timedelta(days=days_ago)
    with Store(open_project(project).store_location, RealClock()) as store:
        for command, value in given:
            number = store.journal.last()
            question = Question(
                id=f"q{number}",
                task="PRIORITY 1",
                kind=QuestionKind.PERMISSION,
                text=f"Bash: {command}",
                tool_call=ToolCall(id="1", tool="Bash", input={"command": command}),
                safe_default="deny",
                asked_at=at,
                deadline=at + timedelta(minutes=5),
            )
            store.questions.put(question)
            store.questions.answer(question.id, Answer(value=value, by=by, who="Ana"))


HABIT = (("npm run lint", "allow"), ("npm run lint -- --fix", "allow"), ("npm run lint", "allow"))


def test_rules_stand_in_the_order_in_which_they_count(project: Path) -> None:
    """Each with its source: never list, denials, what is a person's, the others, routine."""
    lines = run(project, "rules").output.splitlines()
    headings = [line.partition(":")[0] for line in lines if line and line[0] not in " W"]
    own = [line.split("  ", 2)[-1].strip() for line in lines if "[settings" in line]

    assert [
        "never list",
        "rules that deny, wherever they stand",
        "always a person",
        "other rules, in their order",
        "routine in the agent's own clone",
    ] == headings
    assert 4 == len(own)
    assert "no publishing, Bash(npm run publish:*)  [settings, rule 2]" in own[1]
    assert "Whatever no rule speaks of is put to a person." == lines[-1]


def test_built_in_rules_on_one_place_share_a_line(project: Path) -> None:
    """A list of a person's few rules is not lost in one of files times tools."""
    lines = run(project, "rules").output.splitlines()
    [keys] = [line for line in lines if "**/.ssh" in line]
    numbers = [line.split()[0] for line in lines if line[:1] == " "]

    assert "Read, Grep, Glob, Write, Edit, MultiEdit, NotebookEdit (**/.ssh, **/.ssh/**)" in keys
    assert len(lines) < 100
    records = json.loads(run(project, "rules", "--json").output)
    assert len(records) == int(numbers[-1].rpartition("-")[2])


def test_rules_for_programs(project: Path) -> None:
    """Numbered as for people, and nothing that a rule does not name."""
    records = json.loads(run(project, "rules", "--json").output)
    [mine] = [r for r in records if r["source"] == "settings, rule 1"]

    assert list(range(1, len(records) + 1)) == [r["number"] for r in records]
    assert {
        "number": mine["number"],
        "part": "other rules, in their order",
        "name": "Bash(npm test:*)",
        "answer": "allow",
        "source": "settings, rule 1",
        "tool": "Bash(npm test:*)",
        "tests_passed": True,
    } == mine


@pytest.mark.parametrize(
    ("arguments", "action", "rule", "source"),
    [
        (
            ["--command", "npm test", "--tests-passed"],
            "answer",
            "Bash(npm test:*)",
            "settings, rule 1",
        ),
        (["--command", "npm test", "--no-tests-passed"], "ask", None, None),
        (["--command", "npm test"], "ask", None, None),
        (["--command", "npm run publish"], "answer", "no publishing", "settings, rule 2"),
        (["--command", "git push"], "refuse", "Bash(git push:*)", "built in"),
        (["--command", "terraform apply"], "refuse", "Bash(terraform apply:*)", "settings"),
        (["--tool", "Write", "--path", "a.py"], "answer", "Write", "built in"),
        (["--tool", "Write", "--path", "/etc/x"], "refuse", "outside the workspace", "built in"),
        (["--tool", "Write", "--input", '{"file_path": "a"}'], "answer", "Write", "built in"),
        (["Which colour?"], "ask", None, None),
        (["A screen", "--kind", "unreadable"], "ask", None, None),
    ],
)
def test_explain_names_the_rule_that_decides(
    project: Path, arguments: list[str], action: str, rule: str | None, source: str | None
) -> None:
    """The never list and the Guard among them."""
    told = explained(project, *arguments)

    assert (action, rule, source) == (told["action"], told["rule"], told["source"])


def test_explain_says_what_it_hangs_on(project: Path) -> None:
    """And what silence would mean."""
    lines = run(project, "explain", "--command", "npm test").output.splitlines()

    assert [
        "decision  a person is asked",
        "why       What rules say of this hangs on tests_passed, and none holds: it is a person's.",
        "severity  routine",
        "silence   after 300 s: deny",
        "hangs on  tests_passed: not known here; a run measures it",
    ] == lines


def test_explain_says_why_a_question_is_critical(project: Path) -> None:
    """With the expression that made it so."""
    told = explained(project, "Shall I send the customer data?")

    assert ("critical", "park") == (told["severity"], told["safe_default"])
    assert 'What it speaks of is always a person\'s ("customer data", settings).' == told["why"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "give a question"),
        (["--path", "x"], "--tool"),
        (["--tool", "Write", "--input", "{"], "no JSON"),
        (["--tool", "Write", "--input", "[]"], "no JSON object"),
        (["what?", "--replay", "3"], "give no question with it"),
    ],
)
def test_what_cannot_be_explained_is_told(project: Path, arguments: list[str], told: str) -> None:
    """As a mistake on the command line, with what to write instead."""
    done = run(project, "explain", *arguments)

    assert 2 == done.exit_code
    assert told in done.output


def test_replay_tells_what_would_be_different_today(project: Path) -> None:
    """Of past questions, against what was answered then; older ones are left out."""
    remember(project, ("old", "allow"), days_ago=30)
    remember(
        project, ("npm run publish x", "deny"), ("npm run publish y", "allow"), ("ls x", "deny")
    )
    remember(project, ("npm install", "allow"), ("git status", "allow"), by=AnsweredBy.RULE)
    told = json.loads(run(project, "explain", "--replay", "7", "--json").output)
    differences = {one["asked"]: one["difference"] for one in told["questions"]}

    assert {
        "Bash(npm run publish x)": "same answer, without a person",
        "Bash(npm run publish y)": "other answer, without a person",
        "Bash(ls x)": "other answer, without a person",
        "Bash(npm install)": "a person's today",
        "Bash(git status)": "",
    } == differences
    lines = run(project, "explain", "--replay", "7").output.splitlines()
    assert lines[-1].startswith("5 past questions: 2 other answer, without a person; ")
    assert 4 == sum(line.startswith("≠") for line in lines)


def test_replay_tells_a_choice_by_its_question(project: Path) -> None:
    """The tool by which the agent asks is no news; what it asked is."""
    at = datetime.now(UTC)
    asked = Question(
        id="q1",
        task="PRIORITY 1",
        kind=QuestionKind.CHOICE,
        text="Which cache?",
        tool_call=ToolCall(id="1", tool="AskUserQuestion", input={"questions": []}),
        safe_default="park",
        asked_at=at,
        deadline=at + timedelta(minutes=5),
    )
    with Store(open_project(project).store_location, RealClock()) as store:
        store.questions.put(asked)
        store.questions.answer("q1", Answer(value="LRU", by=AnsweredBy.PERSON, who="Ana"))
    output = run(project, "explain", "--replay", "7").output

    assert "PRIORITY 1: Which cache?" in output
    assert "AskUserQuestion" not in output


def test_replay_says_where_the_facts_of_then_are_not_known(project: Path) -> None:
    """A rule that hangs on them is not said to have changed."""
    remember(project, ("npm test", "allow"), by=AnsweredBy.RULE)
    told = json.loads(run(project, "explain", "--replay", "7", "--json").output)

    assert ["facts not known then"] == [one["difference"] for one in told["questions"]]


def test_a_rule_about_no_tool_is_warned_of(project: Path) -> None:
    """Beside the list, not in it; `doctor` says the same."""
    settings = SETTINGS.replace("Bash(npm test", "Bsh(npm test")
    (project / "coffee_maker.toml").write_text(settings)
    done = run(project, "rules")
    warning = '"Bsh(npm test:*)" (settings, rule 1) is about no tool of Claude Code'
    checked = {check.name: check for check in checks(project)}

    assert f"warning: {warning}: did you mean Bash?" in done.stderr
    assert "warning" not in done.stdout
    assert checked["rules"].ok
    assert warning in checked["rules"].detail


def test_replay_of_nothing(project: Path) -> None:
    """Says so."""
    assert "Nothing was asked" in run(project, "explain", "--replay", "1e9").output


def test_suggest_shows_rule_and_evidence_and_takes_nothing(project: Path) -> None:
    """Only showing it changes nothing."""
    remember(project, *HABIT)
    shown = run(project, "suggest").output
    [record] = json.loads(run(project, "suggest", "--json").output)

    assert 'tool = "Bash(npm run lint:*)"' in shown
    assert "Answered so 3 times" in shown
    assert "by Ana." in shown
    assert "seen: npm run lint -- --fix" in shown
    assert (3, ["Ana"]) == (record["times"], record["people"])
    assert SETTINGS == (project / "coffee_maker.toml").read_text()


def test_an_accepted_rule_counts_and_is_not_suggested_again(project: Path) -> None:
    """It stands behind the others, with date and evidence."""
    remember(project, *HABIT)
    done = run(project, "suggest", "--accept", "1")
    text = (project / "coffee_maker.toml").read_text()

    assert "Added to coffee_maker.toml" in done.output
    assert text.startswith(SETTINGS)
    assert "suggested from past answers, and accepted. Answered so 3 times" in text
    assert 3 == len(load_settings(project, {}).questions.rules)
    told = explained(project, "--command", "npm run lint -- -x")
    assert ("allow", "settings, rule 3") == (told["decision"], told["source"])
    assert [] == json.loads(run(project, "suggest", "--json").output)


def test_a_dismissed_rule_is_not_suggested_again(project: Path) -> None:
    """And the settings stay as they are."""
    remember(project, *HABIT)
    run(project, "suggest", "--dismiss", "1")

    assert "Nothing to suggest" in run(project, "suggest").output
    assert SETTINGS == (project / "coffee_maker.toml").read_text()


def test_a_number_that_is_none_of_them_is_told(project: Path) -> None:
    """With those that there are."""
    remember(project, *HABIT)
    done = run(project, "suggest", "--accept", "2")

    assert 2 == done.exit_code
    assert "there is 1 to 1" in done.output


def test_what_cannot_be_written_is_an_error_of_the_settings(project: Path) -> None:
    """And the file stays as it was."""
    written = 'state_dir = "state"\nquestions = { rules = [{ tool = "Write", answer = "ask" }] }\n'
    (project / "coffee_maker.toml").write_text(written)
    remember(project, *HABIT)
    with pytest.raises(ConfigError, match="cannot be added"):
        run(project, "suggest", "--accept", "1")

    assert written == (project / "coffee_maker.toml").read_text()


def test_a_command_with_a_secret_is_no_suggestion(project: Path) -> None:
    """It would stand in a file that is committed."""
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"
    remember(project, *[(f"deploy --token {token}", "allow")] * 3)

    assert [] == json.loads(run(project, "suggest", "--json").output)


def test_in_a_terminal_each_is_asked_about(project: Path) -> None:
    """Nothing is taken without a yes."""
    remember(project, *HABIT, *[("make check", "allow")] * 3)
    command = [sys.executable, "-m", "coffee_maker", "questions", "suggest", "--repo", str(project)]
    screen, keyboard = pty.openpty()
    child = subprocess.Popen(command, stdin=keyboard, stdout=keyboard, stderr=keyboard)
    os.close(keyboard)
    os.write(screen, b"n\ny\n")
    shown = b""
    try:
        while part := os.read(screen, 4096):
            shown += part
    except OSError:  # the other end is closed
        pass
    finally:
        child.wait()
        os.close(screen)

    assert 0 == child.returncode, shown
    assert 3 == len(load_settings(project, {}).questions.rules)
    assert b"1 of 2" in shown
