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

    told = said(project, "doctor")

    assert "ok      base branch: main\nok      roadmap: docs/ROADMAP.md: 1 task" in told


def test_an_empty_remote_is_not_well(tmp_path: Path) -> None:
    """Nothing to build on: said once, with the lines that mend it."""
    git("init", "--quiet", "--bare", "far.git", cwd=tmp_path)
    project = project_without_remote(tmp_path).checkout
    git("remote", "add", "origin", "../far.git", cwd=project)
    scripted(project)

    told = said(project, "doctor")

    assert "not ok  git remote: origin answers, but nothing was pushed to it yet" in told
    assert "roadmap" not in told


def test_a_base_that_is_not_on_the_remote_is_not_well(tmp_path: Path) -> None:
    """The remote answers, and yet a run could not begin."""
    project = project_with_remote(tmp_path).checkout
    scripted(project)
    with (project / "coffee_maker.toml").open("a") as file:
        file.write('[git]\nbase = "trunk"\n')

    assert "not ok  base branch: there is no branch trunk on" in said(project, "doctor")


def test_remotes_of_other_names_are_told(tmp_path: Path) -> None:
    """The checks go on after that."""
    project = project_with_remote(tmp_path).checkout
    git("remote", "rename", "origin", "upstream", cwd=project)
    scripted(project)

    told = said(project, "doctor")

    assert "not ok  git remote: the repository has no remote 'origin'" in told
    assert "tests:" in told


def test_several_commands_are_printed_to_be_copied(tmp_path: Path, clean_environment: Path) -> None:
    """One on each line, and what cannot be looked at without them is not counted as well."""
    (clean_environment / "gitconfig").write_text("")
    project = project_folder_without_commits(tmp_path)

    told = said(project, "doctor")

    lines = [line.strip() for line in told.splitlines()]
    at = lines.index('git config --global user.name "Your Name"')
    assert 'git config --global user.email "you@example.com"' == lines[at + 1]
    assert 1 == told.count("git does not know who you are")


def project_folder_without_commits(folder: Path) -> Path:
    project = folder / "project"
    git("init", "--quiet", str(project), cwd=folder)
    scripted(project)
    return project


def test_a_missing_claude_is_one_thing_to_mend(tmp_path: Path) -> None:
    """Whether it is logged in is not asked of a program that is not there."""
    project = project_with_remote(tmp_path).checkout
    (project / "coffee_maker.toml").write_text(
        f'state_dir = "{tmp_path / "state"}"\n[agent]\ncommand = "surely-no-such-claude"\n'
    )

    told = said(project, "doctor")

    assert 1 == told.count("surely-no-such-claude")
    assert "claude login" not in told


def test_the_nearest_command_is_named() -> None:
    """A slip of the finger costs one look; what is like nothing gets no guess."""
    near = CliRunner().invoke(cli, ["statsu"])
    far = CliRunner().invoke(cli, ["xyzzy"])

    assert "There is no command 'statsu'. Did you mean 'status'?" in near.output
    assert "There is no command 'xyzzy'.\n" in far.output
    assert (2, 2) == (near.exit_code, far.exit_code)


def test_mail_that_cannot_be_answered_is_told(tmp_path: Path) -> None:
    """Neither a mailbox to read nor a page to link to: it only tells."""
    project = project_with_remote(tmp_path).checkout
    scripted(project)
    with (project / "coffee_maker.toml").open("a") as file:
        file.write(
            '[channels.email]\nenabled = true\nsmtp_host = "mail.example.com"\n'
            'sender = "bot@example.com"\nto = ["ana@example.com"]\n'
        )

    assert "email can tell but not be answered on" in said(project, "doctor")
