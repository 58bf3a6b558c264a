"""What people decide about a task beside the line: to skip it, or to have it tried again.

The journal takes their word down; a running daemon hears it there, and the next one as well.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from coffee_maker.autonomous.executor import STOP_SECONDS
from coffee_maker.autonomous.open_questions import withdraw_open
from coffee_maker.domain.change import PullRequest, PullRequestState
from coffee_maker.domain.errors import UndoError
from coffee_maker.domain.events import TaskRetried, TaskSkipped
from coffee_maker.domain.ports import Forge, Journal, QuestionBox, Repository, Workspaces
from coffee_maker.domain.standing import KINDS, Standing, State, standings
from coffee_maker.domain.under_way import KINDS as WORK
from coffee_maker.domain.under_way import OUTCOMES, under_way

_LOOK_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What people's decisions are carried out with.

    `forge` is made when it is needed, and raises ForgeError where it cannot be used.
    `opens_pull_requests`: whether the settings want them. `by` is the person; `daemon` the process
    of the daemon that runs, None where none does.
    """

    journal: Journal
    questions: QuestionBox
    repository: Repository
    workspaces: Workspaces
    forge: Callable[[], Forge]
    opens_pull_requests: bool
    by: str
    daemon: int | None

    def standing(self, task: str) -> Standing | None:
        """How the task stands, told by the journal; None where it was never begun or skipped."""
        return standings(self.journal.read(task=task, kinds=KINDS)).get(task)

    def is_worked_on(self, task: str) -> bool:
        """True while the daemon that runs has this very task in hand."""
        return self.daemon is not None and under_way(self.journal.read(kinds=WORK)) == task

    def pull_request(self, standing: Standing, *, pushed: bool = False) -> PullRequest | None:
        """The pull request of the task's branch, if one may be there. Raises ForgeError."""
        expected = bool(standing.pull_request) or (pushed and self.opens_pull_requests)
        return self.forge().find(standing.branch) if standing.branch and expected else None


def skip(desk: Desk, task: str, reason: str) -> bool:
    """Put a task aside until it is retried; False where the daemon does not let go of it in time.

    What it has asked is withdrawn. Raises UndoError where it is delivered.
    """
    standing = desk.standing(task)
    if standing is not None and standing.state is State.DELIVERED:
        raise _delivered(standing)
    if standing is not None and standing.state is State.SKIPPED and not reason:
        return True
    worked_on = desk.is_worked_on(task)
    said = desk.journal.append(TaskSkipped(by=desk.by, reason=reason), task=task)
    if worked_on:  # the daemon says it once more when nothing of the task runs, and withdraws
        return _is_let_go(desk, task, said)
    withdraw_open(desk.questions, task)
    return True


def retry(desk: Desk, task: str) -> None:
    """Give a task another turn, as a new attempt on the same branch.

    Raises UndoError where it is delivered, merged, under way, or was never begun; ForgeError.
    """
    standing = desk.standing(task)
    if standing is None:
        raise UndoError(
            f"{task} was never begun, so there is nothing to retry",
            cure=f'its turn comes by itself; `coffee-maker run --task "{task}"` takes it up now',
        )
    if standing.state is State.RENEWED:
        return
    if standing.state is State.UNDER_WAY:
        raise _under_way(desk, standing)
    pull = desk.pull_request(standing)
    if pull is not None and pull.state is PullRequestState.MERGED:
        raise UndoError(
            f"{task} is merged: {pull.url}",
            cure="what is still to be done wants a task of its own in the roadmap",
        )
    is_closed = pull is not None and pull.state is PullRequestState.CLOSED
    if standing.state is State.DELIVERED and not is_closed:
        raise _delivered(standing)
    superseded = pull.url if pull is not None and is_closed else ""
    desk.journal.append(TaskRetried(by=desk.by, superseded=superseded), task=task)
    withdraw_open(desk.questions, task)


def _is_let_go(desk: Desk, task: str, said: int) -> bool:
    end = time.monotonic() + STOP_SECONDS + 5
    while time.monotonic() < end:
        if any(isinstance(e.event, OUTCOMES) for e in desk.journal.read(after=said, task=task)):
            return True
        time.sleep(_LOOK_SECONDS)
    return False


def _delivered(standing: Standing) -> UndoError:
    where = standing.pull_request or f"the branch {standing.branch}"
    return UndoError(
        f"{standing.task} is delivered: {where}",
        cure="review it: what is rejected there can be retried. "
        f'`coffee-maker rollback "{standing.task}"` takes it all back',
    )


def _under_way(desk: Desk, standing: Standing) -> UndoError:
    goes_on = "`coffee-maker run` goes on with it"
    first = f'put it aside first: coffee-maker skip "{standing.task}"'
    return UndoError(
        f"{standing.task} is under way", cure=first if desk.daemon is not None else goes_on
    )
