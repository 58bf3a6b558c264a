"""What rules may hang on that takes time to find out: the tests, the gates, the size of it all."""

from collections.abc import Sequence
from dataclasses import replace

from coffee_maker.domain.change import Change, Workspace
from coffee_maker.domain.errors import CoffeeMakerError
from coffee_maker.domain.facts import Facts
from coffee_maker.domain.gate import Candidate, GateResult, TestOutcome, Verdict
from coffee_maker.domain.ports import Gate, Repository, TestRunner, Workspaces
from coffee_maker.domain.report import read_report
from coffee_maker.domain.roadmap import Priority
from coffee_maker.gates.check import check_all

_TESTS = "tests"  # the gate that `tests_passed` speaks for
_NEED_GATES = frozenset({"changes_valid", "branch_ready"})
_NEED_TESTS = frozenset({"tests_passed", "branch_ready"})


class MeasuredFacts:
    """Measures on what stands in the workspace now, uncommitted files included.

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
        tests: TestRunner,
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
        passed = self._tests_passed(change) if needs & _NEED_TESTS else None
        valid = self._changes_valid(change) if needs & _NEED_GATES else None
        return Facts(
            tests_passed=passed,
            changes_valid=valid,
            branch_ready=_all_of(passed, valid, change.is_committed),
            changed_lines=_lines(change),
            files_modified=tuple(file.path for file in change.files),
        )

    def _tests_passed(self, change: Change) -> bool | None:
        if change.tree not in self._passed:
            self._passed[change.tree] = self._run_tests(change)
        return self._passed[change.tree]

    def _run_tests(self, change: Change) -> bool | None:
        try:
            with self._repository.checkout(change.head_commit) as checkout:
                outcome = self._tests.run(checkout)
        except CoffeeMakerError:
            return None
        return outcome.passed if outcome.ran else None

    def _changes_valid(self, change: Change) -> bool | None:
        if change.is_empty:
            return False
        if change.head_commit not in self._valid:
            self._valid[change.head_commit] = self._ask_gates(change)
        return self._valid[change.head_commit]

    def _ask_gates(self, change: Change) -> bool | None:
        try:
            with self._repository.checkout(change.head_commit) as checkout:
                candidate = Candidate(
                    priority=self._priority,
                    checkout=checkout,
                    change=change,
                    report=read_report(""),
                    baseline=self._baseline,
                )
                return _verdict(check_all(self._gates, candidate))
        except CoffeeMakerError:
            return None


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
