"""What a run of tests comes to: exit code, report and output held against each other."""

from coffee_maker.domain.gate import TestOutcome
from coffee_maker.gates.junit import TestReport
from coffee_maker.gates.process import Ended
from coffee_maker.gates.runner_output import read_output
from coffee_maker.gates.test_command import TestCommand

OUTPUT_CHARACTERS = 20_000  # of the output that an outcome keeps

_ENDED_EARLY = ("!! stopping after ", "!! Interrupted: ", "!! KeyboardInterrupt !!")
_PYTEST_FOUND_NO_TESTS = 5
_PYTEST_RAN = frozenset({0, 1})


def judge(command: TestCommand, ended: Ended, report: TestReport | None) -> TestOutcome:
    """The outcome of a run; `report` is what pytest wrote, None where it wrote nothing.

    An exit code of 0 is believed only where nothing speaks against it. Without pytest's report,
    names are read out of the output, which may tell who fails but never outvotes the exit code.
    """
    told = report or _printed(ended)
    explained = told is not None and _explains(told, ended, command)
    doubt = _doubt(command, ended, report)
    return TestOutcome(
        command=command.text,
        exit_code=ended.exit_code,
        seconds=ended.seconds,
        output=ended.output[-OUTPUT_CHARACTERS:],
        timed_out=ended.exit_code is None,
        detailed=explained,
        collected=_collected(command, ended, told),
        failing=told.failing if told and (explained or report) else frozenset(),
        skipped=told.skipped if told else frozenset(),
        doubt=doubt,
    )


def _printed(ended: Ended) -> TestReport | None:
    """What the output tells, unless it is not all there or contradicts the exit code."""
    told = None if ended.cut else read_output(ended.output)
    return None if told and told.failing and ended.exit_code == 0 else told


def _explains(told: TestReport, ended: Ended, command: TestCommand) -> bool:
    """Whether the names account for how it ended, and all tests had their turn."""
    if ended.exit_code is None or not told.whole:
        return False
    if command.is_pytest and ended.exit_code not in _PYTEST_RAN:
        return False
    if any(mark in ended.output for mark in _ENDED_EARLY):
        return False
    return bool(told.failing) or ended.exit_code == 0


def _doubt(command: TestCommand, ended: Ended, report: TestReport | None) -> str:
    if ended.exit_code != 0:
        return ""
    if report is None:
        return _NO_REPORT if command.is_pytest else ""
    if report.failing:
        count = len(report.failing)
        return f"it ended with exit code 0, but pytest's own report names {count} failing"
    return "" if report.whole else "it ended with exit code 0, but pytest's report is incomplete"


_NO_REPORT = "it ended with exit code 0, but pytest left no report: it did not come to its end"


def _collected(command: TestCommand, ended: Ended, told: TestReport | None) -> int | None:
    if command.is_pytest and ended.exit_code == _PYTEST_FOUND_NO_TESTS:
        return 0
    return told.collected if told and told.whole else None
