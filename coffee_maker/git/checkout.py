"""The user's own repository. It is only ever read, and not even its index is refreshed."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from coffee_maker.domain.errors import GitError
from coffee_maker.git.command import Command
from coffee_maker.git.environment import of_the_user

# Settings that decide how a remote is reached, and with whose credentials.
_TRANSPORT = ("credential.", "http.", "https.", "url.", "ssh.", "protocol.")
_TRANSPORT_KEYS = ("core.sshcommand", "core.askpass", "core.gitproxy")
_OF_A_REMOTE = ("url", "pushurl", "proxy", "proxyauthmethod", "uploadpack", "receivepack", "vcs")
# Neither a program of the user's that watches files nor a hook has to run for us to look.
_QUIET = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
_UNDER_WAY = {
    "MERGE_HEAD": "a merge",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What kind of repository it is. `whole`: it holds the full history with all its files."""

    top: Path
    git_dir: Path
    common_dir: Path
    object_format: str
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """The user's own rules on files to ignore: those of one repository, and a file for all."""

    rules: str = ""
    file: str = ""


class Checkout:
    """The repository at `path`, which may be a folder within it. Every method may raise GitError.

    Nothing is looked at before the first call.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def git(self) -> Command:
        """git in the checkout, as the user has set it up."""
        if not self.path.is_dir():
            raise GitError(f"there is no folder {self.path}", cure="check the path of the project")
        return Command(cwd=self.path, environment=of_the_user(os.environ), options=_QUIET)

    @cached_property
    def shape(self) -> Shape:
        """Where its parts are. Raises GitError where this is no repository."""
        asked = self.git.run(
            "rev-parse",
            "--path-format=absolute",
            "--git-dir",
            "--git-common-dir",
            "--show-object-format",
            "--is-shallow-repository",
            "--is-bare-repository",
        )
        if not asked.ok:
            raise _unreadable(self.path, asked.err)
        git_dir, common, form, shallow, bare = asked.text.splitlines()
        top = git_dir if bare == "true" else self.git.text("rev-parse", "--show-toplevel")
        partial = self.git.run("config", "--get", "extensions.partialclone").text
        return Shape(
            top=Path(top),
            git_dir=Path(git_dir),
            common_dir=Path(common),
            object_format=form,
            whole=shallow == "false" and not partial,
        )

    @property
    def _known(self) -> Command:
        """git in the checkout, after making sure that it is one."""
        _ = self.shape
        return self.git

    def setting(self, key: str) -> str:
        """A git setting as it counts in the checkout, empty where there is none."""
        return self._known.run("config", "--get", key).text

    def settings(self) -> list[tuple[str, str]]:
        """All that decides how a remote is reached, in order, as it counts in the checkout."""
        return transport_settings(self._known.out("config", "-z", "--list"))

    def remotes(self) -> tuple[str, ...]:
        return tuple(self._known.text("remote").split())

    def current_branch(self) -> str | None:
        """The branch that is checked out, None where HEAD is detached."""
        asked = self._known.run("symbolic-ref", "--quiet", "--short", "HEAD")
        return asked.text if asked.ok else None

    def default_branch(self, remote: str) -> str | None:
        """What the checkout remembers as the remote's own branch, without asking the remote."""
        ref = f"refs/remotes/{remote}/HEAD"
        asked = self._known.run("symbolic-ref", "--quiet", ref)
        return asked.text.removeprefix(f"refs/remotes/{remote}/") if asked.ok else None

    def head(self, branch: str) -> str | None:
        """The commit of a branch of the user's own, None where there is no such branch."""
        name = f"refs/heads/{branch}^{{commit}}"
        asked = self._known.run("rev-parse", "--verify", "--quiet", name)
        return asked.text if asked.ok else None

    def has_commits(self) -> bool:
        return bool(self._known.text("for-each-ref", "--count=1", "refs/heads", "refs/remotes"))

    def under_way(self) -> str | None:
        """What the user has begun and not finished, such as "a merge"."""
        folder = self.shape.git_dir
        return next((w for name, w in _UNDER_WAY.items() if (folder / name).exists()), None)

    def state_of(self, path: str) -> str:
        """git's two letters for a path ("??" is not in git yet), empty where it is committed."""
        if self.shape.top == self.shape.git_dir:
            return ""
        git = self.git.at(self.shape.top)
        found = git.text("status", "--porcelain=v1", "-z", "--untracked-files=all", "--", path)
        return found[:2]

    def ignored(self) -> Ignored:
        """What the user's git ignores here beside what .gitignore says."""
        file = self.shape.common_dir / "info" / "exclude"
        rules = file.read_text("utf-8", "surrogateescape") if file.is_file() else ""
        named = self._known.run("config", "--type=path", "--get", "core.excludesFile").text
        return Ignored(rules=rules, file=named)


def transport_settings(listed: bytes) -> list[tuple[str, str]]:
    """Out of `git config -z --list`, what decides how a remote is reached."""
    pairs = []
    for item in listed.decode("utf-8", "surrogateescape").split("\0"):
        key, _, value = item.partition("\n")
        about_a_remote = key.startswith("remote.") and key.rpartition(".")[2] in _OF_A_REMOTE
        if about_a_remote or key.startswith(_TRANSPORT) or key in _TRANSPORT_KEYS:
            pairs.append((key, value))
    return pairs


def _unreadable(path: Path, said: str) -> GitError:
    if "dubious ownership" in said:
        return GitError(
            f"{path} belongs to another user, and git does not open it",
            cure=f"git config --global --add safe.directory {path}",
        )
    return GitError(
        f"{path} is not a git repository",
        cure=f"run it in your project, or make one: git init {path}",
    )
