"""Changing one's mind, as people do it: with the commands, and a daemon that runs."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from coffee_maker.claude.environment import MARKER
from coffee_maker.cli.demo import make_sample
from coffee_maker.domain.events import PromptSent, TaskDelivered, TaskSkipped, TaskStarted
from coffee_maker.domain.question import AnsweredBy
from coffee_maker.processes import is_alive
from coffee_maker.project import open_project
from coffee_maker.rooms import open_store
from coffee_maker.store.daemon_lock import DaemonLock
from tests.end_to_end.test_bad_input import coffee_maker
from tests.end_to_end.test_parked_questions import (
    events,
    make,
    wait_for_question,
    wait_for_sessions,
)
from tests.end_to_end.test_scripted_line import git
from tests.support.github import github

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts daemons, and ends those that the test left running."""
    begun: list[subprocess.Popen[str]] = []

    def run(project: Path, *options: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-P", "-m", "coffee_maker", "run", "--repo", str(project)]
        begun.append(subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True))
        return begun[-1]

    yield run
    for daemon in begun:
        if daemon.poll() is None:
            daemon.terminate()
        daemon.communicate(timeout=60)


def test_a_task_that_was_rolled_back_is_delivered_anew(tmp_path: Path) -> None:
    """It says what it will do; then nothing of it is left; the closed pull request is no bar."""
    project = make_sample(tmp_path / "demo")
    origin = project.parent / "origin.git"
    coffee_maker(project, "run", "--task", "1")
    branch = branches(origin)

    asked = coffee_maker(project, "rollback", "1")
    assert 2 == asked.code
    assert "close the pull request" in asked.out
    assert f"delete the branch {branch}" in asked.out
    assert 'coffee-maker rollback "PRIORITY 1" --yes' in asked.err
    assert branch == branches(origin)

    done = coffee_maker(project, "rollback", "1", "--yes")
    assert 0 == done.code, done.err
    assert "Rolled back PRIORITY 1. No daemon runs: coffee-maker run" in done.out
    assert "" == branches(origin)
    assert [] == list((project.parent / "state" / "workspaces").iterdir())
    assert "PRIORITY 1  open again  rolled back" in coffee_maker(project, "status").out

    assert 0 == coffee_maker(project, "run", "--once").code
    assert branch == branches(origin)
    assert "#2    open" in coffee_maker(project, "review", "list").out
    with open_store(project) as store:
        assert [1, 2] == [one.attempt for one in events(store, TaskStarted, "PRIORITY 1")]
        assert 2 == len(events(store, TaskDelivered, "PRIORITY 1"))


def test_a_pause_lasts_until_it_is_resumed(tmp_path: Path, start: Start) -> None:
    """Also for those who start while it lasts; a daemon that waits goes on within a second."""
    project = make_sample(tmp_path / "demo")

    assert "Paused: no new task" in coffee_maker(project, "pause").out
    assert ": coffee-maker resume" in coffee_maker(project, "status").out
    once = coffee_maker(project, "run", "--once")
    assert 1 == once.code
    assert "paused since" in once.out

    daemon = start(project)
    lock = DaemonLock(open_project(project).state_dir)
    wait_for(lambda: lock.holder() == daemon.pid)
    resumed = coffee_maker(project, "resume")
    assert f"Resumed. The daemon (process {daemon.pid}) goes on." in resumed.out
    wait_for(lambda: started(project) == ["PRIORITY 1"])

    ended = coffee_maker(project, "stop")
    assert 0 == ended.code
    assert f"The daemon (process {daemon.pid}) has ended." in ended.out
    assert 0 == daemon.wait(20)


def test_a_task_is_skipped_while_it_waits_for_an_answer(tmp_path: Path, start: Start) -> None:
    """Its session is closed, its question withdrawn; the daemon goes on with the next."""
    project = make(tmp_path / "demo", answer="ask")
    daemon = start(project)
    question = wait_for_question(project)

    skipped = coffee_maker(project, "skip", "1", "--reason", "later")

    assert 0 == skipped.code
    wait_for(lambda: "PRIORITY 2" in started(project))
    with open_store(project) as store:
        withdrawn = store.questions.answer_to(question.id)
        assert 2 == len(events(store, TaskSkipped, "PRIORITY 1"))
    assert withdrawn is not None
    assert AnsweredBy.NOBODY is withdrawn.by
    assert "PRIORITY 1  skipped     later" in coffee_maker(project, "status").out
    assert "PRIORITY 1 was skipped" in coffee_maker(project, "run", "--dry-run").out
    stopped = coffee_maker(project, "stop")
    assert 0 == stopped.code
    assert daemon.wait(20) in (0, 1)


def test_who_is_told_twice_ends_at_once_and_leaves_nothing_running(
    tmp_path: Path, start: Start
) -> None:
    """Neither its worker nor the agent; the next start goes on with the same session."""
    project = make(tmp_path / "demo", answer="ask")
    daemon = start(project, "--once")
    wait_for_question(project)
    family = psutil.Process(daemon.pid).children(recursive=True)
    with open_store(project) as store:
        (sent,) = events(store, PromptSent, "PRIORITY 1")

    daemon.send_signal(signal.SIGTERM)
    daemon.send_signal(signal.SIGINT)

    assert daemon.wait(20) in (128 + signal.SIGTERM, 128 + signal.SIGINT, 0, 1)
    assert [] == [one for one in family if is_alive(one)]
    assert [] == [one for one in psutil.process_iter() if marker(one) == sent.session]
    start(project, "--once")
    wait_for_sessions(project, 2)


@pytest.mark.gh
def test_a_rollback_on_github(tmp_path: Path) -> None:
    """The real gh and git: closed with one comment, the branch deleted, nothing else asked."""
    project = make_sample(tmp_path / "demo")
    with github(tmp_path, project.parent / "origin.git") as site:
        git(project, "remote", "set-url", "origin", site.url)
        environment = {**site.environment, "HOME": str(tmp_path)}
        assert 0 == coffee_maker(project, "run", "--task", "1", **environment).code
        (pull,) = site.fake.pulls

        done = coffee_maker(project, "rollback", "1", "--yes", **environment)

        assert 0 == done.code, done.err
        assert ("CLOSED", 1) == (pull.state, len(pull.comments))
        assert f"`{pull.head}` is deleted" in pull.comments[0]
        assert "" == git(site.repository, "branch", "--list", "feature/*")
        assert [] == site.fake.schema_warnings


def branches(origin: Path) -> str:
    return git(origin, "branch", "--list", "--format=%(refname:short)", "feature/*")


def started(project: Path) -> list[str]:
    with open_store(project) as store:
        return [entry.task for entry in store.journal.read(kinds=(TaskStarted.kind,))]


def marker(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARKER)
    except psutil.Error:
        return None


def wait_for(seen: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.1)
