"""Merging at a person's word: upstream gets it, and the user's checkout is not harmed."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from coffee_maker.domain.change import PullRequest, PullRequestDraft, PullRequestState
from coffee_maker.domain.errors import ForgeError, RemoteError
from coffee_maker.git.local_review import LocalReview
from coffee_maker.git.review_repository import ReviewRepository
from tests.support.git_server import bare_repository, commit
from tests.support.shelf import MemoryShelf


@dataclass(frozen=True, kw_only=True)
class House:
    """A user's checkout on `main`, its upstream if it has one, and pull requests on the shelf."""

    checkout: Path
    remote: Path | None
    shelf: MemoryShelf
    review: LocalReview

    def git(self, *arguments: str) -> str:
        return git(self.checkout, *arguments)

    @property
    def upstream(self) -> Path:
        return self.remote or self.checkout

    def branch(self, name: str, files: dict[str, str], *, target: str = "main") -> PullRequest:
        """A branch upstream with one commit on its target, and its pull request."""
        where = self.remote or self.checkout / ".git"
        commit(where, name, files, f"feat: {name}", onto=target)
        return self.shelf.put(
            PullRequestDraft(branch=name, target=target, title=f"feat: {name}", body="Why.")
        )

    def file(self, branch: str, path: str) -> str:
        return git(self.upstream, "show", f"{branch}:{path}")

    def snapshot(self) -> dict[str, bytes]:
        """Every file of the work tree, the index, HEAD and the local branches."""
        files = {
            str(path.relative_to(self.checkout)): path.read_bytes()
            for path in sorted(self.checkout.rglob("*"))
            if path.is_file() and ".git" not in path.relative_to(self.checkout).parts
        }
        for name in ("HEAD", "index"):
            files[name] = (self.checkout / ".git" / name).read_bytes()
        return {**files, "branches": self.git("for-each-ref", "refs/heads").encode()}


def git(cwd: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def build(tmp_path: Path, *, with_remote: bool) -> House:
    remote = bare_repository(tmp_path / "upstream.git")
    checkout = tmp_path / "checkout"
    git(tmp_path, "clone", "--quiet", str(remote), str(checkout))
    if not with_remote:
        git(checkout, "remote", "remove", "origin")
    shelf = MemoryShelf()
    return House(
        checkout=checkout,
        remote=remote if with_remote else None,
        shelf=shelf,
        review=LocalReview(shelf, ReviewRepository(checkout)),
    )


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A checkout of a remote."""
    return build(tmp_path, with_remote=True)


@pytest.fixture
def alone(tmp_path: Path) -> House:
    """A checkout without any remote: it is its own upstream."""
    return build(tmp_path, with_remote=False)


@pytest.fixture(params=[True, False], ids=["remote", "alone"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> House:
    """Both kinds in turn."""
    return build(tmp_path, with_remote=request.param)


def test_merge_makes_a_merge_commit(either: House) -> None:
    """The target gets a merge commit with the pull request's name, by the person who merged."""
    either.branch("feature/x", {"x.txt": "x\n"})
    merged = either.review.merge(1)
    said = git(either.upstream, "log", "-1", "--format=%H|%P|%an <%ae>|%s", "main").split("|")

    assert merged.commit == said[0]
    assert len(said[1].split()) == 2
    assert said[2:] == ["Ada <ada@example.com>", "Merge pull request 1: feat: feature/x"]
    assert either.file("main", "x.txt") == "x"
    assert merged.pull_request.state is PullRequestState.MERGED


def test_merging_twice_says_so(either: House) -> None:
    """The second time nothing happens, and that is told."""
    either.branch("feature/x", {"x.txt": "x\n"})
    either.review.merge(1)
    before = git(either.upstream, "rev-parse", "main")
    again = either.review.merge(1)

    assert again.commit is None
    assert before == git(either.upstream, "rev-parse", "main")


def test_merged_by_hand_is_noticed(either: House) -> None:
    """Where the branch is in the target already, only the record is mended."""
    either.branch("feature/x", {"x.txt": "x\n"})
    git(either.upstream, "update-ref", "refs/heads/main", "feature/x")
    if either.remote is None:
        either.git("reset", "--quiet", "--hard")
    merged = either.review.merge(1)

    assert merged.commit is None
    assert merged.pull_request.state is PullRequestState.MERGED


def test_a_dirty_checkout_with_a_remote_is_not_touched(house: House) -> None:
    """With a remote, merging changes no file, index, HEAD or branch of the user's."""
    house.branch("feature/x", {"x.txt": "x\n", "README.md": "changed\n"})
    (house.checkout / "README.md").write_text("mine, not committed\n")
    (house.checkout / "x.txt").write_text("mine, not in git\n")
    (house.checkout / "staged.txt").write_text("staged\n")
    house.git("add", "staged.txt")
    before = house.snapshot()
    house.review.merge(1)
    house.review.diff(1)

    assert before == house.snapshot()
    assert house.file("main", "README.md") == "changed"


def test_a_target_that_moved_is_merged_with(house: House) -> None:
    """Commits that others pushed meanwhile are kept; nothing is forced."""
    house.branch("feature/x", {"x.txt": "x\n"})
    other = commit(house.upstream, "main", {"other.txt": "other\n"}, "feat: other")
    house.review.merge(1)

    git(house.upstream, "merge-base", "--is-ancestor", other, "main")
    assert (house.file("main", "other.txt"), house.file("main", "x.txt")) == ("other", "x")


def test_a_push_that_loses_the_race_is_tried_again(house: House) -> None:
    """Somebody pushes between looking and pushing: the merge is made anew on top of theirs."""
    house.branch("feature/x", {"x.txt": "x\n"})

    class Raced(ReviewRepository):
        raced = False

        def merge(self, target: str, tip: str, branch: str, message: str) -> str:
            if not self.raced:
                self.raced = True
                commit(house.upstream, "main", {"other.txt": "other\n"}, "feat: other")
            return super().merge(target, tip, branch, message)

    merged = LocalReview(house.shelf, Raced(house.checkout)).merge(1)

    assert merged.commit == git(house.upstream, "rev-parse", "main")
    assert (house.file("main", "other.txt"), house.file("main", "x.txt")) == ("other", "x")


def test_a_conflict_names_the_files(either: House) -> None:
    """A conflict changes nothing, and tells which files and what to do."""
    either.branch("feature/x", {"README.md": "theirs\n", "sub/é.txt": "x\n"})
    if either.remote is None:
        (either.checkout / "README.md").write_text("mine\n")
        either.git("commit", "--quiet", "-am", "mine")
    else:
        commit(either.upstream, "main", {"README.md": "mine\n"}, "feat: mine")
    before = either.snapshot()
    with pytest.raises(ForgeError, match=r"conflicts in README\.md$") as caught:
        either.review.merge(1)

    assert "by hand" in caught.value.cure
    assert before == either.snapshot()
    assert either.review.show(1).state is PullRequestState.OPEN


def test_a_remote_that_refuses(house: House) -> None:
    """A rule of the remote's is told in its own words; the pull request stays open."""
    house.branch("feature/x", {"x.txt": "x\n"})
    hook = house.upstream / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'main is protected' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(RemoteError, match="main is protected"):
        house.review.merge(1)

    assert house.review.show(1).state is PullRequestState.OPEN


def test_alone_and_clean_the_work_tree_follows(alone: House) -> None:
    """Without a remote, the person's clean checkout has the merge afterwards, with its files."""
    alone.branch("feature/x", {"x.txt": "x\n"})
    (alone.checkout / "untracked.txt").write_text("mine\n")
    alone.review.merge(1)

    assert (alone.checkout / "x.txt").read_text() == "x\n"
    assert alone.git("status", "--porcelain") == "?? untracked.txt"


def dirty(house: House) -> None:
    (house.checkout / "README.md").write_text("mine\n")


def in_the_way(house: House) -> None:
    (house.checkout / "x.txt").write_text("mine\n")


def mid_rebase(house: House) -> None:
    (house.checkout / ".git" / "MERGE_HEAD").write_text(house.git("rev-parse", "HEAD") + "\n")


@pytest.mark.parametrize(
    ("harm", "words", "cure"),
    [
        (dirty, "not committed: README.md", "git stash"),
        (in_the_way, "untracked working tree files", "mend that"),
        (mid_rebase, "a merge is under way", "end it"),
    ],
)
def test_alone_and_not_clean_is_refused(
    alone: House, harm: Callable[[House], None], words: str, cure: str
) -> None:
    """A work tree with changes is left exactly as it is, and the cure is named."""
    alone.branch("feature/x", {"x.txt": "x\n"})
    harm(alone)
    before = alone.snapshot()
    with pytest.raises(ForgeError, match=words) as caught:
        alone.review.merge(1)

    assert cure in caught.value.cure
    assert before == alone.snapshot()


def test_alone_on_another_branch(alone: House) -> None:
    """Where the target is not checked out, it moves and the work tree stays, dirty or not."""
    alone.branch("feature/x", {"x.txt": "x\n"})
    alone.git("switch", "--quiet", "-c", "other")
    dirty(alone)
    merged = alone.review.merge(1)

    assert merged.commit == alone.git("rev-parse", "main")
    assert alone.git("status", "--porcelain") == "M README.md"
    assert not (alone.checkout / "x.txt").exists()


def test_alone_in_another_work_tree(alone: House, tmp_path: Path) -> None:
    """Where the target is checked out in a linked work tree, that one follows."""
    alone.branch("feature/x", {"x.txt": "x\n"})
    alone.git("switch", "--quiet", "-c", "other")
    linked = tmp_path / "linked"
    alone.git("worktree", "add", "--quiet", str(linked), "main")
    alone.review.merge(1)

    assert (linked / "x.txt").read_text() == "x\n"
    assert git(linked, "status", "--porcelain") == ""


def test_alone_the_users_hooks_run(alone: House) -> None:
    """A hook that refuses the merge is heard, and the merge is taken back."""
    alone.branch("feature/x", {"x.txt": "x\n"})
    hook = alone.checkout / ".git" / "hooks" / "commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'no ticket in the message' >&2\nexit 1\n")
    hook.chmod(0o755)
    before = alone.git("rev-parse", "HEAD")
    with pytest.raises(ForgeError, match="no ticket in the message"):
        alone.review.merge(1)

    assert before == alone.git("rev-parse", "HEAD")
    assert alone.git("status", "--porcelain") == ""


def test_stacked_ones_are_merged_in_order(either: House) -> None:
    """One that builds on another waits for it, then goes where that one went."""
    either.branch("feature/a", {"a.txt": "a\n"})
    either.branch("feature/b", {"b.txt": "b\n"}, target="feature/a")
    with pytest.raises(ForgeError, match="builds on 1") as caught:
        either.review.merge(2)
    either.review.merge(1)
    merged = either.review.merge(2)

    assert caught.value.cure == "coffee-maker review merge 1"
    assert merged.target == "main"
    assert (either.file("main", "a.txt"), either.file("main", "b.txt")) == ("a", "b")


def test_what_builds_on_a_rejected_one(house: House) -> None:
    """It cannot be merged before somebody decides."""
    house.branch("feature/a", {"a.txt": "a\n"})
    house.branch("feature/b", {"b.txt": "b\n"}, target="feature/a")
    house.review.reject(1, "no")

    with pytest.raises(ForgeError, match="builds on 1, which was rejected"):
        house.review.merge(2)


def test_the_diff_is_the_branchs_own(either: House) -> None:
    """What others did on the target is not in it; after the merge it is still to be seen."""
    either.branch("feature/x", {"x.txt": "x\n"})
    if either.remote is not None:
        commit(either.upstream, "main", {"other.txt": "other\n"}, "feat: other")
    before = either.review.diff(1)
    either.review.merge(1)

    assert b"+x\n" in before
    assert b"other" not in before
    assert b"\x1b" not in before
    assert before == either.review.diff(1)
    assert b"\x1b[32m+" in either.review.diff(1, colour=True)


def test_a_branch_that_is_gone(either: House) -> None:
    """A deleted branch is named, with what to do."""
    either.branch("feature/x", {"x.txt": "x\n"})
    git(either.upstream, "branch", "--quiet", "-D", "feature/x")

    for look in (either.review.diff, either.review.merge):
        with pytest.raises(ForgeError, match="no branch feature/x upstream"):
            look(1)


def test_a_remote_that_is_gone(house: House) -> None:
    """An unreachable remote is the remote's error, and nothing is recorded as merged."""
    house.branch("feature/x", {"x.txt": "x\n"})
    house.git("remote", "set-url", "origin", "/nonexistent/upstream.git")
    with pytest.raises(RemoteError):
        house.review.merge(1)

    assert house.review.show(1).state is PullRequestState.OPEN


def test_rejecting_keeps_the_reason(house: House) -> None:
    """A rejected one is closed, with the reason under its text, and is not merged any more."""
    house.branch("feature/x", {"x.txt": "x\n"})
    rejected = house.review.reject(1, " Too big. ")
    with pytest.raises(ForgeError, match="was rejected") as caught:
        house.review.merge(1)

    assert rejected.state is PullRequestState.CLOSED
    assert rejected.body == "Why.\n\n---\n\n**Rejected:** Too big.\n"
    assert "reopen 1" in caught.value.cure
    with pytest.raises(ForgeError, match="closed already"):
        house.review.reject(1, "again")


def test_reopening(house: House) -> None:
    """A rejected one comes back under a new number, once, and can be merged."""
    house.branch("feature/x", {"x.txt": "x\n"})
    house.review.reject(1, "no")
    reopened = house.review.reopen(1)

    assert (reopened.number, reopened.state) == (2, PullRequestState.OPEN)
    assert house.review.merge(2).commit is not None
    for number in (1, 2):
        with pytest.raises(ForgeError):
            house.review.reopen(number)


def test_an_unknown_number(house: House) -> None:
    """There is an error that says how to see all."""
    with pytest.raises(ForgeError, match="no pull request 7") as caught:
        house.review.show(7)

    assert "review list" in caught.value.cure
