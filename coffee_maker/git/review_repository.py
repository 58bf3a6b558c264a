"""The git side of a local review: in the user's repository, at the word of a person.

With a remote, merging happens without the work tree: the merge commit is built from objects and
pushed, and no branch, index or file of the user's changes. Without one, the user's repository is
the upstream itself; where the target branch is checked out there, it is merged as the person
would have done it, and only in a clean work tree.
"""

import os
from functools import cached_property
from pathlib import Path

from coffee_maker.domain.errors import ForgeError
from coffee_maker.git.checkout import Checkout
from coffee_maker.git.command import Command, Result
from coffee_maker.git.environment import Environment, of_the_user, to_the_remote
from coffee_maker.git.failure import push_failure, remote_failure
from coffee_maker.git.identity import read_identity
from coffee_maker.git.upstream import Upstream

_REMOTE_SECONDS = 300.0
_HOOK_SECONDS = 1_800.0  # the user's own hooks may run their tests
_FETCH = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")


class MovedOn(ForgeError):
    """Somebody else changed the target branch in the meantime; the merge may be tried again."""


class ReviewRepository:
    """Reads and merges branches that stand on the upstream of the repository at `folder`.

    `remote` is the upstream's name; where there is no such remote, the repository itself is it.
    Every method may raise ForgeError, RemoteError, GitError.
    """

    def __init__(self, folder: Path, remote: str = "origin") -> None:
        self._checkout = Checkout(folder)
        self._upstream = Upstream(self._checkout, remote)

    def tips(self, *branches: str) -> dict[str, str]:
        """The commits that these branches stand at upstream; missing branches are left out."""
        if self._upstream.is_the_checkout:
            found = {branch: self._checkout.head(branch) for branch in branches}
            return {branch: tip for branch, tip in found.items() if tip is not None}
        refs = [f"refs/heads/{branch}" for branch in branches]
        listed = self._reach("ls-remote", self._upstream.name, *refs).text.splitlines()
        there = {ref: tip for tip, _, ref in (line.partition("\t") for line in listed)}
        if wanted := [ref for ref in refs if ref in there]:
            self._reach(*_FETCH, self._upstream.name, *wanted)
        return {branch: there[r] for branch, r in zip(branches, refs, strict=True) if r in there}

    def contains(self, commit: str, other: str) -> bool:
        """True where everything in `other` is in `commit` as well."""
        return self._git.run("merge-base", "--is-ancestor", other, commit).ok

    def diff(self, target: str, branch: str, *, colour: bool) -> bytes:
        """What `branch` changes since it left `target`; what it changed, where it is merged."""
        shade = f"--color={'always' if colour else 'never'}"
        since = self._before_merge(target, branch) or target
        return self._git.out(
            "diff", "--no-ext-diff", "--find-renames", shade, f"{since}...{branch}"
        )

    def merge(self, target: str, tip: str, branch: str, message: str) -> str:
        """Merge the commit `branch` into the branch `target`, which stands at `tip` upstream.

        Returns the merge commit. Raises ForgeError: a conflict, a work tree that is not clean;
        MovedOn.
        """
        tree = self._merged_tree(tip, branch)
        if self._upstream.is_the_checkout and (where := self._work_tree_of(target)):
            return self._merge_in(where, branch, message)
        read_identity(self._git)
        parents = ("-p", tip, "-p", branch)
        commit = self._git.text("commit-tree", tree, *parents, "-F", "-", given=message.encode())
        if self._upstream.is_the_checkout:
            self._git.out("update-ref", "-m", message, f"refs/heads/{target}", commit, tip)
        else:
            self._push(commit, target)
        return commit

    @cached_property
    def _git(self) -> Command:
        return self._checkout.git.at(self._checkout.shape.top)

    def _reach(self, *arguments: str) -> Result:
        result = self._to_the_remote.run(*arguments)
        if not result.ok:
            raise remote_failure(result.err, self._upstream.name)
        return result

    @cached_property
    def _to_the_remote(self) -> Command:
        environment = to_the_remote(os.environ, self._checkout.setting("core.sshcommand"))
        return Command(cwd=self._git.cwd, environment=environment, seconds=_REMOTE_SECONDS)

    def _push(self, commit: str, target: str) -> None:
        name = self._upstream.name
        result = self._to_the_remote.run(
            *("push", "--porcelain", "--no-verify", name, f"{commit}:refs/heads/{target}")
        )
        refused = next((line for line in result.text.splitlines() if line.startswith("!")), None)
        if refused and ("fast-forward" in refused or "fetch first" in refused):
            raise MovedOn(f"{target} changed on {name} meanwhile", cure="try again", transient=True)
        if refused:
            raise push_failure(refused, result.err, target, name)
        if not result.ok:
            raise remote_failure(result.err, name)

    def _merged_tree(self, tip: str, branch: str) -> str:
        result = self._git.run(
            *("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", tip, branch)
        )
        tree, *files = result.text.strip("\0").split("\0")
        if result.code == 1:
            raise ForgeError(
                f"there are conflicts in {', '.join(files)}",
                cure="merge the target into the branch by hand, mend these files, push the branch, "
                "then merge again",
            )
        if not result.ok:
            raise ForgeError(
                f"git cannot merge this: {result.err}", cure="git 2.38 or newer is needed"
            )
        return tree

    def _before_merge(self, target: str, branch: str) -> str | None:
        if not self.contains(target, branch):
            return None
        merges = self._git.text("rev-list", "--merges", "--parents", f"{branch}..{target}")
        found = (line.split() for line in reversed(merges.splitlines()))
        return next((parents[0] for _, *parents in found if branch in parents[1:]), None)

    def _work_tree_of(self, branch: str) -> Path | None:
        for block in self._git.text("worktree", "list", "--porcelain", "-z").split("\0\0"):
            lines = block.split("\0")
            if f"branch refs/heads/{branch}" in lines:
                return Path(lines[0].removeprefix("worktree "))
        return None

    def _merge_in(self, where: Path, branch: str, message: str) -> str:
        git = self._git.at(where)
        self._require_clean(where, git)
        user = of_the_user(os.environ)
        # As the user's own git: with hooks, and nothing in their environment that surprises them.
        values = {"GIT_TERMINAL_PROMPT": "0", "GIT_MERGE_AUTOEDIT": "no"}
        own = Command(
            cwd=where,
            environment=Environment(removed=user.removed, values=values),
            seconds=_HOOK_SECONDS,
        )
        result = own.run("merge", "--no-ff", "-m", message, branch)
        if not result.ok:
            if Checkout(where).under_way():
                own.run("merge", "--abort")
            raise ForgeError(
                f"git merge failed in {where}, and was taken back: {result.err or result.text}",
                cure="mend that and merge again",
            )
        return git.text("rev-parse", "HEAD")

    def _require_clean(self, where: Path, git: Command) -> None:
        if begun := Checkout(where).under_way():
            raise ForgeError(f"{begun} is under way in {where}", cure="end it, then merge again")
        changed = git.text("status", "--porcelain=v1", "-z", "--untracked-files=no")
        if changed:
            names = ", ".join(entry[3:] for entry in changed.split("\0")[:5] if entry)
            raise ForgeError(
                f"{where} has changes that are not committed: {names}",
                cure="commit them, or put them aside with `git stash`, then merge again",
            )
