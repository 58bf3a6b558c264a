"""The user's own repository stays as it is."""

import os
from pathlib import Path

import pytest

from coffee_maker.domain.errors import RemoteError
from coffee_maker.git.manager import GitManager
from tests.support.git_server import git
from tests.support.project import (
    BRANCH,
    ROADMAP,
    TASK,
    UserProject,
    fingerprint,
    project_with_remote,
    write,
)


def make_dirty(checkout: Path) -> None:
    """Staged, unstaged and untracked edits, a stash, a lock left behind, watchers and hooks."""
    write(checkout, {"README.md": "# Stashed\n"})
    git("stash", "--quiet", cwd=checkout)
    write(checkout, {"staged.txt": "staged\n", "README.md": "# Edited\n", "untracked.txt": "?\n"})
    git("add", "staged.txt", cwd=checkout)
    write(checkout, {"docs/ROADMAP.md": ROADMAP + "\nedited\n"})
    canary = checkout.parent / "hook-ran"
    for hook in ("post-checkout", "reference-transaction", "pre-push", "post-index-change"):
        file = checkout / ".git" / "hooks" / hook
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\ntouch {canary}\n")
        file.chmod(0o755)
    git("config", "core.fsmonitor", f"touch {canary}; false", cwd=checkout)
    (checkout / ".git" / "index.lock").write_bytes(b"")
    # an index that any `git status` would want to refresh
    os.utime(checkout / ".gitignore", (1, 1))


def whole_line(manager: GitManager) -> str:
    """All that a task does, and the hash that it pushed."""
    manager.refresh()
    manager.notices("docs/ROADMAP.md")
    workspace = manager.prepare(TASK, BRANCH, manager.base_branch)
    write(workspace.path, {"greet.py": "print('hello')\n"})
    change = manager.collect(workspace, "feat: greet")
    with manager.checkout(change.head_commit) as folder:
        assert (folder / "greet.py").exists()
    manager.commit_file(BRANCH, "docs/ROADMAP.md", ROADMAP.replace("[ ]", "[x]"), "docs: tick")
    pushed = manager.push(BRANCH)
    manager.remove(workspace)
    return pushed


def test_a_dirty_checkout_stays_identical_byte_for_byte(project: UserProject) -> None:
    """A whole task leaves index, work tree, refs, config and times as they were; nothing runs."""
    make_dirty(project.checkout)
    before = fingerprint(project.checkout)

    whole_line(project.ready())

    assert before == fingerprint(project.checkout)
    assert not (project.checkout.parent / "hook-ran").exists()


def test_without_a_remote_the_branch_becomes_a_ref_and_nothing_else_changes(
    lonely: UserProject,
) -> None:
    """Only objects and the new branch (with its reflog) are added to the user's repository."""
    make_dirty(lonely.checkout)
    before = fingerprint(lonely.checkout)

    pushed = whole_line(lonely.ready())

    after = fingerprint(lonely.checkout)
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    places = (".git/objects", ".git/refs/heads", ".git/logs/refs/heads")
    assert pushed == git("rev-parse", f"refs/heads/{BRANCH}", cwd=lonely.checkout)
    assert {name for name in changed if not name.startswith(places)} <= {".git"}
    assert before[".git/index"] == after[".git/index"]
    assert before[".git/refs/heads/main"] == after[".git/refs/heads/main"]
    assert not (lonely.checkout.parent / "hook-ran").exists()


def test_the_branch_that_is_checked_out_is_never_moved(lonely: UserProject) -> None:
    """Even where the user's git would let a push move it, the push is refused with a cure."""
    manager = lonely.ready()
    whole_line(manager)
    git("switch", "--quiet", BRANCH, cwd=lonely.checkout)
    git("config", "receive.denyCurrentBranch", "updateInstead", cwd=lonely.checkout)
    stood = git("rev-parse", "HEAD", cwd=lonely.checkout)
    manager.commit_file(BRANCH, "README.md", "# More\n", "docs: more")

    with pytest.raises(RemoteError, match="checked out") as refused:
        manager.push(BRANCH)

    assert "git switch" in refused.value.cure
    assert stood == git("rev-parse", "HEAD", cwd=lonely.checkout)


def test_a_folder_within_the_project_is_as_good_as_its_top(project: UserProject) -> None:
    """The manager works from wherever in the checkout it is pointed at."""
    manager = GitManager(project.checkout / "docs", project.state)
    manager.refresh()

    assert ROADMAP == manager.read("main", "docs/ROADMAP.md")


def test_a_linked_worktree_is_as_good_as_a_clone(project: UserProject, tmp_path: Path) -> None:
    """The objects are borrowed from the repository behind it, and its own HEAD counts."""
    other = tmp_path / "other"
    git("worktree", "add", "--quiet", "-b", "side", str(other), cwd=project.checkout)
    manager = GitManager(other, project.state)

    assert whole_line(manager)


def test_a_shallow_checkout_is_worked_on_from_the_remote(tmp_path: Path) -> None:
    """What the checkout has not is fetched; the branch is pushed as ever."""
    project = project_with_remote(tmp_path)
    for number in range(3):
        write(project.checkout, {"n.txt": f"{number}\n"})
        git("add", "--all", cwd=project.checkout)
        git("commit", "--quiet", "-m", f"feat: {number}", cwd=project.checkout)
    git("push", "--quiet", "origin", "main", cwd=project.checkout)
    shallow = tmp_path / "shallow"
    git("clone", "--quiet", "--depth=1", f"file://{project.remote}", str(shallow), cwd=tmp_path)
    manager = GitManager(shallow, tmp_path / "other-state")

    assert whole_line(manager)


def test_a_repository_with_long_hashes_is_worked_on(tmp_path: Path) -> None:
    """SHA-256 is a format like any other."""
    checkout = tmp_path / "project"
    git("init", "--quiet", "-b", "main", "--object-format=sha256", str(checkout), cwd=tmp_path)
    write(checkout, {"docs/ROADMAP.md": ROADMAP})
    git("add", "--all", cwd=checkout)
    git("commit", "--quiet", "-m", "feat: begin", cwd=checkout)

    assert 64 == len(whole_line(GitManager(checkout, tmp_path / "state")))


def test_variables_of_a_hook_lead_nowhere(project: UserProject, tmp_path: Path) -> None:
    """A daemon started within somebody's hook works on its own repositories all the same."""
    elsewhere = tmp_path / "elsewhere"
    git("init", "--quiet", str(elsewhere), cwd=tmp_path)
    before = fingerprint(elsewhere)
    os.environ.update(
        GIT_DIR=str(elsewhere / ".git"),
        GIT_WORK_TREE=str(elsewhere),
        GIT_INDEX_FILE=str(elsewhere / "index"),
        GIT_OBJECT_DIRECTORY=str(elsewhere / ".git" / "objects"),
    )

    whole_line(project.ready())

    assert before == fingerprint(elsewhere)


def test_the_user_may_throw_borrowed_objects_away(project: UserProject) -> None:
    """After the user's git has pruned what the mirror borrowed, the next refresh fetches it."""
    git("switch", "--quiet", "-c", "side", cwd=project.checkout)
    write(project.checkout, {"side.txt": "side\n"})
    git("add", "--all", cwd=project.checkout)
    git("commit", "--quiet", "-m", "feat: side", cwd=project.checkout)
    git("push", "--quiet", "origin", "side", cwd=project.checkout)
    manager = project.ready()
    git("switch", "--quiet", "main", cwd=project.checkout)
    git("branch", "--quiet", "-D", "side", cwd=project.checkout)
    git("update-ref", "-d", "refs/remotes/origin/side", cwd=project.checkout)
    git("reflog", "expire", "--expire=now", "--all", cwd=project.checkout)
    git("gc", "--quiet", "--prune=now", cwd=project.checkout)

    manager.refresh()

    assert "side\n" == manager.read("side", "side.txt")
