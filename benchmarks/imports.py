"""What each dependency costs to import."""

from collections.abc import Mapping
from pathlib import Path

from benchmarks.children import bare_python, clean_environment, in_turns
from benchmarks.figure import Figure, spread

# The package, and what of it this project imports.
IMPORTS: Mapping[str, str] = {
    "click": "import click",
    "msgspec": "import msgspec",
    "rich": "import rich.console, rich.live, rich.panel, rich.spinner, rich.table, rich.text",
    "GitPython": "from git.cmd import Git",
    "pexpect": "import pexpect",
    "pyte": "import pyte",
    "markdown-it-py": "from markdown_it import MarkdownIt",
    "psutil": "import psutil",
    "filelock": "from filelock import FileLock",
    "platformdirs": "from platformdirs import user_state_path",
    "detect-secrets": "from detect_secrets.plugins import aws, github_token, npm, slack, stripe",
    "psycopg": "import psycopg",
}


def measure(scratch: Path, quick: bool) -> list[Figure]:  # noqa: FBT001 - see `Bench`
    commands = {"": bare_python(), **{name: bare_python(code) for name, code in IMPORTS.items()}}
    taken = in_turns(commands, clean_environment(scratch / "home"), times=2 if quick else 5)
    bare = spread(taken.pop("")).median
    return [
        Figure(
            name=f"imports.{name}",
            what=f"import {name}",
            value=max(0.0, spread(seconds).median - bare) * 1000,
            unit="ms",
            details={"code": IMPORTS[name], "bare_python_milliseconds": bare * 1000},
        )
        for name, seconds in taken.items()
    ]
