"""All of an agent's work as one commit, out of whatever state it left its clone in."""

from dataclasses import dataclass

from coffee_maker.domain.change import Workspace
from coffee_maker.domain.errors import GitError
from coffee_maker.git.agent_view import AgentView, Leftovers, has_history
from coffee_maker.git.identity import Identity
from coffee_maker.git.mirror import Mirror
from coffee_maker.git.tip import Heads, choose_tip


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The commit that holds all of the work, and what a person should know about it.

    `added`: it was made here, of what was left uncommitted.
    """

    commit: str
    notes: tuple[str, ...] = ()
    added: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The commit to take, and the one that the work tree stands on."""

    tip: str
    stands_on: str
    notes: tuple[str, ...] = ()


def take(
    view: AgentView, mirror: Mirror, workspace: Workspace, *, message: str, author: Identity
) -> Taken:
    """Find the work, and commit what was left uncommitted with `message`.

    Raises GitError where the history cannot be used or work would be lost.
    """
    if has_history(workspace.path):
        found = _from_history(view, workspace)
    else:
        found = _from_files(view, mirror, workspace)
    left = view.leftovers(found.stands_on)
    notes = (*found.notes, *(f"{p} is a repository of its own; not committed" for p in left.nested))
    if left.tree == view.tree(found.stands_on):
        return Taken(commit=found.tip, notes=notes)
    if found.stands_on != found.tip:
        raise GitError(
            f"the agent left uncommitted work on {found.stands_on[:12]}, but its commits on "
            f"{workspace.branch}",
            cure=f"bring the two together in {workspace.path}, then run the task again",
        )
    commit = view.commit_tree(left.tree, found.tip, message, author)
    return Taken(commit=commit, notes=(*notes, *_about_filters(left)), added=True)


def _from_history(view: AgentView, workspace: Workspace) -> _Found:
    if view.unfinished:
        raise GitError(
            f"the agent left a {view.unfinished} unfinished in {workspace.path}",
            cure=f"end it there (git {view.unfinished} --continue, or --abort), then run the task "
            "again",
        )
    heads = Heads(
        branch=workspace.branch,
        branch_commit=view.commit(f"refs/heads/{workspace.branch}"),
        head_commit=view.commit("HEAD"),
        head_branch=view.current_branch,
    )
    tip = choose_tip(heads, workspace.base_commit, view.is_ancestor)
    notes = [tip.note] if tip.note else []
    if tip.left_behind:
        number = view.count(tip.commit, tip.left_behind)
        notes.append(f"left behind on {workspace.branch}: {number} commits of its own")
    return _Found(tip=tip.commit, stands_on=heads.head_commit or tip.commit, notes=tuple(notes))


def _from_files(view: AgentView, mirror: Mirror, workspace: Workspace) -> _Found:
    """The clone's .git is gone: what its files hold becomes one commit."""
    if not any(path.name != ".git" for path in workspace.path.iterdir()):
        raise GitError(
            f"the agent deleted all that was in {workspace.path}",
            cure="run the task again: the workspace is made anew",
        )
    parent = mirror.own(workspace.branch)
    if parent is None or not view.is_ancestor(workspace.base_commit, parent):
        parent = workspace.base_commit
    note = "the agent deleted the clone's .git; what its files held was taken as one commit"
    return _Found(tip=parent, stands_on=parent, notes=(note,))


def _about_filters(left: Leftovers) -> tuple[str, ...]:
    if not left.filtered:
        return ()
    some = ", ".join(left.filtered[:3]) + (", …" if len(left.filtered) > 3 else "")
    return (f"committed as they stand, without the filter they ask for: {some}",)
