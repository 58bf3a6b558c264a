"""Who answers what the agent asks.

The voices, in turn; the first that speaks has answered:

1. texts that are always a person's (credentials, production, merging), and unreadable screens
2. the user's rules, then the built-in ones for routine; a denial outranks whatever allows
3. `auto_approve`
4. a person, by way of the question box, on whatever channel they are
5. the deadline: the safe default

Whether a tool may be used at all is not decided here but by the Guard, which nobody outranks.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from coffee_maker.domain.built_in_rules import ALWAYS_ASK, ROUTINE
from coffee_maker.domain.ports import Clock, QuestionBox
from coffee_maker.domain.question import (
    ALLOW,
    DENY,
    Answer,
    AnsweredBy,
    Question,
    QuestionKind,
    Severity,
)
from coffee_maker.domain.rules import ASK, Rule, decide
from coffee_maker.domain.session import Asking

GO_ON = (
    "Yes, go on. Where there is a choice, take what fits the task's text best and can be undone, "
    "and say in your report what you decided."
)
NOBODY = (
    "Nobody is there to answer. Take the safest course that can be undone, leave out what needs a "
    "person, and say in your report what you left out."
)
NOBODY_ALLOWED = "Nobody is there to allow this. Do without it, and say so in your report."


class MessageHandler:
    """Answers at once where a rule may, else opens the question for people and keeps its deadline.

    Every question and every answer is journalled, the automatic ones too.
    """

    def __init__(
        self,
        *,
        box: QuestionBox,
        clock: Clock,
        rules: Sequence[Rule] = (),
        auto_approve: bool = False,
        deadline_seconds: float = 300,
    ) -> None:
        self._box, self._clock = box, clock
        self._rules = (*rules, *ROUTINE)
        self._auto_approve = auto_approve
        self._patience = timedelta(seconds=deadline_seconds)
        self._open: dict[str, Question] = {}

    @property
    def is_waiting(self) -> bool:
        """True while a person is being waited for."""
        return bool(self._open)

    def take(self, asking: Asking, *, task: str, context: Mapping[str, str]) -> Answer | None:
        """The answer where a rule gives it; else None, and it will come out of `settled`."""
        question = self._question(asking, task, context)
        self._box.put(question)
        answer = self._box.answer_to(question.id) or self._by_rule(question)
        if answer is None:
            self._open[question.id] = question
            return None
        self._box.answer(question.id, answer)
        return self._box.answer_to(question.id) or answer

    def settled(self) -> list[tuple[str, Answer]]:
        """Answers that have come in since the last call, by a person or by the deadline."""
        now = self._clock.now()
        answers = []
        for question in list(self._open.values()):
            answer = self._box.answer_to(question.id)
            if answer is None and now >= question.deadline:
                self._box.answer(question.id, _by_deadline(question))
                answer = self._box.answer_to(question.id)
            if answer is not None:
                del self._open[question.id]
                answers.append((question.id, answer))
        return answers

    def withdraw(self, id: str) -> None:
        """Somebody answered at the agent's own terminal: close the question everywhere else."""
        if self._open.pop(id, None) is not None:
            self._box.answer(
                id,
                Answer(value="", by=AnsweredBy.PERSON, channel="the agent's own terminal"),
            )

    def withdraw_all(self, task: str) -> None:
        """Close what a session that is over has left open: it does not wait for it any more."""
        for question in self._box.open():
            if question.task == task:
                self._open.pop(question.id, None)
                self._box.answer(question.id, Answer(value="", by=AnsweredBy.NOBODY))

    def _question(self, asking: Asking, task: str, context: Mapping[str, str]) -> Question:
        now = self._clock.now()
        permission = asking.kind is QuestionKind.PERMISSION
        return Question(
            id=asking.id,
            task=task,
            kind=asking.kind,
            text=asking.text,
            options=asking.options,
            multiple=asking.multiple,
            tool_call=asking.tool_call,
            context=context,
            severity=_severity(asking),
            asked_at=now,
            deadline=now + self._patience,
            safe_default=DENY if permission else NOBODY,
        )

    def _by_rule(self, question: Question) -> Answer | None:
        if question.severity is Severity.CRITICAL:
            return None
        rule = decide(self._rules, question.kind, question.text, question.tool_call)
        if rule is not None:
            return None if rule.answer == ASK else _from_rule(rule)
        if self._auto_approve:
            permission = question.kind is QuestionKind.PERMISSION
            return Answer(value=ALLOW if permission else GO_ON, by=AnsweredBy.AUTO_APPROVE)
        return None


def _severity(asking: Asking) -> Severity:
    """Critical questions are a person's; a permission's arguments are the Guard's business."""
    if asking.kind is QuestionKind.UNREADABLE:
        return Severity.CRITICAL
    if asking.kind is QuestionKind.PERMISSION:
        return Severity.ROUTINE
    if decide(ALWAYS_ASK, asking.kind, asking.text, None) is not None:
        return Severity.CRITICAL
    return Severity.IMPORTANT


def _from_rule(rule: Rule) -> Answer:
    return Answer(value=rule.answer, by=AnsweredBy.RULE, rule=rule.name, message=rule.message)


def _by_deadline(question: Question) -> Answer:
    permission = question.kind is QuestionKind.PERMISSION
    return Answer(
        value=question.safe_default,
        by=AnsweredBy.DEADLINE,
        message=NOBODY_ALLOWED if permission else "",
    )
