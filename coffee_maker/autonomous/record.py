"""What the journal tells about a task, for the line and for its pull request."""

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
from coffee_maker.domain.prices import PriceTable
from coffee_maker.domain.pull_request_text import AnsweredQuestion
from coffee_maker.domain.question import AnsweredBy
from coffee_maker.domain.spending import priced
from coffee_maker.domain.usage import AttemptAnswer, Tally

_WAITED_FOR = (AnsweredBy.PERSON, AnsweredBy.DEADLINE)


class Record:
    """Reads; what it tells is never kept anywhere else, so that nothing can disagree with it."""

    def __init__(self, journal: Journal, prices: PriceTable) -> None:
        self._journal, self._prices = journal, prices

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
        answers = (
            AttemptAnswer(task=task, attempt=attempt, answer=answer)
            for attempt, tally in tallies.items()
            for answer in tally.answers
        )
        return priced(answers, self._prices)
