"""Ask all gates, one after the other."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from coffee_maker.domain.errors import GateError
from coffee_maker.domain.gate import Candidate, GateResult, Verdict
from coffee_maker.domain.ports import Gate


def check_all(
    gates: Sequence[Gate],
    candidate: Candidate,
    *,
    monotonic: Callable[[], float] = time.monotonic,
) -> tuple[GateResult, ...]:
    """One result per gate, in their order, with the seconds each took.

    All are asked, also after one has failed: whoever mends a change wants to know it all at once.
    A gate that could not look says NOT_CHECKED and why.
    """
    results = []
    for gate in gates:
        began = monotonic()
        result = _ask(gate, candidate)
        results.append(replace(result, seconds=monotonic() - began))
    return tuple(results)


def _ask(gate: Gate, candidate: Candidate) -> GateResult:
    try:
        return gate.check(candidate)
    except GateError as error:
        return GateResult(
            gate=gate.name,
            verdict=Verdict.NOT_CHECKED,
            summary=str(error).partition("\n")[0],
            evidence="\n".join(part for part in (str(error), error.cure) if part),
        )
