"""Questions and their one answer each, where processes and people meet."""

from datetime import datetime

from coffee_maker.domain.events import QuestionAnswered, QuestionAsked
from coffee_maker.domain.ports import Clock
from coffee_maker.domain.question import Answer, Question
from coffee_maker.store.codec import decode, encode, storable
from coffee_maker.store.database import Database
from coffee_maker.store.journal import SqlJournal


class SqlQuestionBox:
    """The port `QuestionBox`; the journal hears of each step in the same transaction."""

    def __init__(self, database: Database, journal: SqlJournal, clock: Clock) -> None:
        self._database = database
        self._journal = journal
        self._clock = clock

    def put(self, question: Question) -> None:
        """Open a question; one that is there already, open or settled, stays as it is."""
        key = storable(question.id)
        with self._database.writing():
            if self._database.rows("SELECT 1 FROM questions WHERE id = ?", (key,)):
                return
            asked = self._journal.write(QuestionAsked(question=question), task=question.task)
            self._database.change(
                "INSERT INTO questions (id, task, question, asked) VALUES (?, ?, ?, ?)",
                (key, storable(question.task), encode(question), asked),
            )

    def answer(self, id: str, answer: Answer) -> bool:
        """Settle it; False where it is settled already or unknown. The first one wins."""
        with self._database.writing():
            found = self._database.rows(
                "SELECT question FROM questions WHERE id = ? AND answer IS NULL", (storable(id),)
            )
            if not found:
                return False
            question = decode(found[0][0], Question)
            answered = self._journal.write(
                QuestionAnswered(
                    question=question.id,
                    answer=answer,
                    waited_seconds=_seconds(question.asked_at, self._clock.now()),
                ),
                task=question.task,
            )
            settled = self._database.change(
                "UPDATE questions SET answer = ?, answered = ? WHERE id = ? AND answer IS NULL",
                (encode(answer), answered, storable(id)),
            )
            return settled == 1

    def answer_to(self, id: str) -> Answer | None:
        """Its answer, or None while it is open, and where it is unknown."""
        found = self._database.rows("SELECT answer FROM questions WHERE id = ?", (storable(id),))
        text = found[0][0] if found else None
        return None if text is None else decode(text, Answer)

    def open(self) -> tuple[Question, ...]:
        """All that wait for an answer, oldest first."""
        rows = self._database.rows(
            "SELECT question FROM questions WHERE answer IS NULL ORDER BY asked"
        )
        return tuple(decode(text, Question) for (text,) in rows)


def _seconds(start: datetime, end: datetime) -> float:
    """From start to end; never negative, although a machine's time of day may be set back."""
    return max(0.0, (end - start).total_seconds())
