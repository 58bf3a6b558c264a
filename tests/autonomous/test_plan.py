"""What is next, where reviewers have had their say."""

from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from coffee_maker.autonomous.plan import Plan, Planner
from coffee_maker.clock import RealClock
from coffee_maker.domain.change import PullRequest, PullRequestDraft, PullRequestState
from coffee_maker.domain.errors import CoffeeMakerError, ForgeError
from coffee_maker.domain.events import Event, PullRequestOpened, TaskDelivered, TaskParked
from coffee_maker.domain.question import Answer, AnsweredBy, Question, QuestionKind
from coffee_maker.domain.standing import State
from coffee_maker.store.store import Store
from tests.support.fakes import START, FakeRepository

ROADMAP = "## PRIORITY 1: a\n\n## PRIORITY 2: b\n**Depends on**: PRIORITY 1\n\n## PRIORITY 3: c\n"
PERSONS = Answer(value="yes", by=AnsweredBy.PERSON, who="ana")
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

    def submit(self, draft: PullRequestDraft, *, superseded: Collection[str] = ()) -> PullRequest:
        raise AssertionError(draft, superseded)

    def close(self, pull_request: PullRequest, comment: str) -> None:
        raise AssertionError(pull_request, comment)


class Scene:
    """A planner, and what it looks at."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "journal.db", RealClock())
        self.repository = FakeRepository(ROADMAP)
        self.forge = FakeForge("local")

    def look(self, task: str = "") -> Plan:
        planner = Planner(self.repository, self.store.journal, "ROADMAP.md", self.forge)
        return planner.look(task)

    def look_with_questions(self) -> Plan:
        box = self.store.questions
        return Planner(self.repository, self.store.journal, "ROADMAP.md", questions=box).look()

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


def ask(scene: Scene, name: str) -> Question:
    """A parked question of PRIORITY 1."""
    question = Question(
        id=name,
        task="PRIORITY 1",
        kind=QuestionKind.TEXT,
        text=f"{name}?",
        safe_default="none",
        asked_at=START,
        deadline=START,
    )
    scene.store.questions.put(question)
    scene.store.questions.park(name, START, "none")
    return question


def parked(*questions: Question) -> TaskParked:
    ids = tuple(question.id for question in questions)
    return TaskParked(reason="waits", cure="answer", evidence="", questions=ids)


def test_a_task_that_waits_for_answers_says_how_they_are_given(scene: Scene) -> None:
    """The line goes on with what does not depend on it."""
    first, second = ask(scene, "a"), ask(scene, "b")
    scene.happened("PRIORITY 1", parked(first, second))
    scene.store.questions.answer("a", PERSONS)

    plan = scene.look_with_questions()

    assert plan.next is not None
    assert "PRIORITY 3" == plan.next.id
    how = f"waits for an answer ({second.code}): coffee-maker inbox answer {second.code}"
    assert how == waiting(plan)["PRIORITY 1"]
    assert ["PRIORITY 1"] == [priority.id for priority, _ in plan.for_people]


def test_a_task_whose_questions_are_all_answered_has_its_turn(scene: Scene) -> None:
    """Before fresh ones, as one that is under way; where no box is looked into it waits."""
    one = ask(scene, "a")
    scene.happened("PRIORITY 1", parked(one))
    scene.store.questions.answer("a", PERSONS)

    plan = scene.look_with_questions()

    assert plan.next is not None
    assert "PRIORITY 1" == plan.next.id
    assert State.UNDER_WAY is plan.standings["PRIORITY 1"].state
    blind = scene.look()
    assert blind.next is not None
    assert "PRIORITY 3" == blind.next.id


def test_a_task_that_is_parked_for_other_reasons_waits_on(scene: Scene) -> None:
    """It hangs on no answer."""
    scene.happened("PRIORITY 1", TaskParked(reason="red", cure="look", evidence=""))

    assert "parked: red" == waiting(scene.look_with_questions())["PRIORITY 1"]
