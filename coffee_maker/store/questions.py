"""Questions and their one answer each, where processes and people meet."""

from dataclasses import replace
from datetime import datetime

from coffee_maker.domain.events import (
    AnswerDelivered,
    QuestionAnswered,
    QuestionAsked,
    QuestionParked,
    ReplyTurnedAway,
)
from coffee_maker.domain.message import Received
from coffee_maker.domain.ports import Clock
from coffee_maker.domain.question import Answer, Question
from coffee_maker.store.codec import decode, encode, storable
from coffee_maker.store.database import Database
from coffee_maker.store.journal import SqlJournal
from coffee_maker.store.outbox import let_go

_KNOWN = "SELECT 1 FROM questions WHERE id = ?"
_PUT = """INSERT INTO questions (id, task, code, question, asked, answer, answered)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""
_UNSETTLED = "SELECT question FROM questions WHERE id = ? AND answer IS NULL"
_SETTLE = "UPDATE questions SET answer = ?, answered = ? WHERE id = ?"
_ANSWER = "SELECT answer FROM questions WHERE id = ?"
_OF_ID = "SELECT question FROM questions WHERE id = ?"
_OF_CODE = "SELECT question FROM questions WHERE code = ? ORDER BY asked DESC LIMIT 1"
_OPEN = "SELECT question FROM questions WHERE answer IS NULL ORDER BY asked"
_CHANGE = "UPDATE questions SET question = ? WHERE id = ?"
_UNDELIVERED = """SELECT question, answer FROM questions
    WHERE task = ? AND delivered IS NULL ORDER BY asked"""
_DELIVERABLE = """SELECT question FROM questions
    WHERE id = ? AND answer IS NOT NULL AND delivered IS NULL"""
_DELIVER = "UPDATE questions SET delivered = ? WHERE id = ?"
_COUNT_INVALID = "UPDATE questions SET invalid = invalid + ? WHERE id = ?"
_INVALID = "SELECT invalid FROM questions WHERE id = ?"


class SqlQuestionBox:
    """The port `QuestionBox`; the journal hears of each step in the same transaction."""

    def __init__(self, database: Database, journal: SqlJournal, clock: Clock) -> None:
        self._database = database
        self._journal = journal
        self._clock = clock

    def put(self, question: Question, answer: Answer | None = None) -> None:
        """Open a question, or with `answer` have it settled at once and never seen open.

        One that is there already, open or settled, stays as it is.
        """
        key, task = storable(question.id), storable(question.task)
        with self._database.writing():
            if self._database.rows(_KNOWN, (key,)):
                return
            asked = self._journal.write(QuestionAsked(question=question), task=question.task)
            settled = (None, None) if answer is None else self._settled(question, answer)
            row = (key, task, question.code, encode(question), asked, *settled)
            self._database.change(_PUT, row)

    def answer(self, id: str, answer: Answer) -> bool:
        """Settle it; False where it is settled already or unknown. The first one wins."""
        # Whoever is too late need not wait for other writers to be told so.
        if not self._database.rows(_UNSETTLED, (storable(id),)):
            return False
        with self._database.writing():
            question = self._one(_UNSETTLED, id)
            if question is None:
                return False
            self._database.change(_SETTLE, (*self._settled(question, answer), storable(id)))
            let_go(self._database, id)
            return True

    def answer_to(self, id: str) -> Answer | None:
        """Its answer, or None while it is open, and where it is unknown."""
        found = self._database.rows(_ANSWER, (storable(id),))
        text = found[0][0] if found else None
        return None if text is None else decode(text, Answer)

    def find(self, name: str) -> Question | None:
        """The question of this id or code (of several with one code the newest).

        A code is also found in capitals and with blanks around it, as people type it.
        """
        return self._one(_OF_ID, name) or self._one(_OF_CODE, name.strip().lower())

    def open(self) -> tuple[Question, ...]:
        """All that wait for an answer, oldest first, parked ones among them."""
        return tuple(decode(text, Question) for (text,) in self._database.rows(_OPEN))

    def park(self, id: str, until: datetime, safe_default: str) -> bool:
        """Keep it open until then, without a session; False where it is settled or unknown.

        Parking it again in the same way is told only once.
        """
        with self._database.writing():
            question = self._one(_UNSETTLED, id)
            if question is None:
                return False
            parked = replace(question, parked=True, deadline=until, safe_default=safe_default)
            if parked != question:
                event = QuestionParked(question=question.id, until=until)
                self._journal.write(event, task=question.task)
                self._database.change(_CHANGE, (encode(parked), storable(id)))
            return True

    def undelivered(self, task: str) -> tuple[tuple[Question, Answer | None], ...]:
        """A task's questions that the agent has no answer to yet, settled or not; oldest first."""
        return tuple(
            (decode(question, Question), None if answer is None else decode(answer, Answer))
            for question, answer in self._database.rows(_UNDELIVERED, (storable(task),))
        )

    def deliver(self, id: str) -> bool:
        """Note that the agent has the answer; False where that was noted before, or it is open."""
        with self._database.writing():
            question = self._one(_DELIVERABLE, id)
            if question is None:
                return False
            event = AnswerDelivered(question=question.id)
            told = self._journal.write(event, task=question.task)
            self._database.change(_DELIVER, (told, storable(id)))
            return True

    def turn_away(self, away: ReplyTurnedAway) -> int:
        """Note a reply that did not count; how many invalid ones its question has had by now.

        One about a question that is unknown is journalled under no task, and counts for nothing.
        """
        key = storable(away.question)
        with self._database.writing():
            question = self._one(_OF_ID, away.question)
            self._journal.write(away, task=question.task if question else "")
            self._database.change(_COUNT_INVALID, (int(away.received == Received.INVALID), key))
            found = self._database.rows(_INVALID, (key,))
            return int(found[0][0]) if found else 0

    def _settled(self, question: Question, answer: Answer) -> tuple[str, int]:
        """The columns of an answer that is journalled here."""
        waited = _seconds(question.asked_at, self._clock.now())
        event = QuestionAnswered(question=question.id, answer=answer, waited_seconds=waited)
        return encode(answer), self._journal.write(event, task=question.task)

    def _one(self, sql: str, name: str) -> Question | None:
        found = self._database.rows(sql, (storable(name),))
        return decode(found[0][0], Question) if found else None


def _seconds(start: datetime, end: datetime) -> float:
    """From start to end; never negative, although a machine's time of day may be set back."""
    return max(0.0, (end - start).total_seconds())
