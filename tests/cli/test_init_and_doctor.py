"""The first commands of a new user."""

from pathlib import Path

from click.testing import CliRunner

from coffee_maker.cli.main import cli
from tests.support.git_server import git
from tests.support.project import project_with_remote, project_without_remote


def said(folder: Path, *arguments: str) -> str:
    return CliRunner().invoke(cli, [*arguments, "--repo", str(folder)]).output


def scripted(folder: Path) -> None:
    (folder / "coffee_maker.toml").write_text(
        f'state_dir = "{folder.parent / "state"}"\n[agent]\nkind = "scripted"\nscript = "x"\n'
    )


def test_settings_in_pyproject_are_not_put_out_of_force(tmp_path: Path) -> None:
    """A file of comments would win over the table that the user has; so none is written."""
    project = project_without_remote(tmp_path).checkout
    (project / "pyproject.toml").write_text("[tool.coffee_maker]\nwatch_seconds = 5\n")

    assert f"kept   {project / 'pyproject.toml'}" in said(project, "init")
    assert "watch_seconds = 5\n" == said(project, "config")


def test_a_repository_without_commits_is_told_so(tmp_path: Path) -> None:
    """The doctor looks at what a run would see, and says how to get there."""
    git("init", "--quiet", cwd=tmp_path)
    scripted(tmp_path)
    (tmp_path / "ROADMAP.md").write_text("## PRIORITY 1: a\n")

    told = said(tmp_path, "doctor")

    assert "has no commits yet" in told
    assert "git commit" in told


def test_a_roadmap_that_is_not_pushed_does_not_count(tmp_path: Path) -> None:
    """Only what stands on the base branch is worked on; another file in the checkout is named."""
    project = project_with_remote(tmp_path, {"README.md": "x\n"}).checkout
    scripted(project)
    (project / "ROADMAP.md").write_text("## PRIORITY 1: a\n")

    told = said(project, "doctor")

    assert "not ok  roadmap: there is no ROADMAP.md on the branch main" in told


def test_a_roadmap_that_a_run_will_see_is_counted(tmp_path: Path) -> None:
    """All well is said of the base branch."""
    project = project_with_remote(tmp_path).checkout
    scripted(project)

    assert "ok      roadmap: docs/ROADMAP.md: 1 tasks" in said(project, "doctor")
