"""Messages on their way to people, on each kind of database."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from coffee_maker.clock import RealClock
from coffee_maker.domain.errors import StoreError
from coffee_maker.domain.events import MessageSent
from coffee_maker.domain.letter import Letter, thread_key
from coffee_maker.domain.message import About, Sent
from coffee_maker.domain.question import Severity
from coffee_maker.store.outbox import _DUE, _LET_GO, _NEXT_DUE
from coffee_maker.store.store import Store
from tests.store.made import ASKED_AT, YES, letter, question
from tests.store.workers import PROCESSES, in_processes, put_letters
from tests.support.clocks import SteppedClock
from tests.support.facts import facts

CARD = Sent(reference="1700.1", thread="1700.0")
LATER = ASKED_AT + timedelta(hours=1)


def due(store: Store, channel: str = "slack", after_seconds: float = 0) -> list[str]:
    """The ids of what is to be sent there then."""
    then = ASKED_AT + timedelta(seconds=after_seconds)
    return [one.id for one in store.outbox.due(channel, then)]


def kept_texts(store: Store) -> int:
    return int(store._database.rows("SELECT COUNT(letter) FROM letters")[0][0])


def test_letters_wait_until_they_are_due(store: Store) -> None:
    """Each on its own channel; one that is due at this very moment is due."""
    store.outbox.put([letter(), letter(channel="email", after_seconds=600)])

    assert (letter(),) == store.outbox.due("slack", ASKED_AT)
    assert [] == due(store, "slack", after_seconds=-0.000_001)
    assert [[], ["ask:q1"]] == [due(store, "email", after) for after in (599.9, 600)]
    assert ASKED_AT + timedelta(seconds=600) == store.outbox.next_due("email")
    assert store.outbox.next_due("desktop") is None


def test_the_most_severe_goes_first_then_the_oldest(store: Store) -> None:
    """Oldest: the order in which they were put, however long each was to wait."""
    for name, severity, after in (
        ("a", Severity.ROUTINE, 3),
        ("b", Severity.CRITICAL, 2),
        ("c", Severity.ROUTINE, 1),
        ("d", Severity.IMPORTANT, 0),
        ("e", Severity.CRITICAL, 1),
    ):
        store.outbox.put([letter(name, severity=severity, after_seconds=after)])
    store.outbox.put_off(store.outbox.due("slack", ASKED_AT + timedelta(seconds=2)), ASKED_AT)

    assert ["ask:b", "ask:e", "ask:d", "ask:a", "ask:c"] == due(store, after_seconds=3)


def test_putting_a_letter_again_changes_nothing(store: Store) -> None:
    """Whether it waits, was sent or was dropped; on another channel it is another one."""
    store.outbox.put([letter("a"), letter("b"), letter("c"), letter("c")])
    store.outbox.sent([letter("a")], About.ASK, CARD)
    store.outbox.drop([letter("b")])
    again = [replace(letter(name), due=LATER) for name in ("a", "b", "c")]
    store.outbox.put([*again, letter("a", channel="email")])

    assert ["ask:c"] == due(store, after_seconds=10_000)
    assert ASKED_AT == store.outbox.next_due("slack")
    assert ["ask:a"] == due(store, "email")


def test_a_reader_goes_on_where_it_was(where: str, clock: SteppedClock) -> None:
    """Also after a restart; each reader for itself, and never backwards."""
    with Store(where, clock) as store:
        assert 0 == store.outbox.cursor("notifier")
        store.outbox.put([letter()], reader="notifier", upto=7)
        store.outbox.put([], reader="notifier", upto=9)
        store.outbox.put([letter("b")], reader="notifier", upto=3)
        store.outbox.put([letter("c")])
    with Store(where, clock) as store:
        assert [9, 0, 0] == [store.outbox.cursor(name) for name in ("notifier", "logger", "")]
        assert ["ask:q1", "ask:b", "ask:c"] == due(store)


def test_letters_and_cursor_go_together(store: Store) -> None:
    """Where one of the two cannot be written, neither is."""
    store._database.change("ALTER TABLE cursors RENAME COLUMN upto TO gone")
    with pytest.raises(StoreError):
        store.outbox.put([letter()], reader="notifier", upto=7)

    assert [] == due(store)


def test_what_was_sent_is_journalled_once(store: Store) -> None:
    """One event per letter, as what it was told; told again it is no news."""
    letters = [letter("a"), replace(letter("b"), task="PRIORITY 2")]
    store.outbox.put(letters)
    store.outbox.sent(letters, About.DIGEST, CARD)
    store.outbox.sent(letters, About.DIGEST, CARD)

    assert [] == due(store)
    assert [
        (
            task,
            MessageSent(message=f"ask:{id_}", about="digest", channel="slack", question=id_),
        )
        for task, id_ in (("PRIORITY 1", "a"), ("PRIORITY 2", "b"))
    ] == [(entry.task, entry.event) for entry in store.journal.read()]


def test_sending_and_journal_go_together(store: Store) -> None:
    """Where a reference cannot be kept, nothing was sent and nothing is told."""
    store.outbox.put([letter()])
    store._database.change("ALTER TABLE channel_references RENAME COLUMN key TO gone")
    with pytest.raises(StoreError):
        store.outbox.sent([letter()], About.ASK, CARD)

    assert ["ask:q1"] == due(store)
    assert 0 == store.journal.last()


def test_references_are_found_again(store: Store) -> None:
    """By question and by task, per channel; the newest counts, and silence replaces nothing."""
    email = letter(channel="email")
    store.outbox.put([letter(), email])
    store.outbox.sent([letter()], About.ASK, Sent(reference="1", thread="2"))
    store.outbox.sent([email], About.ASK, Sent(reference="<m@x>"))
    settled = letter(about=About.SETTLED)
    store.outbox.put([settled])
    store.outbox.sent([settled], About.SETTLED, Sent(reference="3"))

    def reference(channel: str, key: str) -> str:
        return store.outbox.reference(channel, key)

    thread = thread_key("PRIORITY 1")
    assert ("3", "2") == (reference("slack", "q1"), reference("slack", thread))
    assert ("<m@x>", "") == (reference("email", "q1"), reference("email", thread))
    assert ("", "") == (reference("slack", "q2"), reference("desktop", "q1"))


def test_a_letter_about_nothing_keeps_no_reference(store: Store) -> None:
    """A notice without question and task leaves none that others would take for theirs."""
    notice = replace(letter(about=About.NOTICE), question="", task="")
    store.outbox.put([notice])
    store.outbox.sent([notice], About.NOTICE, CARD)

    assert ["", ""] == [store.outbox.reference("slack", key) for key in ("", thread_key(""))]


def test_what_failed_is_tried_again_later(store: Store) -> None:
    """It says how often it was tried, and is not due before its time."""
    store.outbox.put([letter()])
    for _ in range(2):
        store.outbox.put_off([letter()], LATER)

    assert [] == due(store, after_seconds=3599)
    assert LATER == store.outbox.next_due("slack")
    assert (replace(letter(), due=LATER, tries=2),) == store.outbox.due("slack", LATER)


def test_what_is_done_with_is_left_alone(store: Store) -> None:
    """Neither putting off nor dropping brings back what was sent, or what is unknown."""
    store.outbox.put([letter()])
    store.outbox.sent([letter()], About.ASK, CARD)
    for one in (letter(), letter("unknown")):
        store.outbox.put_off([one], LATER)
        store.outbox.drop([one])
        store.outbox.sent([one], About.ASK, Sent())

    assert store.outbox.next_due("slack") is None
    assert 1 == store.journal.last()


def test_a_channel_that_forgets_is_asked_again(store: Store) -> None:
    """Only what is still open, asked or dropped, on that channel, with no tries behind it."""
    for id_ in ("open", "settled", "dropped"):
        store.questions.put(question(id_))
        store.outbox.put([letter(id_), letter(id_, channel="email")])
    notice = letter("open", about=About.NOTICE)
    store.outbox.put([notice])
    store.outbox.put_off([letter("open")], ASKED_AT)
    store.outbox.sent([letter("open"), letter("settled"), notice], About.ASK, CARD)
    store.outbox.sent([letter("open", channel="email")], About.ASK, CARD)
    store.outbox.drop([letter("dropped")])
    store.questions.answer("settled", YES)
    store.outbox.again("slack")

    assert (letter("open"), letter("dropped")) == store.outbox.due("slack", ASKED_AT)
    assert ["ask:settled", "ask:dropped"] == due(store, "email")
    assert "" == store.outbox.reference("slack", "open")
    assert CARD.reference == store.outbox.reference("email", "open")
    assert 8 == store.journal.last()


def test_texts_are_kept_no_longer_than_they_may_be_sent(store: Store) -> None:
    """While they wait, or their question is open; then the key alone is left."""
    store.questions.put(question())
    letters = [letter(), letter(channel="email"), letter(about=About.NOTICE)]
    store.outbox.put(letters)
    assert 3 == kept_texts(store)
    store.outbox.sent(letters[:1], About.ASK, CARD)
    store.outbox.drop(letters[2:])
    assert 2 == kept_texts(store)
    store.questions.answer("q1", YES)
    assert 1 == kept_texts(store)
    store.outbox.drop(letters)

    assert 0 == kept_texts(store)
    store.outbox.put(letters)
    assert [] == due(store)


@given(one=facts(Letter))
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_letter_comes_back(store: Store, one: Letter) -> None:
    """What was put is read back equal, and can be sent, whatever stands in it."""
    store.outbox.put([one])
    assert (one,) == store.outbox.due(one.channel, one.due)
    store.outbox.sent([one], About.ASK, Sent(reference=one.question, thread=one.task))

    assert () == store.outbox.due(one.channel, one.due)
    store._database.change("DELETE FROM letters")


def test_eight_processes_put_the_same_letters(where: str) -> None:
    """Each letter is there once, and the reader is where the last of them left it."""
    with Store(where, SteppedClock()):
        pass
    in_processes(put_letters, where, 30)
    with Store(where, RealClock()) as store:
        assert {f"ask:q{n}" for n in range(30)} == set(due(store))
        assert 30 == len(due(store))
        assert 29 + PROCESSES - 1 == store.outbox.cursor("notifier")


def test_no_question_walks_over_all_letters(tmp_path: Path) -> None:
    """What was sent in years costs nothing: an index leads to what waits."""
    with Store(tmp_path / "store.db", RealClock()) as store:
        for sql, parameters in (
            (_DUE, ("slack", "2026")),
            (_NEXT_DUE, ("slack",)),
            (_LET_GO, ("q1",)),
        ):
            plan = [row[3] for row in store._database.rows(f"EXPLAIN QUERY PLAN {sql}", parameters)]

            assert any(step.startswith("SEARCH letters USING") for step in plan)
