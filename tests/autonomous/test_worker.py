"""An attempt that is parked, answered, and taken up again."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coffee_maker.autonomous.plan import Planner
from coffee_maker.autonomous.prompt import GO_ON
from coffee_maker.autonomous.record import Record
from coffee_maker.autonomous.work import Rooms
from coffee_maker.autonomous.worker import Worker
from coffee_maker.domain.change import Change, Workspace
from coffee_maker.domain.errors import ClaudeError
from coffee_maker.domain.events import (
    AnswerDelivered,
    QuestionAsked,
    SessionClosed,
    TaskFailed,
    TaskParked,
    TaskStarted,
    TaskUnchanged,
)
from coffee_maker.domain.gate import TestOutcome
from coffee_maker.domain.policy import Policy
from coffee_maker.domain.ports import QuestionBox
from coffee_maker.domain.question import ALLOW, Answer, AnsweredBy, Question, QuestionKind, ToolCall
from coffee_maker.domain.rules import Rule
from coffee_maker.domain.session import Asking, Lost, Observation, TurnEnded
from coffee_maker.gates.head_tests import HeadTests
from coffee_maker.prices import load_prices
from coffee_maker.store.store import Store
from tests.support.fakes import FakeAgent, FakeClock, FakeRepository, NoSuchPart

TASK = "PRIORITY 1"
DONE = TurnEnded(text="Nothing was to be done.")
LOST = Lost(exit_code=1, screen="No conversation found")
PARKS = Rule(name="parks", answer="park", source="x", tool="Bash(make:*)")
HERS = Answer(value=ALLOW, by=AnsweredBy.PERSON, who="ana", channel="inbox")


def make(id: str) -> Asking:
    call = ToolCall(id=id, tool="Bash", input={"command": "make"})
    return Asking(id=id, kind=QuestionKind.PERMISSION, text="Bash: make", tool_call=call)


class Clones:
    """One workspace in which nothing is ever changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self, task: str, branch: str, target: str) -> Workspace:
        return Workspace(
            task=task, path=self.folder, branch=branch, target=target, base_commit="a" * 40
        )

    def collect(self, workspace: Workspace, message: str) -> Change:
        return Change(
            branch=workspace.branch,
            base_commit=workspace.base_commit,
            head_commit=workspace.base_commit,
            commits=(),
            files=(),
            diff="",
        )

    def look(self, workspace: Workspace) -> Change:
        return self.collect(workspace, "")

    def remove(self, workspace: Workspace) -> None:
        raise NoSuchPart


class Checkouts(FakeRepository):
    """With a folder for every commit."""

    def checkout(self, commit: str) -> AbstractContextManager[Path]:
        return nullcontext(Path())


class GreenTests:
    def run(self, checkout: Path) -> TestOutcome:
        return TestOutcome(command="true", exit_code=0, seconds=0.0, output="")


class Scene:
    """A worker on a task of one line, with sessions that were written down beforehand."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.store = Store(folder / "journal.db", self.clock)
        self.folder = folder

    def work(
        self,
        *sessions: Sequence[Observation],
        greets: bool = True,
        rules: Sequence[Rule] = (PARKS,),
        clock: FakeClock | None = None,
        box: QuestionBox | None = None,
    ) -> FakeAgent:
        """What became of it is in the journal; the agent remembers what it was told."""
        agent = FakeAgent(clock or self.clock, *sessions)
        agent.greets = greets
        repository = Checkouts("## PRIORITY 1: a\n")
        store = self.store
        rooms = Rooms(
            agent=agent,
            workspaces=Clones(self.folder),
            repository=repository,
            tests=GreenTests(),
            head_tests=HeadTests(GreenTests()),
            gates=(),
            forge=None,
            questions=box or store.questions,
            policy=Policy(rules),
            park_days=7,
            journal=store.journal,
            record=Record(store.journal, load_prices()),
            clock=self.clock,
            has_remote=False,
        )
        planner = Planner(repository, store.journal, "ROADMAP.md", questions=store.questions)
        Worker(rooms, planner=planner, roadmap="ROADMAP.md", rounds=1).work_on(TASK)
        return agent

    def events(self, kind: type[object]) -> list[object]:
        return [e.event for e in self.store.journal.read() if isinstance(e.event, kind)]

    def answer(self) -> None:
        for question in self.store.questions.open():
            assert self.store.questions.answer(question.id, HERS)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.store.close()


def test_a_parked_task_names_its_questions_and_how_to_answer(scene: Scene) -> None:
    """Its session is closed before it is said to be parked, and costs nothing from then on."""
    agent = scene.work([make("q1")])

    (question,) = scene.store.questions.open()
    (parked,) = scene.events(TaskParked)
    assert isinstance(parked, TaskParked)
    assert (question.id,) == parked.questions
    assert "waits for an answer: Bash: make" == parked.reason
    assert f"answer it: coffee-maker inbox answer {question.code}" == parked.cure
    assert [1] == [session.closed for session in agent.sessions]
    assert 1 == len(scene.events(SessionClosed))


def test_its_answer_is_told_and_given_to_the_same_session(scene: Scene) -> None:
    """The same attempt, the same session; asked again, the question has its answer at once."""
    first = scene.work([make("q1")])
    scene.answer()
    again = scene.work([make("q7"), DONE])

    assert [(first.opened[0][0], True)] == again.opened
    (said,) = again.sessions[0].said
    assert "You asked:\n```\nBash: make\n```\nThe answer is: allow" in said
    assert said.endswith(GO_ON)
    assert [("q7", HERS)] == again.sessions[0].answered
    assert [1, 1] == [e.attempt for e in scene.events(TaskStarted) if isinstance(e, TaskStarted)]
    assert 1 == len(scene.events(QuestionAsked))
    assert 1 == len(scene.events(AnswerDelivered))
    assert 1 == len(scene.events(TaskUnchanged))


def test_an_answer_counts_once(scene: Scene) -> None:
    """The next time the agent wants the same, a person is asked anew."""
    scene.work([make("q1")])
    scene.answer()
    scene.work([make("q7"), make("q8")])

    assert 2 == len(scene.events(QuestionAsked))
    assert 2 == len(scene.events(TaskParked))


def test_a_session_that_is_gone_makes_way_for_a_new_one(scene: Scene) -> None:
    """With the whole task, and with the answers that came."""
    scene.work([make("q1")])
    scene.answer()
    again = scene.work([LOST], [make("q7"), DONE], greets=False)

    assert [True, False] == [resumed for _, resumed in again.opened]
    (said,) = again.sessions[1].said
    assert "The answer is: allow" in said
    assert "Implement one task of this project's roadmap: PRIORITY 1." in said
    assert [("q7", HERS)] == again.sessions[1].answered


def test_run_by_name_it_goes_on_and_its_question_stays(scene: Scene) -> None:
    """Nobody has answered yet: the same question is waited for, and parked again."""
    scene.work([make("q1")])
    scene.work([make("q7")])

    assert 1 == len(scene.events(QuestionAsked))
    first, second = (e for e in scene.events(TaskParked) if isinstance(e, TaskParked))
    assert first.questions == second.questions


def test_what_a_finished_attempt_left_open_is_withdrawn(scene: Scene) -> None:
    """The agent took another course, and ended: nobody is to answer in vain."""
    scene.work([make("q1")])
    scene.work([DONE])

    assert () == scene.store.questions.open()


def test_what_a_broken_attempt_left_open_is_withdrawn(scene: Scene) -> None:
    """Its next attempt will ask anew."""
    ask = replace(make("q1"), kind=QuestionKind.CHOICE, tool_call=None)
    scene.work([ask, LOST], [LOST], [LOST])

    (failed,) = scene.events(TaskFailed)
    assert isinstance(failed, TaskFailed)
    assert ClaudeError.__name__ == failed.error
    assert () == scene.store.questions.open()


class Killed(BaseException):
    """What no part of the program catches."""


class Deadly(FakeClock):
    """The process dies the first time that nothing happens."""

    def sleep(self, seconds: float) -> None:
        raise Killed


@pytest.mark.parametrize("answered", [True, False])
@pytest.mark.parametrize("noticed", [True, False])
def test_a_question_outlives_a_killed_worker(scene: Scene, answered: bool, noticed: bool) -> None:
    """Whether the daemon lived to tell of it or not: it is asked once, and its answer counts."""
    with pytest.raises(Killed):
        scene.work([make("q1")], rules=(), clock=Deadly())
    if noticed:
        error = TaskFailed(error="x", message="m", cure="", transient=True, stops_the_line=False)
        scene.store.journal.append(error, task=TASK)
    (question,) = scene.store.questions.open()
    assert not question.parked
    if answered:
        scene.answer()

    again = scene.work([make("q7"), DONE], rules=())

    expected = [("q7", HERS)] if answered else []
    assert expected == again.sessions[0].answered
    assert [(again.opened[0][0], not noticed)] == again.opened
    assert 1 == len(scene.events(QuestionAsked))
    assert () == scene.store.questions.open()


class QuickAna:
    """A box in which she answers what is open as soon as something else is asked."""

    def __init__(self, box: QuestionBox) -> None:
        self._box = box

    def __getattr__(self, name: str) -> Any:
        return getattr(self._box, name)

    def put(self, question: Question, answer: Answer | None = None) -> None:
        for one in self._box.open():
            self._box.answer(one.id, HERS)
        self._box.put(question, answer)


def test_an_answer_between_the_last_look_and_the_parking_is_not_lost(scene: Scene) -> None:
    """The task is parked on two questions, and one has its answer by then: both are told."""
    other = replace(make("q0"), text="Bash: other")
    alone = replace(PARKS, tool="", text="Bash: make")
    scene.work([other, make("q1")], rules=(alone,), box=QuickAna(scene.store.questions))
    scene.answer()
    again = scene.work([replace(other, id="q8"), make("q9"), DONE], rules=(alone,))

    assert [("q8", HERS), ("q9", HERS)] == again.sessions[0].answered
    assert 2 == len(scene.events(QuestionAsked))
