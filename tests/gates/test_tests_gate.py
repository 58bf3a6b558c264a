"""Only failures that are new count."""

from pathlib import Path

import pytest

from coffee_maker.domain.errors import GateError
from coffee_maker.domain.gate import TestOutcome, Verdict
from coffee_maker.domain.ports import Gate
from coffee_maker.gates.check import check_all
from coffee_maker.gates.head_tests import HeadTests
from coffee_maker.gates.tests_gate import TestsGate, compare
from coffee_maker.gates.weakened_gate import WeakenedTestsGate
from tests.gates.candidates import candidate, change, outcome

NOTHING = TestOutcome(command="", exit_code=None, seconds=0.0, output="")
GREEN = outcome(collected=10)
RED = outcome(exit_code=1, failing=["a", "b"], collected=10)
BLIND = outcome(exit_code=1, detailed=False)
LATE = outcome(exit_code=None, timed_out=True, detailed=False)
EMPTY = outcome(exit_code=5, collected=0, detailed=False)
TOLD_ON_THE_BASE = "on the base 2 failures could be told by name, here they cannot"
UNKNOWABLE = (
    "the base was red already and its failures cannot be told by name, so new ones cannot be "
    "told from old ones"
)


class Runner:
    """A far side that says what it is told to, and counts."""

    def __init__(self, outcome: TestOutcome | GateError) -> None:
        self.outcome, self.runs = outcome, 0

    def run(self, checkout: Path) -> TestOutcome:
        self.runs += 1
        if isinstance(self.outcome, GateError):
            raise self.outcome
        return self.outcome


@pytest.mark.parametrize(
    ("head", "base", "verdict", "summary"),
    [
        (GREEN, GREEN, "passed", "10 tests: `pytest` passed in 2.0 s"),
        (GREEN, NOTHING, "passed", "10 tests: `pytest` passed in 2.0 s"),
        (
            GREEN,
            RED,
            "passed",
            "10 tests: `pytest` passed in 2.0 s; the base was red, and this mends it",
        ),
        (RED, GREEN, "failed", "2 failures: `pytest` ended with exit code 1"),
        (RED, NOTHING, "failed", "2 failures: `pytest` ended with exit code 1"),
        (RED, EMPTY, "failed", "2 failures: `pytest` ended with exit code 1"),
        (RED, RED, "passed", "the base was red already: 2 failures there, none new"),
        (
            outcome(exit_code=1, failing=["a", "c"]),
            RED,
            "failed",
            "the base was red already: 2 failures there, 1 new",
        ),
        (
            outcome(exit_code=1, failing=["b"]),
            RED,
            "passed",
            "the base was red already: 2 failures there, none new, 1 mended",
        ),
        (
            BLIND,
            RED,
            "failed",
            "`pytest` ended with exit code 1; " + TOLD_ON_THE_BASE,
        ),
        (
            RED,
            BLIND,
            "not checked",
            UNKNOWABLE + " (2 failures: `pytest` ended with exit code 1)",
        ),
        (LATE, GREEN, "failed", "`pytest` was still running after 2 s and was ended"),
        (
            NOTHING,
            NOTHING,
            "not checked",
            "no test command found: set test_command in coffee_maker.toml",
        ),
        (
            NOTHING,
            GREEN,
            "failed",
            "the base has a test command (`pytest`), and the change leaves none",
        ),
        (EMPTY, EMPTY, "not checked", "the project has no tests (`pytest`)"),
        (EMPTY, GREEN, "failed", "no tests are left: the base has 10"),
        (
            outcome(failing=["a"], doubt="its report names 1 failing"),
            GREEN,
            "failed",
            "`pytest` is not believed: its report names 1 failing",
        ),
    ],
)
def test_the_head_is_held_against_the_base(
    head: TestOutcome, base: TestOutcome, verdict: str, summary: str
) -> None:
    """Green passes, new failures fail, what cannot be known is not checked; all of it is said."""
    result = compare(head, base)

    assert (verdict, summary) == (result.verdict, result.summary)


def test_a_failure_shows_the_names_and_the_end_of_the_output() -> None:
    """Names first, then what the runner said last."""
    output = "x" * 10_000 + "\nthe end"
    names = [f"t{number:02}" for number in range(40)]
    evidence = compare(outcome(exit_code=1, failing=names, output=output), GREEN).evidence

    assert evidence.startswith("t00\nt01\n")
    assert "t29\n… and 10 more\n\n[…]\n" in evidence
    assert evidence.endswith("\nthe end")
    assert len(evidence) < 7_000


def test_two_gates_look_at_one_run() -> None:
    """The tests run once per candidate, and again for the next one."""
    runner = Runner(GREEN)
    tests = HeadTests(runner)
    gates: list[Gate] = [TestsGate(tests), WeakenedTestsGate(tests)]

    check_all(gates, candidate(change(), baseline=GREEN))
    check_all(gates, candidate(change(), baseline=GREEN))

    assert 2 == runner.runs


def test_tests_that_cannot_be_started_are_not_checked() -> None:
    """What could not look says so; where the base could, the change broke it."""
    runner = Runner(GateError("no such program", cure="install it"))
    gates = [TestsGate(HeadTests(runner))]
    (never,) = check_all(gates, candidate(change(), baseline=NOTHING))
    (broken,) = check_all(gates, candidate(change(), baseline=GREEN))

    assert (Verdict.NOT_CHECKED, "no such program") == (never.verdict, never.summary)
    assert "no such program\ninstall it" == never.evidence
    assert Verdict.FAILED is broken.verdict
    assert 2 == runner.runs
