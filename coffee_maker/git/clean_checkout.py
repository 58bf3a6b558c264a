"""Clean checkouts of single commits, for running what must not see anybody's leftovers."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from coffee_maker.domain.errors import GitError
from coffee_maker.git.identity import Identity
from coffee_maker.git.mirror import Mirror
from coffee_maker.git.private_clone import delete_tree, make_clone


@contextlib.contextmanager
def clean_checkout(mirror: Mirror, commit: str, author: Identity) -> Iterator[Path]:
    """A folder with `commit` checked out and a .git of its own, deleted at the end.

    Raises GitError. A folder that cannot be deleted (files of another user) stays, silently.
    """
    if mirror.commit(commit) is None:
        raise GitError(f"there is no commit {commit}", cure="fetch it, or run the task again")
    folder = mirror.state_dir / "checkouts"
    folder.mkdir(parents=True, exist_ok=True)
    _delete_forgotten(folder)
    path = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=folder))
    try:
        make_clone(mirror, path, commit=commit, author=author)
        yield path
    finally:
        with contextlib.suppress(GitError):
            delete_tree(path)


def _delete_forgotten(folder: Path) -> None:
    """Delete what processes that were killed left behind."""
    for path in folder.iterdir():
        pid = path.name.partition("-")[0]
        if pid.isdecimal() and not _lives(int(pid)):
            with contextlib.suppress(GitError):
                delete_tree(path)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
