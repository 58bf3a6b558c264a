"""What the journal tells about a task, for the line and for its pull request."""

from collections.abc import Iterator
from datetime import datetime

from coffee_maker.domain.amounts import PricedUsage
from coffee_maker.domain.attempt_times import AttemptTime, journalled_times
from coffee_maker.domain.events import (
    BaselineMeasured,
    CommitFound,
    DaemonStarted,
    Event,
    GateChecked,
    QuestionAnswered,
    QuestionAsked,
    TaskStarted,
    TokensCounted,
    ToolChecked,
)
from coffee_maker.domain.gate import GateResult, TestOutcome
from coffee_maker.domain.ports import Journal
from coffee_maker.domain.prices import PriceTable
from coffee_maker.domain.pull_request_text import AnsweredQuestion
from coffee_maker.domain.spending import priced
from coffee_maker.domain.usage import AttemptAnswer, Tally


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

    def questions(self, task: str) -> tuple[AnsweredQuestion, ...]:
        """Every question of a task that was answered, with its answer, in that order."""
        asked: dict[str, tuple[int, QuestionAsked]] = {}
        answered = []
        for attempt, event in self._told(task, QuestionAsked.kind, QuestionAnswered.kind):
            match event:
                case QuestionAsked():
                    asked[event.question.id] = (attempt, event)
                case QuestionAnswered() if event.question in asked:
                    asked_by, asking = asked[event.question]
                    answered.append(
                        AnsweredQuestion(
                            question=asking.question,
                            answer=event.answer,
                            waited_seconds=event.waited_seconds,
                            attempt=asked_by,
                        )
                    )
        return tuple(answered)

    def time(self, task: str, attempt: int, now: datetime) -> AttemptTime:
        """How long an attempt that is under way has taken, and how long people were waited for.

        What it took before it was cut off and begun again is part of it.
        """
        times = journalled_times(self._journal, {task: now}, task)
        nothing = AttemptTime(task=task, attempt=attempt)
        return next((time for time in times if time.attempt == attempt), nothing)

    def rounds(self, task: str, attempt: int) -> tuple[tuple[GateResult, ...], ...]:
        """What the gates said in each round of an attempt; a cut-off one counts on."""
        rounds: dict[tuple[int, int], list[GateResult]] = {}
        begun = 0
        for told_of, event in self._told(task, GateChecked.kind):
            match event:
                case TaskStarted():
                    begun += 1
                case GateChecked(result=result, round=round) if told_of == attempt:
                    rounds.setdefault((begun, round), []).append(result)
        return tuple(tuple(results) for results in rounds.values())

    def refused(self, task: str, attempt: int) -> tuple[str, ...]:
        """The tool calls of an attempt that were not let through: a shell's command as it is."""
        return tuple(
            event.subject if event.tool == "Bash" else f"{event.tool} {event.subject}".strip()
            for told_of, event in self._told(task, ToolChecked.kind)
            if told_of == attempt and isinstance(event, ToolChecked) and not event.allowed
        )

    def _told(self, task: str, *kinds: str) -> Iterator[tuple[int, Event]]:
        """A task's events of some kinds, and those that begin it, with the attempt of each."""
        attempt = 1
        for entry in self._journal.read(task=task, kinds=(TaskStarted.kind, *kinds)):
            if isinstance(entry.event, TaskStarted):
                attempt = entry.event.attempt
            yield attempt, entry.event

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
