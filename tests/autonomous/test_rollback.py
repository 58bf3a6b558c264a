"""Taking a task back, with the real git and the real store, killed wherever it can be."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from coffee_maker.autonomous.rollback import rollback
from coffee_maker.autonomous.undo import Desk, retry, skip
from coffee_maker.clock import RealClock
from coffee_maker.domain.change import PullRequestDraft, PullRequestState
from coffee_maker.domain.errors import BranchTaken, UndoError
from coffee_maker.domain.events import (
    BranchPushed,
    DaemonPaused,
    DaemonStarted,
    PullRequestOpened,
    TaskDelivered,
    TaskParked,
    TaskRolledBack,
    TaskStarted,
    TokensCounted,
    WorkspaceReady,
)
from coffee_maker.domain.question import AnsweredBy
from coffee_maker.domain.standing import State
from coffee_maker.domain.usage import CountedAnswer, TokenCount
from coffee_maker.git.local_forge import LocalForge
from coffee_maker.store.store import Store
from tests.support.fakes import START
from tests.support.git_server import commit, git
from tests.support.project import BRANCH, TASK, UserProject, project_with_remote
from tests.support.questions import question

ACTS = 6  # put aside, withdraw, close, delete, remove, note


class Killed(BaseException):
    """Nobody catches this: as if the process were gone."""


class Fatal:
    """Wraps a part; right after the call that brings the shared count to 0, it is over."""

    def __init__(self, part: Any, clockwork: "Clockwork", *names: str) -> None:
        self._part, self._clockwork, self._names = part, clockwork, names

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if name not in self._names:
            return found

        def call(*given: Any, **named: Any) -> Any:
            answer = found(*given, **named)
            self._clockwork.tick()
            return answer

        return call


@dataclass
class Clockwork:
    """Ends everything at the tick with this number."""

    left: int

    def tick(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A task that was delivered, and what it left behind."""

    project: UserProject
    store: Store
    desk: Desk
    workspace: Path

    def fragile(self, point: int) -> Desk:
        work = Clockwork(point)
        forge = Fatal(self.desk.forge(), work, "close")
        return replace(
            self.desk,
            journal=Fatal(self.store.journal, work, "append"),
            questions=Fatal(self.store.questions, work, "answer"),
            repository=Fatal(self.desk.repository, work, "delete_branch"),
            workspaces=Fatal(self.desk.workspaces, work, "remove"),
            forge=lambda: forge,
        )

    def remote(self) -> Path:
        assert self.project.remote is not None
        return self.project.remote

    def end(self) -> tuple[object, ...]:
        """All that must be the same however often it was killed."""
        (pull,) = self.store.pull_requests.all()
        standing = self.desk.standing(TASK)
        assert standing is not None
        events = [e.event for e in self.store.journal.read(task=TASK)]
        return (
            pull.state,
            pull.body.count("Rolled back"),
            git("branch", "--list", cwd=self.remote()).split(),
            self.project.ready().head(BRANCH),
            self.workspace.exists(),
            self.store.questions.open(),
            [answer.by for q in ("q1",) if (answer := self.store.questions.answer_to(q))],
            (standing.state, standing.branch, standing.pull_request, standing.superseded),
            len([e for e in events if isinstance(e, TaskRolledBack)]),
            len([e for e in events if isinstance(e, TokensCounted)]),
        )


def tokens() -> TokensCounted:
    answer = CountedAnswer(
        key="k", model="m", tokens=TokenCount(input=1, output=1), at=START, session="s"
    )
    return TokensCounted(attempt=1, answer=answer)


def deliver(project: UserProject, store: Store, task: str, branch: str, target: str) -> Path:
    """As the line leaves it: a clone, a pushed branch, an open pull request."""
    manager = project.ready()
    workspace = manager.prepare(task, branch, target)
    (workspace.path / f"{task}.py").write_text("x = 1\n")
    manager.collect(workspace, "feat: greet\n")
    pushed = manager.push(branch)
    pull = store.pull_requests.put(
        PullRequestDraft(branch=branch, target=target, title="feat: greet", body="Why.")
    )
    for event in (
        TaskStarted(title="Greet", attempt=1, agent="x"),
        WorkspaceReady(
            path=str(workspace.path),
            branch=branch,
            target=target,
            base_commit=workspace.base_commit,
        ),
        BranchPushed(branch=branch, commit=pushed),
        PullRequestOpened(number=pull.number, url=pull.url, branch=branch, draft=False),
        TaskDelivered(pull_request=pull.url, branch=branch, seconds=1, waited_seconds=0),
    ):
        store.journal.append(event, task=task)
    return workspace.path


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[], Scene]]:
    with ExitStack() as stack:

        def make() -> Scene:
            folder = tmp_path / str(len(list(tmp_path.iterdir())))
            folder.mkdir()
            project = project_with_remote(folder)
            store = stack.enter_context(Store(folder / "journal.db", RealClock()))
            store.questions.put(question(task=TASK, parked=True))
            store.journal.append(tokens(), task=TASK)
            workspace = deliver(project, store, TASK, BRANCH, "main")
            manager = project.ready()
            desk = Desk(
                journal=store.journal,
                questions=store.questions,
                repository=manager,
                workspaces=manager,
                forge=lambda: LocalForge(store.pull_requests),
                opens_pull_requests=True,
                by="ana",
                daemon=None,
            )
            return Scene(project=project, store=store, desk=desk, workspace=workspace)

        yield make


def carry_out(desk: Desk, task: str = TASK) -> None:
    for step in rollback(desk, task):
        step.act()


def test_afterwards_it_is_as_if_it_had_never_been_begun(make: Callable[[], Scene]) -> None:
    """Nothing is left but the history, and the next attempt's number is a new one."""
    scene = make()

    carry_out(scene.desk)

    pull = scene.store.pull_requests.all()[0].url
    assert (
        PullRequestState.CLOSED,
        1,
        ["*", "main"],
        None,
        False,
        (),
        [AnsweredBy.NOBODY],
        (State.RENEWED, "", "", (pull,)),
        1,
        1,
    ) == scene.end()
    assert () == rollback(scene.desk, TASK)
    standing = scene.desk.standing(TASK)
    assert standing is not None
    assert 1 == standing.attempt
    scene.store.journal.append(TaskStarted(title="x", attempt=2, agent="x"), task=TASK)
    words = [step.words for step in rollback(scene.desk, TASK)]
    assert not [said for said in words if "workspace" in said or "branch" in said]


def test_killed_anywhere_it_is_ended_by_running_it_again(make: Callable[[], Scene]) -> None:
    """Between every two acts: no daemon takes it up meanwhile, and the end is the same."""
    undisturbed = make()
    carry_out(undisturbed.desk)
    expected = undisturbed.end()

    for point in range(1, ACTS + 1):
        scene = make()
        with pytest.raises(Killed):
            carry_out(scene.fragile(point))
        standing = scene.desk.standing(TASK)
        assert standing is not None
        assert (State.RENEWED if point == ACTS else State.SKIPPED) is standing.state
        carry_out(scene.desk)
        assert expected == scene.end(), f"killed at {point}"


def test_what_others_committed_is_not_deleted(make: Callable[[], Scene]) -> None:
    """The branch stays, and the foreign commit is named."""
    scene = make()
    commit(scene.remote(), BRANCH, {"theirs.txt": "x"}, "feat: by hand", onto=BRANCH)

    with pytest.raises(BranchTaken, match="feat: by hand"):
        carry_out(scene.desk)

    assert BRANCH in git("branch", "--list", cwd=scene.remote())


@pytest.mark.parametrize("way", ["merge", "fast-forward"])
def test_what_is_merged_is_refused(make: Callable[[], Scene], way: str) -> None:
    """The error names the very command that takes it back; nothing was touched."""
    scene = make()
    checkout = scene.project.checkout
    git("fetch", "--quiet", "origin", cwd=checkout)
    how = "--no-ff" if way == "merge" else "--ff-only"
    git("merge", "--quiet", how, f"origin/{BRANCH}", cwd=checkout)
    git("push", "--quiet", "origin", "main", cwd=checkout)
    head = git("rev-parse", "HEAD", cwd=checkout)

    with pytest.raises(UndoError, match="is merged into main") as told:
        rollback(scene.desk, TASK)

    expected = f"git revert -m 1 {head}" if way == "merge" else f"..{head}"
    assert expected in told.value.cure
    standing = scene.desk.standing(TASK)
    assert standing is not None
    assert State.DELIVERED is standing.state


def test_what_others_build_on_is_refused(make: Callable[[], Scene]) -> None:
    """The one on top is named, and goes first."""
    scene = make()
    deliver(scene.project, scene.store, "PRIORITY 2", "feature/two", BRANCH)

    with pytest.raises(UndoError, match="PRIORITY 2 builds on PRIORITY 1") as told:
        rollback(scene.desk, TASK)
    assert 'coffee-maker rollback "PRIORITY 2"' in told.value.cure

    carry_out(scene.desk, "PRIORITY 2")
    carry_out(scene.desk)
    assert ["*", "main"] == git("branch", "--list", cwd=scene.remote()).split()


def test_what_a_daemon_has_in_hand_is_refused(make: Callable[[], Scene]) -> None:
    """Or may take up at any moment; paused, it may not."""
    scene = make()
    running = replace(scene.desk, daemon=4711)
    scene.store.journal.append(DaemonStarted(roadmap="r", pid=4711, version="1"))
    scene.store.journal.append(TaskStarted(title="x", attempt=2, agent="x"), task=TASK)

    with pytest.raises(UndoError, match=r"process 4711\) works on PRIORITY 1"):
        rollback(running, TASK)

    scene.store.journal.append(TaskParked(reason="r", cure="c", evidence=""), task=TASK)
    retry(running, TASK)
    with pytest.raises(UndoError, match="or may at any moment"):
        rollback(running, TASK)
    scene.store.journal.append(DaemonPaused(by="ana"))
    assert rollback(running, TASK)


def test_a_skipped_task_is_rolled_back_while_the_daemon_runs(make: Callable[[], Scene]) -> None:
    """That is the way out that the refusal names."""
    scene = make()
    scene.store.journal.append(TaskParked(reason="r", cure="c", evidence=""), task=TASK)
    assert skip(replace(scene.desk, daemon=4711), TASK, "not now")

    carry_out(replace(scene.desk, daemon=4711))

    assert not scene.workspace.exists()
