"""What rules may hang on that takes time to find out: the tests, the gates, the size of it all."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from coffee_maker.domain.change import Change, Workspace
from coffee_maker.domain.errors import CoffeeMakerError
from coffee_maker.domain.facts import Facts
from coffee_maker.domain.gate import Candidate, GateResult, TestOutcome, Verdict
from coffee_maker.domain.ports import Gate, Repository, Workspaces
from coffee_maker.domain.report import read_report
from coffee_maker.domain.roadmap import Priority
from coffee_maker.gates.check import check_all
from coffee_maker.gates.head_tests import HeadTests

_TESTS = "tests"  # the gate that `tests_passed` speaks for
_NEED_GATES = frozenset({"changes_valid", "branch_ready"})
_NEED_TESTS = frozenset({"tests_passed", "branch_ready"})


class MeasuredFacts:
    """Measures on what stands in the workspace now, uncommitted files included.

    `tests` are those that the gates ask as well, so that one run serves all of them.
    What was measured of a state is known when the same state is asked about again. One thread may
    use it at a time. What cannot be found out is None: it never raises.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        priority: Priority,
        baseline: TestOutcome,
        workspaces: Workspaces,
        repository: Repository,
        tests: HeadTests,
        gates: Sequence[Gate],
    ) -> None:
        self._workspace, self._baseline = workspace, baseline
        # Nobody has reported yet what was delivered: that is asked at the end, not on the way.
        self._priority = replace(priority, deliverables=())
        self._workspaces, self._repository, self._tests = workspaces, repository, tests
        self._gates = [gate for gate in gates if gate.name != _TESTS]
        self._passed: dict[str, bool | None] = {}  # by tree
        self._valid: dict[str, bool | None] = {}  # by commit: a gate also reads messages

    def measure(self, needs: frozenset[str]) -> Facts:
        """The facts named in `needs`, and the files that were changed."""
        try:
            change = self._workspaces.look(self._workspace)
        except CoffeeMakerError:
            return Facts()
        self._look_closer(change, needs)
        passed = self._passed.get(change.tree) if needs & _NEED_TESTS else None
        valid = self._valid.get(change.head_commit) if needs & _NEED_GATES else None
        return Facts(
            tests_passed=passed,
            changes_valid=valid,
            branch_ready=_all_of(passed, valid, change.is_committed),
            changed_lines=_lines(change),
            files_modified=tuple(file.path for file in change.files),
        )

    def _look_closer(self, change: Change, needs: frozenset[str]) -> None:
        """Find out what is needed and not known of this state yet, in one checkout."""
        tests = bool(needs & _NEED_TESTS) and change.tree not in self._passed
        gates = bool(needs & _NEED_GATES) and change.head_commit not in self._valid
        if not (tests or gates):
            return
        try:
            with self._repository.checkout(change.head_commit) as checkout:
                candidate = self._candidate(change, checkout)
                if tests:
                    self._passed[change.tree] = self._run_tests(candidate)
                if gates:
                    self._valid[change.head_commit] = self._ask_gates(candidate)
        except CoffeeMakerError:
            return

    def _candidate(self, change: Change, checkout: Path) -> Candidate:
        return Candidate(
            priority=self._priority,
            checkout=checkout,
            change=change,
            report=read_report(""),
            baseline=self._baseline,
        )

    def _run_tests(self, candidate: Candidate) -> bool | None:
        try:
            outcome = self._tests.of(candidate)
        except CoffeeMakerError:
            return None
        return outcome.passed if outcome.ran else None

    def _ask_gates(self, candidate: Candidate) -> bool | None:
        if candidate.change.is_empty:
            return False
        return _verdict(check_all(self._gates, candidate))


def _verdict(results: Sequence[GateResult]) -> bool | None:
    """None where no gate found fault, but one could not look."""
    verdicts = {result.verdict for result in results}
    if Verdict.FAILED in verdicts:
        return False
    return None if Verdict.NOT_CHECKED in verdicts else True


def _all_of(*facts: bool | None) -> bool | None:
    """True where all are, False where one is not, else it is not known."""
    if False in facts:
        return False
    return None if None in facts else True


def _lines(change: Change) -> int | None:
    """None where not all of it could be read."""
    if not change.is_whole:
        return None
    return sum(file.insertions + file.deletions for file in change.files)
