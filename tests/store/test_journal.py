"""The journal, on each kind of database."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coffee_maker.clock import RealClock
from coffee_maker.domain.errors import StoreError
from coffee_maker.domain.events import (
    EVENT_TYPES,
    AgentDid,
    DaemonStopped,
    Entry,
    Event,
    LimitReached,
    NoticeGiven,
    PhaseEntered,
    TaskStarted,
    TurnFinished,
)
from coffee_maker.store.codec import UnknownEvent
from coffee_maker.store.journal import BATCH
from coffee_maker.store.store import Store
from tests.store.workers import PROCESSES, append_many, in_processes
from tests.support.clocks import SteppedClock
from tests.support.facts import events, facts

ROOT = Path(__file__).resolve().parents[2]
SLOW_FIXTURE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def started(attempt: int = 1) -> TaskStarted:
    return TaskStarted(title="Cache prices", attempt=attempt, agent="claude")


def test_entries_come_back_in_order_with_their_time(store: Store, clock: SteppedClock) -> None:
    """Ids count from 1, times are the clock's, in UTC, and tasks may be empty."""
    ids = [store.journal.append(started(), task="4")]
    clock.sleep(1.5)
    ids.append(store.journal.append(DaemonStopped(reason="asked to")))

    assert [1, 2] == ids
    assert [
        Entry(id=1, at=datetime(2026, 11, 20, 9, tzinfo=UTC), task="4", event=started()),
        Entry(
            id=2,
            at=datetime(2026, 11, 20, 9, 0, 1, 500_000, tzinfo=UTC),
            task="",
            event=DaemonStopped(reason="asked to"),
        ),
    ] == list(store.journal.read())


def test_a_new_journal_is_empty(store: Store) -> None:
    """Nothing was written, nothing is read, and nothing is wrong with it."""
    assert 0 == store.journal.last()
    assert [] == list(store.journal.read())
    assert {} == store.journal.newest()
    assert store.journal.verify() is None


def test_reading_can_be_narrowed(store: Store) -> None:
    """By what comes behind an id, by task, by kinds, and by all three."""
    for task in ("1", "2"):
        for event in (started(), AgentDid(text="reads"), PhaseEntered(phase="gates")):
            store.journal.append(event, task=task)

    def ids(**narrowed: object) -> list[int]:
        return [entry.id for entry in store.journal.read(**narrowed)]  # type: ignore[arg-type]

    assert [5, 6] == ids(after=4)
    assert [1, 2, 3] == ids(task="1")
    assert [1, 3, 4, 6] == ids(kinds=["phase.entered", "task.started"])
    assert [4, 6] == ids(kinds=("task.started", "phase.entered", "task.started"), task="2")
    assert [3] == ids(kinds=("phase.entered",), after=1, task="1")
    assert [] == ids(kinds=("no.such",))
    assert [] == ids(task="")


def test_long_journals_are_read_in_batches(store: Store) -> None:
    """No entry is lost or doubled where one batch ends and the next begins."""
    count = 2 * BATCH + 1
    for number in range(count):
        kind = NoticeGiven(message=str(number)) if number % 2 else AgentDid(text=str(number))
        store.journal.append(kind, task=str(number % 3))

    assert list(range(1, count + 1)) == [entry.id for entry in store.journal.read()]
    assert list(range(1, count + 1)) == [
        entry.id for entry in store.journal.read(kinds=("notice.given", "agent.did"))
    ]
    assert list(range(1, count + 1, 3)) == [entry.id for entry in store.journal.read(task="0")]


def test_the_newest_entry_of_each_task(store: Store) -> None:
    """One per task, of the kinds asked for; a task without one is not named."""
    store.journal.append(started(), task="a")
    store.journal.append(started(), task="b")
    store.journal.append(PhaseEntered(phase="gates"), task="a")
    store.journal.append(AgentDid(text="reads"), task="c")
    store.journal.append(NoticeGiven(message="hello"))

    newest = store.journal.newest(("task.started", "phase.entered"))
    of_any = store.journal.newest()

    assert {"a": 3, "b": 2} == {task: entry.id for task, entry in newest.items()}
    assert {"a": 3, "b": 2, "c": 4, "": 5} == {task: entry.id for task, entry in of_any.items()}


def test_where_to_begin_for_the_newest_entries(store: Store) -> None:
    """Reading behind `before_newest(n)` gives n entries, or all where there are fewer."""
    for number in range(6):
        store.journal.append(AgentDid(text="x"), task="odd" if number % 2 else "even")

    def newest(count: int, task: str | None) -> list[int]:
        after = store.journal.before_newest(count, task=task)
        return [entry.id for entry in store.journal.read(after=after, task=task)]

    assert [5, 6] == newest(2, None)
    assert [3, 5] == newest(2, "even")
    assert [1, 3, 5] == newest(9, "even")
    assert [1, 2, 3, 4, 5, 6] == newest(9, None)


def test_waiting_for_news(store: Store, clock: SteppedClock) -> None:
    """True at once where there is news; False when there was none for as long as asked."""
    begin = clock.monotonic()

    assert store.journal.wait_for_news(0, 2.0) is False
    assert 2.0 == pytest.approx(clock.monotonic() - begin)
    store.journal.append(AgentDid(text="x"))
    assert store.journal.wait_for_news(0, 2.0) is True
    assert store.journal.wait_for_news(1, 0.0) is False


def test_following_sees_what_another_store_writes(store: Store, where: str) -> None:
    """A follower gets what was there and what comes, once each, of its task only."""
    store.journal.append(AgentDid(text="before"), task="1")
    with Store(where, RealClock()) as follower:
        following = follower.journal.follow(task="1")
        seen = [next(following)]
        store.journal.append(AgentDid(text="not ours"), task="2")
        later = threading.Timer(0.2, lambda: store.journal.append(AgentDid(text="after"), task="1"))
        later.start()
        seen.append(next(following))
        later.join()

    assert [1, 3] == [entry.id for entry in seen]


@given(event=events(), task=st.text(max_size=20))
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW_FIXTURE)
def test_any_event_comes_back_as_it_was(store: Store, event: Event, task: str) -> None:
    """What is appended is read back equal, whatever text stands in it."""
    id_ = store.journal.append(event, task=task)
    (entry,) = store.journal.read(after=id_ - 1)

    assert event == entry.event
    assert task.replace("\0", "\ufffd") == entry.task
    assert entry in list(store.journal.read(task=task, kinds=[event.kind]))


@pytest.mark.parametrize("kind", sorted(EVENT_TYPES))
def test_every_kind_comes_back(store: Store, kind: str) -> None:
    """Each type of event has an example that makes the round trip."""

    @given(event=facts(EVENT_TYPES[kind]))
    @settings(max_examples=5, deadline=None)
    def there_and_back(event: Event) -> None:
        id_ = store.journal.append(event)
        (entry,) = store.journal.read(after=id_ - 1)

        assert event == entry.event

    there_and_back()


def test_text_that_is_no_unicode_is_repaired(store: Store) -> None:
    """Half a surrogate pair (a file's name, a torn emoji) becomes a replacement character."""
    store.journal.append(AgentDid(text="reads \udce9t\u00e9 \ud83d\ude00"), task="a\udce9\0")
    (entry,) = store.journal.read(task="a\udce9\0")

    assert AgentDid(text="reads \ufffdt\u00e9 \U0001f600") == entry.event
    assert "a\ufffd\ufffd" == entry.task


def test_what_could_not_be_read_back_is_not_written(store: Store) -> None:
    """A figure that JSON has no word for is refused, because every reader would stumble on it."""
    impossible = PhaseEntered(phase=float("nan"))  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="PhaseEntered"):
        store.journal.append(impossible)

    assert 0 == store.journal.last()


def test_limits_keep_their_instant(store: Store) -> None:
    """A time with an offset is the same instant afterwards."""
    until = datetime.fromisoformat("2026-11-20T18:00:00+05:30")
    store.journal.append(LimitReached(until=until, message="5-hour limit"))
    (entry,) = store.journal.read()

    assert LimitReached(until=until, message="5-hour limit") == entry.event


def write_raw(store: Store, kind: str, body: str) -> int:
    """A row as another version, or a careless hand, would write it."""
    id_ = store.journal.last() + 1
    store._database.change(
        "INSERT INTO events (id, at, task, kind, body, hash) VALUES (?, ?, ?, ?, ?, ?)",
        (id_, "2026-11-20T09:00:00.000000+00:00", "1", kind, body, b"?"),
    )
    return id_


def test_a_newer_versions_events_are_shown_as_notices(store: Store) -> None:
    """An unknown kind is a notice that keeps what was written; copying it loses nothing."""
    write_raw(store, "moon.rose", '{"phase":"full"}')
    (entry,) = store.journal.read()
    assert isinstance(entry.event, NoticeGiven)
    store.journal.append(entry.event)
    *_, copy = store.journal.read()

    expected = UnknownEvent(
        message="A newer version wrote something this one does not know: moon.rose",
        written_as="moon.rose",
        body='{"phase":"full"}',
    )
    assert expected == entry.event == copy.event


def test_a_newer_versions_fields_are_left_out(store: Store) -> None:
    """A field that is not known does no harm."""
    write_raw(store, "agent.did", '{"text":"reads","mood":{"good":true}}')
    (entry,) = store.journal.read()

    assert AgentDid(text="reads") == entry.event


@pytest.mark.parametrize("body", ["", "{", "null", "[]", '{"text":3}', "{}", "[" * 5000])
def test_a_bad_row_is_named(store: Store, body: str) -> None:
    """What cannot be read raises StoreError with the id, and what stands before it is read."""
    store.journal.append(AgentDid(text="fine"))
    id_ = write_raw(store, "agent.did", body)
    entries = store.journal.read()

    assert 1 == next(entries).id
    with pytest.raises(StoreError, match=f"event {id_} "):
        next(entries)


def test_a_bad_row_of_an_unknown_kind_is_named_too(store: Store) -> None:
    """Damage is not taken for the future."""
    write_raw(store, "moon.rose", "{")
    with pytest.raises(StoreError, match="event 1 "):
        list(store.journal.read())


@pytest.mark.parametrize(
    "tampering",
    [
        'UPDATE events SET body = \'{"text":"innocent"}\' WHERE id = 4',
        "UPDATE events SET task = 'another' WHERE id = 4",
        "UPDATE events SET at = '2026-11-20T09:00:00.000001+00:00' WHERE id = 4",
        "UPDATE events SET kind = 'turn.finished' WHERE id = 4",
        "UPDATE events SET hash = (SELECT hash FROM events WHERE id = 3) WHERE id = 4",
        "DELETE FROM events WHERE id = 4",
        "UPDATE events SET id = 99 WHERE id = 4",
    ],
)
def test_an_edited_history_shows(store: Store, tampering: str) -> None:
    """Whatever is changed about an entry, its id is the first that does not hold."""
    for number in range(8):
        store.journal.append(AgentDid(text=str(number)), task="1")
    assert store.journal.verify() is None
    store._database.change(tampering)

    assert 4 == store.journal.verify()


def test_eight_processes_write_one_chain(where: str) -> None:
    """1,600 entries of eight processes have gapless ids, each once, and one unbroken chain."""
    told = in_processes(append_many, where, 200)
    with Store(where, RealClock()) as store:
        entries = list(store.journal.read())

        assert list(range(1, 200 * PROCESSES + 1)) == [entry.id for entry in entries]
        assert sorted(id_ for ids in told for id_ in ids) == [entry.id for entry in entries]
        assert all(ids == sorted(ids) for ids in told)
        assert store.journal.verify() is None
        assert 200 == sum(1 for _ in store.journal.read(task="T3"))


def test_threads_share_a_store(where: str) -> None:
    """Threads take turns in one store: nothing is lost and the chain holds."""
    with Store(where, RealClock()) as store:

        def work() -> None:
            for _ in range(50):
                store.journal.append(TurnFinished(text="done"))
                store.journal.last()

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert 400 == store.journal.last()
        assert store.journal.verify() is None


def test_reading_while_another_process_writes(where: str) -> None:
    """A reader gets entries in order and without gaps while the journal grows."""
    command = _in_a_process("append_many(0, sys.argv[1], int(sys.argv[2]))", where, 300)
    with Store(where, RealClock()) as store, _running(command) as writer:
        seen: list[int] = []
        while writer.poll() is None or store.journal.last() > len(seen):
            seen += [entry.id for entry in store.journal.read(after=len(seen))]

        assert list(range(1, 301)) == seen


def test_what_append_returned_for_outlives_a_kill(where: str) -> None:
    """A process is killed in the middle of appending: every id it was told is in the journal."""
    read_end, write_end = os.pipe()
    command = _in_a_process("append_for_ever(sys.argv[1], int(sys.argv[2]))", where, write_end)
    with _running(command, pass_fds=(write_end,)) as writer, os.fdopen(read_end) as told:
        os.close(write_end)
        ids = [int(told.readline()) for _ in range(100)]
        writer.send_signal(signal.SIGKILL)
        ids += [int(line) for line in told]
    with Store(where, RealClock()) as store:
        entries = list(store.journal.read())

        assert list(range(1, len(ids) + 1)) == ids
        assert ids == [entry.id for entry in entries][: len(ids)]
        assert len(entries) - len(ids) in {0, 1}
        assert store.journal.verify() is None
        assert len(entries) + 1 == store.journal.append(started(), task="next")


def test_times_do_not_stand_in_the_way_of_order(where: str) -> None:
    """A clock that is set back changes times, never ids or the chain."""
    late, early = SteppedClock(), SteppedClock(datetime(2026, 1, 1, tzinfo=UTC))
    with Store(where, late) as one, Store(where, early) as two:
        one.journal.append(started(), task="1")
        two.journal.append(started(2), task="1")
        first, second = one.journal.read()

        assert first.at - second.at > timedelta(days=300)
        assert one.journal.verify() is None


def _in_a_process(work: str, where: str, number: int) -> list[str]:
    code = f"import sys; from tests.store.workers import *\n{work}"
    return [sys.executable, "-c", code, where, str(number)]


@contextlib.contextmanager
def _running(
    command: list[str], pass_fds: tuple[int, ...] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, cwd=ROOT, pass_fds=pass_fds)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
