"""The tests' outcome on a candidate, measured once for all the gates that look at it."""

from coffee_maker.domain.errors import GateError
from coffee_maker.domain.gate import Candidate, TestOutcome
from coffee_maker.domain.ports import TestRunner


class HeadTests:
    """Give the same one to every gate that needs it: the tests then run once per candidate."""

    def __init__(self, runner: TestRunner) -> None:
        self._runner = runner
        self._measured: tuple[Candidate, TestOutcome | GateError] | None = None

    def of(self, candidate: Candidate) -> TestOutcome:
        """Run them, or say again what came of it. Raises GateError, again as well."""
        known = self._measured
        # The object itself, not its value: who asks anew about the same commit wants a new run.
        if known is None or known[0] is not candidate:
            known = self._measured = (candidate, self._measure(candidate))
        if isinstance(known[1], GateError):
            raise known[1]
        return known[1]

    def _measure(self, candidate: Candidate) -> TestOutcome | GateError:
        try:
            return self._runner.run(candidate.checkout)
        except GateError as error:
            return error
