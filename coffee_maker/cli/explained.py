"""What today's rules say to one question, or to all past ones, as lines and as plain values."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coffee_maker.domain.answers import VOICES
from coffee_maker.domain.facts import Facts
from coffee_maker.domain.policy import Action, Policy, Verdict
from coffee_maker.domain.question import DENY, PARK, AnsweredBy, QuestionKind, ToolCall
from coffee_maker.domain.rules import Rule, subject
from coffee_maker.domain.session import Asking
from coffee_maker.domain.suggestions import PastQuestion, asking_of
from coffee_maker.domain.visible import one_line

_OPEN = {Action.ASK: "a person is asked", Action.PARK: "parked", Action.CALL: "a function is asked"}
UNKNOWN_THEN = "facts not known then"
_PEOPLE = frozenset({AnsweredBy.PERSON, AnsweredBy.DEADLINE, AnsweredBy.INVALID})


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """`refused`: the rule of the Guard that comes before all others, where one does."""

    verdict: Verdict
    needs: frozenset[str]
    refused: Rule | None = None

    @property
    def decision(self) -> str:
        """In some words."""
        if self.refused:
            return DENY
        answer = self.verdict.answer
        return answer.value if answer else _OPEN[self.verdict.action]

    @property
    def why(self) -> str:
        """In one sentence."""
        if self.refused is None:
            return self.verdict.why
        return (
            f'The never list refuses it: "{self.refused.name}" ({self.refused.source}). '
            f"{self.refused.message}"
        ).strip()


def explain(policy: Policy, asking: Asking, facts: Facts, refused: Rule | None) -> Explained:
    """What would be decided, with the Guard's word before all."""
    return Explained(
        verdict=policy.verdict(asking, facts), needs=policy.needs(asking), refused=refused
    )


def as_lines(told: Explained, facts: Facts) -> Iterator[str]:
    """For people."""
    verdict = told.verdict
    yield f"decision  {one_line(told.decision)}"
    yield f"why       {one_line(told.why, 400)}"
    if told.refused:
        return
    if verdict.answer and verdict.answer.message:
        yield f"told      {one_line(verdict.answer.message)}"
    yield f"severity  {verdict.severity}"
    if verdict.action is not Action.ANSWER:
        silence = "it is parked" if verdict.safe_default == PARK else verdict.safe_default
        yield f"silence   after {verdict.deadline_seconds:g} s: {one_line(silence)}"
    for name in sorted(told.needs):
        known = getattr(facts, name)
        shown = "not known here; a run measures it" if known is None else str(known).lower()
        yield f"hangs on  {name}: {shown}"


def as_record(told: Explained) -> dict[str, object]:
    """For programs."""
    verdict = told.verdict
    rule = told.refused or verdict.rule
    return {
        "action": "refuse" if told.refused else str(verdict.action),
        "decision": told.decision,
        "why": told.why,
        "rule": rule.name if rule else None,
        "source": rule.source if rule else None,
        "severity": str(verdict.severity),
        "deadline_seconds": verdict.deadline_seconds,
        "safe_default": verdict.safe_default,
        "needs": sorted(told.needs),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A past question: who answered it then, and what would be decided now."""

    past: PastQuestion
    today: Explained

    @property
    def hangs_on_unknown(self) -> bool:
        """True where today's verdict hangs on facts that the question was put down without."""
        facts = self.past.question.facts
        return any(getattr(facts, name) is None for name in self.today.needs)

    @property
    def difference(self) -> str:
        """What is different today; empty where nothing is."""
        then, now = self.past.answer, self.today
        decided = now.refused is not None or now.verdict.answer is not None
        if then.by is AnsweredBy.NOBODY or not then.value:
            return ""
        if then.by in _PEOPLE:
            if not decided:
                return ""
            same = then.value == now.decision
            return "same answer, without a person" if same else "other answer, without a person"
        if not decided:
            return UNKNOWN_THEN if self.hangs_on_unknown else "a person's today"
        return "" if then.value == now.decision else "other answer"


def replay(
    policy: Policy, past: Sequence[PastQuestion], refused: Sequence[Rule | None]
) -> list[Replayed]:
    """Each past question with the facts that were known then."""
    return [
        Replayed(
            past=one,
            today=explain(policy, asking_of(one.question), one.question.facts, refusal),
        )
        for one, refusal in zip(past, refused, strict=True)
    ]


def replay_lines(replayed: Sequence[Replayed]) -> Iterator[str]:
    """A line for each and, at the end, what is different and how often."""
    for one in replayed:
        then, question = one.past.answer, one.past.question
        yield (
            f"{'≠' if one.difference else '='} {one.past.at.astimezone():%Y-%m-%d %H:%M}  "
            f"{one_line(question.task, 20)}: {_asked(one.past)}"
        )
        yield f"    then   {one_line(then.value, 60) or 'unknown'}, by {VOICES[then.by]}"
        if one.difference:
            yield f"    today  {one_line(one.today.decision, 60)}: {one_line(one.today.why)}"
    yield ""
    counted = Counter(one.difference or "as it was" for one in replayed)
    plural = "question" if len(replayed) == 1 else "questions"
    yield f"{len(replayed)} past {plural}: " + "; ".join(
        f"{count} {what}" for what, count in counted.most_common()
    )


def replay_records(replayed: Sequence[Replayed]) -> dict[str, object]:
    """For programs."""
    return {
        "questions": [
            {
                "id": one.past.question.id,
                "task": one.past.question.task,
                "at": one.past.at.isoformat(),
                "kind": str(one.past.question.kind),
                "asked": _asked(one.past),
                "then": {"value": one.past.answer.value, "by": str(one.past.answer.by)},
                "today": as_record(one.today),
                "difference": one.difference,
            }
            for one in replayed
        ],
        "differences": dict(Counter(one.difference or "as it was" for one in replayed)),
    }


def _asked(past: PastQuestion) -> str:
    call = past.question.tool_call
    about = f"{call.tool}({subject(call)})" if call and subject(call) else past.question.text
    return one_line(about, 100)


def made_up(kind: QuestionKind, text: str, call: ToolCall | None) -> Asking:
    """A question that nobody asked."""
    return Asking(id="explain", kind=kind, text=text, tool_call=call)
