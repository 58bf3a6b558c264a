"""The far side: where the work comes from and where finished branches go."""

import os
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from coffee_maker.domain.check import Check
from coffee_maker.domain.errors import CoffeeMakerError, GitError, RemoteError
from coffee_maker.git.checkout import Checkout, transport_settings
from coffee_maker.git.command import Command, Result, TookTooLong
from coffee_maker.git.environment import to_the_remote, with_settings
from coffee_maker.git.failure import push_failure, remote_failure

REMOTE_SECONDS = 300.0
# With no remote the finished branch goes into the user's own repository, as a ref and no more.
_RECEIVE = (
    "git -c core.hooksPath=/dev/null -c receive.denyCurrentBranch=refuse"
    " -c receive.autogc=false -c gc.auto=0 -c maintenance.auto=false receive-pack"
)


class Upstream:
    """The remote named `name` of the user's repository, or, where it has none, that itself.

    Every call is bounded by `seconds`, asks nobody anything, and raises RemoteError.
    """

    def __init__(self, checkout: Checkout, name: str, seconds: float = REMOTE_SECONDS) -> None:
        self._checkout, self._wanted, self._seconds = checkout, name, seconds

    @cached_property
    def is_the_checkout(self) -> bool:
        """True where there is no remote. Raises GitError where there are only others."""
        remotes = self._checkout.remotes()
        if remotes and self._wanted not in (*remotes, "."):
            raise GitError(
                f"the repository has no remote {self._wanted!r}; it has {', '.join(remotes)}",
                cure=f'set `remote = "{remotes[0]}"` under [git] in coffee_maker.toml, or '
                '`remote = "."` to keep the branches in your own repository',
            )
        return self._wanted not in remotes

    @property
    def name(self) -> str:
        """As git and people call it."""
        return "." if self.is_the_checkout else self._wanted

    @property
    def _address(self) -> str:
        # git looks up the name in the settings, and only git knows what url.*.insteadOf makes of it
        return str(self._checkout.shape.common_dir) if self.is_the_checkout else self._wanted

    def default_branch(self) -> str | None:
        """The branch that the remote itself names as its own; None where it names none."""
        said = self._ask(None, "ls-remote", "--symref", self._address, "HEAD")
        for line in said.splitlines():
            if line.startswith("ref: refs/heads/"):
                return line.split("\t")[0].removeprefix("ref: refs/heads/")
        return None

    def is_empty(self) -> bool:
        """True where nothing was pushed there yet."""
        return not self._ask(None, "ls-remote", "--heads", self._address).strip()

    def fetch(self, mirror: Path, refspecs: Sequence[str], *, again: bool = False) -> None:
        """Bring refs into the mirror. `again`: all their objects, also those it seems to have."""
        whole = ("--refetch",) if again else ()
        options = ("--quiet", "--prune", "--no-write-fetch-head", "--no-recurse-submodules")
        self._ask(mirror, "fetch", *options, "--update-shallow", *whole, self._address, *refspecs)

    def push(self, mirror: Path, branch: str) -> None:
        """Put a branch of the mirror's there; what stands in the way there stays."""
        receive = (f"--receive-pack={_RECEIVE}",) if self.is_the_checkout else ()
        ref = f"refs/heads/{branch}"
        self._send(mirror, branch, *receive, self._address, f"{ref}:{ref}")

    def delete(self, mirror: Path, branch: str, *, at: str) -> None:
        """Delete a branch there, if it stands at this commit still."""
        receive = (f"--receive-pack={_RECEIVE}",) if self.is_the_checkout else ()
        ref = f"refs/heads/{branch}"
        lease = f"--force-with-lease={ref}:{at}"
        self._send(mirror, branch, lease, *receive, self._address, f":{ref}")

    def _send(self, mirror: Path, branch: str, *arguments: str) -> None:
        result = self._reach(mirror, "push", "--porcelain", "--no-verify", *arguments)
        refused = [text for text in result.text.splitlines() if text.startswith("!")]
        if refused:
            raise push_failure(refused[0], result.err, branch, self.name)
        if not result.ok:
            raise remote_failure(result.err, self.name)

    def _ask(self, mirror: Path | None, *arguments: str) -> str:
        result = self._reach(mirror, *arguments)
        if not result.ok:
            raise remote_failure(result.err, self.name)
        return result.text

    def _reach(self, mirror: Path | None, *arguments: str) -> Result:
        """Run it in the user's folder, so that a relative address means what it means there."""
        checkout = self._checkout
        here = to_the_remote(os.environ, checkout.setting("core.sshcommand"))
        git = Command(cwd=checkout.shape.top, environment=here, seconds=self._seconds)
        if mirror is not None:
            git = git.plus({"GIT_DIR": str(mirror)})
            git = git.plus(with_settings(os.environ, self._missing_settings(git)))
        try:
            return git.run(*arguments)
        except TookTooLong as error:
            raise RemoteError(
                f"the remote {self.name!r} did not answer: {error}",
                cure=f"check the network: git ls-remote {self.name}",
                transient=True,
            ) from error

    def _missing_settings(self, mirror: Command) -> list[tuple[str, str]]:
        """What counts in the user's repository about remotes and does not in the mirror.

        Handing over all of it would double what git adds up, such as http.extraHeader.
        """
        known = Counter(transport_settings(mirror.out("config", "-z", "--list")))
        missing = []
        for pair in self._checkout.settings():
            if known[pair]:
                known[pair] -= 1
            else:
                missing.append(pair)
        return missing


def remote_address(checkout: Path, remote: str = "origin") -> str | None:
    """The remote's address as the settings have it, None where there is no remote.

    Raises GitError where there are only others.
    """
    read = Checkout(checkout)
    if Upstream(read, remote).is_the_checkout:
        return None
    return read.setting(f"remote.{remote}.url") or None


def check_remote(checkout: Path, remote: str = "origin", seconds: float = 30) -> Check:
    """Whether the remote answers, for doctor. Never raises."""
    upstream = Upstream(Checkout(checkout), remote, seconds)
    try:
        if upstream.is_the_checkout:
            return Check(
                name="git remote", ok=True, detail="none: branches stay in this repository"
            )
        branch = upstream.default_branch()
        if branch is None and upstream.is_empty():
            return _empty(Checkout(checkout), remote)
    except CoffeeMakerError as error:
        return Check(name="git remote", ok=False, detail=str(error), cure=error.cure)
    its_branch = f"its branch is {branch}" if branch else "it names no branch as its own"
    return Check(name="git remote", ok=True, detail=f"{remote} answers; {its_branch}")


def _empty(checkout: Checkout, remote: str) -> Check:
    begin = "" if checkout.has_commits() else 'git add -A\ngit commit -m "chore: begin"\n'
    return Check(
        name="git remote",
        ok=False,
        detail=f"{remote} answers, but nothing was pushed to it yet",
        cure=f"{begin}git push -u {remote} HEAD",
    )
