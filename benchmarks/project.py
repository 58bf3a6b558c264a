"""A small project with a roadmap of one priority and a bare repository as its remote."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.children import git

DELIVERABLE = "A function `greet(name)`"
FILE, CODE = "greet.py", 'def greet(name: str) -> str:\n    return f"Hello, {name}!"\n'
TASK_TEXT = f"PRIORITY 1: Greet people by name. Write {FILE} with {DELIVERABLE}, and commit it."


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleProject:
    """`folder` is the user's checkout, `state` what coffee_maker keeps."""

    folder: Path
    state: Path


def sample_project(
    folder: Path, environment: Mapping[str, str], settings: str, *, done: bool = False
) -> SampleProject:
    """Make it in a new folder; `settings` stand in its coffee_maker.toml beside the state's place.

    `done`: the roadmap has nothing left to do.
    """
    made = SampleProject(folder=folder / "project", state=folder / "state")
    made.folder.mkdir(parents=True)
    remote = str(folder / "remote.git")
    files = {
        "ROADMAP.md": _roadmap(done=done),
        "README.md": "# A sample\n",
        "coffee_maker.toml": f'state_dir = "{made.state}"\n{settings}',
    }
    for name, text in files.items():
        (made.folder / name).write_text(text)
    git(folder, environment, "init", "--quiet", "--bare", "--initial-branch=main", remote)
    for command in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        ("commit", "--quiet", "--message=feat: begin"),
        ("remote", "add", "origin", remote),
        ("push", "--quiet", "--set-upstream", "origin", "main"),
    ):
        git(made.folder, environment, *command)
    return made


def _roadmap(*, done: bool) -> str:
    status, mark = ("✅ Done", "x") if done else ("📝 Planned", " ")
    return (
        "# Roadmap\n\n## PRIORITY 1: Greet people by name\n\n"
        f"**Status**: {status}\n\n- [{mark}] {DELIVERABLE}\n"
    )
