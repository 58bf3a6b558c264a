"""`coffee-maker status`, on stores as daemons leave them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from coffee_maker.cli.status import status
from coffee_maker.clock import RealClock
from coffee_maker.domain.change import PullRequestDraft, PullRequestState
from coffee_maker.domain.events import (
    Event,
    GateChecked,
    PhaseEntered,
    PullRequestOpened,
    TaskDelivered,
    TaskFailed,
    TaskParked,
    TaskStarted,
    TaskUnchanged,
)
from coffee_maker.domain.gate import GateResult, Verdict
from coffee_maker.domain.question import Question, QuestionKind
from coffee_maker.project import open_project
from coffee_maker.store.daemon_lock import DaemonLock
from coffee_maker.store.store import Store

STARTED = TaskStarted(title="Tea", attempt=1, agent="claude")
RED = GateResult(
    gate="tests", verdict=Verdict.FAILED, summary="1 fails", evidence="assert 1 == 2\n\x1b[2J"
)
GREEN = GateResult(gate="secrets", verdict=Verdict.PASSED, summary="none", evidence="clean")
PARKED = TaskParked(reason="tests: 1 fails", cure="look at /w", evidence=RED.evidence)


@pytest.fixture
def repo(tmp_path: Path, clean_environment: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    (folder / "ROADMAP.md").write_text("# Roadmap\n")
    return folder


def store_of(repo: Path) -> Store:
    return Store(open_project(repo).store_location, RealClock())


def happened(repo: Path, *events: Event, task: str = "PRIORITY 1") -> None:
    with store_of(repo) as store:
        for event in events:
            store.journal.append(event, task=task)


def run(repo: Path, *arguments: str) -> str:
    done = CliRunner().invoke(status, ["--repo", str(repo), *arguments])
    assert 0 == done.exit_code, done.output
    return done.output


def task_of(repo: Path) -> dict[str, Any]:
    (task,) = json.loads(run(repo, "--json"))["tasks"]
    assert isinstance(task, dict)
    return task


def test_a_task_that_was_cut_off_is_not_under_way(repo: Path) -> None:
    """Without a daemon nobody works on it; with one, it is under way."""
    happened(repo, STARTED, PhaseEntered(phase="gates"))

    assert "interrupted gates" in run(repo)
    assert "`coffee-maker run` goes on with it" in run(repo)
    with DaemonLock(open_project(repo).state_dir):
        assert "under way   gates" in run(repo)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (PARKED, "look at /w"),
        (TaskUnchanged(text="All there."), 'coffee-maker run --task "PRIORITY 1"'),
        (
            TaskFailed(
                error="e", message="m", cure="mend it", transient=False, stops_the_line=True
            ),
            'coffee-maker run --task "PRIORITY 1"',
        ),
    ],
)
def test_what_waits_for_a_person_says_what_to_do(repo: Path, outcome: Event, expected: str) -> None:
    """And where the whole story is to be read."""
    happened(repo, STARTED, outcome)

    told = run(repo)

    assert expected in told
    assert 'coffee-maker status --task "PRIORITY 1"' in told


@pytest.mark.parametrize(
    ("decision", "state", "cure"),
    [
        (PullRequestState.MERGED, "merged", ""),
        (PullRequestState.CLOSED, "rejected", "`coffee-maker review reopen 1` opens it again"),
    ],
)
def test_reviews_that_are_kept_here_are_heard(
    repo: Path, decision: PullRequestState, state: str, cure: str
) -> None:
    """A delivered task is merged or rejected; opened again it is delivered, by its new number."""
    draft = PullRequestDraft(branch="b", target="main", title="t", body="")
    with store_of(repo) as store:
        opened = store.pull_requests.put(draft)
        store.pull_requests.close(opened.number, decision)
    happened(
        repo,
        STARTED,
        PullRequestOpened(number=opened.number, url=opened.url, branch="b", draft=False),
        TaskDelivered(pull_request=opened.url, branch="b", seconds=1, waited_seconds=0),
    )

    found = task_of(repo)
    with store_of(repo) as store:
        store.pull_requests.put(draft)
    again = task_of(repo)

    assert (state, cure) == (found["state"], found["cure"])
    assert ("delivered", "coffee-maker review show 2") == (again["state"], again["pull_request"])


def test_an_open_question_says_where_it_is_answered_and_how_long(repo: Path) -> None:
    """Nobody waits for an answer where no daemon runs."""
    now = datetime.now(UTC)
    with store_of(repo) as store:
        store.questions.put(
            Question(
                id="q",
                task="PRIORITY 1",
                kind=QuestionKind.PERMISSION,
                text="May I?",
                safe_default="deny",
                asked_at=now,
                deadline=now + timedelta(hours=2, seconds=30),
            )
        )

    assert "nobody waits for the answer now" in run(repo)
    with DaemonLock(open_project(repo).state_dir):
        told = run(repo)
        assert "answer it: coffee-maker inbox answer " in told
    assert "2 h 00 min left, then the answer is: deny" in told


def test_the_story_of_one_task_holds_what_its_gates_found(repo: Path) -> None:
    """Once, of the gates that fail now, and nothing in it acts on the terminal."""
    happened(
        repo,
        STARTED,
        GateChecked(result=RED, round=1),
        GateChecked(result=GREEN, round=1),
        GateChecked(result=RED, round=2),
        PARKED,
    )
    happened(repo, STARTED, task="PRIORITY 2")

    told = run(repo, "--task", "1")

    assert "PRIORITY 1: Tea" in told
    assert "PRIORITY 2" not in told
    assert "PRIORITY 1 is parked\n  what to do: look at /w" in told
    assert 1 == told.count("assert 1 == 2")
    assert "clean" not in told
    assert "\x1b" not in told


def test_what_failed_and_was_mended_is_no_evidence(repo: Path) -> None:
    """A new round, and a new attempt, begin afresh."""
    mended = GateResult(gate="tests", verdict=Verdict.PASSED, summary="all pass")
    happened(repo, STARTED, GateChecked(result=RED, round=1), GateChecked(result=mended, round=2))
    happened(repo, STARTED, GateChecked(result=RED, round=1), PARKED, STARTED, task="PRIORITY 2")

    assert [] == json.loads(run(repo, "--task", "1", "--json"))["evidence"]
    assert [] == json.loads(run(repo, "--task", "2", "--json"))["evidence"]


def test_a_parked_task_without_a_failed_gate_shows_why(repo: Path) -> None:
    """Whatever it was parked for is not lost."""
    happened(repo, STARTED, TaskParked(reason="r", cure="c", evidence="the whole of it"))

    assert [{"found": "parked: r", "evidence": "the whole of it"}] == json.loads(
        run(repo, "--task", "1", "--json")
    )["evidence"]
