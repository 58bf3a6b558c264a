"""Clones that stand alone: own .git, no remote, no hooks, no way to any credentials."""

import os
import shutil
import stat
from pathlib import Path

from coffee_maker.domain.errors import GitError
from coffee_maker.git.identity import Identity
from coffee_maker.git.mirror import Mirror

# The user's own settings still apply to whoever works in the clone, so each is answered here.
_SETTINGS = (
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("credential.helper", ""),
    ("commit.gpgSign", "false"),
    ("tag.gpgSign", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
)


def make_clone(
    mirror: Mirror,
    path: Path,
    *,
    commit: str,
    author: Identity,
    branch: str | None = None,
    also: tuple[str, str] | None = None,
    excludes: str = "",
) -> None:
    """Make a clone at `path` that borrows the mirror's objects, with `commit` checked out.

    On `branch`, else detached. `also` is a second branch and its commit, to compare with.
    `excludes` are the user's own ignore rules. Raises GitError; what was made then is left.
    """
    settings = (*_SETTINGS, ("user.name", author.name), ("user.email", author.email))
    options = [part for key, value in settings for part in ("-c", f"{key}={value}")]
    # git would take its own default where the mirror has no branch yet that tells it
    kind = {"GIT_DEFAULT_HASH": "sha256" if len(commit) == 64 else "sha1"}
    mirror.anywhere.plus(kind).out(
        "clone", "--quiet", "--shared", "--no-checkout", *options, str(mirror.path), str(path)
    )
    folder = path / ".git"
    git = mirror.git.at(path, GIT_DIR=str(folder), GIT_WORK_TREE=str(path))
    git.out("remote", "remove", "origin")
    if excludes:
        (folder / "info").mkdir(exist_ok=True)
        (folder / "info" / "exclude").write_text(excludes, "utf-8", "surrogateescape")
    if also is not None and also[0] != branch:
        git.out("update-ref", f"refs/heads/{also[0]}", also[1])
    if branch is None:
        git.out("update-ref", "--no-deref", "HEAD", commit)
    else:
        git.out("update-ref", f"refs/heads/{branch}", commit)
        git.out("symbolic-ref", "HEAD", f"refs/heads/{branch}")
    git.out("read-tree", "-u", "--reset", commit)


def delete_tree(path: Path) -> None:
    """Delete a folder with all in it, also what was made read-only. Raises GitError."""
    if not os.path.lexists(path):
        return
    try:
        shutil.rmtree(path)
    except PermissionError:
        _make_writable(path)
        shutil.rmtree(path, ignore_errors=True)
    except OSError as error:
        raise GitError(
            f"{path} could not be deleted: {error}", cure=f"delete it: {path}"
        ) from error
    if path.exists():
        raise GitError(
            f"{path} could not be deleted: files in it belong to someone else",
            cure=f"sudo rm -rf {path}",
        )


def _make_writable(path: Path) -> None:
    for folder, names, _ in os.walk(path):
        for name in (".", *names):
            child = Path(folder, name)
            if not child.is_symlink():
                child.chmod(child.stat().st_mode | stat.S_IRWXU)
