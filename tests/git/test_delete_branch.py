"""A branch is deleted, there and here, if nobody else put anything on it."""

from pathlib import Path

import pytest

from coffee_maker.domain.errors import BranchTaken, GitError, RemoteError
from coffee_maker.git.manager import GitManager
from tests.support.git_server import commit, git
from tests.support.project import BRANCH, TASK, UserProject


def pushed(project: UserProject) -> tuple[GitManager, str]:
    """A branch with one commit of ours, on the remote."""
    manager = project.ready()
    workspace = manager.prepare(TASK, BRANCH, "main")
    (workspace.path / "greet.py").write_text("x = 1\n")
    manager.collect(workspace, "feat: greet\n")
    return manager, manager.push(BRANCH)


def branches(folder: Path | None) -> list[str]:
    assert folder is not None
    return git("branch", "--list", "--format=%(refname:short)", cwd=folder).split()


def test_it_is_gone_there_and_here(project: UserProject) -> None:
    """The next attempt begins at its target; deleting it again changes nothing."""
    manager, head = pushed(project)

    manager.delete_branch(BRANCH, head)
    manager.delete_branch(BRANCH, head)

    assert ["main"] == branches(project.remote)
    assert project.ready().head(BRANCH) is None


def test_what_was_deleted_there_is_deleted_here(project: UserProject) -> None:
    """A reviewer was faster, or we were killed half-way."""
    manager, head = pushed(project)
    git("branch", "-D", BRANCH, cwd=project.remote or Path())

    manager.delete_branch(BRANCH, head)

    assert manager.head(BRANCH) is None


@pytest.mark.parametrize("forgotten", [False, True])
def test_foreign_commits_are_named_and_kept(project: UserProject, *, forgotten: bool) -> None:
    """Also where only the journal knows what we pushed: the state directory was lost."""
    manager, head = pushed(project)
    commit(project.remote or Path(), BRANCH, {"theirs.txt": "x"}, "feat: by hand", onto=BRANCH)
    if forgotten:
        git("update-ref", "-d", f"refs/heads/{BRANCH}", cwd=project.state / "repository.git")

    with pytest.raises(BranchTaken, match="feat: by hand") as told:
        manager.delete_branch(BRANCH, head)

    assert "feat: greet" not in str(told.value)
    assert BRANCH in branches(project.remote)


def test_a_branch_of_which_nothing_is_known_is_not_ours(project: UserProject) -> None:
    """Neither our own branch nor a commit of ours stands behind it."""
    commit(project.remote or Path(), BRANCH, {"theirs.txt": "x"}, "feat: by hand", onto="main")

    with pytest.raises(BranchTaken, match="nothing on it is known to be ours"):
        project.ready().delete_branch(BRANCH)


def test_without_a_remote_it_goes_from_the_users_own_repository(lonely: UserProject) -> None:
    """That is where it was put; but not from under their feet."""
    manager, head = pushed(lonely)
    git("switch", "--quiet", BRANCH, cwd=lonely.checkout)

    with pytest.raises(RemoteError) as told:
        manager.delete_branch(BRANCH, head)
    assert "git switch -" in told.value.cure

    git("switch", "--quiet", "main", cwd=lonely.checkout)
    manager.delete_branch(BRANCH, head)
    assert ["main"] == branches(lonely.checkout)


def test_the_base_is_never_deleted(project: UserProject) -> None:
    """Whatever the journal says."""
    with pytest.raises(GitError, match="base branch"):
        project.ready().delete_branch("main")


def test_the_merge_that_brought_a_commit_is_found(project: UserProject) -> None:
    """Of several merges, the one on the target's own line; none where it is not there."""
    manager, head = pushed(project)
    checkout = project.checkout
    assert manager.merged_as(head, "main") is None

    git("fetch", "--quiet", cwd=checkout)
    git("switch", "--quiet", "-c", "between", cwd=checkout)
    git("merge", "--quiet", "--no-ff", f"origin/{BRANCH}", cwd=checkout)
    git("switch", "--quiet", "main", cwd=checkout)
    git("merge", "--quiet", "--no-ff", "between", cwd=checkout)
    expected = git("rev-parse", "HEAD", cwd=checkout)
    git("commit", "--quiet", "--allow-empty", "-m", "chore: later", cwd=checkout)
    git("push", "--quiet", "origin", "main", cwd=checkout)
    manager.refresh()

    assert expected == manager.merged_as(head, "main")
