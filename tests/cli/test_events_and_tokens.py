"""`coffee-maker events` and `coffee-maker tokens`, on a store as a daemon would leave it."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from coffee_maker.cli.events import events
from coffee_maker.cli.tokens import tokens
from coffee_maker.domain.events import (
    EVENT_TYPES,
    AgentDid,
    DaemonStarted,
    Event,
    QuestionAnswered,
    TaskDelivered,
    TaskStarted,
    TokensCounted,
)
from coffee_maker.domain.question import Answer, AnsweredBy
from coffee_maker.domain.usage import CountedAnswer, TokenCount
from coffee_maker.project import open_project
from coffee_maker.store.store import Store
from tests.support.clocks import SteppedClock

GOLDEN = Path(__file__).parent / "golden"
ROOT = Path(__file__).resolve().parents[2]
BEGIN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def counted(key: str, model: str, **figures: int) -> CountedAnswer:
    return CountedAnswer(key=key, model=model, tokens=TokenCount(**figures), at=BEGIN, session="s")


STORY: tuple[tuple[float, str, Event], ...] = (
    (0, "", DaemonStarted(roadmap="ROADMAP.md", pid=7, version="1.0")),
    (1, "PRIORITY 1", TaskStarted(title="Cache", attempt=1, agent="claude")),
    (
        2,
        "PRIORITY 1",
        TokensCounted(
            attempt=1,
            answer=counted("msg_1", "claude-opus-4-5", input=1000, output=200, cache_read=5000),
        ),
    ),
    (
        3,
        "PRIORITY 1",
        TokensCounted(attempt=1, answer=counted("msg_2", "unheard-of\x1b[2J", output=50)),
    ),
    (
        33,
        "PRIORITY 1",
        QuestionAnswered(
            question="q",
            answer=Answer(value="allow", by=AnsweredBy.PERSON, who="Ana"),
            waited_seconds=30,
        ),
    ),
    (
        63,
        "PRIORITY 1",
        TaskDelivered(pull_request="https://x/1", branch="b", seconds=62, waited_seconds=30),
    ),
    (70, "PRIORITY 2", TaskStarted(title="More", attempt=1, agent="claude")),
    (75, "PRIORITY 2", AgentDid(text="reads\nthe \x1b[31mroadmap")),
)


@pytest.fixture(autouse=True)
def utc(clean_environment: Path) -> Iterator[None]:
    """The time zone in which times are shown here."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    del os.environ["TZ"]
    time.tzset()


@pytest.fixture
def repo(tmp_path: Path, utc: None) -> Path:
    """A project whose journal tells of a delivered task and of one under way."""
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    (folder / "ROADMAP.md").write_text("# Roadmap\n")
    clock = SteppedClock(BEGIN)
    with Store(open_project(folder).store_location, clock) as store:
        for at, task, event in STORY:
            clock.sleep((BEGIN + timedelta(seconds=at) - clock.now()).total_seconds())
            store.journal.append(event, task=task)
    return folder


def run(command: object, repo: Path, *arguments: str) -> str:
    done = CliRunner().invoke(command, ["--repo", str(repo), *arguments])  # type: ignore[arg-type]
    assert 0 == done.exit_code, done.output
    return done.output


def test_events_are_told_one_sentence_each(repo: Path) -> None:
    """With time, task and what happened; nothing in them acts on the terminal."""
    assert (GOLDEN / "events.txt").read_text() == run(events, repo)


def test_events_can_be_narrowed(repo: Path) -> None:
    """By task, named as people name it, and to the newest."""
    assert ["More", "reads"] == [
        line.partition(": ")[2].split(": ")[1].split(" ")[0]
        for line in run(events, repo, "--task", "2").splitlines()
    ]
    assert 1 == len(run(events, repo, "--last", "1").splitlines())
    assert 2 == len(run(events, repo, "--last", "2", "--task", "priority 1").splitlines())
    assert "" == run(events, repo, "--last", "0")


def test_events_as_json_lines(repo: Path) -> None:
    """Each line is an object with id, at, task and kind, and the event's own fields."""
    lines = [json.loads(line) for line in run(events, repo, "--json").splitlines()]

    assert list(range(1, len(STORY) + 1)) == [line["id"] for line in lines]
    assert {
        "id": 2,
        "at": "2026-11-20T09:00:01Z",
        "task": "PRIORITY 1",
        "kind": "task.started",
        "title": "Cache",
        "attempt": 1,
        "agent": "claude",
    } == lines[1]


@pytest.mark.parametrize("kind", sorted(EVENT_TYPES))
def test_no_field_hides_behind_an_entrys_own(kind: str) -> None:
    """In the JSON, an event's fields stand beside these four names and may not be any of them."""
    names = {field.name for field in fields(EVENT_TYPES[kind])}

    assert not {"id", "at", "task", "kind"} & names


def test_an_unknown_task_is_pointed_out(repo: Path) -> None:
    """The message names the tasks that there are."""
    for command in (events, tokens):
        done = CliRunner().invoke(command, ["--repo", str(repo), "--task", "9"])

        assert 2 == done.exit_code
        assert "there is: PRIORITY 1, PRIORITY 2" in " ".join(done.output.split())


def test_following_shows_what_comes(repo: Path) -> None:
    """It begins with what was there, goes on with what is written, and Ctrl-C ends it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "coffee_maker", "events", "--follow", "--repo", str(repo)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        text=True,
    )
    assert process.stdout
    try:
        before = [process.stdout.readline() for _ in STORY]
        with Store(open_project(repo).store_location, SteppedClock()) as store:
            store.journal.append(AgentDid(text="writes"), task="PRIORITY 2")
        after = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()

    assert (GOLDEN / "events.txt").read_text().splitlines()[-8:] == [b.rstrip("\n") for b in before]
    assert after.endswith("PRIORITY 2: The agent works: writes\n")
    assert "" == rest


def test_tokens_for_people(repo: Path) -> None:
    """A line per model and one for all; what has no price says so."""
    assert (GOLDEN / "tokens.txt").read_text() == run(tokens, repo)


def test_tokens_for_programs(repo: Path) -> None:
    """Tasks with attempts and models, and totals; unpriced is null and named."""
    spent = json.loads(run(tokens, repo, "--json"))
    first = spent["tasks"][0]

    assert ["PRIORITY 1", "PRIORITY 2"] == [task["task"] for task in spent["tasks"]]
    assert [
        {
            "model": "claude-opus-4-5",
            "input": 1000,
            "output": 200,
            "cache_write": 0,
            "cache_read": 5000,
            "dollars": 0.0125,
        },
        {
            "model": "unheard-of\x1b[2J",
            "input": 0,
            "output": 50,
            "cache_write": 0,
            "cache_read": 0,
            "dollars": None,
        },
    ] == first["attempts"][0]["models"]
    assert (62, 30) == (
        first["attempts"][0]["wall_seconds"],
        first["attempts"][0]["waited_seconds"],
    )
    assert {
        "input": 1000,
        "output": 250,
        "cache_write": 0,
        "cache_read": 5000,
        "dollars": 0.0125,
        "unpriced": ["unheard-of\x1b[2J"],
        "wall_seconds": 67,
        "waited_seconds": 30,
    } == spent["total"]


def test_tokens_of_one_task(repo: Path) -> None:
    """Only its attempts, and totals over these."""
    spent = json.loads(run(tokens, repo, "--json", "--task", "2"))

    assert ["PRIORITY 2"] == [task["task"] for task in spent["tasks"]]
    assert 0 == spent["total"]["input"]
    assert 5 == spent["total"]["wall_seconds"]


def test_before_anything_was_begun(tmp_path: Path) -> None:
    """An empty journal is no error."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "ROADMAP.md").write_text("# Roadmap\n")

    assert run(events, tmp_path).startswith("Nothing has happened yet: `coffee-maker run --once`")
    assert "No task was begun yet.\n" == run(tokens, tmp_path)
    assert [] == json.loads(run(tokens, tmp_path, "--json"))["tasks"]


@pytest.mark.parametrize("command", ["events", "tokens"])
@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}], ids=["usual", "no colour"])
def test_in_a_terminal(repo: Path, command: str, environment: dict[str, str]) -> None:
    """A terminal gets weight but no colours, and never an escape that an event brought along."""
    shown = in_a_terminal(command, repo, environment)

    assert "PRIORITY 1" in shown
    assert "\x1b[1m" in shown
    assert set() == set(re.findall(r"\x1b\[[\d;]*[A-Za-z]", shown)) - {
        *("\x1b[0m", "\x1b[1m", "\x1b[2m"),
    }


def in_a_terminal(command: str, repo: Path, environment: dict[str, str]) -> str:
    """What the command writes to a terminal of 120 columns."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "coffee_maker", command, "--repo", str(repo)],
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        env=os.environ | {"TERM": "xterm-256color", "COLUMNS": "120"} | environment,
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # how Linux says that the other side is closed
            break
        written += piece
    os.close(ours)
    assert 0 == process.wait(30)
    return written.decode()


@pytest.mark.parametrize("command", [events, tokens])
def test_help_has_an_example(command: object) -> None:
    """`--help` shows how it is used."""
    shown = CliRunner().invoke(command, ["--help"]).output  # type: ignore[arg-type]

    assert "Examples:" in shown
