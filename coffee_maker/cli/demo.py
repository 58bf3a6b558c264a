"""`coffee-maker demo`: the whole line on a sample project, with no account and no network."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path

import click

from coffee_maker.domain.own_environment import without_own_environment

_ON_YOUR_OWN = '"On your own repository" in README.md, or `coffee-maker init` in its folder.'
_CONFIG = """\
# How the demo answers what its agent asks.
state_dir = "{state}"

[agent]
kind = "scripted"
script = "{script}"

[gates]
test_command = "{python} -m unittest -q"

[[questions.rules]]
tool = "Bash(python3 -m unittest:*)"
answer = "allow"

[[questions.rules]]
text = "ninety minutes"
answer = "1 h 30 min"

[[questions.rules]]
text = "beep"
answer = "No, keep to what the task says."
"""


@click.command()
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="The folder to make it in; a new one among the temporary files if not given.",
)
def demo(*, into: Path | None) -> None:
    """See the whole line work on a sample project: no account, no network, no Claude.

    A scripted agent does three small tasks. Everything else is real: the private clones, the
    questions, the gates, git, and the pull requests, which are kept locally.
    """
    folder = (into or Path(tempfile.mkdtemp(prefix="coffee-maker-demo-"))).resolve()
    project = make_sample(folder)
    click.echo(f"A sample project with a roadmap of three priorities: {project}\n")
    from coffee_maker.autonomous.daemon import DevDaemon, Mode
    from coffee_maker.cli.summary import summary_lines
    from coffee_maker.cli.watching import watcher_for
    from coffee_maker.prices import load_prices
    from coffee_maker.rooms import open_store
    from coffee_maker.wiring import daemon_parts

    watcher = watcher_for(sys.stdout, as_json=False)
    parts = daemon_parts(project, screen=None)
    with watcher:
        well = DevDaemon(parts=parts, watcher=watcher).run(mode=Mode.UNTIL_DONE)
    with open_store(project) as store:
        click.echo("\n".join(_told(summary_lines(store.journal, load_prices()))))
    click.echo("\n".join(_where_to_look(folder, project)))
    sys.exit(0 if well else 1)


def make_sample(folder: Path) -> Path:
    """A project, its bare remote and its settings in this folder; where the project is."""
    project, origin = folder / "project", folder / "origin.git"
    folder.mkdir(parents=True, exist_ok=True)
    with resources.as_file(resources.files("coffee_maker.demo")) as source:
        shutil.copytree(source / "sample", project, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(source / "script.toml", folder / "script.toml")
    (project / "coffee_maker.toml").write_text(
        _CONFIG.format(state=folder / "state", script=folder / "script.toml", python=_python())
    )
    (project / ".gitignore").write_text("__pycache__/\n")
    _git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(origin))
    _git(project, "init", "--quiet", "--initial-branch=main")
    for name, value in (("user.name", "Demo"), ("user.email", "demo@example.com")):
        _git(project, "config", name, value)
    _git(project, "add", "--all")
    _git(project, "commit", "--quiet", "--message", "chore: begin")
    _git(project, "remote", "add", "origin", str(origin))
    _git(project, "push", "--quiet", "--set-upstream", "origin", "main")
    return project


def _python() -> str:
    """The sample's Python: `python3`, as people write it, where it is one that will do."""
    asked = ["python3", "-c", "import sys, unittest; sys.exit(sys.version_info < (3, 9))"]
    try:
        seen = without_own_environment(os.environ)
        done = subprocess.run(asked, env=seen, capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return shlex.quote(sys.executable)
    return shlex.quote(sys.executable) if done.returncode else "python3"


def _git(folder: Path, *arguments: str) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    subprocess.run(["git", *arguments], cwd=folder, check=True, env=environment)


def _told(lines: Iterable[str]) -> Iterator[str]:
    """The summary; its commands stand below, whole: as they are, they need the sample's folder."""
    for line in lines:
        yield line.replace("coffee-maker review show ", "#")
    yield "\nNo model was asked: the tokens and dollars are made up by the agent's script."


def _where_to_look(folder: Path, project: Path) -> list[str]:
    command = f"coffee-maker review diff 1 --repo {project}"
    own = shutil.which("coffee-maker") or str(Path(sys.executable).with_name("coffee-maker"))
    return [
        "",
        f"Where to look:  {folder}",
        f"  the diff      {own} {command.removeprefix('coffee-maker ')}",
        f"  the text      {own} review show 1 --repo {project}",
        f"  all events    {own} events --repo {project}",
        f"  merge it      {own} review merge 1 --repo {project}",
        f"  clean up      rm -r {folder}",
        "",
        f"Next, your own project: {_ON_YOUR_OWN}",
    ]
