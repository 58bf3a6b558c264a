"""One git command: started through GitPython, bounded in time and output, ended as a group.

GitPython hands the whole environment to every child and ends only the child itself; a helper
of that child (ssh, git-remote-https) would live on and keep its pipes open. So it starts the
program and hides passwords in what it logs, and the rest is done here.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from coffee_maker.domain.errors import GitError
from coffee_maker.git.environment import Environment

_Part = TypeVar("_Part")
LOCAL_SECONDS = 120.0
_PASSWORD = re.compile(r"(?<=://)[^/@\s]+@")


class TookTooLong(GitError):
    """The command was ended because it did not end by itself in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a command ended. `cut`: there was more output than was asked for."""

    code: int
    out: bytes
    err: str
    cut: bool = False

    @property
    def ok(self) -> bool:
        return self.code == 0

    @property
    def text(self) -> str:
        """The output as text, without the line break at its end."""
        return self.out.decode("utf-8", "replace").rstrip("\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """git, in one place, with one environment. Every call raises TookTooLong when it hangs."""

    cwd: Path
    environment: Environment
    seconds: float = LOCAL_SECONDS
    options: tuple[str, ...] = field(default=())

    def at(self, cwd: Path, **values: str) -> "Command":
        """The same somewhere else, with more variables."""
        return replace(self, cwd=cwd, environment=self.environment.plus(values))

    def plus(self, values: Mapping[str, str]) -> "Command":
        """The same with more variables."""
        return replace(self, environment=self.environment.plus(values))

    def run(self, *arguments: str, given: bytes = b"", longest_output: int | None = None) -> Result:
        """Run it to its end, whatever that is; `given` is its standard input."""
        from git.cmd import Git
        from git.exc import GitCommandError

        environment = self.environment
        hidden = [part for name in environment.removed for part in ("-u", name)]
        line = [*(("env", *hidden) if hidden else ()), _git(), *self.options, *arguments]
        try:
            running = Git(self.cwd).execute(
                line,
                as_process=True,
                istream=subprocess.PIPE,
                env=dict(environment.values),
                start_new_session=True,
            )
        except GitCommandError as error:
            raise GitError(f"git could not be started in {self.cwd}: {error}") from error
        process = _given(running.proc)
        try:
            if longest_output is None:
                return self._to_the_end(process, arguments, given)
            return self._bounded(process, arguments, longest_output)
        finally:
            _end(process)

    def out(self, *arguments: str, given: bytes = b"") -> bytes:
        """Run it and return its output. Raises GitError where it fails."""
        result = self.run(*arguments, given=given)
        if not result.ok:
            raise GitError(f"git {_verb(arguments)} failed: {result.err or result.text}")
        return result.out

    def text(self, *arguments: str, given: bytes = b"") -> str:
        """Run it and return its output as text without the last line break. Raises GitError."""
        return self.out(*arguments, given=given).decode("utf-8", "replace").rstrip("\n")

    def _to_the_end(
        self, process: "subprocess.Popen[bytes]", arguments: Sequence[str], given: bytes
    ) -> Result:
        try:
            out, err = process.communicate(given, timeout=self.seconds)
        except subprocess.TimeoutExpired as error:
            raise self._too_long(arguments) from error
        return Result(code=process.returncode, out=out, err=_words(err))

    def _bounded(
        self, process: "subprocess.Popen[bytes]", arguments: Sequence[str], longest: int
    ) -> Result:
        hung = threading.Event()

        def give_up() -> None:
            hung.set()
            _kill_group(process)

        guard = threading.Timer(self.seconds, give_up)
        guard.start()
        try:
            _given(process.stdin).close()
            out = _given(process.stdout).read(longest + 1)
            if len(out) > longest:
                return Result(code=0, out=out[:longest], err="", cut=True)
            err = _words(_given(process.stderr).read())
            code = process.wait()
        finally:
            guard.cancel()
        if hung.is_set():
            raise self._too_long(arguments)
        return Result(code=code, out=out, err=err)

    def _too_long(self, arguments: Sequence[str]) -> TookTooLong:
        return TookTooLong(f"git {_verb(arguments)} did not end within {self.seconds:.0f} seconds")


def _git() -> str:
    try:
        from git.cmd import Git
    except ImportError as error:  # GitPython looks for the program when it is imported
        raise _no_git() from error
    found = shutil.which(str(Git.GIT_PYTHON_GIT_EXECUTABLE or "git"))
    if found is None:
        raise _no_git()
    return found


def _no_git() -> GitError:
    return GitError("git is not installed", cure="install git 2.38 or newer")


def _verb(arguments: Sequence[str]) -> str:
    return next((a for a in arguments if not a.startswith("-") and "=" not in a), "")


def _words(err: bytes) -> str:
    """What git said on its error output, without passwords."""
    return _PASSWORD.sub("***@", err.decode("utf-8", "replace")).strip()


def _given(part: _Part | None) -> _Part:
    """What was asked for when the program was started, and only the types leave open."""
    if part is None:
        raise GitError("git was started without its pipes")
    return part


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.returncode is None:
        _kill_group(process)
        process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
