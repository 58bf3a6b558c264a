"""A store that an older version made, on each kind of database."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from coffee_maker.clock import RealClock
from coffee_maker.domain.errors import StoreError
from coffee_maker.domain.events import NoticeGiven, QuestionAnswered, QuestionAsked
from coffee_maker.domain.question import Answer, Question, question_code
from coffee_maker.store.codec import decode, encode
from coffee_maker.store.database import Database, open_database
from coffee_maker.store.journal import SqlJournal
from coffee_maker.store.migrations import MIGRATIONS
from coffee_maker.store.store import Store
from tests.store.made import ASKED_AT, NO, YES, letter, question
from tests.store.workers import in_processes, open_and_close

# As version 1 wrote them, before questions had a key, a voice, a diff and facts.
OLD_QUESTION = (
    '{{"id":"{id}","task":"PRIORITY 1","kind":"permission","text":"May I run the tests?",'
    '"safe_default":"deny","asked_at":"2026-11-20T09:00:00Z","deadline":"2026-11-20T09:05:00Z",'
    '"options":[],"multiple":false,"severity":"routine","tool_call":null,"context":{{}}}}'
)


def old_store(where: str, *, answers: dict[str, Answer | None]) -> None:
    """A database of the first schema, with these questions in it."""
    with closing(open_database(where)) as database:
        with database.writing():
            database.adopt()
            database.change("CREATE TABLE migrations (version INTEGER PRIMARY KEY)")
            MIGRATIONS[0](database)
            database.change("INSERT INTO migrations (version) VALUES (1)")
        for id_, answer in answers.items():
            with database.writing():
                _old_row(database, id_, answer)


def _old_row(database: Database, id: str, answer: Answer | None) -> None:
    text = OLD_QUESTION.format(id=id)
    asked = decode(text, Question)
    journal = SqlJournal(database, RealClock())
    row: Sequence[object] = (None, None)
    event = journal.write(QuestionAsked(question=asked), task=asked.task)
    if answer is not None:
        answered = QuestionAnswered(question=id, answer=answer, waited_seconds=1.0)
        row = (encode(answer), journal.write(answered, task=asked.task))
    database.change(
        "INSERT INTO questions (id, task, question, asked, answer, answered) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (id, asked.task, text, event, *row),
    )


def test_old_questions_live_on(where: str) -> None:
    """They are found by id and by code, can be answered, and what was answered was delivered."""
    old_store(where, answers={"q1": None, "q2": NO})
    with Store(where, RealClock()) as store:
        assert (question("q1"),) == store.questions.open()
        assert ((question("q1"), None),) == store.questions.undelivered("PRIORITY 1")
        assert question("q2") == store.questions.find(question_code("q2"))
        assert store.questions.answer_to("q2") == NO
        assert store.questions.deliver("q2") is False
        assert store.questions.park("q1", ASKED_AT, "deny") is True
        assert store.questions.answer("q1", YES) is True
        assert store.questions.deliver("q1") is True
        assert store.journal.verify() is None


def test_an_old_store_gets_an_outbox(where: str) -> None:
    """Everything that is new works in it, also when it is opened again."""
    old_store(where, answers={})
    for _ in range(2):
        with Store(where, RealClock()) as store:
            store.outbox.put([letter()], reader="notifier", upto=1)

            assert (letter(),) == store.outbox.due("slack", ASKED_AT)
            assert 1 == store.outbox.cursor("notifier")


def test_an_old_question_that_cannot_be_read_is_not_in_the_way(tmp_path: Path) -> None:
    """The store opens all the same, and the others are found."""
    where = str(tmp_path / "store.db")
    old_store(where, answers={"q1": NO, "q2": NO})
    with closing(open_database(where)) as database:
        database.change("UPDATE questions SET question = '{' WHERE id = 'q1'")
    with Store(where, RealClock()) as store:
        assert question("q2") == store.questions.find(question_code("q2"))
        with pytest.raises(StoreError):
            store.questions.find("q1")


def _events(path: Path) -> list[object]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT * FROM events").fetchall()


def test_what_a_migration_changes_is_kept(tmp_path: Path) -> None:
    """The copy beside it is the database of the old schema, and the journal tells of it, once."""
    where = tmp_path / "store.db"
    old_store(str(where), answers={"q1": None, "q2": NO})
    before = _events(where)
    for _ in range(2):
        with Store(where, RealClock()) as store:
            notices = list(store.journal.read(kinds=[NoticeGiven.kind]))

    (kept,) = (tmp_path / "backups").iterdir()
    assert kept.name.startswith("store-schema-1-")
    assert before == _events(kept)
    assert [f"The store has a new schema; what it was before is kept in {kept}."] == [
        entry.event.message  # type: ignore[union-attr]
        for entry in notices
    ]
    with closing(open_database(kept)) as database:
        assert [(1,)] == database.rows("SELECT version FROM migrations")


def test_processes_migrate_once(where: str) -> None:
    """Of those that open an old store at one moment one changes it, and one copy is kept."""
    old_store(where, answers={"q1": NO})
    in_processes(open_and_close, where)

    with Store(where, RealClock()) as store:
        kept = [] if "://" in where else list((Path(where).parent / "backups").iterdir())
        assert len(kept) == len(list(store.journal.read(kinds=[NoticeGiven.kind])))
        assert ("://" not in where) == len(kept)


def test_no_copy_no_change(tmp_path: Path) -> None:
    """Where the copy cannot be made, the database stays as it is."""
    where = tmp_path / "store.db"
    old_store(str(where), answers={"q1": NO})
    (tmp_path / "backups").touch()

    with pytest.raises(StoreError, match="cannot be made"):
        Store(where, RealClock())
    with closing(open_database(where)) as database:
        assert [(1,)] == database.rows("SELECT version FROM migrations")


def test_a_new_store_has_nothing_to_keep(tmp_path: Path) -> None:
    """No copy is made of nothing."""
    Store(tmp_path / "store.db", RealClock()).close()

    assert [tmp_path / "store.db"] == list(tmp_path.iterdir())
