"""Taking the work out of a clone, in whatever state the agent left it."""

import os
import shutil
from pathlib import Path

import pytest

from coffee_maker.domain.change import FileState, Workspace
from coffee_maker.domain.errors import GitError
from coffee_maker.git.manager import GitManager
from coffee_maker.git.message import commit_message
from tests.support.git_server import git
from tests.support.project import BRANCH, ROADMAP, TASK, UserProject, project_with_remote, write

MESSAGE = commit_message("chore", subject="commit what was left", task=TASK)


@pytest.fixture
def manager(project: UserProject) -> GitManager:
    return project.ready()


@pytest.fixture
def workspace(manager: GitManager) -> Workspace:
    return manager.prepare(TASK, BRANCH, "main")


def commit(path: Path, files: dict[str, str], message: str = "feat: greet") -> str:
    write(path, files)
    git("add", "--all", cwd=path)
    git("commit", "--quiet", "-m", message, cwd=path)
    return git("rev-parse", "HEAD", cwd=path)


def test_commits_and_leftovers_become_one_change(manager: GitManager, workspace: Workspace) -> None:
    """Oldest first; the last one holds what was modified, deleted and new, with our message."""
    first = commit(workspace.path, {"greet.py": "hello\n"})
    write(workspace.path, {"greet.py": "hello, you\n", "tests/test_greet.py": "assert 1\n"})
    (workspace.path / "README.md").unlink()
    change = manager.collect(workspace, MESSAGE)

    assert [(first, "feat: greet"), (change.head_commit, MESSAGE.strip())] == [
        (c.sha, c.message) for c in change.commits
    ]
    assert {
        "README.md": FileState.DELETED,
        "greet.py": FileState.ADDED,
        "tests/test_greet.py": FileState.ADDED,
    } == {f.path: f.state for f in change.files}
    assert "+hello, you" in change.diff
    assert () == change.notes
    assert change.head_commit == manager.head(BRANCH)


def test_each_of_several_commits_has_its_own_diff(
    manager: GitManager, workspace: Workspace
) -> None:
    """What one commit adds and the next takes away is seen: both will be pushed."""
    commit(workspace.path, {"greet.py": "hello\n", "key.txt": "hunter2\n"})
    commit(workspace.path, {"key.txt": "none\n"}, "fix: no key")
    change = manager.collect(workspace, MESSAGE)

    assert "hunter2" not in change.diff
    assert ["+hunter2" in c.diff for c in change.commits] == [True, False]
    assert change.is_whole


def test_collecting_twice_gives_the_same_change(manager: GitManager, workspace: Workspace) -> None:
    """Leftovers that are in our branch already are not committed again where nothing moved."""
    commit(workspace.path, {"greet.py": "hello\n"})

    assert manager.collect(workspace, MESSAGE) == manager.collect(workspace, MESSAGE)


def test_no_work_is_an_empty_change(manager: GitManager, workspace: Workspace) -> None:
    """No commits, no files, no diff; files that were only touched are no work."""
    os.utime(workspace.path / "README.md", (1, 1))
    change = manager.collect(workspace, MESSAGE)

    assert change.is_empty
    assert ((), (), "") == (change.commits, change.files, change.diff)


def test_commits_that_cancel_out_are_an_empty_change(
    manager: GitManager, workspace: Workspace
) -> None:
    """What counts is the tree."""
    commit(workspace.path, {"greet.py": "hello\n"})
    git("revert", "--no-edit", "HEAD", cwd=workspace.path)
    change = manager.collect(workspace, MESSAGE)

    assert change.is_empty
    assert 2 == len(change.commits)


def test_ignored_files_are_not_work(
    project: UserProject, manager: GitManager, clean_environment: Path
) -> None:
    """By .gitignore, by the repository's own list, and by the user's list for all."""
    (project.checkout / ".git" / "info").mkdir(exist_ok=True)
    (project.checkout / ".git" / "info" / "exclude").write_text("local-*\n")
    mine = clean_environment / "mine"
    mine.write_text(".idea\n")
    git("config", "core.excludesFile", str(mine), cwd=project.checkout)
    workspace = manager.prepare(TASK, BRANCH, "main")
    write(workspace.path, {"x.log": "x", "local-x": "x", ".idea/x": "x", "kept": "x"})

    assert ["kept"] == [f.path for f in manager.collect(workspace, MESSAGE).files]


def test_renames_modes_links_and_binaries_are_seen(
    manager: GitManager, workspace: Workspace
) -> None:
    """Each as what it is, with its lines counted where it has lines."""
    path = workspace.path
    text = "".join(f"line {n}\n" for n in range(50))
    commit(path, {"old.txt": text})
    base = manager.collect(workspace, MESSAGE).head_commit
    (path / "old.txt").rename(path / "new.txt")
    (path / "logo.png").write_bytes(bytes(range(256)))
    (path / "link").symlink_to("/etc/passwd")
    (path / "README.md").chmod(0o755)
    (path / "docs" / "ROADMAP.md").unlink()
    (path / "docs").rmdir()
    write(path, {"docs": "now a file\n"})
    manager.collect(workspace, MESSAGE)
    moved = manager.prepare("PRIORITY 2", "feature/two", BRANCH)
    git("reset", "--quiet", "--hard", base, cwd=moved.path)
    seen = {f.path: f for f in manager.collect(workspace, MESSAGE).files}

    assert {"README.md", "docs", "docs/ROADMAP.md", "link", "logo.png", "new.txt"} == set(seen)
    assert (0, 0) == (seen["logo.png"].insertions, seen["logo.png"].deletions)
    assert FileState.MODIFIED is seen["README.md"].state
    assert 50 == seen["new.txt"].insertions


def test_a_rename_of_a_file_of_the_base_is_a_rename(
    manager: GitManager, workspace: Workspace
) -> None:
    """With both names."""
    git("mv", "docs/ROADMAP.md", "PLAN.md", cwd=workspace.path)
    (file,) = manager.collect(workspace, MESSAGE).files

    assert (FileState.RENAMED, "docs/ROADMAP.md", "PLAN.md") == (
        file.state,
        file.old_path,
        file.path,
    )


def test_odd_names_arrive_whole(manager: GitManager, workspace: Workspace) -> None:
    """Spaces, quotes, line breaks, other scripts; bytes that are no UTF-8 are spelled out."""
    odd = ["with space", 'with "quotes"', "with\nbreak", "with\ttab", "naïve-日本.txt", "-dash"]
    write(workspace.path, dict.fromkeys(odd, "x\n"))
    with open(os.fsencode(workspace.path) + b"/caf\xe9", "wb") as file:  # noqa: PTH123
        file.write(b"x\n")
    change = manager.collect(workspace, MESSAGE)

    assert sorted([*odd, "caf\\xe9"]) == sorted(f.path for f in change.files)
    assert "naïve-日本.txt" in change.diff


def test_an_edit_within_the_second_and_of_the_same_size_is_seen(
    manager: GitManager, workspace: Workspace
) -> None:
    """Times and sizes alone would not show it; git's index counts in seconds."""
    write(workspace.path, {"docs/ROADMAP.md": ROADMAP.replace("[ ]", "[x]")})

    assert ["docs/ROADMAP.md"] == [f.path for f in manager.collect(workspace, MESSAGE).files]


def test_line_ends_stay_as_they_are(tmp_path: Path) -> None:
    """Files that were not touched are no change, whatever .gitattributes would make of them."""
    project = project_with_remote(tmp_path, {"crlf.txt": "a\r\nb\r\n", "lf.txt": "a\n"})
    write(project.checkout, {".gitattributes": "*.txt text\n"})
    git("add", ".gitattributes", cwd=project.checkout)
    git("commit", "--quiet", "-m", "chore: attributes", cwd=project.checkout)
    git("push", "--quiet", cwd=project.checkout)
    manager = project.ready()
    workspace = manager.prepare(TASK, BRANCH, "main")
    write(workspace.path, {"new.bin": "x\r\n"})
    change = manager.collect(workspace, MESSAGE)

    assert ["new.bin"] == [f.path for f in change.files]
    with manager.checkout(change.head_commit) as folder:
        assert b"a\r\nb\r\n" == (folder / "crlf.txt").read_bytes()
        assert b"x\r\n" == (folder / "new.bin").read_bytes()


def test_files_for_a_filter_stay_as_they_are(tmp_path: Path, clean_environment: Path) -> None:
    """No filter runs, not even the user's own; new files that ask for one are pointed out."""
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    files = {".gitattributes": "*.bin filter=lfs -text\n", "a.bin": pointer}
    project = project_with_remote(tmp_path, files)
    canary = tmp_path / "filter-ran"
    for name in ("clean", "smudge"):
        git("config", f"filter.lfs.{name}", f"touch {canary}; cat", cwd=project.checkout)
        line = ["config", "--file", str(clean_environment / "gitconfig")]
        git(*line, f"filter.lfs.{name}", f"touch {canary}; cat", cwd=tmp_path)
    manager = project.ready()
    workspace = manager.prepare(TASK, BRANCH, "main")
    write(workspace.path, {"b.bin": "real content"})
    change = manager.collect(workspace, MESSAGE)
    with manager.checkout(change.head_commit) as folder:
        assert pointer == (folder / "a.bin").read_text()

    assert ["b.bin"] == [f.path for f in change.files]
    assert ("committed as they stand, without the filter they ask for: b.bin",) == change.notes
    assert not canary.exists()


def test_a_huge_diff_is_cut_and_says_so(manager: GitManager, workspace: Workspace) -> None:
    """The files are all counted; the text ends in a mark, and a note tells it too."""
    from coffee_maker.git.change import LONGEST_DIFF_BYTES

    line = "x" * 99 + "\n"
    write(workspace.path, {"big.txt": line * (LONGEST_DIFF_BYTES // 100 + 1000)})
    change = manager.collect(workspace, MESSAGE)

    assert LONGEST_DIFF_BYTES // 100 + 1000 == change.files[0].insertions
    assert len(change.diff) < LONGEST_DIFF_BYTES + 300
    assert "the diff was cut after" in change.diff.splitlines()[-1]
    assert "the diff was cut after" in change.notes[-1]
    assert not change.is_whole


def test_work_on_another_branch_is_taken_and_said(
    manager: GitManager, workspace: Workspace
) -> None:
    """Commits and leftovers, from where HEAD stands."""
    git("switch", "--quiet", "-c", "my-own-idea", cwd=workspace.path)
    made = commit(workspace.path, {"greet.py": "hello\n"})
    change = manager.collect(workspace, MESSAGE)

    assert made == change.head_commit == manager.head(BRANCH)
    assert 1 == len(change.notes)
    assert "my-own-idea" in change.notes[0]


def test_work_on_a_detached_head_is_taken_and_said(
    manager: GitManager, workspace: Workspace
) -> None:
    """With what the branch had before."""
    commit(workspace.path, {"one.py": "1\n"})
    git("switch", "--quiet", "--detach", cwd=workspace.path)
    made = commit(workspace.path, {"two.py": "2\n"})
    write(workspace.path, {"three.py": "3\n"})
    change = manager.collect(workspace, MESSAGE)

    assert made == change.commits[1].sha
    assert ["one.py", "three.py", "two.py"] == sorted(f.path for f in change.files)
    assert "detached HEAD" in change.notes[0]


def test_going_back_to_the_base_loses_nothing(manager: GitManager, workspace: Workspace) -> None:
    """The branch holds the work, wherever HEAD stands at the end."""
    made = commit(workspace.path, {"greet.py": "hello\n"})
    git("switch", "--quiet", "main", cwd=workspace.path)
    change = manager.collect(workspace, MESSAGE)

    assert made == change.head_commit
    assert "what was on the branch was taken" in change.notes[0]


def test_work_on_both_sides_is_not_mixed(manager: GitManager, workspace: Workspace) -> None:
    """Uncommitted edits of the base and commits on the branch: a person must look."""
    commit(workspace.path, {"greet.py": "hello\n"})
    git("switch", "--quiet", "main", cwd=workspace.path)
    write(workspace.path, {"README.md": "# Edited\n"})

    with pytest.raises(GitError, match="uncommitted work") as error:
        manager.collect(workspace, MESSAGE)

    assert str(workspace.path) in error.value.cure


def test_commits_that_are_left_behind_are_counted(
    manager: GitManager, workspace: Workspace
) -> None:
    """HEAD counts; what only the branch has is said."""
    commit(workspace.path, {"abandoned.py": "1\n"})
    git("switch", "--quiet", "-c", "second-try", "main", cwd=workspace.path)
    made = commit(workspace.path, {"better.py": "2\n"})
    change = manager.collect(workspace, MESSAGE)

    assert made == change.head_commit
    assert f"left behind on {BRANCH}: 1 commits of its own" == change.notes[1]


@pytest.mark.parametrize(
    "commands",
    [
        [["checkout", "--quiet", "--orphan", "fresh"], ["commit", "--quiet", "-m", "feat: all"]],
        [["commit", "--quiet", "--amend", "-m", "feat: mine now"]],
    ],
    ids=["orphan", "amended base"],
)
def test_a_rewritten_base_is_an_error(
    manager: GitManager, workspace: Workspace, commands: list[list[str]]
) -> None:
    """A history without the commit it began with is no pull request; it is told what happened."""
    for command in commands:
        git(*command, cwd=workspace.path)
    if "--orphan" in commands[0]:
        git("branch", "-D", BRANCH, cwd=workspace.path)

    with pytest.raises(GitError, match="rewrote the history") as error:
        manager.collect(workspace, MESSAGE)

    assert workspace.base_commit[:12] in str(error.value)
    assert error.value.cure


def test_an_unfinished_merge_is_an_error(manager: GitManager, workspace: Workspace) -> None:
    """Conflict marks are nobody's work."""
    path = workspace.path
    commit(path, {"README.md": "# Ours\n"})
    git("switch", "--quiet", "-c", "side", "main", cwd=path)
    commit(path, {"README.md": "# Theirs\n"})
    git("switch", "--quiet", BRANCH, cwd=path)
    with pytest.raises(AssertionError, match="CONFLICT"):
        git("merge", "side", cwd=path)

    with pytest.raises(GitError, match="left a merge unfinished") as error:
        manager.collect(workspace, MESSAGE)

    assert "git merge --abort" in error.value.cure or "--abort" in error.value.cure


def test_files_outlive_a_deleted_git_folder(manager: GitManager, workspace: Workspace) -> None:
    """What they hold becomes one commit on the base, and that is said."""
    commit(workspace.path, {"greet.py": "hello\n"})
    shutil.rmtree(workspace.path / ".git")
    change = manager.collect(workspace, MESSAGE)

    assert [MESSAGE.strip()] == [c.message for c in change.commits]
    assert ["greet.py"] == [f.path for f in change.files]
    assert "deleted the clone's .git" in change.notes[0]


def test_a_new_history_in_the_same_folder_is_an_error(
    manager: GitManager, workspace: Workspace
) -> None:
    """`rm -rf .git && git init` is a rewritten history."""
    shutil.rmtree(workspace.path / ".git")
    git("init", "--quiet", "-b", BRANCH, cwd=workspace.path)
    commit(workspace.path, {"greet.py": "hello\n"})

    with pytest.raises(GitError, match="rewrote the history"):
        manager.collect(workspace, MESSAGE)


def test_an_emptied_folder_is_an_error(manager: GitManager, workspace: Workspace) -> None:
    """It is not a change that deletes every file."""
    shutil.rmtree(workspace.path)
    workspace.path.mkdir()

    with pytest.raises(GitError, match="deleted all"):
        manager.collect(workspace, MESSAGE)


def test_a_workspace_that_is_gone_is_an_error(manager: GitManager, workspace: Workspace) -> None:
    """The next run makes it anew."""
    shutil.rmtree(workspace.path)

    with pytest.raises(GitError, match="is gone"):
        manager.collect(workspace, MESSAGE)


def test_a_repository_within_is_said_and_not_committed(
    manager: GitManager, workspace: Workspace
) -> None:
    """With commits or without, it would be an entry that nobody can check out."""
    for name in ("vendor/lib", "empty"):
        (workspace.path / name).mkdir(parents=True)
        git("init", "--quiet", cwd=workspace.path / name)
    commit(workspace.path / "vendor" / "lib", {"lib.c": "int x;\n"})
    write(workspace.path, {"greet.py": "hello\n"})
    change = manager.collect(workspace, MESSAGE)

    assert ["greet.py"] == [f.path for f in change.files]
    assert [
        "empty/ is a repository of its own; not committed",
        "vendor/lib/ is a repository of its own; not committed",
    ] == sorted(change.notes)


def test_a_submodule_that_is_not_checked_out_is_no_change(tmp_path: Path) -> None:
    """The clone has no way to fetch it, and its empty folder is not a deletion."""
    project = project_with_remote(tmp_path)
    head = git("rev-parse", "HEAD", cwd=project.checkout)
    line = f"160000,{head},vendor/lib"
    git("update-index", "--add", "--cacheinfo", line, cwd=project.checkout)
    git("commit", "--quiet", "-m", "feat: submodule", cwd=project.checkout)
    git("push", "--quiet", cwd=project.checkout)
    manager = project.ready()
    workspace = manager.prepare(TASK, BRANCH, "main")

    assert manager.collect(workspace, MESSAGE).is_empty


def test_our_own_commits_on_the_branch_survive_a_second_look(
    manager: GitManager, workspace: Workspace
) -> None:
    """After a crash between tick and push, collecting again takes the tick along."""
    commit(workspace.path, {"greet.py": "hello\n"})
    manager.collect(workspace, MESSAGE)
    ticked = manager.commit_file(BRANCH, "docs/ROADMAP.md", "ticked\n", "docs: tick")

    assert ticked == manager.collect(workspace, MESSAGE).head_commit


def test_amended_work_replaces_what_was_not_pushed(
    manager: GitManager, workspace: Workspace
) -> None:
    """Between two rounds of gates the agent may rewrite its own commits."""
    commit(workspace.path, {"greet.py": "hello\n"})
    manager.collect(workspace, MESSAGE)
    write(workspace.path, {"greet.py": "hello, you\n"})
    git("commit", "--quiet", "--all", "--amend", "-m", "feat: greet you", cwd=workspace.path)
    change = manager.collect(workspace, MESSAGE)

    assert ["feat: greet you"] == [c.message for c in change.commits]
    assert change.head_commit == manager.head(BRANCH)


def test_amended_work_is_merged_with_what_was_pushed(
    manager: GitManager, workspace: Workspace
) -> None:
    """What stands on the remote stays part of the history, so the push is never forced."""
    commit(workspace.path, {"greet.py": "hello\n"})
    manager.collect(workspace, MESSAGE)
    pushed = manager.push(BRANCH)
    commit(workspace.path, {"more.py": "more\n"})
    git("commit", "--quiet", "--amend", "-m", "feat: more", cwd=workspace.path)
    git("rebase", "--quiet", "--force-rebase", "main", cwd=workspace.path)
    change = manager.collect(workspace, MESSAGE)

    assert pushed in {c.sha for c in change.commits}
    assert change.head_commit == manager.push(BRANCH)


def test_damaged_objects_are_an_error(manager: GitManager, workspace: Workspace) -> None:
    """A commit whose content is gone cannot be taken."""
    commit(workspace.path, {"greet.py": "hello\n"})
    blob = git("rev-parse", "HEAD:greet.py", cwd=workspace.path)
    (workspace.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    shutil.rmtree(workspace.path / ".git" / "refs" / "heads" / "nothing", ignore_errors=True)
    (workspace.path / "greet.py").write_text("other\n")

    with pytest.raises(GitError):
        manager.collect(workspace, MESSAGE)
