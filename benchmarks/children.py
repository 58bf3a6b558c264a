"""Programs that are measured from outside, in an environment of their own."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.machine import ROOT

COFFEE_MAKER = str(ROOT / ".venv" / "bin" / "coffee-maker")
LONGEST_SECONDS = 120
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR")


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """What a user's shell would give: nothing of the developer's, and bytecode is kept."""
    home.mkdir(parents=True, exist_ok=True)
    gitconfig = home / ".gitconfig"
    if not gitconfig.exists():
        gitconfig.write_text(
            "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n"
        )
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "HOME": str(home), "GIT_CONFIG_SYSTEM": "/dev/null", **more}


def seconds_of(
    command: Sequence[str], environment: Mapping[str, str], cwd: Path | None = None
) -> float:
    """The wall time of one run. Raises SubprocessError where it fails or does not end."""
    begin = time.perf_counter()
    subprocess.run(
        command,
        env=environment,
        cwd=cwd,
        check=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=LONGEST_SECONDS,
    )
    return time.perf_counter() - begin


def in_turns(
    commands: Mapping[str, Sequence[str]],
    environment: Mapping[str, str],
    *,
    times: int,
    cwd: Path | None = None,
) -> dict[str, list[float]]:
    """Seconds of each command, run in turns, so that a busy moment falls on all of them.

    Each runs twice before it counts: for files in memory, and for bytecode that is written.
    """
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(-2, times):
        for name, command in commands.items():
            seconds = seconds_of(command, environment, cwd)
            if turn >= 0:
                taken[name].append(seconds)
    return taken


def bare_python(code: str = "pass") -> list[str]:
    return [sys.executable, "-c", code]


def git(folder: Path, environment: Mapping[str, str], *arguments: str) -> str:
    """What git says. Raises CalledProcessError."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()
