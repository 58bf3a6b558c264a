"""Counted answers of models: each kept once, summed per task, attempt and model."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from coffee_maker.domain.events import TokensCounted
from coffee_maker.domain.usage import AttemptAnswer, AttemptUsage, CountedAnswer, Tally, TokenCount
from coffee_maker.store.codec import moment, storable
from coffee_maker.store.database import Database

_FIGURES = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read", "web_searches")

_SUMS = """SELECT task, attempt, model, SUM(input), SUM(output), SUM(cache_write_5m),
    SUM(cache_write_1h), SUM(cache_read), SUM(web_searches)
    FROM counted_answers WHERE task = COALESCE(?, task)
    GROUP BY task, attempt, model ORDER BY MIN(event)"""
_ALL = """SELECT event, task, attempt, key, session, model, at, sidechain,
    input, output, cache_write_5m, cache_write_1h, cache_read, web_searches
    FROM counted_answers WHERE task = COALESCE(?, task) ORDER BY event"""
_ONE = """SELECT event, task, attempt, key, session, model, at, sidechain,
    input, output, cache_write_5m, cache_write_1h, cache_read, web_searches
    FROM counted_answers WHERE key = ?"""
_FORGET = "DELETE FROM counted_answers WHERE key = ?"
_KEEP = """INSERT INTO counted_answers (event, task, attempt, key, session, model, at, sidechain,
    input, output, cache_write_5m, cache_write_1h, cache_read, web_searches)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


class SqlTokenRecords:
    """The port `TokenRecords`, and the single answers, for whoever prices them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def per_attempt(self, task: str | None = None) -> tuple[AttemptUsage, ...]:
        """Sums per task, attempt and model, oldest first; of one task if asked for."""
        rows = self._database.rows(_SUMS, (_name(task),))
        return tuple(
            AttemptUsage(task=task, attempt=attempt, model=model, tokens=_tokens(figures))
            for task, attempt, model, *figures in rows
        )

    def counted(self, task: str | None = None) -> Iterator[AttemptAnswer]:
        """Every answer once, oldest first; of one task if asked for."""
        for _, task_, attempt, *row in self._database.rows(_ALL, (_name(task),)):
            yield AttemptAnswer(task=task_, attempt=attempt, answer=_answer(row))


def count(database: Database, event: TokensCounted, *, task: str, id: int) -> None:
    """Take an answer in, as a part of a transaction that is under way.

    An answer that is told again counts for the attempt it was first told by (a resumed session
    repeats what came before it), unless that was a side chain's copy.
    """
    told = _answer(_columns(event.answer))  # as a row would tell it
    known = database.rows(_ONE, (told.key,))
    place: tuple[object, ...] = (id, task, event.attempt)
    if known:
        event_id, known_task, known_attempt, *row = known[0]
        before = _answer(row)
        (told,) = Tally((before, told)).answers
        if told == before:
            return
        if not before.sidechain or event.answer.sidechain:
            place = (event_id, known_task, known_attempt)
        database.change(_FORGET, (told.key,))
    database.change(_KEEP, (*place, *_columns(told)))


def _name(task: str | None) -> str | None:
    return None if task is None else storable(task)


def _columns(answer: CountedAnswer) -> tuple[object, ...]:
    return (
        storable(answer.key),
        storable(answer.session),
        storable(answer.model),
        moment(answer.at),
        int(answer.sidechain),
        *(getattr(answer.tokens, figure) for figure in _FIGURES),
    )


def _answer(row: Sequence[object]) -> CountedAnswer:
    key, session, model, at, sidechain, *figures = row
    return CountedAnswer(
        key=str(key),
        session=str(session),
        model=str(model),
        at=datetime.fromisoformat(str(at)),
        sidechain=bool(sidechain),
        tokens=_tokens(figures),
    )


def _tokens(figures: Sequence[object]) -> TokenCount:
    # A sum is a Decimal in PostgreSQL.
    return TokenCount(**{name: int(str(n)) for name, n in zip(_FIGURES, figures, strict=True)})
