"""What a page shows of a question: redacted, and with the answer where it has one."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from coffee_maker.domain.amounts import duration
from coffee_maker.domain.cards import compose_card, outcome
from coffee_maker.domain.events import Entry, QuestionAnswered
from coffee_maker.domain.message import Card
from coffee_maker.domain.ports import Clock, Journal, QuestionBox
from coffee_maker.domain.question import Answer, AnsweredBy, Question, QuestionKind
from coffee_maker.web.diff_lines import DiffLine, diff_lines

OPEN_AT_MOST = 100  # questions on one page
LATELY_AT_MOST = 10
_LOOKED_BACK = 2000  # journal entries in which what was answered lately is looked for
_CARDS_AT_MOST = 500
_TOLD = frozenset({AnsweredBy.PERSON, AnsweredBy.DEADLINE, AnsweredBy.INVALID})

Redact = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """A question as it stands now. `settled` says how it was answered; empty while it is open."""

    id: str
    code: str
    card: Card
    diff: tuple[DiffLine, ...]
    multiple: bool
    permission: bool
    settled: str
    deadline: datetime
    left: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledView:
    """One that was answered lately."""

    code: str
    text: str
    task: str
    outcome: str
    at: datetime


class Viewer:
    """Looks at the questions for the pages. Threads may share one."""

    def __init__(self, box: QuestionBox, journal: Journal | None, redact: Redact, clock: Clock):
        self._box, self._journal, self._redact, self._clock = box, journal, redact, clock
        self._cards: dict[tuple[str, datetime, bool], Card] = {}

    def find(self, name: str) -> QuestionView | None:
        """The question of this id or code, or None."""
        question = self._box.find(name)
        return None if question is None else self._view(question, self._box.answer_to(question.id))

    def open(self) -> tuple[tuple[QuestionView, ...], int]:
        """The oldest that wait for an answer, and how many there are in all."""
        waiting = self._box.open()
        return tuple(self._view(q, None) for q in waiting[:OPEN_AT_MOST]), len(waiting)

    def version(self) -> str:
        """Another one whenever the list of questions is another one."""
        return " ".join(f"{q.code}{'p' if q.parked else ''}" for q in self._box.open())

    def lately(self) -> tuple[SettledView, ...]:
        """What was answered last, the newest first; not what a rule answered."""
        if self._journal is None:
            return ()
        newest: deque[tuple[Entry, QuestionAnswered]] = deque(maxlen=LATELY_AT_MOST)
        after = max(0, self._journal.last() - _LOOKED_BACK)
        for entry in self._journal.read(after=after, kinds=(QuestionAnswered.kind,)):
            if isinstance(entry.event, QuestionAnswered) and entry.event.answer.by in _TOLD:
                newest.append((entry, entry.event))
        found = (self._settled(entry, event) for entry, event in reversed(newest))
        return tuple(one for one in found if one is not None)

    def _view(self, question: Question, answer: Answer | None) -> QuestionView:
        card = self._card(question)
        left = (question.deadline - self._clock.now()).total_seconds()
        return QuestionView(
            id=question.id,
            code=question.code,
            card=card,
            diff=tuple(diff_lines(card.diff)),
            multiple=question.multiple,
            permission=question.kind is QuestionKind.PERMISSION,
            settled="" if answer is None else outcome(answer, self._redact),
            deadline=question.deadline,
            left=_left(left) if left > 0 else "",
        )

    def _settled(self, entry: Entry, event: QuestionAnswered) -> SettledView | None:
        question = self._box.find(event.question)
        if question is None:
            return None
        return SettledView(
            code=question.code,
            text=self._card(question).text,
            task=self._card(question).task,
            outcome=outcome(event.answer, self._redact),
            at=entry.at,
        )

    def _card(self, question: Question) -> Card:
        # Looking for secrets takes milliseconds, and the pages are asked for again and again.
        key = (question.id, question.deadline, question.parked)
        card = self._cards.get(key)
        if card is None:
            if len(self._cards) >= _CARDS_AT_MOST:
                self._cards.clear()
            card = self._cards[key] = compose_card(question, self._redact)
        return card


def _left(seconds: float) -> str:
    return f"{int(seconds // 86400)} days" if seconds >= 2 * 86400 else duration(seconds)
