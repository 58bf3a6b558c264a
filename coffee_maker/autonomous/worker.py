"""One attempt at one task, from the assignment to the outcome in the journal."""

from collections.abc import Sequence

from coffee_maker.autonomous.open_questions import withdraw_open
from coffee_maker.autonomous.outcome import failure, surprise
from coffee_maker.autonomous.plan import Plan, Planner
from coffee_maker.autonomous.work import Assignment, Line, Outcome, Rooms
from coffee_maker.domain.errors import CoffeeMakerError, RoadmapError
from coffee_maker.domain.events import PromptSent, TaskFailed, TaskParked, TaskStarted
from coffee_maker.domain.rules import Rule
from coffee_maker.domain.standing import Standing, State


class Worker:
    """Runs in a process of its own, so that whatever happens to it happens to nobody else."""

    def __init__(
        self,
        rooms: Rooms,
        *,
        planner: Planner,
        roadmap: str,
        rounds: int,
        never: Sequence[Rule] = (),
    ) -> None:
        self._rooms, self._planner = rooms, planner
        self._roadmap, self._rounds, self._never = roadmap, rounds, never

    def work_on(self, task: str) -> bool:
        """Work on the task with this id; False where it failed. The journal tells the outcome."""
        try:
            assignment = self._assign(self._planner.look(task))
            task = assignment.priority.id
            self._rooms.journal.append(
                TaskStarted(
                    title=assignment.priority.title,
                    attempt=assignment.attempt,
                    agent=self._rooms.agent.name,
                ),
                task=task,
            )
            outcome: Outcome | TaskFailed = Line(assignment, self._rooms).deliver()
        except CoffeeMakerError as error:
            outcome = failure(error)
        except Exception as error:  # noqa: BLE001 - the one net: what we did not foresee is told too
            outcome = surprise(error)
        self._end(task, outcome)
        return not isinstance(outcome, TaskFailed)

    def _end(self, task: str, outcome: Outcome | TaskFailed) -> None:
        """Nobody waits any more for what was asked; an attempt that is killed leaves it open."""
        keep = outcome.questions if isinstance(outcome, TaskParked) else ()
        try:
            withdraw_open(self._rooms.questions, task, keep=keep)
        finally:
            self._rooms.journal.append(outcome, task=task)

    def _assign(self, plan: Plan) -> Assignment:
        if plan.next is None:
            raise RoadmapError("there is no such task any more", cure="look at the roadmap")
        before = plan.standings.get(plan.next.id)
        cut_off = before is not None and _goes_on(before)
        return Assignment(
            priority=plan.next,
            attempt=1 if before is None else before.attempt + (not cut_off),
            target=plan.target,
            roadmap=self._roadmap,
            rounds=self._rounds,
            never=self._never,
            session=self._session_to_resume(before) if before and cut_off else "",
            superseded=before.superseded if before else (),
        )

    def _session_to_resume(self, standing: Standing) -> str:
        """The session of a cut-off attempt, if it ever heard its prompt."""
        heard = self._rooms.journal.read(task=standing.task, kinds=(PromptSent.kind,))
        sessions = {e.event.session for e in heard if isinstance(e.event, PromptSent)}
        return standing.session if standing.session in sessions else ""


def _goes_on(standing: Standing) -> bool:
    """True where the same attempt is taken up: it was cut off, or waits, or waited, for answers."""
    waits = standing.state is State.PARKED and bool(standing.questions)
    return standing.state is State.UNDER_WAY or waits
