"""The gate "tests": the project's own tests on the change, held against those on its base."""

from coffee_maker.domain.errors import GateError
from coffee_maker.domain.gate import Candidate, GateResult, TestOutcome, Verdict
from coffee_maker.gates.head_tests import HeadTests
from coffee_maker.gates.test_command import CURE

NAME = "tests"
_NAMES_SHOWN = 30
_OUTPUT_SHOWN = 6_000  # characters, the last


class TestsGate:
    """Runs the tests on the candidate's checkout."""

    __test__ = False
    name = NAME

    def __init__(self, tests: HeadTests) -> None:
        self._tests = tests

    def check(self, candidate: Candidate) -> GateResult:
        """Raises GateError where the tests could be started neither here nor on the base."""
        try:
            head = self._tests.of(candidate)
        except GateError as error:
            if not candidate.baseline.ran:
                raise
            return _said(
                Verdict.FAILED, "the tests ran on the base, but cannot be started now", str(error)
            )
        return compare(head, candidate.baseline)


def compare(head: TestOutcome, base: TestOutcome) -> GateResult:
    """The verdict on a run, given the one on the base. Only failures that are new count."""
    if not head.ran:
        return _nothing_ran(base)
    if head.collected == 0 and not head.passed:
        return _no_tests(head, base)
    if head.passed:
        return _said(Verdict.PASSED, _passed(head, base))
    if base.ran and not base.passed and base.collected != 0:
        return _on_a_red_base(head, base)
    return _said(Verdict.FAILED, _how_it_failed(head), _evidence(head, head.failing))


def _nothing_ran(base: TestOutcome) -> GateResult:
    if base.ran:
        return _said(
            Verdict.FAILED,
            f"the base has a test command (`{base.command}`), and the change leaves none",
        )
    return _said(Verdict.NOT_CHECKED, f"no test command found: {CURE}")


def _no_tests(head: TestOutcome, base: TestOutcome) -> GateResult:
    if base.collected:
        return _said(
            Verdict.FAILED,
            f"no tests are left: the base has {base.collected}",
            _evidence(head, frozenset()),
        )
    return _said(Verdict.NOT_CHECKED, f"the project has no tests (`{head.command}`)")


def _passed(head: TestOutcome, base: TestOutcome) -> str:
    count = f"{head.collected} tests: " if head.collected is not None else ""
    skipped = f" ({len(head.skipped)} skipped)" if head.skipped else ""
    was_red = base.ran and not base.passed and base.collected != 0
    mended = "; the base was red, and this mends it" if was_red else ""
    return f"{count}`{head.command}` passed{skipped} in {head.seconds:.1f} s{mended}"


def _on_a_red_base(head: TestOutcome, base: TestOutcome) -> GateResult:
    if not base.detailed:
        reason = "its failures cannot be told by name, so new ones cannot be told from old ones"
        return _said(
            Verdict.NOT_CHECKED,
            f"the base was red already and {reason} ({_how_it_failed(head)})",
            _evidence(head, head.failing),
        )
    if not head.detailed:
        return _said(
            Verdict.FAILED,
            f"{_how_it_failed(head)}; on the base {_count(len(base.failing))} could be told by "
            "name, here they cannot",
            _evidence(head, head.failing),
        )
    new = head.failing - base.failing
    before = f"the base was red already: {_count(len(base.failing))} there"
    if new:
        return _said(Verdict.FAILED, f"{before}, {len(new)} new", _evidence(head, new, "new: "))
    mended = len(base.failing - head.failing)
    return _said(
        Verdict.PASSED,
        f"{before}, none new" + (f", {mended} mended" if mended else ""),
        _names(head.failing, "red before and after: "),
    )


def _how_it_failed(head: TestOutcome) -> str:
    if head.timed_out:
        return f"`{head.command}` was still running after {head.seconds:.0f} s and was ended"
    if head.doubt:
        return f"`{head.command}` is not believed: {head.doubt}"
    failing = f"{_count(len(head.failing))}: " if head.failing else ""
    return f"{failing}`{head.command}` ended with exit code {head.exit_code}"


def _count(number: int) -> str:
    return f"{number} failure" if number == 1 else f"{number} failures"


def _evidence(head: TestOutcome, names: frozenset[str], before: str = "") -> str:
    output = head.output.strip()
    if len(output) > _OUTPUT_SHOWN:
        output = f"[…]\n{output[-_OUTPUT_SHOWN:]}"
    return "\n\n".join(part for part in (_names(names, before), output) if part)


def _names(names: frozenset[str], before: str) -> str:
    shown = [f"{before}{name}" for name in sorted(names)[:_NAMES_SHOWN]]
    if len(names) > _NAMES_SHOWN:
        shown.append(f"… and {len(names) - _NAMES_SHOWN} more")
    return "\n".join(shown)


def _said(verdict: Verdict, summary: str, evidence: str = "") -> GateResult:
    return GateResult(gate=NAME, verdict=verdict, summary=summary, evidence=evidence)
