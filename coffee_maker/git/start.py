"""Where a task's branch begins: at its target, or where an earlier run of ours left it."""

from dataclasses import dataclass

from coffee_maker.domain.errors import BranchTaken
from coffee_maker.git.change import read_commits
from coffee_maker.git.message import belongs_to
from coffee_maker.git.mirror import Mirror


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The commit to check out, and the one that the change is counted from."""

    commit: str
    base: str


def find_start(mirror: Mirror, task: str, branch: str, target: str, *, local: bool) -> Start:
    """Where to begin. Raises BranchTaken where the branch exists and is not this task's.

    It is this task's where we hold it ourselves, or one of its commits carries our trailer.
    `local`: there is no remote, so the branch would be one in the user's own repository.
    """
    onto = mirror.need(target)
    _check_parents(mirror, branch, local=local)
    found = mirror.head(branch)
    if found is None or mirror.is_ancestor(found, onto):
        return Start(commit=onto, base=onto)
    base = mirror.git.run("merge-base", onto, found).text
    if not base or not _is_ours(mirror, task, branch, base, found):
        raise _taken(mirror.count(onto, found), branch, target, local=local)
    return Start(commit=found, base=base)


def _is_ours(mirror: Mirror, task: str, branch: str, base: str, found: str) -> bool:
    ours, theirs = mirror.own(branch), mirror.theirs(branch)
    if ours is not None and (theirs is None or mirror.is_ancestor(theirs, ours)):
        return True
    if ours is not None and theirs is not None and mirror.is_ancestor(ours, theirs):
        return True
    return any(belongs_to(c.message, task) for c in read_commits(mirror.git, base, theirs or found))


def _check_parents(mirror: Mirror, branch: str, *, local: bool) -> None:
    """git keeps branches as files: a branch `feature` leaves no room for `feature/x`."""
    parts = branch.split("/")
    for length in range(1, len(parts)):
        parent = "/".join(parts[:length])
        if mirror.theirs(parent) is not None:
            way = f"git branch -m {parent} {parent}-old" if local else _rename(parent)
            raise BranchTaken(
                f"a branch {parent} exists, so git has no room for {branch}",
                cure=f"rename it: {way}",
            )


def _taken(commits: int, branch: str, target: str, *, local: bool) -> BranchTaken:
    noun = "commit" if commits == 1 else "commits"
    delete = f"git branch -D {branch}" if local else f"git push origin --delete {branch}"
    keep = f"git branch -m {branch} {branch}-mine" if local else _rename(branch, "-mine")
    return BranchTaken(
        f"the branch {branch} exists already, with {commits} {noun} beyond {target} that are not "
        "from an earlier run of this task",
        cure=f"delete it ({delete}) or keep it under another name ({keep}), then run it again",
    )


def _rename(branch: str, suffix: str = "-old") -> str:
    return (
        f"git fetch origin {branch} && git push origin FETCH_HEAD:refs/heads/{branch}{suffix} && "
        f"git push origin --delete {branch}"
    )
