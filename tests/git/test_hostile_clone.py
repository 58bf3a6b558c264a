"""A clone whose settings would run programs: none of them is run by the daemon."""

from pathlib import Path

import pytest

from coffee_maker.domain.change import Workspace
from coffee_maker.domain.errors import GitError
from coffee_maker.git.manager import GitManager
from tests.support.git_server import git
from tests.support.project import BRANCH, TASK, UserProject, write

HOOKS = """
pre-commit prepare-commit-msg commit-msg post-commit post-checkout post-merge pre-push pre-receive
update post-receive reference-transaction post-index-change fsmonitor-watchman pre-auto-gc
post-rewrite proc-receive post-update
"""


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file that any of the clone's programs would make."""
    return tmp_path / "canary"


@pytest.fixture
def manager(project: UserProject) -> GitManager:
    return project.ready()


@pytest.fixture
def workspace(manager: GitManager, canary: Path) -> Workspace:
    """Work in a clone with every trap that git's own settings offer."""
    made = manager.prepare(TASK, BRANCH, "main")
    path = made.path
    write(path, {".gitattributes": "*.txt filter=evil diff=evil merge=evil\n", "a.txt": "a\n"})
    git("add", "--all", cwd=path)
    git("commit", "--quiet", "-m", "feat: a", cwd=path)
    write(path, {"b.txt": "b\n", "a.txt": "changed\n"})
    set_traps(path, f"touch {canary}")
    return made


def set_traps(path: Path, run: str) -> None:
    hooks = path / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in HOOKS.split():
        (hooks / name).write_text(f"#!/bin/sh\n{run}\n")
        (hooks / name).chmod(0o755)
    settings = {
        "core.hooksPath": str(hooks),
        "core.fsmonitor": f"{run}; false",
        "core.sshCommand": run,
        "core.editor": run,
        "core.pager": run,
        "core.askPass": run,
        "core.gitProxy": run,
        "core.alternateRefsCommand": run,
        "core.worktree": "/",
        "diff.external": run,
        "diff.evil.textconv": run,
        "diff.evil.command": run,
        "merge.evil.driver": run,
        "filter.evil.clean": run,
        "filter.evil.smudge": run,
        "filter.evil.process": run,
        "filter.evil.required": "true",
        "uploadpack.packObjectsHook": run,
        "credential.helper": f"!{run}",
        "gpg.program": run,
        "commit.gpgSign": "true",
        "gc.auto": "1",
        "gc.recentObjectsHook": run,
        "alias.add": f"!{run}",
        "alias.fetch": f"!{run}",
        "remote.evil.url": f"ext::sh -c {run}",
        "remote.evil.promisor": "true",
        "protocol.ext.allow": "always",
        "include.path": "/dev/null",
    }
    for key, value in settings.items():
        git("config", "--file", str(path / ".git" / "config"), key, value, cwd=path.parent)


def test_the_traps_work(workspace: Workspace, canary: Path) -> None:
    """Whoever runs plain git in the clone runs them; so the other tests prove something."""
    with pytest.raises(AssertionError):
        git("-c", "core.worktree=.", "commit", "--all", "-m", "feat: x", cwd=workspace.path)

    assert canary.exists()


def test_nothing_of_the_clone_is_run(
    manager: GitManager, workspace: Workspace, canary: Path
) -> None:
    """Neither collecting nor checking out nor pushing nor finding the clone again."""
    manager.prepare(TASK, BRANCH, "main")
    change = manager.collect(workspace, "chore: leftovers")
    with manager.checkout(change.head_commit) as folder:
        assert "changed\n" == (folder / "a.txt").read_text()
    manager.commit_file(BRANCH, "a.txt", "ours\n", "docs: ours")
    manager.push(BRANCH)
    manager.remove(workspace)

    assert not canary.exists()
    assert [".gitattributes", "a.txt", "b.txt"] == [f.path for f in change.files]


def test_a_nested_repository_is_not_run_either(
    manager: GitManager, workspace: Workspace, canary: Path
) -> None:
    """Not even where it takes the place of a submodule."""
    nested = workspace.path / "nested"
    nested.mkdir()
    git("init", "--quiet", cwd=nested)
    write(nested, {"x": "x"})
    git("add", "--all", cwd=nested)
    git("commit", "--quiet", "-m", "feat: x", cwd=nested)
    head = git("rev-parse", "HEAD", cwd=nested)
    plain = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]
    line = f"160000,{head},nested"
    own = ["-c", "core.worktree=.", "-c", "commit.gpgSign=false"]
    git(*plain, *own, "update-index", "--add", "--cacheinfo", line, cwd=workspace.path)
    git(*plain, *own, "commit", "--quiet", "-m", "feat: nested", cwd=workspace.path)
    set_traps(nested, f"touch {canary}")
    canary.unlink(missing_ok=True)
    change = manager.collect(workspace, "chore: leftovers")

    assert "nested" in {f.path for f in change.files}
    assert not canary.exists()


def test_missing_objects_are_not_fetched_from_where_the_clone_says(
    manager: GitManager, workspace: Workspace, canary: Path
) -> None:
    """A promisor remote of the clone's own is a program to run; the commits are refused instead."""
    blob = git("rev-parse", "HEAD:a.txt", cwd=workspace.path)
    (workspace.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    config = str(workspace.path / ".git" / "config")
    git("config", "--file", config, "extensions.partialClone", "evil", cwd=workspace.path.parent)

    with pytest.raises(GitError):
        manager.collect(workspace, "chore: leftovers")

    assert not canary.exists()


def test_replaced_objects_deceive_nobody(manager: GitManager, project: UserProject) -> None:
    """`git replace` shows one commit in another's place; what is taken is the real one."""
    workspace = manager.prepare(TASK, BRANCH, "main")
    write(workspace.path, {"bad.py": "bad\n"})
    git("add", "--all", cwd=workspace.path)
    git("commit", "--quiet", "-m", "feat: bad", cwd=workspace.path)
    git("replace", "HEAD", "main", cwd=workspace.path)
    git("reset", "--quiet", "--hard", cwd=workspace.path)
    write(workspace.path, {"bad.py": "bad\n"})

    assert ["bad.py"] == [f.path for f in manager.collect(workspace, "chore: x").files]


def test_links_in_place_of_files_lead_nowhere(
    manager: GitManager, project: UserProject, tmp_path: Path
) -> None:
    """A folder that became a link is committed as a link; what it points to is not read."""
    secret = tmp_path / "secret"
    write(secret, {"ROADMAP.md": "top secret\n"})
    workspace = manager.prepare(TASK, BRANCH, "main")
    (workspace.path / "docs" / "ROADMAP.md").unlink()
    (workspace.path / "docs").rmdir()
    (workspace.path / "docs").symlink_to(secret)
    change = manager.collect(workspace, "chore: x")

    assert ["docs", "docs/ROADMAP.md"] == sorted(f.path for f in change.files)
    assert "top secret" not in change.diff


def test_a_git_folder_that_is_a_link_is_not_followed(
    manager: GitManager, project: UserProject, canary: Path
) -> None:
    """It counts as deleted, whatever repository it points to."""
    workspace = manager.prepare(TASK, BRANCH, "main")
    git_folder = workspace.path / ".git"
    git_folder.rename(workspace.path.parent / "elsewhere")
    git_folder.symlink_to(project.checkout / ".git")
    write(workspace.path, {"greet.py": "hello\n"})
    change = manager.collect(workspace, "chore: x")

    assert ["greet.py"] == [f.path for f in change.files]
    assert "deleted the clone's .git" in change.notes[0]


def test_malformed_objects_are_refused(manager: GitManager) -> None:
    """A tree with an entry `.git` would plant a repository in every checkout."""
    workspace = manager.prepare(TASK, BRANCH, "main")
    path = workspace.path
    config = git("hash-object", "-w", "--stdin", cwd=path, input="[core]\n\tfsmonitor = touch x\n")
    inner = git("mktree", cwd=path, input=f"100644 blob {config}\tconfig")
    outer = git("mktree", cwd=path, input=f"040000 tree {inner}\t.git")
    commit = git("commit-tree", outer, "-p", "HEAD", "-m", "feat: x", cwd=path)
    git("update-ref", "HEAD", commit, cwd=path)

    with pytest.raises(GitError):
        manager.collect(workspace, "chore: x")
