"""The whole line with the scripted agent: everything but Claude is real."""

import subprocess
from pathlib import Path
from typing import TypeVar

import pytest

from coffee_maker.autonomous.daemon import DevDaemon, Mode
from coffee_maker.cli.demo import make_sample
from coffee_maker.domain.events import (
    GateChecked,
    NoticeGiven,
    QuestionAnswered,
    TaskDelivered,
    ToolChecked,
)
from coffee_maker.domain.gate import Verdict
from coffee_maker.domain.question import AnsweredBy
from coffee_maker.roadmap.parser import RoadmapParser
from coffee_maker.rooms import open_store
from coffee_maker.store.store import Store
from coffee_maker.wiring import daemon_parts
from tests.support.snapshot import snapshot

Kind = TypeVar("Kind")

TASKS = ["PRIORITY 1", "PRIORITY 2", "PRIORITY 3"]


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def events(store: Store, kind: type[Kind], task: str | None = None) -> list[Kind]:
    return [e.event for e in store.journal.read(task=task) if isinstance(e.event, kind)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_sample(tmp_path / "demo")


def run(project: Path, mode: Mode = Mode.UNTIL_DONE, task: str = "") -> bool:
    return DevDaemon(parts=daemon_parts(project)).run(mode=mode, task=task)


def test_three_priorities_become_three_pull_requests(project: Path) -> None:
    """Each task has its branch, its ticks and its pull request; the dirty checkout is untouched."""
    (project / "timer" / "duration.py").write_text("half an idea\n")
    (project / "notes.txt").write_text("mine\n")
    before = snapshot(project)
    main = git(project, "rev-parse", "origin/main")

    assert run(project)

    assert before == snapshot(project)
    origin = project.parent / "origin.git"
    assert main == git(origin, "rev-parse", "main")
    with open_store(project) as store:
        pulls = store.pull_requests.all()
        assert TASKS == [e.task for e in store.journal.read(kinds=(TaskDelivered.kind,))]
    assert 3 == len(pulls)
    assert ["main", "main", pulls[0].branch] == [pull.target for pull in pulls]
    for task, pull in zip(TASKS, pulls, strict=True):
        text = git(origin, "show", f"{pull.branch}:ROADMAP.md") + "\n"
        found = RoadmapParser().parse(text, "ROADMAP.md").find(task)
        assert found is not None
        assert "done" == found.status
        assert all(item.done for item in found.deliverables)


def test_what_happened_on_the_way_is_all_in_the_journal(project: Path) -> None:
    """A gate that failed and then passed, a refused push, answers by rules, and every token."""
    run(project)

    with open_store(project) as store:
        gates = [e.result for e in events(store, GateChecked, "PRIORITY 1")]
        refused = [e for e in events(store, ToolChecked) if not e.allowed]
        answers = [e.answer for e in events(store, QuestionAnswered)]
        usage = {u.task: u.tokens for u in store.tokens.per_attempt()}
        broken = store.journal.verify()
    tests = [r.verdict for r in gates if r.gate == "tests"]
    assert [Verdict.FAILED, Verdict.PASSED] == tests
    assert ["git push origin HEAD"] == [e.subject for e in refused]
    assert {AnsweredBy.RULE} == {answer.by for answer in answers}
    assert "No, keep to what the task says." in [answer.value for answer in answers]
    assert 310 + 890 + 150 + 280 + 160 == usage["PRIORITY 1"].output
    assert 11800 == usage["PRIORITY 1"].cache_write
    assert broken is None


def test_the_pull_request_tells_a_reviewer_what_they_want_to_know(project: Path) -> None:
    """Deliverables with their proof, gates, questions with their answers, tokens and cost."""
    run(project, task="PRIORITY 2")

    with open_store(project) as store:
        (pull,) = store.pull_requests.all()
    for expected in ("timer/words.py", "✅ passed", "ninety minutes", "claude-sonnet-5", "$"):
        assert expected in pull.body
    assert "1 tool call refused: `git push origin HEAD`" in pull.body
    assert "docs: tick PRIORITY 2" in pull.body


def test_a_second_run_finds_nothing_to_do(project: Path) -> None:
    """Delivered work is not begun again, and nothing is pushed twice."""
    run(project)
    origin = project.parent / "origin.git"
    before = git(origin, "for-each-ref")

    assert run(project)

    assert before == git(origin, "for-each-ref")
    with open_store(project) as store:
        assert 3 == len(store.pull_requests.all())


def test_one_task_at_a_time_when_asked(project: Path) -> None:
    """`--once` does the next, `--task` a chosen one, by its number alone."""
    assert run(project, mode=Mode.ONCE)
    assert run(project, task="2")

    with open_store(project) as store:
        assert TASKS[:2] == [e.task for e in store.journal.read(kinds=(TaskDelivered.kind,))]


def test_merging_a_pull_request_ticks_the_base(project: Path) -> None:
    """After the merge the roadmap on main says done, and what builds on it starts from main."""
    from coffee_maker.rooms import open_review

    run(project, task="PRIORITY 1")
    open_review(project).merge(1)
    run(project, task="PRIORITY 3")

    origin = project.parent / "origin.git"
    found = RoadmapParser().parse(git(origin, "show", "main:ROADMAP.md") + "\n", "R").find("1")
    assert found is not None
    assert "done" == found.status
    with open_store(project) as store:
        assert "main" == store.pull_requests.all()[-1].target


def test_a_second_attempt_tells_of_itself(project: Path) -> None:
    """Our own ticks are not put down to the agent, and times are those of the attempt."""
    run(project, task="PRIORITY 1")
    run(project, task="PRIORITY 1")

    with open_store(project) as store:
        (pull,) = store.pull_requests.all()
        notices = [e.message for e in events(store, NoticeGiven)]
        second = events(store, TaskDelivered)[-1]
    assert [] == [notice for notice in notices if "put back" in notice]
    assert "Attempt 2: " in pull.body
    assert "Tokens of the attempts 1, 2 together:" in pull.body
    assert "Round 1: tests failed, mended in round 2." in pull.body
    assert "docs: tick PRIORITY 1" in pull.body
    assert 0 <= second.waited_seconds <= second.seconds
