"""Clean checkouts of single commits."""

from pathlib import Path

import pytest

from coffee_maker.domain.errors import GitError
from coffee_maker.git.manager import GitManager
from tests.support.git_server import git
from tests.support.project import FILES, UserProject


@pytest.fixture
def manager(project: UserProject) -> GitManager:
    return project.ready()


def head(manager: GitManager) -> str:
    found = manager.head("main")
    assert found is not None
    return found


def test_a_checkout_holds_the_commit_and_a_git_that_works(manager: GitManager) -> None:
    """Tests that call git find a repository: detached, clean, without a remote."""
    with manager.checkout(head(manager)) as folder:
        files = {str(p.relative_to(folder)) for p in folder.rglob("*") if ".git/" not in str(p)}
        assert set(FILES) <= files
        assert head(manager) == git("rev-parse", "HEAD", cwd=folder)
        assert "" == git("branch", "--show-current", cwd=folder)
        assert "" == git("status", "--porcelain", cwd=folder)
        assert "" == git("remote", cwd=folder)


def test_a_checkout_is_deleted_also_after_an_error(manager: GitManager) -> None:
    """With whatever was made in it, read-only folders too."""
    seen: list[Path] = []

    def fail_in_it() -> None:
        with manager.checkout(head(manager)) as folder:
            seen.append(folder)
            (folder / "made" / "here").mkdir(parents=True)
            (folder / "made").chmod(0o500)
            raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        fail_in_it()

    assert not seen[0].exists()


def test_what_a_killed_process_left_is_deleted(manager: GitManager, project: UserProject) -> None:
    """Its folder names the process; those of the living stay."""
    dead = project.state / "checkouts" / "4194305-dead"  # above the largest process id
    dead.mkdir(parents=True)
    alive = project.state / "checkouts" / "1-alive"
    alive.mkdir()

    with manager.checkout(head(manager)):
        assert not dead.exists()
        assert alive.exists()


def test_a_commit_that_is_not_there_is_an_error(manager: GitManager) -> None:
    """It is named."""
    with pytest.raises(GitError, match="0" * 40), manager.checkout("0" * 40):
        pass
