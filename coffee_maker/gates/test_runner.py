"""Runs the worked project's own tests."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from coffee_maker.domain.errors import GateError
from coffee_maker.domain.gate import TestOutcome
from coffee_maker.gates import process
from coffee_maker.gates.environment import MARKER, child_environment
from coffee_maker.gates.junit import Session, combine, read_junit
from coffee_maker.gates.outcome import OUTPUT_CHARACTERS, judge
from coffee_maker.gates.test_command import (
    CURE,
    TestCommand,
    configured,
    find_test_command,
    read_project,
)


class ProjectTests:
    """Implements `TestRunner`.

    `command` is the user's own (a line for `sh -c`, or a list of arguments); empty, it is found
    anew in each checkout, with `python` for those that need one. `passed` are the names of
    variables that the tests see beside the usual few.
    """

    def __init__(
        self,
        *,
        command: str | Sequence[str] = "",
        timeout_seconds: float = 1800,
        python: str = "python3",
        passed: Sequence[str] = (),
    ) -> None:
        self._configured = configured(command)
        self._timeout, self._python, self._passed = timeout_seconds, python, tuple(passed)

    def run(self, checkout: Path) -> TestOutcome:
        """Run them to their end or the time limit; nothing of them runs afterwards.

        Raises GateError where the command cannot be started: its program is missing. One that the
        user configured stops the line, as it would fail for every task.
        """
        command = self._configured or find_test_command(read_project(checkout), python=self._python)
        if command is None:
            return TestOutcome(command="", exit_code=None, seconds=0.0, output="")
        with _Place() as place:
            ended = self._run(command, checkout, place)
            return judge(command, ended, combine(place.sessions()))

    def _run(self, command: TestCommand, checkout: Path, place: "_Place") -> process.Ended:
        environment = child_environment(
            os.environ,
            run=secrets.token_hex(16),
            temporary=place.temporary,
            report=place.report,
            sources=_sources(checkout),
            passed=self._passed,
        )
        try:
            ended = process.run(
                command.argv,
                cwd=checkout,
                environment=environment,
                marker=MARKER,
                timeout_seconds=self._timeout,
                meanwhile=place.take_report,
            )
        except OSError as error:
            raise self._not_started(command, error.strerror or str(error)) from error
        if _lacks_its_program(command, ended):
            raise self._not_started(command, ended.output.strip()[-OUTPUT_CHARACTERS:])
        return ended

    def _not_started(self, command: TestCommand, said: str) -> GateError:
        cure = f"install pytest for {command.argv[0]}, or {CURE}" if command.is_pytest else ""
        return GateError(
            f"the tests cannot be started: `{command.text}` ({command.reason}): {said}",
            cure=cure or f"install what the command needs, or {CURE}",
            stops_the_line=self._configured is not None,
        )


class _Place:
    """A folder outside the checkout for one run: temporary files, and what pytest reports.

    Several runs of pytest in one command would overwrite each other's report, so each is moved
    aside as soon as it is there. A writer that is not ready yet goes on writing to the moved file.
    """

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="cm-tests-"))
        self.temporary = self._folder / "tmp"
        self.temporary.mkdir()
        self.report = self._folder / "report" / "junit.xml"
        self.report.parent.mkdir()
        self._taken: list[Path] = []
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def take_report(self) -> None:
        aside = self.report.with_name(f"junit-{len(self._taken)}.xml")
        try:
            self.report.rename(aside)
        except OSError:
            return
        self._taken.append(aside)

    def sessions(self) -> Iterator[Session]:
        """Every run of pytest that reported, in order."""
        self.take_report()
        for path in self._taken:
            session = read_junit(_bytes(path))
            if session is not None:
                yield session


def _sources(checkout: Path) -> list[Path]:
    """The folders of the checkout that hold Python packages.

    In the user's own environment the project is often installed in place, from another checkout
    than this one: without these, that one's code would be tested.
    """
    folders = (checkout / "src", checkout)
    return [folder for folder in folders if any(map(_is_code, folder.glob("*/__init__.py")))]


def _is_code(package: Path) -> bool:
    return package.parent.name not in ("test", "tests")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.is_file() and not path.is_symlink() else b""
    except OSError:
        return b""


def _lacks_its_program(command: TestCommand, ended: process.Ended) -> bool:
    """Found by what a shell, `env` or Python say; a project's own tests end otherwise."""
    if command.is_pytest:
        return ended.exit_code == 1 and ended.output.rstrip().endswith("No module named pytest")
    return ended.exit_code == 127 and (bool(command.line) or command.argv[0] == "env")
