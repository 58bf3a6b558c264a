"""Files on a branch, read and committed without a work tree."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coffee_maker.domain.errors import GitError
from coffee_maker.git.manager import GitManager
from tests.support.git_server import git
from tests.support.project import BRANCH, ROADMAP, UserProject, write

PATH = "docs/ROADMAP.md"


@pytest.fixture
def manager(project: UserProject) -> GitManager:
    return project.ready()


def test_a_file_is_read_from_its_branch(project: UserProject, manager: GitManager) -> None:
    """Not from the checkout; None where there is no such file, or only a folder."""
    write(project.checkout, {PATH: "edited\n"})

    assert ROADMAP == manager.read("main", PATH)
    assert manager.read("main", "docs/OTHER.md") is None
    assert manager.read("main", "docs") is None
    assert manager.read("main", "*.md") is None


def test_reading_from_a_branch_that_is_not_there_is_an_error(manager: GitManager) -> None:
    """No branch is not the same as no file."""
    with pytest.raises(GitError, match="no branch nowhere"):
        manager.read("nowhere", PATH)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(st.characters(codec="utf-8")) | st.just("\ufeffa\r\nb\r\n") | st.just("\udce9"))
def test_what_is_committed_is_read_back(manager: GitManager, text: str) -> None:
    """Byte for byte: line ends, a byte order mark, and bytes that are no UTF-8."""
    manager.commit_file("main", PATH, text, "docs: edit")

    assert text == manager.read("main", PATH)


def test_a_commit_holds_one_changed_file(project: UserProject, manager: GitManager) -> None:
    """On top of the branch, in the user's name, with the message as it was given."""
    base = manager.head("main")
    made = manager.commit_file("main", PATH, "ticked\n", "docs: tick\n\nCoffee-Maker-Task: ü\n")
    mirror = project.state / "repository.git"

    assert made == manager.head("main")
    shown = git("show", "--format=%P%n%an <%ae>%n%cn%n%B", "--name-only", made, cwd=mirror)
    expected = f"{base}\nAda <ada@example.com>\nAda\ndocs: tick\n\nCoffee-Maker-Task: ü\n\n\n{PATH}"
    assert expected == shown


def test_a_files_mode_is_kept(project: UserProject) -> None:
    """An executable file stays one."""
    write(project.checkout, {"run.sh": "#!/bin/sh\n"})
    (project.checkout / "run.sh").chmod(0o755)
    git("add", "--all", cwd=project.checkout)
    git("commit", "--quiet", "-m", "feat: run", cwd=project.checkout)
    git("push", "--quiet", cwd=project.checkout)
    manager = project.ready()
    made = manager.commit_file("main", "run.sh", "#!/bin/bash\n", "fix: bash")

    with manager.checkout(made) as folder:
        assert 0o755 == (folder / "run.sh").stat().st_mode & 0o777


def test_the_same_text_is_no_commit(manager: GitManager) -> None:
    """Ticking what is ticked leaves the branch where it is."""
    assert manager.head("main") == manager.commit_file("main", PATH, ROADMAP, "docs: tick")


def test_a_link_is_an_error(project: UserProject) -> None:
    """It could lead anywhere; the file that it points to is named."""
    (project.checkout / "ROADMAP.md").symlink_to(PATH)
    git("add", "--all", cwd=project.checkout)
    git("commit", "--quiet", "-m", "feat: link", cwd=project.checkout)
    git("push", "--quiet", cwd=project.checkout)

    with pytest.raises(GitError, match=f"symbolic link to {PATH}"):
        project.ready().read("main", "ROADMAP.md")


def test_a_branch_contains_what_it_was_made_from(manager: GitManager) -> None:
    """Commits count, not names; what is not there is contained in nothing."""
    workspace = manager.prepare("PRIORITY 1", BRANCH, "main")
    write(workspace.path, {"greet.py": "hello\n"})
    manager.collect(workspace, "feat: greet")

    assert manager.contains(BRANCH, "main")
    assert not manager.contains("main", BRANCH)
    assert not manager.contains("main", "nowhere")
    assert not manager.contains("nowhere", "main")
