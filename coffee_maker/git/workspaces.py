"""One private clone per task: made, found again after a crash, and its work taken out of it."""

import os
import tempfile
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from pathlib import Path

from coffee_maker.domain.change import Change, Workspace
from coffee_maker.domain.errors import GitError
from coffee_maker.git.agent_view import AgentView, has_history, look_at
from coffee_maker.git.branch_name import unique_slug
from coffee_maker.git.change import read_change
from coffee_maker.git.checkout import Checkout
from coffee_maker.git.identity import Identity
from coffee_maker.git.mirror import Mirror
from coffee_maker.git.private_clone import delete_tree, make_clone
from coffee_maker.git.record import WorkspaceRecord
from coffee_maker.git.start import Start, find_start
from coffee_maker.git.taking import take

_UNCOMMITTED = "what stands uncommitted in the workspace"
_NO_TIME = "@0 +0000"


class PrivateWorkspaces:
    """The clones under `state_dir/workspaces`. Implements the port Workspaces."""

    def __init__(
        self, mirror: Mirror, checkout: Checkout, author: Identity, *, local: bool
    ) -> None:
        self._mirror, self._checkout = mirror, checkout
        self._author, self._local = author, local

    def prepare(self, task: str, branch: str, target: str) -> Workspace:
        """The task's clone, as it was left or made anew. Raises BranchTaken, GitError."""
        path, record = self._path(task), self._record(task)
        self._delete_unfinished(path)
        known = record.read()
        if known is not None and known.branch == branch and self._is_healthy(known):
            _unlock(path / ".git")
            return replace(known, path=path, target=target)
        start = find_start(self._mirror, task, branch, target, local=self._local)
        self._set_aside(path)
        return self._make(task, branch, target, start)

    def collect(self, workspace: Workspace, message: str) -> Change:
        """Commit the leftovers, bring the work into the mirror, and say what it is.

        Raises GitError where the agent left no history that can be used.
        """
        record = self._record(workspace.task)
        with self._look_at(workspace.path, record.index) as (view, folder):
            taken = take(view, self._mirror, workspace, message=message, author=self._author)
            self._mirror.receive(folder, taken.commit)
        head = self._adopt(workspace.branch, taken.commit)
        return read_change(
            self._mirror.git,
            branch=workspace.branch,
            base=workspace.base_commit,
            head=head,
            notes=taken.notes,
        )

    def look(self, workspace: Workspace) -> Change:
        """What stands there now, as a commit in the mirror that is on no branch.

        The same state makes the same commit. Raises GitError.
        """
        record = self._record(workspace.task)
        with self._look_at(workspace.path, record.index) as (now, folder):
            view = now.at(_NO_TIME)
            taken = take(view, self._mirror, workspace, message=_UNCOMMITTED, author=self._author)
            tree = view.tree(taken.commit)
            self._mirror.receive(folder, taken.commit)
        change = read_change(
            self._mirror.git,
            branch=workspace.branch,
            base=workspace.base_commit,
            head=taken.commit,
            notes=taken.notes,
        )
        return replace(change, is_committed=not taken.added, tree=tree)

    def remove(self, workspace: Workspace) -> None:
        """Delete the clone of the workspace's task and all that was remembered of it."""
        self._record(workspace.task).forget()
        delete_tree(self._path(workspace.task))
        delete_tree(self._aside(workspace.task))

    def _adopt(self, branch: str, commit: str) -> str:
        """Make a commit the head of our branch; what the remote has already stays part of it."""
        ours = self._mirror.own(branch)
        if ours is not None and self._mirror.is_ancestor(commit, ours):
            return ours
        known = self._mirror.head(branch)
        if known is not None and self._mirror.is_ancestor(commit, known):
            self._mirror.set(branch, known, was=ours)
            return known
        theirs = self._mirror.theirs(branch)
        if theirs is not None and not self._mirror.is_ancestor(theirs, commit):
            commit = self._mirror.merge(theirs, commit, self._author)
        self._mirror.set(branch, commit, was=ours)
        return commit

    def _make(self, task: str, branch: str, target: str, start: Start) -> Workspace:
        path = self._path(task)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=_unfinished(path), dir=path.parent))
        make_clone(
            self._mirror,
            unfinished,
            commit=start.commit,
            author=self._author,
            branch=branch,
            also=(target, self._mirror.need(target)),
            excludes=self._checkout.ignored().rules,
        )
        workspace = Workspace(
            task=task, path=path, branch=branch, target=target, base_commit=start.base
        )
        self._record(task).write(workspace, unfinished / ".git" / "index")
        unfinished.rename(path)
        return workspace

    def _delete_unfinished(self, path: Path) -> None:
        """A git that outlived its killed daemon may still write there; then it goes next time."""
        for left in path.parent.glob(f"{_unfinished(path)}*"):
            with suppress(GitError):
                delete_tree(left)

    def _is_healthy(self, known: Workspace) -> bool:
        """True where the clone's history can be read as far as the commit it began with."""
        path = self._path(known.task)
        if not has_history(path):
            return False
        with suppress(GitError), self._look_at(path, Path(os.devnull)) as (view, _):
            return view.commit("HEAD") is not None and view.commit(known.base_commit) is not None
        return False

    def _look_at(self, path: Path, index: Path) -> AbstractContextManager[tuple[AgentView, Path]]:
        return look_at(self._mirror, path, index=index, ignored=self._checkout.ignored())

    def _set_aside(self, path: Path) -> None:
        """What cannot be used is kept, for a person may find work in it."""
        if os.path.lexists(path):
            aside = path.with_name(f"{path.name}.broken")
            delete_tree(aside)
            path.rename(aside)

    def _path(self, task: str) -> Path:
        return self._mirror.state_dir / "workspaces" / unique_slug(task)

    def _aside(self, task: str) -> Path:
        path = self._path(task)
        return path.with_name(f"{path.name}.broken")

    def _record(self, task: str) -> WorkspaceRecord:
        return WorkspaceRecord(folder=self._mirror.state_dir / "records" / unique_slug(task))


def _unfinished(path: Path) -> str:
    return f".{path.name}.unfinished-"


def _unlock(folder: Path) -> None:
    """Clear what a git left behind that was killed with its agent."""
    for stale in folder.glob("*.lock"):
        stale.unlink(missing_ok=True)
