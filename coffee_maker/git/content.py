"""Files on a branch of the mirror, read and committed without a work tree."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from coffee_maker.domain.errors import GitError
from coffee_maker.git.identity import Identity
from coffee_maker.git.mirror import Mirror

_NEW_FILE = "100644"
_LINK = "120000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A file as a tree holds it."""

    mode: str
    sha: str


def read_file(mirror: Mirror, branch: str, path: str) -> str | None:
    """A file's text, every byte kept (what is no UTF-8 as surrogates); None where there is none.

    Raises GitError for a symbolic link, which could lead anywhere.
    """
    blob = _find(mirror, mirror.need(branch), path)
    if blob is None:
        return None
    return mirror.git.out("cat-file", "blob", blob.sha).decode("utf-8", "surrogateescape")


def commit_file(
    mirror: Mirror, branch: str, path: str, text: str, *, message: str, author: Identity
) -> str:
    """Commit one file on top of a branch and make it ours; the branch's head afterwards.

    The file's mode is kept. Where the branch holds this very text, nothing is committed.
    """
    head = mirror.need(branch)
    git = mirror.git.plus(author.variables())
    blob = _find(mirror, head, path)
    data = text.encode("utf-8", "surrogateescape")
    sha = git.text("hash-object", "-w", "--stdin", given=data)
    if blob is not None and blob.sha == sha:
        return head
    mode = blob.mode if blob is not None else _NEW_FILE
    with tempfile.TemporaryDirectory(dir=mirror.state_dir) as folder:
        indexed = git.plus({"GIT_INDEX_FILE": str(Path(folder) / "index")})
        indexed.out("read-tree", head)
        indexed.out("update-index", "--add", "--cacheinfo", f"{mode},{sha},{path}")
        tree = indexed.text("write-tree")
    commit = git.text("commit-tree", tree, "-p", head, "-F", "-", given=message.encode())
    mirror.set(branch, commit, was=mirror.own(branch))
    return commit


def _find(mirror: Mirror, commit: str, path: str) -> Blob | None:
    listed = mirror.git.text("ls-tree", "-z", "--full-tree", commit, "--", path)
    if not listed:
        return None
    mode, kind, sha = listed.partition("\t")[0].split()
    if mode == _LINK:
        target = mirror.git.text("cat-file", "blob", sha)
        raise GitError(
            f"{path} is a symbolic link to {target}", cure="name the file that it points to"
        )
    return Blob(mode=mode, sha=sha) if kind == "blob" else None
