"""Taking back all that was made for a task, so that it is open as if it had never been begun.

Each step looks first whether it is done already: a rollback that was killed is run again. The
journal stays as it is, tokens and all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from coffee_maker.autonomous.open_questions import withdraw_open
from coffee_maker.autonomous.undo import Desk
from coffee_maker.domain import pause
from coffee_maker.domain.change import PullRequest, PullRequestState, Workspace
from coffee_maker.domain.errors import UndoError
from coffee_maker.domain.events import BranchPushed, TaskRolledBack, TaskSkipped, WorkspaceReady
from coffee_maker.domain.standing import KINDS, Standing, State, standings

_MADE = (WorkspaceReady.kind, BranchPushed.kind, TaskRolledBack.kind)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that is done, in a person's words. What is done already is done again unharmed."""

    words: str
    act: Callable[[], None]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a task has left behind. `pushed` is the commit that was pushed last, or empty."""

    standing: Standing
    pull_request: PullRequest | None
    pushed: str
    workspace: Workspace | None

    @property
    def superseded(self) -> str:
        return self.pull_request.url if self.pull_request else ""


def rollback(desk: Desk, task: str) -> tuple[Step, ...]:
    """What is to be done, in this order; nothing where nothing of the task is left.

    Raises UndoError where it is merged, a daemon may have it in hand, or others build on it;
    RemoteError, ForgeError.
    """
    standing = desk.standing(task)
    if standing is None or (standing.state is State.RENEWED and not standing.branch):
        return ()
    _refuse_in_hand(desk, standing)
    desk.repository.refresh()
    found = _find(desk, standing)
    _refuse_merged(desk, found)
    _refuse_built_on(desk, standing)
    return tuple(_steps(desk, found))


def _find(desk: Desk, standing: Standing) -> Found:
    made: Workspace | None = None
    pushed = ""
    for entry in desk.journal.read(task=standing.task, kinds=_MADE):
        match entry.event:
            case TaskRolledBack():  # what an earlier rollback took away is not there to be found
                made, pushed = None, ""
            case WorkspaceReady(path=path, branch=branch, target=target, base_commit=base):
                made = Workspace(
                    task=entry.task, path=Path(path), branch=branch, target=target, base_commit=base
                )
            case BranchPushed(branch=branch, commit=commit) if branch == standing.branch:
                pushed = commit
    return Found(
        standing=standing,
        pull_request=desk.pull_request(standing, pushed=bool(pushed)),
        pushed=pushed,
        workspace=made,
    )


def _steps(desk: Desk, found: Found) -> list[Step]:
    task, branch, pull = found.standing.task, found.standing.branch, found.pull_request
    steps = [
        Step(words=f"put {task} aside meanwhile", act=lambda: _put_aside(desk, found.standing)),
        Step(
            words="withdraw what it has asked and nobody has answered",
            act=lambda: withdraw_open(desk.questions, task),
        ),
    ]
    if pull is not None and pull.state is PullRequestState.OPEN:
        steps.append(
            Step(
                words=f"close the pull request, with a comment: {pull.url}",
                act=lambda: desk.forge().close(pull, _comment(desk, found)),
            )
        )
    if branch:
        steps.append(
            Step(
                words=f"delete the branch {branch}, on the remote and here, and with it the tick "
                "in the roadmap, which stands nowhere else",
                act=lambda: desk.repository.delete_branch(branch, found.pushed),
            )
        )
    workspace = found.workspace
    if workspace is not None:
        steps.append(
            Step(
                words=f"remove the workspace {workspace.path}",
                act=lambda: desk.workspaces.remove(workspace),
            )
        )
    ended = TaskRolledBack(by=desk.by, branch=branch, superseded=found.superseded)
    steps.append(
        Step(
            words=f"open {task} again; its history and what it cost stay in the journal",
            act=lambda: void(desk.journal.append(ended, task=task)),
        )
    )
    return steps


def _put_aside(desk: Desk, standing: Standing) -> None:
    """So that no daemon takes it up between two steps, also where we are killed there."""
    reason = f'its rollback was begun; `coffee-maker rollback "{standing.task}"` ends it'
    if standing.state is not State.SKIPPED or standing.reason != reason:
        desk.journal.append(TaskSkipped(by=desk.by, reason=reason), task=standing.task)


def _comment(desk: Desk, found: Found) -> str:
    return (
        f"**Rolled back** by {desk.by}: the branch `{found.standing.branch}` is deleted, and "
        f"{found.standing.task} is open again."
    )


def _refuse_in_hand(desk: Desk, standing: Standing) -> None:
    paused = pause.pause(desk.journal.read(kinds=pause.KINDS)) is not None
    may_begin = desk.daemon is not None and standing.is_open and not paused
    if desk.is_worked_on(standing.task) or may_begin:
        raise UndoError(
            f"the daemon (process {desk.daemon}) works on {standing.task}, or may at any moment",
            cure=f'put it aside: coffee-maker skip "{standing.task}"; or `coffee-maker stop`; '
            "then roll it back",
        )


def _refuse_merged(desk: Desk, found: Found) -> None:
    pull = found.pull_request
    target = pull.target if pull is not None else desk.repository.base_branch
    landed = desk.repository.merged_as(found.pushed, target) if found.pushed else None
    if landed is None and (pull is None or pull.state is not PullRequestState.MERGED):
        return
    what = f"git revert {_commits(found, landed)}"
    where = f" ({pull.url})" if pull is not None else ""
    raise UndoError(
        f"{found.standing.task} is merged into {target}{where}: others may build on it already",
        cure=f"take it back by a commit: git switch {target} && git pull && {what}; push that, and "
        "write a new task in the roadmap for what is to be done instead",
    )


def _commits(found: Found, landed: str | None) -> str:
    if landed is None:  # squashed or rebased, and only its reviewer knows into what
        return "COMMIT"
    if landed != found.pushed:
        return f"-m 1 {landed}"
    base = found.workspace.base_commit if found.workspace else ""
    return f"{base}..{landed}" if base else landed


def _refuse_built_on(desk: Desk, standing: Standing) -> None:
    known = standings(desk.journal.read(kinds=KINDS)).values()
    above = [one.task for one in known if standing.branch and one.target == standing.branch]
    if above:
        raise UndoError(
            f"{' and '.join(above)} {'build' if len(above) > 1 else 'builds'} on {standing.task}",
            cure=f'roll that back first: coffee-maker rollback "{above[-1]}"',
        )


def void(_: object) -> None:
    """For a step whose act answers something."""
