"""What must be right before work begins, and what a person is told where it is not."""

import os
from pathlib import Path

import pytest

from coffee_maker.domain.errors import GitError
from coffee_maker.git.identity import find_identity
from coffee_maker.git.manager import GitManager
from coffee_maker.git.upstream import check_remote
from tests.support.git_server import git
from tests.support.project import UserProject, write


def test_the_base_is_the_one_that_is_given(project: UserProject) -> None:
    """A configured base outranks whatever the remote and the checkout say."""
    assert "develop" == project.manager(base="develop").base_branch


def test_the_base_is_the_remotes_own_branch(project: UserProject) -> None:
    """What the checkout has checked out does not matter where the remote names a branch."""
    git("switch", "--quiet", "-c", "mine", cwd=project.checkout)

    assert "main" == project.manager().base_branch


def test_the_remote_is_asked_where_the_checkout_does_not_remember(project: UserProject) -> None:
    """`git remote add` leaves no remote HEAD behind; then it is looked up."""
    git("remote", "set-head", "origin", "--delete", cwd=project.checkout)
    git("switch", "--quiet", "--detach", cwd=project.checkout)

    assert "main" == project.manager().base_branch


def test_a_renamed_remote_branch_is_found(project: UserProject) -> None:
    """The checkout's memory of the remote's branch may be older than its renaming."""
    assert project.remote is not None
    git("branch", "-m", "main", "trunk", cwd=project.remote)
    manager = project.ready()

    assert "trunk" == manager.base_branch


def test_without_a_remote_the_base_is_what_is_checked_out(lonely: UserProject) -> None:
    """The checkout is its own upstream."""
    assert "main" == lonely.manager().base_branch


def test_a_detached_head_without_a_base_is_an_error(lonely: UserProject) -> None:
    """Nothing is guessed, and the setting to make is spelled out."""
    git("switch", "--quiet", "--detach", cwd=lonely.checkout)

    with pytest.raises(GitError, match="detached") as error:
        lonely.manager().refresh()

    assert 'base = "main"' in error.value.cure


def test_a_base_that_the_remote_has_not_is_an_error(project: UserProject) -> None:
    """With the command that would put it there."""
    git("branch", "develop", cwd=project.checkout)

    with pytest.raises(GitError, match="no branch develop") as error:
        project.manager(base="develop").refresh()

    assert "git push origin develop" in error.value.cure


def test_a_folder_that_is_no_repository_is_an_error(tmp_path: Path) -> None:
    """With `git init` as the way out."""
    with pytest.raises(GitError, match="not a git repository") as error:
        GitManager(tmp_path, tmp_path / "state").refresh()

    assert "git init" in error.value.cure


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """It is named."""
    with pytest.raises(GitError, match=r"no folder .*nowhere"):
        GitManager(tmp_path / "nowhere", tmp_path / "state").refresh()


def test_a_repository_without_commits_is_an_error(tmp_path: Path) -> None:
    """With the command that makes the first one."""
    git("init", "--quiet", "-b", "main", cwd=tmp_path)

    with pytest.raises(GitError, match="no commits yet") as error:
        GitManager(tmp_path, tmp_path / "state").refresh()

    assert "git commit" in error.value.cure


def test_other_remotes_than_the_named_one_are_not_guessed_at(project: UserProject) -> None:
    """The error names the remotes that there are, and both settings that solve it."""
    git("remote", "rename", "origin", "company", cwd=project.checkout)

    with pytest.raises(GitError, match="no remote 'origin'; it has company") as error:
        project.manager().refresh()

    assert 'remote = "company"' in error.value.cure
    project.ready(remote="company")


def test_a_dot_keeps_the_branches_at_home(project: UserProject) -> None:
    """As in git itself, the remote `.` is the repository itself."""
    manager = project.ready(remote=".")
    workspace = manager.prepare("PRIORITY 1", "feature/x", "main")
    write(workspace.path, {"x": "x"})
    manager.collect(workspace, "feat: x")

    assert manager.push("feature/x") == git("rev-parse", "feature/x", cwd=project.checkout)


def test_without_an_identity_nothing_begins(project: UserProject, clean_environment: Path) -> None:
    """What git would guess from the machine is not taken; the cure is two lines to paste."""
    (clean_environment / "gitconfig").write_text("")

    with pytest.raises(GitError, match="who you are") as error:
        project.manager().refresh()

    assert 2 == error.value.cure.count("git config --global user.")
    assert not (project.state / "repository.git").exists()


def test_the_users_identity_is_found_wherever_git_would_find_it(project: UserProject) -> None:
    """The repository's own config outranks the global one."""
    git("config", "user.email", "ada@work.example", cwd=project.checkout)

    check = find_identity(project.checkout)

    assert (True, "Ada <ada@work.example>") == (check.ok, check.detail)


def test_doctor_is_told_what_is_missing(tmp_path: Path, clean_environment: Path) -> None:
    """A check never raises; it carries the cure."""
    (clean_environment / "gitconfig").write_text("")
    git("init", "--quiet", cwd=tmp_path)

    identity, remote = find_identity(tmp_path), check_remote(tmp_path / "nowhere")

    assert (False, False) == (identity.ok, remote.ok)
    assert "user.name" in identity.cure
    assert remote.cure


def test_doctor_is_told_that_the_remote_answers(project: UserProject) -> None:
    """With the branch that it names as its own; without a remote that is fine as well."""
    check = check_remote(project.checkout)

    assert (True, "origin answers; its branch is main") == (check.ok, check.detail)


def test_doctor_is_told_that_nothing_was_pushed_yet(tmp_path: Path) -> None:
    """A run cannot begin with an empty remote; the cure begins where the user stands."""
    git("init", "--quiet", "--bare", "--initial-branch=main", "far.git", cwd=tmp_path)
    git("init", "--quiet", "--initial-branch=main", "near", cwd=tmp_path)
    near = tmp_path / "near"
    git("remote", "add", "origin", "../far.git", cwd=near)

    before = check_remote(near)
    git("commit", "--quiet", "--allow-empty", "-m", "chore: begin", cwd=near)
    after = check_remote(near)

    assert (False, "origin answers, but nothing was pushed to it yet") == (after.ok, after.detail)
    assert "git push -u origin HEAD" == after.cure
    assert before.cure.splitlines()[-1] == after.cure
    assert "git commit" in before.cure


def test_a_configured_author_needs_no_git_identity(
    project: UserProject, clean_environment: Path
) -> None:
    """Commits carry the configured name."""
    (clean_environment / "gitconfig").write_text("")
    manager = project.ready(author="Bot <bot@example.com>")
    manager.prepare("PRIORITY 1", "feature/x", "main")
    commit = manager.commit_file("main", "a.txt", "a\n", "docs: a")

    with manager.checkout(commit) as folder:
        assert "Bot <bot@example.com>" == git("log", "-1", "--format=%an <%ae>", cwd=folder)


def test_an_author_that_is_none_is_an_error(project: UserProject) -> None:
    """The form to write is shown."""
    with pytest.raises(GitError, match="no author") as error:
        project.manager(author="Bot").refresh()

    assert "<you@example.com>" in error.value.cure


def test_git_missing_is_an_error(project: UserProject, tmp_path: Path) -> None:
    """Without the program on the PATH, the cure is to install it."""
    os.environ["PATH"] = str(tmp_path)

    with pytest.raises(GitError, match="not installed"):
        project.manager().refresh()
