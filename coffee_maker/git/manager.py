"""GitManager: the git room's one door."""

from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path

from coffee_maker.domain.change import Change, Workspace
from coffee_maker.domain.errors import GitError
from coffee_maker.git.checkout import Checkout
from coffee_maker.git.clean_checkout import clean_checkout
from coffee_maker.git.content import commit_file, read_file
from coffee_maker.git.identity import Identity, parse_identity, read_identity
from coffee_maker.git.mirror import Mirror
from coffee_maker.git.notices import read_notices
from coffee_maker.git.upstream import REMOTE_SECONDS, Upstream
from coffee_maker.git.workspaces import PrivateWorkspaces


class GitManager:
    """Implements the ports Workspaces and Repository on one repository of the user's.

    `checkout` is only read; all work is done under `state_dir`, which must be this project's
    alone. `base` is the branch to work from (None: the remote's own, else the checkout's);
    without the remote named `remote`, finished branches become refs in the checkout itself.
    `author` is "Name <email>" (None: as the user's git is set up). `remote_seconds` bounds each
    conversation with the remote. Making one looks at nothing; every method may raise GitError.
    """

    def __init__(
        self,
        checkout: Path,
        state_dir: Path,
        *,
        base: str | None = None,
        remote: str = "origin",
        author: str | None = None,
        remote_seconds: float = REMOTE_SECONDS,
    ) -> None:
        self._checkout = Checkout(checkout.absolute())
        self._upstream = Upstream(self._checkout, remote, remote_seconds)
        self._mirror = Mirror(state_dir.absolute(), self._checkout, self._upstream)
        self._base, self._author = base, author

    def require_identity(self) -> None:
        """Raises GitError, with the cure, where commits could not be made in the user's name."""
        _ = self._identity

    @cached_property
    def _identity(self) -> Identity:
        if self._author is None:
            return read_identity(self._checkout.git)
        given = parse_identity(self._author)
        if given is None:
            raise GitError(
                f"{self._author!r} is no author", cure='write it as "Your Name <you@example.com>"'
            )
        return given

    @cached_property
    def base_branch(self) -> str:
        """The branch that work starts from and is merged into."""
        checkout, upstream = self._checkout, self._upstream
        found = self._base or None
        if found is None and not upstream.is_the_checkout:
            found = checkout.default_branch(upstream.name) or upstream.default_branch()
        found = found or checkout.current_branch()
        if found is None:
            raise GitError(
                f"HEAD is detached in {checkout.path}, and no branch to work from is named",
                cure='set `base = "main"` under [git] in coffee_maker.toml, or git switch main',
            )
        return found

    def refresh(self) -> None:
        """Fetch all branches. Raises RemoteError; GitError where work could not begin anyway.

        That is: no repository, no identity, no commit, no base branch.
        """
        self.require_identity()
        if self._upstream.is_the_checkout and not self._checkout.has_commits():
            raise GitError(
                f"{self._checkout.path} has no commits yet",
                cure='git add -A && git commit -m "chore: begin"',
            )
        base = self.base_branch
        self._mirror.refresh()
        if self._mirror.theirs(base) is None:
            self._look_for_another_base(base)

    def notices(self, roadmap: str) -> tuple[str, ...]:
        """What a person should know about their checkout, one line each."""
        return read_notices(self._checkout, self._mirror, roadmap, self.base_branch)

    def read(self, branch: str, path: str) -> str | None:
        """A file's text on a branch with its own line ends, or None where there is none."""
        return read_file(self._mirror, branch, path)

    def head(self, branch: str) -> str | None:
        """The hash of the newest commit known of a branch, None where there is no branch."""
        return self._mirror.head(branch)

    def contains(self, branch: str, other: str) -> bool:
        """True where every commit on `other` is on `branch` as well; False where either is not."""
        head, old = self._mirror.head(branch), self._mirror.head(other)
        return head is not None and old is not None and self._mirror.is_ancestor(old, head)

    def checkout(self, commit: str) -> AbstractContextManager[Path]:
        """A clean checkout of a commit, with a .git of its own, deleted at the end."""
        return clean_checkout(self._mirror, commit, self._identity)

    def commit_file(self, branch: str, path: str, text: str, message: str) -> str:
        """Put a commit with one changed file on top of a branch; the branch's head afterwards.

        Where the branch holds this very text, that is the head it has already.
        """
        return commit_file(self._mirror, branch, path, text, message=message, author=self._identity)

    def push(self, branch: str) -> str:
        """Push a branch, never by force; the hash that now stands on the remote.

        Raises RemoteError. The base branch is never pushed.
        """
        if branch == self.base_branch:
            raise GitError(f"{branch} is the base branch, and only people change that")
        return self._mirror.push(branch)

    def delete_branch(self, branch: str, pushed: str = "") -> None:
        """Delete a branch on the remote and here, if it holds nothing but our own work.

        Raises BranchTaken that names the foreign commits; RemoteError.
        """
        if branch == self.base_branch:
            raise GitError(f"{branch} is the base branch, and only people change that")
        self._mirror.delete(branch, pushed)

    def merged_as(self, commit: str, branch: str) -> str | None:
        """The merge that brought a commit into a branch, the commit itself, or None: see the port.

        What was squashed or rebased on its way is not recognized.
        """
        return self._mirror.merged_as(commit, branch)

    def prepare(self, task: str, branch: str, target: str) -> Workspace:
        """The task's clone with its branch checked out, made now or found from before.

        Raises BranchTaken where the branch exists and is not from an earlier run of this task.
        """
        return self._workspaces.prepare(task, branch, target)

    def collect(self, workspace: Workspace, message: str) -> Change:
        """Commit what was left uncommitted (with `message`), take the branch out of the clone.

        None of the clone's settings, hooks or filters are run. Raises GitError where its history
        no longer contains the commit it began with, or a merge in it is not ended.
        """
        return self._workspaces.collect(workspace, message)

    def look(self, workspace: Workspace) -> Change:
        """What stands there now, uncommitted files included; no branch and no file is touched.

        The same state gives the same hashes. Raises GitError where `collect` would.
        """
        return self._workspaces.look(workspace)

    def remove(self, workspace: Workspace) -> None:
        """Delete the clone; nothing happens where there is none."""
        self._workspaces.remove(workspace)

    @cached_property
    def _workspaces(self) -> PrivateWorkspaces:
        return PrivateWorkspaces(
            self._mirror, self._checkout, self._identity, local=self._upstream.is_the_checkout
        )

    def _look_for_another_base(self, base: str) -> None:
        """The checkout remembers the remote's branch from the day it was cloned."""
        now = None if self._base else self._upstream.default_branch()
        if now is None or now == base or self._mirror.theirs(now) is None:
            raise GitError(
                f"there is no branch {base} on the remote {self._upstream.name!r}",
                cure=f"push it (git push {self._upstream.name} {base}), or set another `base` "
                "under [git] in coffee_maker.toml",
            )
        self.__dict__["base_branch"] = now
