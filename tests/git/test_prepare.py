"""Making a workspace, and finding it again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coffee_maker.domain.errors import BranchTaken, GitError
from coffee_maker.git.message import commit_message
from tests.support.git_server import git
from tests.support.project import BRANCH, FILES, TASK, UserProject, project_with_remote, write

MESSAGE = commit_message("chore", subject="leftovers", task=TASK)


def publish(project: UserProject, branch: str, message: str) -> str:
    """A commit by the user on a branch of the remote."""
    git("switch", "--quiet", "-c", branch, cwd=project.checkout)
    write(project.checkout, {"mine.txt": f"{message}\n"})
    git("add", "--all", cwd=project.checkout)
    git("commit", "--quiet", "-m", message, cwd=project.checkout)
    git("push", "--quiet", "origin", branch, cwd=project.checkout)
    commit = git("rev-parse", "HEAD", cwd=project.checkout)
    git("switch", "--quiet", "main", cwd=project.checkout)
    git("branch", "--quiet", "-D", branch, cwd=project.checkout)
    return commit


def test_a_workspace_is_a_clone_that_stands_alone(
    project: UserProject, clean_environment: Path
) -> None:
    """Its own .git, the branch checked out, no remote, no credentials, no hooks, a name to sign."""
    with (clean_environment / "gitconfig").open("a") as settings:
        settings.write("[credential]\n\thelper = store\n")
    workspace = project.ready().prepare(TASK, BRANCH, "main")
    path = workspace.path

    assert project.state in path.parents
    assert (path / ".git").is_dir()
    assert set(FILES) <= {str(f.relative_to(path)) for f in path.rglob("*")}
    assert BRANCH == git("branch", "--show-current", cwd=path)
    assert "" == git("status", "--porcelain", cwd=path)
    assert "" == git("remote", cwd=path)
    assert "" == git("config", "--get-all", "credential.helper", cwd=path)
    assert "/dev/null" == git("config", "core.hooksPath", cwd=path)
    assert "ada@example.com" == git("config", "user.email", cwd=path)
    assert workspace.base_commit == git("rev-parse", "HEAD", cwd=path)
    assert workspace.base_commit == git("rev-parse", "refs/heads/main", cwd=path)


def test_tags_are_there(project: UserProject) -> None:
    """Builds that read their version from `git describe` work in the clone."""
    git("tag", "v1.0", cwd=project.checkout)
    git("push", "--quiet", "origin", "v1.0", cwd=project.checkout)
    path = project.ready().prepare(TASK, BRANCH, "main").path

    assert "v1.0" == git("describe", "--tags", cwd=path)


def test_a_workspace_is_found_as_it_was_left(project: UserProject) -> None:
    """Files, commits and the base it began with, also after the base has moved on."""
    manager = project.ready()
    first = manager.prepare(TASK, BRANCH, "main")
    write(first.path, {"half.py": "half\n"})
    (first.path / ".git" / "index.lock").write_bytes(b"")
    write(project.checkout, {"new.txt": "new\n"})
    git("add", "--all", cwd=project.checkout)
    git("commit", "--quiet", "-m", "feat: new", cwd=project.checkout)
    git("push", "--quiet", "origin", "main", cwd=project.checkout)
    later = project.ready()

    assert first == later.prepare(TASK, BRANCH, "main")
    assert (first.path / "half.py").exists()
    assert not (first.path / ".git" / "index.lock").exists()


def test_tasks_have_their_own_workspaces(project: UserProject) -> None:
    """Ids that look alike do not share one."""
    manager = project.ready()
    tasks = ("PRIORITY 1", "PRIORITY 1.1", "PRIORITY 11", "Übung", "Ubung")
    paths = {manager.prepare(t, f"feature/{n}", "main").path for n, t in enumerate(tasks)}

    assert len(tasks) == len(paths)


def test_a_clone_that_lost_its_git_is_made_again(project: UserProject) -> None:
    """What was in it is set aside, for a person to look at."""
    manager = project.ready()
    workspace = manager.prepare(TASK, BRANCH, "main")
    write(workspace.path, {"half.py": "half\n"})
    (workspace.path / ".git" / "HEAD").write_text("garbage\n")
    again = manager.prepare(TASK, BRANCH, "main")

    aside = workspace.path.with_name(f"{workspace.path.name}.broken")
    assert workspace == again
    assert not (workspace.path / "half.py").exists()
    assert (aside / "half.py").exists()


def test_a_priority_that_was_renamed_gets_a_new_clone(project: UserProject) -> None:
    """The branch is part of what a workspace is."""
    manager = project.ready()
    manager.prepare(TASK, BRANCH, "main")
    path = manager.prepare(TASK, "feature/other", "main").path

    assert "feature/other" == git("branch", "--show-current", cwd=path)


def test_a_killed_daemon_leaves_nothing_half_made_behind(tmp_path: Path) -> None:
    """Killed at any moment of its first steps, the next run finds or makes a whole workspace."""
    files = {f"d{n % 7}/f{n}.txt": f"{n}\n" for n in range(400)}
    project = project_with_remote(tmp_path, files)
    script = (
        "import sys; from pathlib import Path; from coffee_maker.git.manager import GitManager\n"
        "m = GitManager(Path(sys.argv[1]), Path(sys.argv[2])); print('go', flush=True)\n"
        f"m.refresh(); m.prepare({TASK!r}, {BRANCH!r}, 'main'); print('done', flush=True)"
    )
    line = [sys.executable, "-c", script, str(project.checkout), str(project.state)]
    for milliseconds in (30, 120, 200, 260, 320):
        child = subprocess.Popen(line, stdout=subprocess.PIPE, start_new_session=True)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(milliseconds / 1000)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
    time.sleep(0.5)  # git programs of the killed ones may have outlived them
    path = project.ready().prepare(TASK, BRANCH, "main").path

    assert "" == git("status", "--porcelain", cwd=path)
    assert 400 == len(list(path.glob("d*/*.txt")))
    assert [path] == list(path.parent.iterdir())


def test_a_lock_that_a_killed_git_left_in_the_mirror_is_cleared(project: UserProject) -> None:
    """Nobody has to delete files by hand after a power cut."""
    manager = project.ready()
    workspace = manager.prepare(TASK, BRANCH, "main")
    lock = project.state / "repository.git" / "refs" / "heads" / f"{BRANCH}.lock"
    lock.parent.mkdir(parents=True)
    lock.write_bytes(b"")
    (project.state / "repository.git" / "packed-refs.lock").write_bytes(b"")

    assert manager.collect(workspace, MESSAGE).is_empty
    manager.refresh()


def test_someone_elses_branch_is_not_touched(project: UserProject) -> None:
    """How many commits it has, and both ways out, as commands."""
    publish(project, BRANCH, "feat: mine")

    with pytest.raises(BranchTaken, match="1 commit beyond main") as error:
        project.ready().prepare(TASK, BRANCH, "main")

    assert f"git push origin --delete {BRANCH}" in error.value.cure
    assert f"refs/heads/{BRANCH}-mine" in error.value.cure


def test_someone_elses_branch_in_the_checkout_is_not_touched(lonely: UserProject) -> None:
    """Without a remote, the ways out are those of a local branch."""
    git("switch", "--quiet", "-c", BRANCH, cwd=lonely.checkout)
    git("commit", "--quiet", "--allow-empty", "-m", "feat: mine", cwd=lonely.checkout)
    git("switch", "--quiet", "main", cwd=lonely.checkout)

    with pytest.raises(BranchTaken) as error:
        lonely.ready().prepare(TASK, BRANCH, "main")

    assert f"git branch -D {BRANCH}" in error.value.cure


def test_a_branch_from_an_earlier_run_is_gone_on_with(project: UserProject) -> None:
    """Known by the trailer of its task, also where the state directory is lost."""
    commit = publish(project, BRANCH, commit_message("docs", subject="tick", task=TASK))
    base = git("rev-parse", "main", cwd=project.checkout)
    workspace = project.ready().prepare(TASK, BRANCH, "main")

    assert base == workspace.base_commit
    assert commit == git("rev-parse", "HEAD", cwd=workspace.path)


def test_another_tasks_trailer_is_not_ours(project: UserProject) -> None:
    """Its branch is someone else's."""
    publish(project, BRANCH, commit_message("docs", subject="tick", task="PRIORITY 12"))

    with pytest.raises(BranchTaken):
        project.ready().prepare(TASK, BRANCH, "main")


def test_a_branch_without_commits_of_its_own_is_free(project: UserProject) -> None:
    """Somebody made it and did nothing on it."""
    git("push", "--quiet", "origin", f"main:refs/heads/{BRANCH}", cwd=project.checkout)
    workspace = project.ready().prepare(TASK, BRANCH, "main")

    assert workspace.base_commit == git("rev-parse", "main", cwd=project.checkout)


def test_a_branch_that_leaves_no_room_is_named(project: UserProject) -> None:
    """git has no place for `feature/x` where there is a branch `feature`."""
    publish(project, "feature", "feat: mine")

    with pytest.raises(BranchTaken, match="a branch feature exists") as error:
        project.ready().prepare(TASK, BRANCH, "main")

    assert "git push origin --delete feature" in error.value.cure


def test_a_task_may_build_on_another_ones_branch(project: UserProject) -> None:
    """An unmerged branch of ours is a target like any other."""
    manager = project.ready()
    first = manager.prepare(TASK, BRANCH, "main")
    write(first.path, {"greet.py": "hello\n"})
    change = manager.collect(first, MESSAGE)
    second = manager.prepare("PRIORITY 2", "feature/priority-2", BRANCH)

    assert (change.head_commit, BRANCH) == (second.base_commit, second.target)
    assert (second.path / "greet.py").exists()


def test_a_target_that_is_not_there_is_an_error(project: UserProject) -> None:
    """It is named, and what to do."""
    with pytest.raises(GitError, match="no branch nowhere") as error:
        project.ready().prepare(TASK, BRANCH, "nowhere")

    assert error.value.cure


def test_remove_deletes_the_clone_also_what_is_read_only(project: UserProject) -> None:
    """Removing twice does no harm."""
    manager = project.ready()
    workspace = manager.prepare(TASK, BRANCH, "main")
    write(workspace.path, {"deep/er/file": "x"})
    (workspace.path / "deep" / "er").chmod(0o500)
    manager.remove(workspace)
    manager.remove(workspace)

    assert not workspace.path.exists()
    assert [] == list((project.state / "records").iterdir())
