"""Which Claude Code is there, and can it be worked with?"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from coffee_maker.claude.environment import build_environment
from coffee_maker.domain.check import Check
from coffee_maker.domain.errors import ClaudeMissing

TESTED_VERSIONS = ("2.1.197", "2.1.329")
OLDEST = (2, 1, 0)

INSTALL = "install it with `npm install -g @anthropic-ai/claude-code`, then run `claude` once"
_LOGIN = "run `claude` in a terminal and log in with /login"
_VERSION = re.compile(r"\b(\d+)\.(\d+)\.(\d+)\b")
_SECONDS = 30  # a cold start of a 235 MB binary on a slow disk


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A Claude Code that runs."""

    path: Path
    version: str


def find_claude(command: str | None = None) -> Program:
    """The program of that name or path (`claude` by default). Raises ClaudeMissing."""
    wanted = command or "claude"
    found = shutil.which(wanted)
    if found is None:
        there = Path(wanted).exists()
        what = "is not an executable file" if there else "was not found"
        raise ClaudeMissing(f"Claude Code: {wanted} {what}", cure=INSTALL)
    path = Path(found).absolute()
    printed = _printed([str(path), "--version"], os.environ)
    version = _VERSION.search(printed)
    if version is None:
        raise ClaudeMissing(
            f"{path} does not say a version of Claude Code: {printed.strip()[:200] or 'nothing'}",
            cure=INSTALL,
        )
    if tuple(int(part) for part in version.groups()) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise ClaudeMissing(
            f"{path} is Claude Code {version[0]}; {oldest} is the oldest that works",
            cure="update it with `npm install -g @anthropic-ai/claude-code`",
        )
    return Program(path=path, version=version[0])


def check_claude(command: str | None = None) -> Check:
    """Is it there, in a version that works? One that was not tested may well work: it says so."""
    try:
        program = find_claude(command)
    except ClaudeMissing as error:
        return Check(name="claude", ok=False, detail=str(error), cure=error.cure)
    tested = program.version in TESTED_VERSIONS
    note = "" if tested else f" (not tested; tested are {', '.join(TESTED_VERSIONS)})"
    return Check(name="claude", ok=True, detail=f"{program.version} at {program.path}{note}")


def check_login(
    command: str | None = None,
    environment: Mapping[str, str] | None = None,
    *,
    pass_through: Sequence[str] = (),
) -> Check:
    """Is it logged in, in the environment that sessions get? Asks the program; needs no network."""
    built = build_environment(
        os.environ, session="doctor", extra=environment or {}, pass_through=pass_through
    )
    try:
        program = find_claude(command)
        printed = _printed([str(program.path), "auth", "status"], built)
    except ClaudeMissing as error:
        return Check(name="claude login", ok=False, detail=str(error), cure=error.cure)
    try:
        status = json.loads(printed)
        logged_in, method = bool(status["loggedIn"]), str(status.get("authMethod", "unknown"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Check(
            name="claude login",
            ok=True,
            detail="cannot be told: this version has no `claude auth status`",
        )
    if not logged_in:
        return Check(name="claude login", ok=False, detail="not logged in", cure=_LOGIN)
    return Check(name="claude login", ok=True, detail=f"logged in ({method})")


def _printed(command: Sequence[str], environment: Mapping[str, str]) -> str:
    try:
        done = subprocess.run(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ClaudeMissing(f"{command[0]} cannot be run: {error}", cure=INSTALL) from error
    return done.stdout
