"""The daemon's own bare copy of the repository, in which all of its work is done.

It borrows the objects of the user's repository (alternates), so it costs no space. Its refs:

    refs/remotes/upstream/*     what stands on the remote, as of the last fetch
    refs/tags/*                 the remote's tags
    refs/heads/*                branches of our own; nobody else writes them
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from coffee_maker.domain.errors import BranchTaken, GitError, RemoteError
from coffee_maker.git.checkout import Checkout
from coffee_maker.git.command import Command
from coffee_maker.git.environment import OWN_SETTINGS, own
from coffee_maker.git.failure import last_words
from coffee_maker.git.identity import Identity
from coffee_maker.git.upstream import Upstream

if TYPE_CHECKING:
    from filelock import FileLock

THEIRS = "refs/remotes/upstream/"
OURS = "refs/heads/"
_LOCK_SECONDS = 600.0
_REFSPECS = (f"+refs/heads/*:{THEIRS}*", "+refs/tags/*:refs/tags/*")


class Mirror:
    """One bare repository under `state_dir`; it is made when it is first needed.

    Several processes may use it at once: whoever writes holds a lock. Raises GitError.
    """

    def __init__(self, state_dir: Path, checkout: Checkout, upstream: Upstream) -> None:
        self.state_dir, self._checkout, self._upstream = state_dir, checkout, upstream
        self.path = state_dir / "repository.git"

    @cached_property
    def anywhere(self) -> Command:
        """git with none of the user's settings, bound to no repository."""
        self.state_dir.mkdir(parents=True, exist_ok=True)
        settings = self.state_dir / "gitconfig"
        if not settings.exists() or settings.read_text() != OWN_SETTINGS:
            fresh = settings.with_name(f"gitconfig.{os.getpid()}")
            fresh.write_text(OWN_SETTINGS)
            fresh.replace(settings)
        return Command(cwd=self.state_dir, environment=own(os.environ, settings))

    @cached_property
    def git(self) -> Command:
        """git in the mirror, with none of the user's settings."""
        git = self.anywhere
        with self._lock():
            self._make(git)
        return git.at(self.path, GIT_DIR=str(self.path))

    @property
    def objects(self) -> Path:
        return self.path / "objects"

    def refresh(self) -> None:
        """Make what is known of the remote what stands there now. Raises RemoteError."""
        with self.locked():
            try:
                self._upstream.fetch(self.path, _REFSPECS)
            except RemoteError:
                if self._is_whole():
                    raise
                # The user's git has thrown away objects that were borrowed from it.
                self._upstream.fetch(self.path, _REFSPECS, again=True)

    def push(self, branch: str) -> str:
        """Push a branch of ours; the hash that now stands on the remote. Raises RemoteError."""
        ours = self.own(branch)
        if ours is None:
            raise GitError(f"there is no branch {branch} to push")
        with self.locked():
            try:
                self._upstream.push(self.path, branch)
            except RemoteError:
                theirs = self._look_again(branch)
                if theirs is None or not self.is_ancestor(ours, theirs):
                    raise
                return theirs
            self.git.out("update-ref", THEIRS + branch, ours)
        return ours

    def delete(self, branch: str, pushed: str = "") -> None:
        """Delete a branch, there and here, but not what others put on it; see the port."""
        with self.locked():
            self.refresh()
            theirs = self.theirs(branch)
            if theirs is not None:
                self._refuse_foreign(branch, theirs, pushed)
                self._upstream.delete(self.path, branch, at=theirs)
            for ref in (OURS + branch, THEIRS + branch):
                self.git.out("update-ref", "-d", ref)

    def _refuse_foreign(self, branch: str, theirs: str, pushed: str) -> None:
        ours = [head for head in (self.own(branch), pushed and self.commit(pushed)) if head]
        if any(self.is_ancestor(theirs, head) for head in ours):
            return
        foreign = self.git.text("log", "--format=%h %s (%an)", "-n", "10", theirs, "--not", *ours)
        listed = "; ".join(foreign.splitlines()) if ours else "nothing on it is known to be ours"
        raise BranchTaken(
            f"the branch {branch} holds what is not ours: {listed}",
            cure="keep those commits elsewhere (git fetch, git branch), delete the branch by hand, "
            "then do this again",
        )

    def own(self, branch: str) -> str | None:
        """The head of our own branch of this name."""
        return self.commit(OURS + branch)

    def theirs(self, branch: str) -> str | None:
        """The head of the remote's branch of this name, as of the last fetch."""
        return self.commit(THEIRS + branch)

    def head(self, branch: str) -> str | None:
        """The newest we know of a branch: ours, unless the remote's holds ours and more."""
        ours, theirs = self.own(branch), self.theirs(branch)
        if ours is None or theirs is None:
            return ours or theirs
        return theirs if self.is_ancestor(ours, theirs) else ours

    def need(self, branch: str) -> str:
        """The head of a branch that has to be there. Raises GitError."""
        head = self.head(branch)
        if head is None:
            raise GitError(
                f"there is no branch {branch} on the remote",
                cure=f"push it (git push origin {branch}), or set another `base` under [git] in "
                "coffee_maker.toml",
            )
        return head

    def set(self, branch: str, commit: str, *, was: str | None) -> None:
        """Move a branch of ours. Raises GitError where it is not where it was thought to be."""
        with self.locked():
            self.git.out("update-ref", OURS + branch, commit, was or "0" * len(commit))

    def receive(self, repository: Path, commit: str) -> None:
        """Take a commit with its history out of a repository of ours that borrows foreign objects.

        Each new object is checked for what git knows to be malformed or malicious.
        """
        ref = f"refs/received/{commit}"
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        with self.locked():
            took = self.git.run(
                "-c",
                "fetch.fsckObjects=true",
                "fetch",
                *options,
                "--update-shallow",
                str(repository),
                f"{commit}:{ref}",
            )
            if not took.ok:
                raise GitError(
                    f"the agent's commits cannot be taken: {last_words(took.err)}",
                    cure="look at them with `git fsck` in the clone, or delete the clone and run "
                    "the task again",
                )
            self.git.out("update-ref", "-d", ref)

    def merge(self, theirs: str, ours: str, author: Identity) -> str:
        """A commit that holds both. Raises GitError where they contradict each other."""
        merged = self.git.run("merge-tree", "--write-tree", "--name-only", theirs, ours)
        if not merged.ok:
            files = ", ".join(merged.text.split("\n\n")[0].splitlines()[1:])
            raise GitError(
                f"the branch on the remote and the new work contradict each other in {files}",
                cure="merge the two by hand, or delete the branch on the remote",
            )
        git = self.git.plus(author.variables())
        message = b"chore: merge what was on the remote's branch\n"
        parents = ("-p", theirs, "-p", ours)
        return git.text("commit-tree", merged.text, *parents, "-F", "-", given=message)

    def commit(self, name: str) -> str | None:
        """The hash of the commit that a ref or hash names, None where it is not here."""
        asked = self.git.run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return asked.text if asked.ok else None

    def is_ancestor(self, old: str, new: str) -> bool:
        return self.git.run("merge-base", "--is-ancestor", old, new).ok

    def merged_as(self, commit: str, branch: str) -> str | None:
        """The first merge on the branch's own line that holds the commit; the commit; or None."""
        head = self.head(branch)
        if head is None or self.commit(commit) is None or not self.is_ancestor(commit, head):
            return None
        range_ = f"{commit}..{head}"
        own_line = self.git.text("rev-list", "--first-parent", head).splitlines()
        if commit in own_line:
            return commit
        since = self.git.text("rev-list", "--ancestry-path", "--merges", range_).splitlines()
        line = set(own_line)
        return next((merge for merge in reversed(since) if merge in line), commit)

    def count(self, old: str, new: str) -> int:
        """How many commits `new` has that `old` has not."""
        return int(self.git.text("rev-list", "--count", f"{old}..{new}"))

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Only one process at a time; locks that a killed one left behind are cleared.

        Whoever holds it may enter again.
        """
        refs = self.git.cwd / "refs"
        with self._lock():
            for stale in [*self.path.glob("*.lock"), *refs.rglob("*.lock")]:
                stale.unlink(missing_ok=True)
            yield

    @cached_property
    def _lock_file(self) -> "FileLock":
        from filelock import FileLock

        return FileLock(self.state_dir / "repository.lock", timeout=_LOCK_SECONDS)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        from filelock import Timeout

        try:
            self._lock_file.acquire()
        except Timeout as error:
            raise GitError(
                f"another process has been working on {self.path} for too long",
                cure="see whether a second daemon runs: coffee-maker status",
            ) from error
        try:
            yield
        finally:
            self._lock_file.release()

    def _make(self, git: Command) -> None:
        shape = self._checkout.shape
        if not self.path.exists():
            fresh = Path(tempfile.mkdtemp(prefix="repository.", dir=self.state_dir))
            try:
                form = f"--object-format={shape.object_format}"
                git.out("init", "--quiet", "--bare", form, str(fresh))
                fresh.rename(self.path)
            except BaseException:
                shutil.rmtree(fresh, ignore_errors=True)
                raise
        # A repository without all of its history or files cannot lend what it has not.
        if shape.whole:
            borrow(self.objects, shape.common_dir / "objects")

    def _is_whole(self) -> bool:
        return self.git.run("rev-list", "--quiet", "--objects", f"--glob={THEIRS}*").ok

    def _look_again(self, branch: str) -> str | None:
        with contextlib.suppress(RemoteError):
            self._upstream.fetch(self.path, (f"+{OURS}{branch}:{THEIRS}{branch}",))
        return self.theirs(branch)


def borrow(objects: Path, *lenders: Path) -> None:
    """Let an object store read those of others as well."""
    file = objects / "info" / "alternates"
    lines = "".join(f"{lender}\n" for lender in lenders)
    if not file.exists() or file.read_text() != lines:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(lines)
