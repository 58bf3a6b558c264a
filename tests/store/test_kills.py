"""What a process that is killed in the middle of a transaction leaves behind."""

import os
import signal
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from coffee_maker.clock import RealClock
from coffee_maker.domain.events import ReplyTurnedAway
from coffee_maker.domain.message import About, Sent
from coffee_maker.store.database import Database, Parameters, open_database
from coffee_maker.store.journal import SqlJournal
from coffee_maker.store.outbox import SqlOutbox
from coffee_maker.store.questions import SqlQuestionBox
from coffee_maker.store.sqlite import SqliteDatabase
from coffee_maker.store.store import Store
from tests.store.made import ASKED_AT, NO, YES, letter, question

Work = Callable[[SqlQuestionBox, SqlOutbox], object]

AWAY = ReplyTurnedAway(question="open", channel="email", who="U", received="invalid", reason="x")
WORKS: dict[str, Work] = {
    "put": lambda box, _: box.put(question("new")),
    "put answered": lambda box, _: box.put(question("new"), YES),
    "answer": lambda box, _: box.answer("open", YES),
    "park": lambda box, _: box.park("open", ASKED_AT + timedelta(days=7), "deny"),
    "deliver": lambda box, _: box.deliver("settled"),
    "turn away": lambda box, _: box.turn_away(AWAY),
    "letters": lambda _, outbox: outbox.put(
        [letter("new"), letter("newer")], reader="notifier", upto=3
    ),
    "sent": lambda _, outbox: outbox.sent(
        [letter("open"), letter("settled")], About.DIGEST, Sent(reference="1", thread="2")
    ),
    "again": lambda _, outbox: outbox.again("email"),
}
TABLES = ("events", "newest_events", "questions", "letters", "channel_references", "cursors")


def prepare(where: str) -> None:
    """An open and a settled question, each with a letter that waits and one that was sent."""
    with Store(where, RealClock()) as store:
        store.questions.put(question("open"))
        store.questions.put(question("settled"), NO)
        for id_ in ("open", "settled"):
            store.outbox.put([letter(id_), letter(id_, channel="email")])
            store.outbox.sent([letter(id_, channel="email")], About.ASK, Sent(reference=id_))


def dying_at(where: str, statement: int | None) -> Database:
    """A database whose process is killed before that statement or commit; None: after a commit."""
    with closing(open_database(where)) as opened:
        kind: Any = type(opened)
    left = statement

    def count_down() -> None:
        nonlocal left
        if left is not None:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    class Dying(kind):  # type: ignore[misc]
        def _run(self, sql: str, parameters: Parameters) -> Any:
            count_down()
            return super()._run(sql, parameters)

        def _commit(self) -> None:
            count_down()
            super()._commit()
            if left is None:
                os.kill(os.getpid(), signal.SIGKILL)

    place = Path(where) if kind is SqliteDatabase else where
    return cast("Database", Dying(place, busy_seconds=30))


def killed(work: Work, where: str, statement: int | None) -> bool:
    """Work in a child; whether it was killed before it was through."""
    child = os.fork()
    if child == 0:  # pragma: no cover - in the child
        failed = 1
        try:
            database = dying_at(where, statement)
            journal = SqlJournal(database, RealClock())
            work(SqlQuestionBox(database, journal, RealClock()), SqlOutbox(database, journal))
            failed = 0
        finally:
            os._exit(failed)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL)
    return code != 0


def contents(store: Store) -> list[list[str]]:
    """Everything that is in the database."""
    return [
        sorted(repr(row) for row in store._database.rows(f"SELECT * FROM {name}"))
        for name in TABLES
    ]


@pytest.mark.parametrize("name", WORKS)
def test_a_kill_leaves_all_or_nothing(where: str, name: str) -> None:
    """Before whichever statement it comes, also the commit, nothing was done; afterwards all."""
    prepare(where)
    with Store(where, RealClock()) as store:
        before = contents(store)
        statement = 1
        while killed(WORKS[name], where, statement):
            assert before == contents(store)
            statement += 1
        done = contents(store)

        assert 3 <= statement
        assert before != done
        assert store.journal.verify() is None


@pytest.mark.parametrize("name", WORKS)
def test_what_was_committed_outlives_a_kill(where: str, name: str) -> None:
    """A kill right behind the commit takes nothing back."""
    prepare(where)
    with Store(where, RealClock()) as store:
        before = contents(store)
        assert killed(WORKS[name], where, None)

        assert before != contents(store)
        assert store.journal.verify() is None
