"""What the journal tells about a task, for the line and for its pull request."""

from collections.abc import Callable
from decimal import Decimal

from coffee_maker.domain.amounts import PricedUsage
from coffee_maker.domain.events import (
    BaselineMeasured,
    CommitFound,
    DaemonStarted,
    QuestionAnswered,
    QuestionAsked,
    TokensCounted,
)
from coffee_maker.domain.gate import TestOutcome
from coffee_maker.domain.ports import Journal
from coffee_maker.domain.pull_request_text import AnsweredQuestion
from coffee_maker.domain.question import AnsweredBy
from coffee_maker.domain.usage import AttemptUsage, CountedAnswer, Tally

Price = Callable[[CountedAnswer], Decimal | None]

_WAITED_FOR = (AnsweredBy.PERSON, AnsweredBy.DEADLINE)


class Record:
    """Reads; what it tells is never kept anywhere else, so that nothing can disagree with it."""

    def __init__(self, journal: Journal, price: Price) -> None:
        self._journal, self._price = journal, price

    def baseline(self, commit: str) -> TestOutcome | None:
        """The tests' outcome on a base commit, if this daemon (its settings) has measured it."""
        known: TestOutcome | None = None
        kinds = (DaemonStarted.kind, BaselineMeasured.kind)
        for entry in self._journal.read(kinds=kinds):
            match entry.event:
                case DaemonStarted():
                    known = None
                case BaselineMeasured(commit=measured, outcome=outcome) if measured == commit:
                    known = outcome
        return known

    def commits(self, task: str) -> frozenset[str]:
        """The commits of a task that were told of already."""
        entries = self._journal.read(task=task, kinds=(CommitFound.kind,))
        return frozenset(e.event.sha for e in entries if isinstance(e.event, CommitFound))

    def questions(self, task: str, *, after: int = 0) -> tuple[AnsweredQuestion, ...]:
        """Every question of a task that was answered, with its answer, in that order.

        `after`: only what the journal holds behind that entry.
        """
        asked: dict[str, QuestionAsked] = {}
        answered = []
        kinds = (QuestionAsked.kind, QuestionAnswered.kind)
        for entry in self._journal.read(after=after, task=task, kinds=kinds):
            match entry.event:
                case QuestionAsked() as event:
                    asked[event.question.id] = event
                case QuestionAnswered() as event if event.question in asked:
                    answered.append(
                        AnsweredQuestion(
                            question=asked[event.question].question,
                            answer=event.answer,
                            waited_seconds=event.waited_seconds,
                        )
                    )
        return tuple(answered)

    def waited_seconds(self, task: str, *, after: int = 0) -> float:
        """How long people were waited for."""
        questions = self.questions(task, after=after)
        return sum(q.waited_seconds for q in questions if q.answer.by in _WAITED_FOR)

    def usage(self, task: str) -> tuple[PricedUsage, ...]:
        """Tokens and dollars per attempt and model; each answer priced by itself."""
        tallies: dict[int, Tally] = {}
        for entry in self._journal.read(task=task, kinds=(TokensCounted.kind,)):
            if isinstance(entry.event, TokensCounted):
                tallies.setdefault(entry.event.attempt, Tally()).count(entry.event.answer)
        return tuple(
            PricedUsage(
                usage=AttemptUsage(task=task, attempt=attempt, model=model, tokens=tokens),
                dollars=self._dollars([a for a in tally.answers if a.model == model]),
            )
            for attempt, tally in tallies.items()
            for model, tokens in tally.per_model().items()
        )

    def _dollars(self, answers: list[CountedAnswer]) -> Decimal | None:
        total = Decimal(0)
        for answer in answers:
            dollars = self._price(answer)
            if dollars is None:
                return None
            total += dollars
        return total
