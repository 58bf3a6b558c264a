"""A person puts a task aside, or gives it another turn."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from coffee_maker.autonomous.plan import Planner
from coffee_maker.autonomous.undo import Desk, retry, skip
from coffee_maker.clock import RealClock
from coffee_maker.domain.change import PullRequestDraft, PullRequestState, Workspace
from coffee_maker.domain.errors import UndoError
from coffee_maker.domain.events import (
    Event,
    PullRequestOpened,
    TaskDelivered,
    TaskFailed,
    TaskParked,
    TaskRetried,
    TaskStarted,
    TaskUnchanged,
    WorkspaceReady,
)
from coffee_maker.domain.question import AnsweredBy
from coffee_maker.domain.standing import State
from coffee_maker.git.local_forge import LocalForge
from coffee_maker.store.store import Store
from tests.support.fakes import FakeRepository, NoSuchPart
from tests.support.questions import question

TASK = "PRIORITY 1"
ROADMAP = "## PRIORITY 1: a\n\n## PRIORITY 2: b\n**Depends on**: PRIORITY 1\n"
STARTED = TaskStarted(title="a", attempt=1, agent="x")
READY = WorkspaceReady(path="/w", branch="one", target="main", base_commit="0")
PARKED = TaskParked(reason="r", cure="c", evidence="", questions=("q1",))
FAILED = TaskFailed(error="e", message="m", cure="c", transient=False, stops_the_line=False)


class NoClones:
    """Nothing here touches a workspace."""

    def prepare(self, task: str, branch: str, target: str) -> Workspace:
        raise NoSuchPart

    def collect(self, workspace: Workspace, message: str) -> "object":
        raise NoSuchPart

    look = collect

    def remove(self, workspace: Workspace) -> None:
        raise NoSuchPart


class Scene:
    """A desk, and what lies on it."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "journal.db", RealClock())
        self.repository = FakeRepository(ROADMAP)
        self.forge = LocalForge(self.store.pull_requests)
        self.desk = Desk(
            journal=self.store.journal,
            questions=self.store.questions,
            repository=self.repository,
            workspaces=NoClones(),  # type: ignore[arg-type]
            forge=lambda: self.forge,
            opens_pull_requests=True,
            by="ana",
            daemon=None,
        )

    def happened(self, *events: Event) -> None:
        for event in events:
            self.store.journal.append(event, task=TASK)

    def delivered(self, state: PullRequestState) -> str:
        pull = self.store.pull_requests.put(
            PullRequestDraft(branch="one", target="main", title="t", body="")
        )
        if state is not PullRequestState.OPEN:
            self.store.pull_requests.close(pull.number, state)
        opened = PullRequestOpened(number=1, url=pull.url, branch="one", draft=False)
        ended = TaskDelivered(pull_request=pull.url, branch="one", seconds=1, waited_seconds=0)
        self.happened(STARTED, READY, opened, ended)
        return pull.url

    def next(self, named: str = "") -> str:
        planner = Planner(self.repository, self.store.journal, "ROADMAP.md", self.forge)
        found = planner.look(named).next
        return found.id if found else ""

    def state(self) -> State | None:
        standing = self.desk.standing(TASK)
        return standing.state if standing else None


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.store.close()


def test_a_task_is_skipped_before_it_was_ever_begun(scene: Scene) -> None:
    """Its turn does not come, and neither does that of what needs it, until it is retried."""
    assert TASK == scene.next()

    assert skip(scene.desk, TASK, "the design is not settled")
    assert "" == scene.next()

    retry(scene.desk, TASK)
    assert TASK == scene.next()


def test_what_a_skipped_task_had_asked_is_withdrawn(scene: Scene) -> None:
    """Nobody waits for the answer any more; its neighbours' questions stay."""
    scene.store.questions.put(question(task=TASK, parked=True))
    scene.store.questions.put(replace(question(task="PRIORITY 2"), id="q2"))
    scene.happened(STARTED, PARKED)

    skip(scene.desk, TASK, "")

    (left,) = scene.store.questions.open()
    withdrawn = scene.store.questions.answer_to("q1")
    assert "q2" == left.id
    assert withdrawn is not None
    assert AnsweredBy.NOBODY is withdrawn.by


@pytest.mark.parametrize(
    "events",
    [
        (STARTED, PARKED),
        (STARTED, FAILED),
        (STARTED, TaskUnchanged(text="nothing to do")),
        (STARTED, replace(FAILED, transient=True), replace(FAILED, transient=True)),
    ],
)
def test_what_waits_for_a_person_is_retried(scene: Scene, events: tuple[Event, ...]) -> None:
    """Its turn comes as a fresh start, with nothing that failed counted; asking twice is once."""
    scene.happened(*events)

    retry(scene.desk, TASK)
    retry(scene.desk, TASK)

    standing = scene.desk.standing(TASK)
    assert standing is not None
    assert (State.RENEWED, 0, 1) == (standing.state, standing.failures, standing.attempt)
    assert TASK == scene.next()
    assert 1 == len(list(scene.store.journal.read(kinds=(TaskRetried.kind,))))


def test_what_was_rejected_is_done_anew_in_another_pull_request(scene: Scene) -> None:
    """The rejection stands where it was said, and stops nothing: not the plan, not the forge."""
    url = scene.delivered(PullRequestState.CLOSED)

    retry(scene.desk, TASK)

    assert TASK == scene.next()
    scene.happened(replace(STARTED, attempt=2))
    assert TASK == scene.next(TASK)  # as its worker looks, also after it was cut off
    standing = scene.desk.standing(TASK)
    assert standing is not None
    assert (url,) == standing.superseded


@pytest.mark.parametrize(
    ("state", "said", "cure"),
    [
        (PullRequestState.OPEN, "is delivered", 'coffee-maker rollback "PRIORITY 1"'),
        (PullRequestState.MERGED, "is merged", "a task of its own"),
    ],
)
def test_what_is_delivered_is_not_retried(
    scene: Scene, state: PullRequestState, said: str, cure: str
) -> None:
    """The error says what to do instead."""
    scene.delivered(state)

    with pytest.raises(UndoError, match=said) as told:
        retry(scene.desk, TASK)

    assert cure in told.value.cure
    assert State.DELIVERED is scene.state()


def test_a_delivered_task_is_not_skipped(scene: Scene) -> None:
    """There is nothing to put aside any more."""
    scene.delivered(PullRequestState.OPEN)

    with pytest.raises(UndoError, match="is delivered"):
        skip(scene.desk, TASK, "")


def test_what_was_never_begun_needs_no_retry(scene: Scene) -> None:
    """The error says how to have it now."""
    with pytest.raises(UndoError, match="never begun") as told:
        retry(scene.desk, TASK)

    assert 'coffee-maker run --task "PRIORITY 1"' in told.value.cure


@pytest.mark.parametrize(("daemon", "cure"), [(None, "goes on with it"), (7, "coffee-maker skip")])
def test_what_is_under_way_is_not_retried(scene: Scene, daemon: int | None, cure: str) -> None:
    """It goes on by itself, or is put aside first."""
    scene.happened(STARTED)

    with pytest.raises(UndoError, match="is under way") as told:
        retry(replace(scene.desk, daemon=daemon), TASK)

    assert cure in told.value.cure
