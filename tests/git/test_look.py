"""Looking at a workspace in which the agent is still at work."""

from pathlib import Path

import pytest

from coffee_maker.domain.change import Workspace
from coffee_maker.domain.errors import GitError
from coffee_maker.git.manager import GitManager
from tests.git.test_hostile_clone import set_traps
from tests.support.git_server import git
from tests.support.project import BRANCH, TASK, UserProject, fingerprint, write


@pytest.fixture
def manager(project: UserProject) -> GitManager:
    return project.ready()


@pytest.fixture
def workspace(manager: GitManager) -> Workspace:
    return manager.prepare(TASK, BRANCH, "main")


def test_a_look_sees_what_is_not_committed(manager: GitManager, workspace: Workspace) -> None:
    """The files as they stand, in a commit that can be checked out and is on no branch."""
    write(workspace.path, {"greet.py": "hello\n", "ignored.log": "x\n"})
    (workspace.path / "README.md").unlink()
    before = manager.head(BRANCH)

    change = manager.look(workspace)

    assert ["README.md", "greet.py"] == sorted(file.path for file in change.files)
    assert not change.is_committed
    assert before == manager.head(BRANCH)
    with manager.checkout(change.head_commit) as folder:
        assert "hello\n" == (folder / "greet.py").read_text()


def test_a_look_disturbs_nothing(manager: GitManager, workspace: Workspace) -> None:
    """Not one byte nor time of the clone changes, its own git folder and index included."""
    write(workspace.path, {"greet.py": "hello\n"})
    git("add", "--all", cwd=workspace.path)
    before = _undated_objects(fingerprint(workspace.path))

    manager.look(workspace)

    assert before == _undated_objects(fingerprint(workspace.path))


def _undated_objects(found: dict[str, str]) -> dict[str, str]:
    """git marks an object as recently used wherever it finds one that it was to write."""
    return {
        name: "an object" if name.startswith(".git/objects/") else facts
        for name, facts in found.items()
    }


def test_the_same_state_gives_the_same_hashes(manager: GitManager, workspace: Workspace) -> None:
    """So that what was measured once is known; committing it changes the commit, not the tree."""
    write(workspace.path, {"greet.py": "hello\n"})
    first, again = manager.look(workspace), manager.look(workspace)
    git("add", "--all", cwd=workspace.path)
    git("commit", "--quiet", "-m", "feat: greet", cwd=workspace.path)
    committed = manager.look(workspace)

    assert (first.head_commit, first.tree) == (again.head_commit, again.tree)
    assert first.tree == committed.tree
    assert committed.is_committed
    assert git("rev-parse", "HEAD", cwd=workspace.path) == committed.head_commit


def test_an_untouched_workspace_is_an_empty_change(
    manager: GitManager, workspace: Workspace
) -> None:
    """Nothing was done yet, and that is what is seen."""
    change = manager.look(workspace)

    assert change.is_empty
    assert change.is_committed


def test_work_goes_on_behind_a_look(manager: GitManager, workspace: Workspace) -> None:
    """What was looked at is collected afterwards as if nobody had looked."""
    write(workspace.path, {"greet.py": "hello\n"})
    manager.look(workspace)

    change = manager.collect(workspace, "chore: leftovers")

    assert ["chore: leftovers"] == [commit.message for commit in change.commits]


def test_a_look_runs_nothing_of_the_clone(
    manager: GitManager, workspace: Workspace, tmp_path: Path
) -> None:
    """No hook, filter or program that the clone's settings name."""
    canary = tmp_path / "canary"
    write(workspace.path, {".gitattributes": "*.txt filter=evil diff=evil\n", "a.txt": "a\n"})
    set_traps(workspace.path, f"touch {canary}")

    manager.look(workspace)

    assert not canary.exists()


def test_what_cannot_be_taken_cannot_be_looked_at(
    manager: GitManager, workspace: Workspace
) -> None:
    """A merge that is not ended has no state that anybody could test."""
    (workspace.path / ".git" / "MERGE_HEAD").write_text("x\n")

    with pytest.raises(GitError, match="unfinished"):
        manager.look(workspace)
