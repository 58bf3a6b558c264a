"""What a person is told about their checkout."""

from tests.support.git_server import git
from tests.support.project import ROADMAP, UserProject, write

PATH = "docs/ROADMAP.md"


def test_a_clean_checkout_needs_no_words(project: UserProject) -> None:
    """Edits of other files are the user's business."""
    write(project.checkout, {"README.md": "# Edited\n"})

    assert () == project.ready().notices(PATH)


def test_roadmap_edits_that_are_not_committed_are_pointed_out(project: UserProject) -> None:
    """Edited, staged or not; and with it from where the roadmap is read instead."""
    write(project.checkout, {PATH: ROADMAP + "more\n"})
    manager = project.ready()
    expected = (f"{PATH} has edits that are not committed; it is read from the branch main",)

    assert expected == manager.notices(PATH)
    git("add", PATH, cwd=project.checkout)
    assert expected == manager.notices(PATH)


def test_a_roadmap_that_git_does_not_know_is_pointed_out(project: UserProject) -> None:
    """A new file is not on any branch."""
    write(project.checkout, {"NEW.md": ROADMAP})

    expected = ("NEW.md is not committed yet; it is read from the branch main",)
    assert expected == project.ready().notices("NEW.md")


def test_commits_that_are_not_pushed_are_counted(project: UserProject) -> None:
    """The daemon works from the remote's branch."""
    for name in ("a", "b"):
        write(project.checkout, {name: name})
        git("add", "--all", cwd=project.checkout)
        git("commit", "--quiet", "-m", f"feat: {name}", cwd=project.checkout)

    expected = ("your main has 2 commits that are not pushed; the daemon does not see them",)
    assert expected == project.ready().notices(PATH)


def test_a_merge_under_way_is_pointed_out(project: UserProject) -> None:
    """It is left alone, and a person may have forgotten it."""
    git("switch", "--quiet", "-c", "side", cwd=project.checkout)
    write(project.checkout, {"a": "a"})
    git("add", "--all", cwd=project.checkout)
    git("commit", "--quiet", "-m", "feat: a", cwd=project.checkout)
    git("switch", "--quiet", "main", cwd=project.checkout)
    git("merge", "--no-commit", "--no-ff", "side", cwd=project.checkout)

    expected = ("a merge is under way in your checkout; the daemon leaves it alone",)
    assert expected == project.ready().notices(PATH)
