"""What is next, where reviewers have had their say."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from coffee_maker.autonomous.plan import Plan, Planner
from coffee_maker.clock import RealClock
from coffee_maker.domain.change import PullRequest, PullRequestDraft, PullRequestState
from coffee_maker.domain.errors import CoffeeMakerError, ForgeError
from coffee_maker.domain.events import Event, PullRequestOpened, TaskDelivered, TaskParked
from coffee_maker.domain.standing import State
from coffee_maker.store.store import Store
from tests.support.fakes import FakeRepository

ROADMAP = "## PRIORITY 1: a\n\n## PRIORITY 2: b\n**Depends on**: PRIORITY 1\n\n## PRIORITY 3: c\n"
OPEN, MERGED, CLOSED = PullRequestState.OPEN, PullRequestState.MERGED, PullRequestState.CLOSED


class FakeForge:
    """Knows one pull request of each branch, and counts how often it is asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[str] = []
        self.pulls: dict[str, PullRequest] = {}
        self.fails: CoffeeMakerError | None = None

    def have(self, branch: str, state: PullRequestState, target: str = "main") -> None:
        number = len(self.pulls) + 1
        self.pulls[branch] = PullRequest(
            number=number,
            url=f"https://x/pull/{number}",
            branch=branch,
            target=target,
            title="t",
            body="",
            state=state,
        )

    def find(self, branch: str) -> PullRequest | None:
        self.asked.append(branch)
        if self.fails:
            raise self.fails
        return self.pulls.get(branch)

    def submit(self, draft: PullRequestDraft) -> PullRequest:
        raise AssertionError(draft)


class Scene:
    """A planner, and what it looks at."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "journal.db", RealClock())
        self.repository = FakeRepository(ROADMAP)
        self.forge = FakeForge("local")

    def look(self, task: str = "") -> Plan:
        planner = Planner(self.repository, self.store.journal, "ROADMAP.md", self.forge)
        return planner.look(task)

    def happened(self, task: str, *events: Event) -> None:
        for event in events:
            self.store.journal.append(event, task=task)

    def delivered(self, task: str, branch: str) -> None:
        opened = PullRequestOpened(number=1, url="u", branch=branch, draft=False)
        ended = TaskDelivered(pull_request="u", branch=branch, seconds=1, waited_seconds=0)
        self.happened(task, opened, ended)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.store.close()


def waiting(plan: Plan) -> dict[str, str]:
    return {priority.id: reason for priority, reason in plan.waiting}


def test_nothing_is_built_on_what_was_rejected(scene: Scene) -> None:
    """Both wait and say why; the line goes on with what does not need them."""
    scene.delivered("PRIORITY 1", "one")
    scene.forge.have("one", CLOSED)

    plan = scene.look()

    assert plan.next is not None
    assert "PRIORITY 3" == plan.next.id
    assert {
        "PRIORITY 1": "rejected: pull request 1 was closed without merging",
        "PRIORITY 2": "PRIORITY 1 was rejected",
    } == waiting(plan)


def test_what_is_open_is_built_on(scene: Scene) -> None:
    """As long as nobody has decided, the pull request is believed in."""
    scene.delivered("PRIORITY 1", "one")
    scene.forge.have("one", OPEN)

    plan = scene.look()

    assert plan.next is not None
    assert ("PRIORITY 2", "one") == (plan.next.id, plan.target)


def test_what_is_merged_is_in_the_base(scene: Scene) -> None:
    """Although the roadmap on the base does not say so: a squash merge, a line taken back."""
    scene.delivered("PRIORITY 1", "one")
    scene.forge.have("one", MERGED)

    plan = scene.look()

    assert plan.next is not None
    assert ("PRIORITY 2", "main") == (plan.next.id, plan.target)


@pytest.mark.parametrize(("below", "target"), [(OPEN, "zero"), (MERGED, "main")])
def test_what_was_merged_into_another_branch_is_where_that_went(
    scene: Scene, below: PullRequestState, target: str
) -> None:
    """A stacked pull request that was merged before the one below it."""
    scene.delivered("PRIORITY 1", "one")
    scene.forge.have("one", MERGED, target="zero")
    scene.forge.have("zero", below)

    assert target == scene.look().target


def test_only_what_matters_now_is_asked(scene: Scene) -> None:
    """Each question takes a quarter of a second: nobody builds on PRIORITY 2 and 3."""
    for task, branch in (("PRIORITY 1", "one"), ("PRIORITY 2", "two"), ("PRIORITY 3", "three")):
        scene.delivered(task, branch)

    scene.look()
    assert [] == scene.forge.asked

    scene.look("3")
    assert ["three"] == scene.forge.asked


def test_a_parked_task_is_asked_about_nothing(scene: Scene) -> None:
    """It is not its turn, whatever became of what it builds on."""
    scene.delivered("PRIORITY 1", "one")
    scene.happened("PRIORITY 2", TaskParked(reason="r", cure="c", evidence=""))

    scene.look()

    assert [] == scene.forge.asked


@pytest.mark.parametrize(
    ("forge", "cure"),
    [("local", "coffee-maker review reopen 1"), ("gh", "gh pr reopen https://x/pull/1")],
)
def test_a_rejected_task_asked_for_by_name_says_how_to_open_it_again(
    scene: Scene, forge: str, cure: str
) -> None:
    """Before a session is begun; it does not stop the line either."""
    scene.delivered("PRIORITY 1", "one")
    scene.forge.name = forge
    scene.forge.have("one", CLOSED)

    with pytest.raises(ForgeError, match="PRIORITY 1 was rejected") as told:
        scene.look("1")

    assert cure in told.value.cure
    assert not told.value.stops_the_line


def test_a_merged_task_asked_for_by_name_is_refused(scene: Scene) -> None:
    """Its pull request would take nothing more in."""
    scene.delivered("PRIORITY 1", "one")
    scene.forge.have("one", MERGED)

    with pytest.raises(ForgeError, match="merged already"):
        scene.look("1")


def test_a_forge_that_cannot_be_asked_is_no_reason_to_rest(scene: Scene) -> None:
    """What the journal knows is gone by, and the doubt is told."""
    scene.delivered("PRIORITY 1", "one")
    scene.forge.fails = ForgeError("gh is away", cure="wait")

    plan = scene.look()

    assert plan.next is not None
    assert ("PRIORITY 2", "one") == (plan.next.id, plan.target)
    assert State.DELIVERED == plan.standings["PRIORITY 1"].state
    assert ("nobody could tell what was merged or rejected: gh is away (wait)",) == plan.notices


def test_a_task_asked_for_before_its_turn_is_warned_of(scene: Scene) -> None:
    """It is not listed among those that wait as well."""
    plan = scene.look("2")

    assert plan.next is not None
    assert "PRIORITY 2" == plan.next.id
    assert {} == waiting(plan)
    assert ("PRIORITY 2 builds on PRIORITY 1, which is not delivered yet",) == plan.notices
