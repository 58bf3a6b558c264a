"""Opening a store, on each kind of database."""

import os
import threading

import pytest

from coffee_maker.clock import RealClock
from coffee_maker.domain.errors import StoreError
from coffee_maker.domain.events import NoticeGiven
from coffee_maker.store.migrations import MIGRATIONS
from coffee_maker.store.store import Store
from tests.store.workers import PROCESSES, in_processes, open_and_close
from tests.support.clocks import SteppedClock


def test_what_was_written_is_there_next_time(where: str, clock: SteppedClock) -> None:
    """A store that is closed and opened again goes on where it was."""
    with Store(where, clock) as store:
        store.journal.append(NoticeGiven(message="one"))
    with Store(where, clock) as store:
        assert 1 == store.journal.last()
        assert 2 == store.journal.append(NoticeGiven(message="two"))
        assert store.journal.verify() is None


def test_processes_may_make_one_store_at_once(where: str) -> None:
    """Eight processes open a store that is not there yet; one makes it, all can use it."""
    assert [0] * PROCESSES == in_processes(open_and_close, where)


def test_closing_twice_does_no_harm(where: str, clock: SteppedClock) -> None:
    """The second time nothing happens; what is asked afterwards is a StoreError."""
    store = Store(where, clock)
    store.close()
    store.close()

    with pytest.raises(StoreError):
        store.journal.last()
    with pytest.raises(StoreError):
        store.journal.append(NoticeGiven(message="late"))


def test_a_store_from_the_future_is_refused(where: str, clock: SteppedClock) -> None:
    """It is not touched, and the error says which side to update."""
    newer = len(MIGRATIONS) + 1
    with Store(where, clock) as store:
        store._database.change("INSERT INTO migrations (version) VALUES (?)", (newer,))

    with pytest.raises(StoreError, match=f"schema {newer}, made by a newer") as caught:
        Store(where, clock)
    assert "Update coffee_maker" in caught.value.cure


def test_a_schema_change_that_fails_leaves_nothing(where: str, clock: SteppedClock) -> None:
    """What was done of it is undone, and the store opens as before once it can."""
    with Store(where, clock) as store:
        database = store._database

        def change() -> None:
            with database.writing():
                database.change("CREATE TABLE half (x INTEGER)")
                database.change("CREATE TABLE events (x INTEGER)")

        with pytest.raises(StoreError):
            change()

        assert not database.has_table("half")
        assert 1 == store.journal.append(NoticeGiven(message="still here"))


def test_a_store_is_not_carried_into_another_process(where: str, clock: SteppedClock) -> None:
    """A forked child that uses its parent's store is refused; the parent's is unharmed."""
    with Store(where, clock) as store:
        child = os.fork()
        if child == 0:  # pragma: no cover - in the child
            refused = 1
            try:
                store.journal.last()
            except StoreError:
                refused = 0
            finally:
                os._exit(refused)
        _, status = os.waitpid(child, 0)

        assert 0 == os.waitstatus_to_exitcode(status)
        assert 1 == store.journal.append(NoticeGiven(message="unharmed"))


def test_a_writer_that_holds_on_for_too_long(where: str) -> None:
    """Whoever waits longer than the time limit gets an error that says so, and writes nothing."""
    with Store(where, RealClock()) as holder, Store(where, RealClock(), busy_seconds=0.2) as other:
        with (
            holder._database.writing(),
            pytest.raises(StoreError, match="is locked by another process") as caught,
        ):
            other.journal.append(NoticeGiven(message="too late"))

        assert "End the program that holds it" in caught.value.cure
        assert 0 == other.journal.last()
        assert 1 == other.journal.append(NoticeGiven(message="in time"))


def test_a_writer_waits_for_its_turn(where: str) -> None:
    """Within the limit, waiting is all that happens."""
    with Store(where, RealClock()) as holder, Store(where, RealClock()) as other:
        holding, release = threading.Event(), threading.Event()

        def hold() -> None:
            with holder._database.writing():
                holding.set()
                release.wait(10)

        thread = threading.Thread(target=hold)
        thread.start()
        holding.wait(10)
        threading.Timer(0.1, release.set).start()

        assert 1 == other.journal.append(NoticeGiven(message="patient"))
        thread.join()
