"""All gates are asked, in order, and timed."""

import pytest

from coffee_maker.domain.errors import GateError
from coffee_maker.domain.gate import Candidate, GateResult, Verdict
from coffee_maker.gates.check import check_all
from tests.gates.candidates import candidate, change


class Says:
    def __init__(self, name: str, verdict: Verdict | Exception) -> None:
        self.name, self.verdict = name, verdict

    def check(self, candidate: Candidate) -> GateResult:
        if isinstance(self.verdict, Exception):
            raise self.verdict
        return GateResult(gate=self.name, verdict=self.verdict, summary="so")


def test_every_gate_is_asked_whatever_the_others_say() -> None:
    """One result each, in order, with its own seconds; who could not look says why."""
    seconds = iter([0.0, 1.0, 1.0, 3.0, 3.0, 6.0])
    gates = [
        Says("one", Verdict.FAILED),
        Says("two", GateError("cannot look\nbecause", cure="mend it")),
        Says("three", Verdict.PASSED),
    ]
    results = check_all(gates, candidate(change()), monotonic=lambda: next(seconds))

    assert [("one", 1.0), ("two", 2.0), ("three", 3.0)] == [(r.gate, r.seconds) for r in results]
    assert ["failed", "not checked", "passed"] == [r.verdict for r in results]
    assert ("cannot look", "cannot look\nbecause\nmend it") == (
        results[1].summary,
        results[1].evidence,
    )


def test_a_bug_in_a_gate_is_no_verdict() -> None:
    """Only what a gate raises on purpose is taken for an answer."""
    with pytest.raises(ZeroDivisionError):
        check_all([Says("one", ZeroDivisionError())], candidate(change()))
