"""Exit code, report and output, held against each other."""

import pytest

from coffee_maker.domain.gate import TestOutcome
from coffee_maker.gates.junit import TestReport
from coffee_maker.gates.outcome import judge
from coffee_maker.gates.process import Ended
from coffee_maker.gates.test_command import TestCommand

PYTEST = TestCommand(argv=("python3", "-m", "pytest"), reason="", is_pytest=True)
MAKE = TestCommand(argv=("make", "test"), reason="")
GOOD = TestReport(collected=3, failing=frozenset(), skipped=frozenset({"s"}))
BAD = TestReport(collected=3, failing=frozenset({"f"}))
PART = TestReport(collected=3, failing=frozenset(), whole=False)


def outcome(
    command: TestCommand, code: int | None, report: TestReport | None, output: str = ""
) -> TestOutcome:
    return judge(command, Ended(exit_code=code, output=output, cut=False, seconds=1.0), report)


@pytest.mark.parametrize(
    ("command", "code", "report", "expected"),
    [
        (PYTEST, 0, GOOD, (True, True, 3)),
        (PYTEST, 1, BAD, (False, True, 3)),
        (PYTEST, 0, BAD, (False, True, 3)),  # the exit code was forged
        (PYTEST, 0, PART, (False, False, None)),  # so was the report
        (PYTEST, 0, None, (False, False, None)),  # it ended in the middle
        (PYTEST, 1, GOOD, (False, False, 3)),  # coverage too low, or the like
        (PYTEST, 2, BAD, (False, False, 3)),  # interrupted
        (PYTEST, 5, None, (False, False, 0)),
        (PYTEST, None, None, (False, False, None)),
        (MAKE, 0, None, (True, False, None)),
        (MAKE, 0, GOOD, (True, True, 3)),
        (MAKE, 0, BAD, (False, True, 3)),  # `pytest || true`
        (MAKE, 2, BAD, (False, True, 3)),
        (MAKE, 2, None, (False, False, None)),
    ],
)
def test_the_three_must_agree(
    command: TestCommand,
    code: int | None,
    report: TestReport | None,
    expected: tuple[bool, bool, int | None],
) -> None:
    """An exit code of 0 passes only with nothing against it; names count only if they explain."""
    judged = outcome(command, code, report)

    assert expected == (judged.passed, judged.detailed, judged.collected)
    assert (code == 0 and not judged.passed) == bool(judged.doubt)


def test_a_run_that_stopped_early_hides_failures() -> None:
    """After `-x` nobody knows what else would have failed."""
    output = "!!!!!!!!! stopping after 1 failures !!!!!!!!!!"

    assert not outcome(PYTEST, 1, BAD, output).detailed


def test_printed_names_never_outvote_the_exit_code() -> None:
    """Output is only text: a test may print anything."""
    printed = "=" * 70 + "\nFAIL: test_a (x.T)\n\nRan 1 test in 0.1s\n\nFAILED (failures=1)\n"
    green, red = outcome(MAKE, 0, None, printed), outcome(MAKE, 1, None, printed)

    assert (True, frozenset()) == (green.passed, green.failing)
    assert (False, True, frozenset({"test_a (x.T)"})) == (red.passed, red.detailed, red.failing)
