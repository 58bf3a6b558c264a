"""What was done to the code: workspaces, changes, pull requests."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A private clone for one task, with `branch` checked out, made from `base_commit`.

    `target` is the branch that the pull request will ask to be merged into: the project's base
    branch, or the branch of an unmerged pull request that this task builds on.
    """

    task: str
    path: Path
    branch: str
    target: str
    base_commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit: full hash and whole message.

    `diff` is what it changed by itself, as `git show` tells it; empty where that was not read.
    """

    sha: str
    message: str
    diff: str = ""

    @property
    def subject(self) -> str:
        return self.message.partition("\n")[0]


class FileState(StrEnum):
    """What happened to a file between two commits."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One changed file; `old_path` only where it was renamed. Paths are relative, with `/`."""

    path: str
    state: FileState
    insertions: int
    deletions: int
    old_path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Everything between `base_commit` and `head_commit` of a branch.

    `commits` are oldest first; `diff` is `git diff`'s unified text with renames found. `notes` say
    what a person should know about how it was taken: work left on another branch, a diff cut short.
    `is_whole`: False where a diff was too large to be read to its end. `is_committed`: False where
    a part of it stands in files alone. `tree` is the hash of all that stands at the head; empty
    where nobody asked for it.
    """

    branch: str
    base_commit: str
    head_commit: str
    commits: tuple[Commit, ...]
    files: tuple[FileChange, ...]
    diff: str
    is_whole: bool = True
    notes: tuple[str, ...] = ()
    is_committed: bool = True
    tree: str = ""

    @property
    def is_empty(self) -> bool:
        """True where the tree at the head is the tree at the base."""
        return not self.files


class PullRequestState(StrEnum):
    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestDraft:
    """What a pull request is to say. `draft`: not yet ready for review."""

    branch: str
    target: str
    title: str
    body: str
    draft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """A pull request as its forge knows it. `url` is where a person, or a command, shows it."""

    number: int
    url: str
    branch: str
    target: str
    title: str
    body: str
    state: PullRequestState
    draft: bool = False
