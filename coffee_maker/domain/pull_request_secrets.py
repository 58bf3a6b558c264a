"""What a pull request tells, without secrets: it leaves the machine, and may be public."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from coffee_maker.domain.gate import GateResult
from coffee_maker.domain.pull_request_text import AnsweredQuestion, PullRequestFacts
from coffee_maker.domain.report import Report

Redact = Callable[[str], str]


def without_secrets(facts: PullRequestFacts, redact: Redact) -> PullRequestFacts:
    """The same facts, in which `redact` has seen all that an agent, a person or a test run said.

    It has to come before the text is made: a secret that is escaped or cut is not recognised. What
    stands in the repository itself is a gate's to look at, and stays as it is.
    """
    return replace(
        facts,
        report=_report(facts.report, redact),
        gates=_gates(facts.gates, redact),
        questions=tuple(_answered(one, redact) for one in facts.questions),
        refused=tuple(map(redact, facts.refused)),
        notices=tuple(map(redact, facts.notices)),
    )


def _report(report: Report, redact: Redact) -> Report:
    claims = tuple(
        replace(claim, note=redact(claim.note), files=tuple(map(redact, claim.files)))
        for claim in report.claims
    )
    return replace(report, text=redact(report.text), claims=claims)


def _gates(gates: Sequence[GateResult], redact: Redact) -> tuple[GateResult, ...]:
    return tuple(
        replace(gate, summary=redact(gate.summary), evidence=redact(gate.evidence))
        for gate in gates
    )


def _answered(one: AnsweredQuestion, redact: Redact) -> AnsweredQuestion:
    answer = one.answer
    return replace(
        one,
        question=replace(one.question, text=redact(one.question.text)),
        answer=replace(
            answer,
            value=redact(answer.value),
            message=redact(answer.message),
            rule=redact(answer.rule),
            who=redact(answer.who),
        ),
    )
