"""A clone in which an agent did what it liked, looked at without running any of its settings.

Git runs programs that a repository's own config names: filters, file watchers, hooks, ssh
commands, helpers of a promisor remote. So no git command is ever started on the clone's .git.
Instead a .git of ours is laid beside it, with our config and our index; it reads the clone's
objects (as an alternate) and refs (through a link), and takes the clone's files for its work tree.
"""

import contextlib
import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from coffee_maker.domain.errors import GitError
from coffee_maker.git.checkout import Ignored
from coffee_maker.git.command import Command
from coffee_maker.git.environment import with_settings
from coffee_maker.git.identity import Identity
from coffee_maker.git.mirror import Mirror, borrow

_ON_A_BRANCH = re.compile(r"ref: (?P<ref>refs/heads/\S+)\n?")
_DETACHED = re.compile(r"(?P<commit>[0-9a-f]{40}|[0-9a-f]{64})\n?")
_UNFINISHED = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftovers:
    """What the work tree holds beyond a commit, as a tree.

    `nested` are repositories of their own within it, which are not part of the tree; `filtered`
    are files that a filter (such as LFS) should have changed, and that are in it as they stand.
    """

    tree: str
    nested: tuple[str, ...] = ()
    filtered: tuple[str, ...] = ()


class AgentView:
    """Made by `look_at`; every method may raise GitError."""

    def __init__(self, git: Command, clone: Path) -> None:
        self._git, self._clone = git, clone

    def at(self, time: str) -> "AgentView":
        """The same, in which every commit is made at this time, in git's own words."""
        dates = {"GIT_AUTHOR_DATE": time, "GIT_COMMITTER_DATE": time}
        return AgentView(self._git.plus(dates), self._clone)

    @property
    def unfinished(self) -> str | None:
        """What the agent began and did not end: a merge, a rebase."""
        folder = self._clone / ".git"
        return next((what for name, what in _UNFINISHED.items() if (folder / name).exists()), None)

    @property
    def current_branch(self) -> str | None:
        """What the clone's HEAD stands on; None where it is detached or cannot be read."""
        asked = self._git.run("symbolic-ref", "--quiet", "--short", "HEAD")
        return asked.text if asked.ok else None

    def commit(self, name: str) -> str | None:
        """The hash of the commit that a ref or hash names, None where it is not there."""
        asked = self._git.run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return asked.text if asked.ok else None

    def is_ancestor(self, old: str, new: str) -> bool:
        return self._git.run("merge-base", "--is-ancestor", old, new).ok

    def count(self, old: str, new: str) -> int:
        """How many commits `new` has that `old` has not."""
        return int(self._git.text("rev-list", "--count", f"{old}..{new}"))

    def leftovers(self, commit: str) -> Leftovers:
        """The work tree as it stands, .gitignore respected, compared with a commit."""
        git = self._git
        self._start_index(commit)
        changed, deleted = self._changed()
        untracked = _paths(git.out("ls-files", "-z", "--others", "--exclude-standard"))
        nested = tuple(path for path in untracked if path.endswith(b"/"))
        new = [path for path in untracked if not path.endswith(b"/")]
        zeros = b"0" * len(commit)
        gone = b"".join(b"0 " + zeros + b"\t" + path + b"\0" for path in deleted)
        git.out("update-index", "-z", "--index-info", given=gone)
        given = b"".join(path + b"\0" for path in [*changed, *new])
        git.out("update-index", "--add", "--remove", "--replace", "-z", "--stdin", given=given)
        return Leftovers(
            tree=git.text("write-tree"),
            nested=tuple(path.decode("utf-8", "backslashreplace") for path in nested),
            filtered=self._filtered(given),
        )

    def tree(self, commit: str) -> str:
        return self._git.text("rev-parse", "--verify", f"{commit}^{{tree}}")

    def commit_tree(self, tree: str, parent: str, message: str, author: Identity) -> str:
        """Commit a tree on top of a commit; the clone's own refs stay as they are."""
        git = self._git.plus(author.variables())
        return git.text("commit-tree", tree, "-p", parent, "-F", "-", given=message.encode())

    def _start_index(self, commit: str) -> None:
        """Our own index; what we know of untouched files spares reading them again."""
        if not self._git.run("read-tree", "-m", commit).ok:
            self._git.out("read-tree", "--reset", commit)

    def _changed(self) -> tuple[list[bytes], list[bytes]]:
        """Tracked files whose bytes or kind differ from the index, and those that are gone."""
        listed = self._git.out("diff-files", "-z", "--raw", "--ignore-submodules=all")
        fields = listed.split(b"\0")
        changed, deleted = [], []
        for meta, path in zip(fields[0::2], fields[1::2], strict=False):
            old_mode, new_mode, blob, _, letter = meta.lstrip(b":").split(b" ")
            if letter == b"D":
                deleted.append(path)
            elif old_mode != new_mode or not self._holds(path, blob.decode()):
                changed.append(path)
        return changed, deleted

    def _holds(self, path: bytes, blob: str) -> bool:
        """True where a file is this very blob, though git would write it differently (line ends).

        Adding it would be a change that the agent has not made.
        """
        file = Path(os.fsdecode(os.fsencode(self._clone) + b"/" + path))
        if file.is_symlink() or not file.is_file():
            return False
        digest = hashlib.new("sha1" if len(blob) == 40 else "sha256")
        with file.open("rb") as opened:
            digest.update(b"blob %d\0" % os.fstat(opened.fileno()).st_size)
            while block := opened.read(1 << 20):
                digest.update(block)
        return digest.hexdigest() == blob

    def _filtered(self, paths: bytes) -> tuple[str, ...]:
        if not paths:
            return ()
        fields = self._git.out("check-attr", "-z", "--stdin", "filter", given=paths).split(b"\0")
        found = zip(fields[0::3], fields[2::3], strict=False)
        return tuple(
            path.decode("utf-8", "backslashreplace")
            for path, value in found
            if value not in {b"unspecified", b"unset"}
        )


@contextlib.contextmanager
def look_at(
    mirror: Mirror, clone: Path, *, index: Path, ignored: Ignored
) -> Iterator[tuple[AgentView, Path]]:
    """The view and the folder of its .git, from which the mirror may fetch; deleted at the end.

    `index` is the one that was written when the clone was made; `ignored` are the user's own
    rules beside .gitignore. Raises GitError.
    """
    if not clone.is_dir():
        raise GitError(f"the workspace {clone} is gone", cure="run the task again: it is made anew")
    with tempfile.TemporaryDirectory(prefix="view.", dir=mirror.state_dir) as name:
        folder = Path(name) / "view.git"
        _lay(folder, clone / ".git", mirror)
        (folder / "info" / "exclude").write_text(ignored.rules, "utf-8", "surrogateescape")
        if index.is_file():
            shutil.copy2(index, folder / "index")
        git = mirror.git.at(clone, GIT_DIR=str(folder), GIT_WORK_TREE=str(clone))
        if ignored.file:
            git = git.plus(with_settings({}, [("core.excludesFile", ignored.file)]))
        yield AgentView(git, clone), folder


def has_history(clone: Path) -> bool:
    """True where the clone still has a .git of its own with objects and a HEAD to read."""
    folder = clone / ".git"
    return _is_folder(folder) and _is_folder(folder / "objects") and _head(folder) is not None


def _lay(folder: Path, theirs: Path, mirror: Mirror) -> None:
    (folder / "objects" / "info").mkdir(parents=True)
    (folder / "info").mkdir()
    config = (mirror.path / "config").read_text().replace("bare = true", "bare = false")
    (folder / "config").write_text(f"{config}[uploadpack]\n\tallowAnySHA1InWant = true\n")
    with contextlib.suppress(FileNotFoundError):
        shutil.copyfile(mirror.path / "shallow", folder / "shallow")
    lenders = [mirror.objects]
    head = _head(theirs) if has_history(theirs.parent) else None
    if head is not None:
        lenders.append(theirs / "objects")
        for name in ("refs", "packed-refs"):
            (folder / name).symlink_to(theirs / name)
    else:
        (folder / "refs").mkdir()
    (folder / "HEAD").write_text(head or "ref: refs/heads/gone\n")
    borrow(folder / "objects", *lenders)


def _head(folder: Path) -> str | None:
    """The text of HEAD, where it is a plain file that says what HEADs say."""
    file = folder / "HEAD"
    try:
        if not stat.S_ISREG(file.lstat().st_mode):
            return None
        with file.open("rb") as opened:
            text = opened.read(4096).decode("utf-8", "replace")
    except OSError:
        return None
    return text if _ON_A_BRANCH.fullmatch(text) or _DETACHED.fullmatch(text) else None


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _paths(listed: bytes) -> list[bytes]:
    return [path for path in listed.split(b"\0") if path]
