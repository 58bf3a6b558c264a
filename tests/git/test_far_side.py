"""The remote: unreachable, refusing, slow, and pushed to."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from coffee_maker.domain.errors import GitError, RemoteError
from coffee_maker.git.manager import GitManager
from tests.support.git_server import git
from tests.support.project import BRANCH, TASK, UserProject, write


@pytest.fixture
def port() -> Iterator[socket.socket]:
    """A port of this machine on which somebody listens and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def address(listening: socket.socket) -> str:
    return f"http://ada:hunter2@127.0.0.1:{listening.getsockname()[1]}/widgets.git"


def point_at(project: UserProject, url: str) -> None:
    git("remote", "set-url", "origin", url, cwd=project.checkout)


def deliver(manager: GitManager, name: str = "greet.py") -> str:
    """One file on the task's branch, in the mirror; its commit."""
    manager.refresh()
    workspace = manager.prepare(TASK, BRANCH, "main")
    write(workspace.path, {name: "print('hello')\n"})
    return manager.collect(workspace, "feat: greet").head_commit


def someone_pushes(project: UserProject, onto: str, tmp_path: Path) -> str:
    """A commit that another person puts on a branch of the remote."""
    theirs = tmp_path / "theirs"
    git("clone", "--quiet", str(project.remote), str(theirs), cwd=tmp_path)
    git("switch", "--quiet", "-c", "work", f"origin/{onto}", cwd=theirs)
    write(theirs, {"theirs.txt": "theirs\n"})
    git("add", "--all", cwd=theirs)
    git("commit", "--quiet", "-m", "feat: theirs", cwd=theirs)
    git("push", "--quiet", "origin", f"work:{BRANCH}", cwd=theirs)
    return git("rev-parse", "HEAD", cwd=theirs)


def hook(project: UserProject, name: str, text: str) -> None:
    assert project.remote is not None
    file = project.remote / "hooks" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


def test_nobody_listening_is_transient(project: UserProject, port: socket.socket) -> None:
    """Trying again may help; the password in the address is shown to nobody."""
    url = address(port)
    port.close()
    point_at(project, url)

    with pytest.raises(RemoteError, match="cannot be reached") as error:
        project.manager().refresh()

    assert error.value.transient
    assert "git remote get-url origin" in error.value.cure
    assert "hunter2" not in str(error.value)


def test_a_path_that_is_gone_is_transient(project: UserProject, tmp_path: Path) -> None:
    """A disk that is not mounted today may be tomorrow."""
    assert project.remote is not None
    project.remote.rename(tmp_path / "away.git")

    with pytest.raises(RemoteError, match="cannot be reached") as error:
        project.manager().refresh()

    assert error.value.transient


def test_a_remote_that_never_answers_is_given_up(project: UserProject, port: socket.socket) -> None:
    """Within the time that was set, with the helper processes of git."""
    point_at(project, address(port))
    began = time.monotonic()

    with pytest.raises(RemoteError, match="did not answer") as error:
        project.manager(remote_seconds=1).refresh()

    assert error.value.transient
    assert time.monotonic() - began < 15


def test_refused_credentials_need_a_person(project: UserProject) -> None:
    """What ssh says when no key fits: not transient, and the cure names the ways to log in."""
    ssh = project.checkout.parent / "ssh"
    ssh.write_text("#!/bin/sh\necho 'git@host: Permission denied (publickey).' >&2\nexit 255\n")
    ssh.chmod(0o755)
    os.environ["GIT_SSH_COMMAND"] = str(ssh)
    point_at(project, "git@host.invalid:acme/widgets.git")

    with pytest.raises(RemoteError, match="refused your credentials") as error:
        project.manager().refresh()

    assert not error.value.transient
    assert "credential helper" in error.value.cure


def test_ssh_asks_nobody_anything(project: UserProject) -> None:
    """The repository's own ssh command is used, in batch mode."""
    told = project.checkout.parent / "told"
    ssh = project.checkout.parent / "ssh"
    ssh.write_text(f'#!/bin/sh\necho "$@" >> {told}\nexit 255\n')
    ssh.chmod(0o755)
    git("config", "core.sshCommand", f"{ssh} -i own-key", cwd=project.checkout)
    point_at(project, "git@host.invalid:acme/widgets.git")

    with pytest.raises(RemoteError):
        project.manager().refresh()

    assert "-i own-key" in told.read_text()
    assert "BatchMode=yes" in told.read_text()


def test_a_relative_address_means_what_it_means_in_the_checkout(project: UserProject) -> None:
    """And so does one that is rewritten by the repository's own settings."""
    point_at(project, "../remote.git")
    deliver(project.manager())
    git("config", "url.../remote.git.insteadOf", "short:", cwd=project.checkout)
    point_at(project, "short:")

    assert project.manager().push(BRANCH)


def test_a_pushed_branch_stands_on_the_remote(project: UserProject) -> None:
    """Under its own name, at the commit that was collected, and nothing else is pushed."""
    assert project.remote is not None
    manager = project.manager()
    commit = deliver(manager)

    assert commit == manager.push(BRANCH)
    listed = git("for-each-ref", "--format=%(refname) %(objectname)", cwd=project.remote)
    main = git("rev-parse", "main", cwd=project.checkout)
    assert [f"refs/heads/{BRANCH} {commit}", f"refs/heads/main {main}"] == listed.splitlines()


def test_pushing_twice_is_pushing_once(project: UserProject) -> None:
    """What the remote has already is the answer."""
    manager = project.manager()
    commit = deliver(manager)

    assert [commit, commit] == [manager.push(BRANCH), manager.push(BRANCH)]


def test_a_hook_of_the_remotes_may_say_no(project: UserProject) -> None:
    """What it says is passed on; trying again would not help."""
    hook(project, "pre-receive", "echo 'ticket number missing' >&2; exit 1")
    manager = project.manager()
    deliver(manager)

    with pytest.raises(RemoteError, match=r"pre-receive hook declined.*ticket number") as error:
        manager.push(BRANCH)

    assert not error.value.transient
    assert error.value.cure


def test_commits_of_others_are_never_overwritten(project: UserProject, tmp_path: Path) -> None:
    """Where someone else pushed to the branch in the meantime, ours is refused."""
    assert project.remote is not None
    manager = project.manager()
    deliver(manager)
    theirs = someone_pushes(project, "main", tmp_path)

    with pytest.raises(RemoteError, match=BRANCH) as error:
        manager.push(BRANCH)

    assert not error.value.transient
    assert "someone else" in error.value.cure
    assert theirs == git("rev-parse", BRANCH, cwd=project.remote)


def test_a_branch_that_others_went_on_with_needs_no_push(
    project: UserProject, tmp_path: Path
) -> None:
    """Ours is part of what stands there; that is what the caller gets."""
    manager = project.manager()
    deliver(manager)
    manager.push(BRANCH)
    theirs = someone_pushes(project, BRANCH, tmp_path)

    assert theirs == manager.push(BRANCH)


def test_work_after_the_push_joins_what_others_added(project: UserProject, tmp_path: Path) -> None:
    """The clone knows nothing of their commits, and none of either is lost."""
    manager = project.manager()
    deliver(manager)
    manager.push(BRANCH)
    theirs = someone_pushes(project, BRANCH, tmp_path)
    commit = deliver(manager, "more.py")

    assert commit == manager.push(BRANCH)
    assert "theirs\n" == manager.read(BRANCH, "theirs.txt")
    assert manager.read(BRANCH, "more.py")
    assert 0 == len(git("rev-list", f"{commit}..{theirs}", cwd=Path(str(project.remote))))


def test_the_base_is_never_pushed(project: UserProject) -> None:
    """Whatever was committed on it here."""
    manager = project.ready()
    manager.commit_file("main", "a.txt", "a\n", "docs: a")

    with pytest.raises(GitError, match="base branch"):
        manager.push("main")


def test_a_branch_that_is_not_here_cannot_be_pushed(project: UserProject) -> None:
    """It is named."""
    with pytest.raises(GitError, match="no branch feature/nothing"):
        project.ready().push("feature/nothing")


def test_branches_that_were_deleted_on_the_remote_are_forgotten(
    project: UserProject, tmp_path: Path
) -> None:
    """A refresh shows the remote as it is."""
    assert project.remote is not None
    theirs = someone_pushes(project, "main", tmp_path)
    manager = project.ready()
    assert theirs == manager.head(BRANCH)
    git("update-ref", "-d", f"refs/heads/{BRANCH}", cwd=project.remote)

    manager.refresh()

    assert manager.head(BRANCH) is None
