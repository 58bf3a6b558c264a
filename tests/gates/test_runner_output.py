"""Names of failing tests out of what runners really print (files in outputs/)."""

from pathlib import Path

import pytest

from coffee_maker.gates.junit import TestReport
from coffee_maker.gates.runner_output import read_output

OUTPUTS = Path(__file__).parent / "outputs"


def told(
    collected: int | None, *failing: str, skipped: tuple[str, ...] = (), whole: bool = True
) -> TestReport:
    return TestReport(
        collected=collected,
        failing=frozenset(failing),
        skipped=frozenset(skipped),
        whole=whole,
    )


UNITTEST = (
    "test_bad (test_x.T.test_bad)",
    "test_err (test_x.T.test_err)",
    "test_sub (test_x.T.test_sub) (i=0)",
    "test_sub (test_x.T.test_sub) (i=1)",
)
EXPECTED = {
    "pytest": told(3, "tests/test_a.py::test_b[x y]", "tests/test_a.py::test_d"),
    "unittest": told(5, *UNITTEST),
    "unittest_verbose": told(5, *UNITTEST, skipped=("test_skip (test_x.T.test_skip)",)),
    "cargo": told(
        5,
        "src/lib.rs t::bad",
        "tests/it.rs whole",
        "Doc-tests demo src/lib.rs - a",
        skipped=("src/lib.rs t::slow",),
    ),
    "cargo_fail_fast": told(3, "src/lib.rs t::bad", skipped=("src/lib.rs t::slow",), whole=False),
    "go": told(
        None,
        "example.com/sums TestAdd",
        "example.com/sums TestTable",
        "example.com/sums TestTable/negative",
    ),
    "go_build_failed": told(None, whole=False),
    "go_panic": told(None, "example.com/sums TestAdd", whole=False),
    "node_tap": told(6, "breaks \\# here", "suite > inner bad", skipped=("skipped",)),
    "node_spec": told(6, "a.test.js breaks # here", "a.test.js inner bad"),
    "jest": told(5, "src/sum.test.js sums › subtracts", "src/sum.test.js alone"),
    "jest_suite_failed": told(2, "src/sum.test.js Test suite failed to run", whole=False),
    "mocha": told(4, "sums > subtracts", "alone"),
    "vitest": told(4, "src/sum.test.ts > sums > subtracts"),
}


@pytest.mark.parametrize("name", [path.stem for path in sorted(OUTPUTS.glob("*.txt"))])
def test_each_runner_is_read(name: str) -> None:
    """Names and numbers come out; where some failure has no name, the report is not whole."""
    assert EXPECTED[name] == read_output((OUTPUTS / f"{name}.txt").read_text())


def test_colours_do_not_matter() -> None:
    """A runner that paints its lines is read all the same."""
    plain = (OUTPUTS / "mocha.txt").read_text()
    painted = "\n".join(f"\x1b[31m{line}\x1b[0m" for line in plain.splitlines())

    assert read_output(plain) == read_output(painted + "\n")


@pytest.mark.parametrize("output", ["", "all good\n", "Ran away\n", "ok\n"])
def test_other_output_tells_nothing(output: str) -> None:
    """What is of no runner known here is not guessed at."""
    assert read_output(output) is None


def test_two_runners_in_one_output_tell_nothing() -> None:
    """Names of one would be taken for all there is."""
    both = "".join((OUTPUTS / f"{name}.txt").read_text() for name in ("mocha", "unittest"))

    assert read_output(both) is None
