"""What the agent has asked and has no answer to yet: who is to answer, how long, and then what.

A question outlives the session that asked it. When the same task asks the same again (`key`), in
another session or after a crash, the one that is there is taken up: nobody is asked twice, and an
answer that came meanwhile is given at once.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from coffee_maker.autonomous.measuring import Measuring
from coffee_maker.domain.facts import Facts
from coffee_maker.domain.policy import NOBODY_ALLOWED, Action, Policy, Verdict, last_word
from coffee_maker.domain.ports import Clock, QuestionBox
from coffee_maker.domain.proposed_change import proposed_diff
from coffee_maker.domain.question import (
    PARK,
    Answer,
    AnsweredBy,
    Question,
    QuestionKind,
    question_key,
)
from coffee_maker.domain.session import Asking

_HEARD = (AnsweredBy.PERSON, AnsweredBy.DEADLINE, AnsweredBy.INVALID)
_OWN_TERMINAL = "the agent's own terminal"


class SessionParked(Exception):
    """The session waits for a person and is to be closed; `questions` will reopen it."""

    def __init__(self, questions: Sequence[Question]) -> None:
        super().__init__("parked")
        self.questions = tuple(questions)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a session asks, before and while it is decided who answers."""

    asking: Asking
    task: str
    context: Mapping[str, str]
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A question of the box that the session waits for; at `until` silence has its meaning."""

    question: Question
    until: datetime
    safe_default: str


class OpenQuestions:
    """The questions of one attempt at one task. One thread may use it.

    `measure` finds out facts that take time; it runs in a thread of its own, one at a time, while
    other questions are answered. Questions are named by the id under which the session asks them.
    """

    def __init__(
        self,
        *,
        box: QuestionBox,
        clock: Clock,
        policy: Policy,
        measure: Callable[[frozenset[str]], Facts],
        park_days: float,
    ) -> None:
        self._box, self._clock, self._policy = box, clock, policy
        self._parked_for = timedelta(days=park_days)
        self._measuring: Measuring[_Asked] = Measuring(measure)
        self._open: dict[str, _Open] = {}
        self._taken: dict[str, str] = {}  # the session's name of it -> its id in the box

    @property
    def is_waiting(self) -> bool:
        """True while an answer of the session's is still to come."""
        return bool(self._open or self._measuring)

    def take(
        self,
        asking: Asking,
        *,
        task: str,
        context: Mapping[str, str],
        facts: Facts = Facts(),  # noqa: B008 - it is frozen
    ) -> Answer | None:
        """The answer where there is one at once; else None, and it will come out of `settled`.

        `facts` are those that cost nothing. Raises SessionParked.
        """
        asked = _Asked(asking=asking, task=task, context=context, facts=facts)
        found = self._find(asked)
        if found is not None and found[1] is not None:
            self._taken[asking.id] = found[0].id
            return found[1]
        needs = self._policy.needs(asking)
        if needs:
            self._measuring.add(asking.id, asked, needs)
            return None
        return self._decide(asked)

    def settled(self) -> list[tuple[str, Answer]]:
        """Answers that have come in since the last call, from whomever. Raises SessionParked."""
        answers = []
        for asked, measured in self._measuring.done():
            facts = replace(
                measured, inside_workspace=asked.facts.inside_workspace, branch=asked.facts.branch
            )
            answer = self._decide(replace(asked, facts=facts))
            if answer is not None:
                answers.append((asked.asking.id, answer))
        for name, waiting in list(self._open.items()):
            answer = self._box.answer_to(waiting.question.id) or self._by_silence(waiting)
            if answer is not None:
                del self._open[name]
                answers.append((name, answer))
        return answers

    def deliver(self, id: str) -> None:
        """The session took the answer: nobody will be given it again."""
        taken = self._taken.pop(id, None)
        if taken is not None:
            self._box.deliver(taken)

    def withdraw(self, id: str) -> None:
        """Somebody answered at the agent's own terminal: close the question everywhere else."""
        self._measuring.drop(id)
        if self._open.pop(id, None) is not None:
            by_hand = Answer(value="", by=AnsweredBy.PERSON, channel=_OWN_TERMINAL)
            self._box.answer(self._taken[id], by_hand)
        self.deliver(id)

    def let_go(self) -> None:
        """The session is closed. What it asked stays open, to be taken up by the next one."""
        self._measuring.drop_all()
        self._open.clear()
        self._taken.clear()

    def stopped_for(self, task: str, session: str) -> str:
        """The text of the question with which this session ended its last turn; empty for none."""
        texts = [
            question.text
            for question, answer in self._box.undelivered(task)
            if answer is None
            and question.kind is QuestionKind.TEXT
            and question.id.startswith(f"{session}/")
        ]
        return texts[-1] if texts else ""

    def came_meanwhile(self, task: str) -> tuple[tuple[Question, Answer], ...]:
        """Answers that no session of the task was given yet, as far as words can tell them."""
        return tuple(
            (question, answer)
            for question, answer in self._box.undelivered(task)
            if answer is not None and _is_told(question, answer)
        )

    def told(self, answers: Sequence[tuple[Question, Answer]]) -> None:
        """These were told in words. A permission or a choice may still be asked for once more."""
        for question, _ in answers:
            if question.kind not in (QuestionKind.PERMISSION, QuestionKind.CHOICE):
                self._box.deliver(question.id)

    def close(self) -> None:
        """The attempt is over: nothing is measured for it any more. Its session must be closed."""
        self.let_go()
        self._measuring.close()

    def _find(self, asked: _Asked) -> tuple[Question, Answer | None] | None:
        """The same question, asked before: an answered one first, for that spares waiting."""
        key, taken = _key(asked), set(self._taken.values())
        same = [
            (question, answer)
            for question, answer in self._box.undelivered(asked.task)
            if question.key == key and question.id not in taken and _counts(question, answer)
        ]
        return next((one for one in same if one[1] is not None), next(iter(same), None))

    def _decide(self, asked: _Asked) -> Answer | None:
        verdict = self._policy.verdict(asked.asking, asked.facts)
        found = self._find(asked)
        if found is None:
            return self._put(asked, verdict)
        question, answer = found
        self._taken[asked.asking.id] = question.id
        if answer is None and verdict.action is Action.ANSWER and verdict.answer is not None:
            self._box.answer(question.id, verdict.answer)
            answer = self._box.answer_to(question.id)
        return answer or self._wait_for(asked.asking.id, question, verdict)

    def _put(self, asked: _Asked, verdict: Verdict) -> Answer | None:
        question = self._question(asked, verdict)
        self._taken[asked.asking.id] = question.id
        if verdict.action is Action.ANSWER:
            self._box.put(question, verdict.answer)
            return verdict.answer
        self._box.put(question)
        return self._wait_for(asked.asking.id, question, verdict)

    def _wait_for(self, id: str, question: Question, verdict: Verdict) -> Answer | None:
        # One that was parked has a deadline of days, which is none for a session that waits.
        again = self._clock.now() + timedelta(seconds=verdict.deadline_seconds)
        waiting = _Open(
            question=question,
            until=again if question.parked else question.deadline,
            safe_default=PARK if question.parked else verdict.safe_default,
        )
        self._open[id] = waiting
        if verdict.action is not Action.PARK:
            return None
        answer = self._park(waiting)
        del self._open[id]
        return answer

    def _by_silence(self, waiting: _Open) -> Answer | None:
        if self._clock.now() < waiting.until:
            return None
        if waiting.safe_default == PARK:
            return self._park(waiting)
        question = waiting.question
        self._box.answer(question.id, _safe(question.kind, waiting.safe_default))
        return self._box.answer_to(question.id)

    def _park(self, waiting: _Open) -> Answer | None:
        """Park all that is open; the answer, where one came in that very moment.

        Raises SessionParked.
        """
        if not self._keep_open(waiting):
            return self._box.answer_to(waiting.question.id)
        others = [one for one in self._open.values() if one is not waiting]
        for other in others:
            self._keep_open(other)  # where it has an answer by now, that one is not lost either
        raise SessionParked([waiting.question, *(one.question for one in others)])

    def _keep_open(self, waiting: _Open) -> bool:
        question = waiting.question
        parks = waiting.safe_default == PARK
        safe = last_word(question.kind) if parks else waiting.safe_default
        return self._box.park(question.id, self._clock.now() + self._parked_for, safe)

    def _question(self, asked: _Asked, verdict: Verdict) -> Question:
        asking, now = asked.asking, self._clock.now()
        return Question(
            # A resumed session may count its questions anew: its name alone would not be unique.
            id=f"{asking.id}.{uuid.uuid4().hex[:12]}",
            task=asked.task,
            kind=asking.kind,
            text=asking.text,
            options=asking.options,
            multiple=asking.multiple,
            tool_call=asking.tool_call,
            context=asked.context,
            severity=verdict.severity,
            asked_at=now,
            deadline=now + timedelta(seconds=verdict.deadline_seconds),
            safe_default=verdict.safe_default,
            key=_key(asked),
            voice=verdict.rule.name if verdict.rule and verdict.action is Action.CALL else "",
            diff=proposed_diff(asking.tool_call),
            facts=asked.facts,
        )


def withdraw_open(box: QuestionBox, task: str, *, keep: Sequence[str] = ()) -> None:
    """Close what an attempt that is over has left open, but for those to `keep`."""
    for question in box.open():
        if question.task == task and question.id not in keep:
            box.answer(question.id, Answer(value="", by=AnsweredBy.NOBODY))


def _key(asked: _Asked) -> str:
    asking = asked.asking
    return question_key(asked.task, asking.kind, asking.text, asking.tool_call, asking.options)


def _counts(question: Question, answer: Answer | None) -> bool:
    """A rule is asked again, for it may have changed; nobody's answer is none."""
    if answer is None or answer.by in _HEARD:
        return True
    return bool(question.voice) and answer.by is AnsweredBy.RULE


def _is_told(question: Question, answer: Answer) -> bool:
    """What a rule says to a permission it will say again; a key was meant for its screen alone."""
    if answer.by is AnsweredBy.NOBODY or question.kind is QuestionKind.UNREADABLE:
        return False
    return question.kind is QuestionKind.TEXT or _counts(question, answer)


def _safe(kind: QuestionKind, value: str) -> Answer:
    message = NOBODY_ALLOWED if kind is QuestionKind.PERMISSION else ""
    return Answer(value=value, by=AnsweredBy.DEADLINE, message=message)
