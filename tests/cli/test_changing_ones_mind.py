"""`pause`, `resume`, `stop`, `skip` and `retry` where no daemon runs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from coffee_maker.cli.main import cli
from coffee_maker.clock import RealClock
from coffee_maker.domain.errors import UndoError
from coffee_maker.domain.events import DaemonPaused, TaskStarted
from coffee_maker.project import open_project
from coffee_maker.store.daemon_lock import DaemonLock
from coffee_maker.store.store import Store


@pytest.fixture
def repo(tmp_path: Path, clean_environment: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    (folder / "ROADMAP.md").write_text("## PRIORITY 1: a\n\n## PRIORITY 2: b\n")
    return folder


def run(repo: Path, *arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(cli, [*arguments, "--repo", str(repo)])
    assert code == done.exit_code, done.output
    return done.output


def test_pausing_twice_is_pausing_once(repo: Path) -> None:
    """The second time it says since when, and by whom; nothing is written."""
    assert "Paused: no new task is begun until `coffee-maker resume`." in run(repo, "pause")
    assert "It is paused since" in run(repo, "pause")

    with Store(open_project(repo).store_location, RealClock()) as store:
        (paused,) = store.journal.read(kinds=(DaemonPaused.kind,))
    told = json.loads(run(repo, "status", "--json"))["paused"]
    assert paused.at.isoformat() == told["since"]
    assert f"by {told['by']}: coffee-maker resume" in run(repo, "status")


def test_resuming_says_who_goes_on(repo: Path) -> None:
    """Where no daemon runs, how one is started; where nothing was paused, that."""
    assert "It was not paused. No daemon runs: coffee-maker run" in run(repo, "resume")
    run(repo, "pause")
    with DaemonLock(open_project(repo).state_dir):
        assert "Resumed. The daemon (process" in run(repo, "resume")
    assert json.loads(run(repo, "status", "--json"))["paused"] is None


def test_there_may_be_nothing_to_stop(repo: Path) -> None:
    """That is said, and is no failure."""
    assert "No daemon runs here." in run(repo, "stop")


def test_a_task_that_only_the_roadmap_knows_is_skipped(repo: Path) -> None:
    """By its number alone; `status` says how it has its turn again."""
    assert 'coffee-maker retry "PRIORITY 2"' in run(repo, "skip", "2", "--reason", "not settled")

    told = run(repo, "status")
    assert "PRIORITY 2  skipped     not settled" in told
    assert 'coffee-maker retry "PRIORITY 2"' in told
    assert "PRIORITY 2 has another turn. No daemon runs" in run(repo, "retry", "priority 2")
    assert "PRIORITY 2  open again  retried: its turn comes" in run(repo, "status")


def test_a_name_that_nobody_knows_is_told_what_there_is(repo: Path) -> None:
    """Those of the roadmap as well as those of the journal."""
    with Store(open_project(repo).store_location, RealClock()) as store:
        store.journal.append(TaskStarted(title="x", attempt=1, agent="x"), task="US-7")

    told = run(repo, "skip", "9", code=2)

    assert "PRIORITY 1, PRIORITY 2, US-7" in " ".join(told.split())


def test_what_was_never_begun_is_neither_rolled_back_nor_retried(repo: Path) -> None:
    """The one says that nothing is there, the other how the task has its turn."""
    assert "Nothing of PRIORITY 2" in run(repo, "rollback", "2")

    failed = CliRunner().invoke(cli, ["retry", "2", "--repo", str(repo)])

    assert isinstance(failed.exception, UndoError)
    assert "was never begun" in str(failed.exception)
