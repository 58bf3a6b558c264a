"""Which commit of a clone is the agent's work, whatever it did to its branches."""

from collections.abc import Callable
from dataclasses import dataclass

from coffee_maker.domain.errors import GitError


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """Where the clone stands: its branch, what HEAD holds (None: no commit), and HEAD's branch."""

    branch: str
    branch_commit: str | None
    head_commit: str | None
    head_branch: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """The commit to take. `left_behind` is one that it does not contain, `note` says why."""

    commit: str
    note: str = ""
    left_behind: str | None = None


def choose_tip(heads: Heads, base: str, is_ancestor: Callable[[str, str], bool]) -> Tip:
    """What HEAD holds, unless the branch holds that and more. Raises GitError.

    Whatever is taken contains `base`; a history that does not is no basis for a pull request.
    """
    head, branch = heads.head_commit, heads.branch_commit
    if head is None or not is_ancestor(base, head):
        if branch is not None and heads.head_branch != heads.branch and is_ancestor(base, branch):
            return Tip(commit=branch, note=_elsewhere(heads, "what was on the branch was taken"))
        raise _rewritten(heads, base)
    if heads.head_branch == heads.branch or branch == head:
        return Tip(commit=head)
    if branch is None or is_ancestor(branch, head):
        return Tip(commit=head, note=_elsewhere(heads, "its commits were taken from there"))
    if is_ancestor(head, branch):
        return Tip(commit=branch, note=_elsewhere(heads, "what was on the branch was taken"))
    return Tip(
        commit=head,
        note=_elsewhere(heads, "its commits were taken from there"),
        left_behind=branch,
    )


def _elsewhere(heads: Heads, then: str) -> str:
    where = f"on the branch {heads.head_branch}" if heads.head_branch else "with a detached HEAD"
    return f"the agent ended {where}, not on {heads.branch}; {then}"


def _rewritten(heads: Heads, base: str) -> GitError:
    what = "has no commit at all" if heads.head_commit is None else "no longer contains that commit"
    return GitError(
        f"the agent rewrote the history it was given: {heads.branch} began at {base[:12]}, "
        f"and what the clone holds now {what}",
        cure="look at the clone and rebase the work by hand, or delete the clone and run the task "
        "again",
    )
