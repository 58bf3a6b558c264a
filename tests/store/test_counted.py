"""Token records, on each kind of database."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coffee_maker.domain.errors import StoreError
from coffee_maker.domain.events import TokensCounted
from coffee_maker.domain.usage import AttemptAnswer, AttemptUsage, CountedAnswer, Tally, TokenCount
from coffee_maker.store.store import Store

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def answer(key: str, output: int, *, model: str = "opus", sidechain: bool = False) -> CountedAnswer:
    return CountedAnswer(
        key=key,
        model=model,
        tokens=TokenCount(input=10, output=output, cache_read=1000),
        at=AT,
        session="s",
        sidechain=sidechain,
    )


def tell(store: Store, told: CountedAnswer, *, task: str = "1", attempt: int = 1) -> None:
    store.journal.append(TokensCounted(attempt=attempt, answer=told), task=task)


def sums(store: Store, task: str | None = None) -> list[tuple[str, int, str, int]]:
    return [
        (used.task, used.attempt, used.model, used.tokens.output)
        for used in store.tokens.per_attempt(task)
    ]


def test_answers_are_summed_per_task_attempt_and_model(store: Store) -> None:
    """Oldest first, and only those of a task where one is named."""
    tell(store, answer("b", 1), task="2")
    tell(store, answer("a", 2))
    tell(store, answer("c", 4))
    tell(store, answer("d", 8, model="haiku"))
    tell(store, answer("e", 16), attempt=2)

    assert (
        AttemptUsage(
            task="1",
            attempt=1,
            model="opus",
            tokens=TokenCount(input=20, output=6, cache_read=2000),
        )
        == store.tokens.per_attempt("1")[0]
    )
    assert [
        ("2", 1, "opus", 1),
        ("1", 1, "opus", 6),
        ("1", 1, "haiku", 8),
        ("1", 2, "opus", 16),
    ] == sums(store)
    assert [("2", 1, "opus", 1)] == sums(store, "2")
    assert [] == sums(store, "3")


def test_an_answer_that_grows_counts_once(store: Store) -> None:
    """Streaming tells an answer several times; the fullest figures count, also told first."""
    for output in (2, 500, 30):
        tell(store, answer("msg_1", output))

    assert [("1", 1, "opus", 500)] == sums(store)
    assert 3 == store.journal.last()


def test_a_resumed_session_repeats_nothing(store: Store) -> None:
    """An answer told again by a later attempt counts for the one it was first told by."""
    tell(store, answer("msg_1", 2))
    tell(store, answer("msg_1", 500), attempt=2)
    tell(store, answer("msg_2", 7), attempt=2)

    assert [("1", 1, "opus", 500), ("1", 2, "opus", 7)] == sums(store)


def test_a_side_chains_copy_gives_way(store: Store) -> None:
    """The line that is no copy says how much it was and whose."""
    tell(store, answer("msg_1", 900, sidechain=True), task="copy")
    tell(store, answer("msg_1", 5), task="own")
    tell(store, answer("msg_1", 900, sidechain=True), task="copy")

    assert [("own", 1, "opus", 5)] == sums(store)


def test_single_answers_can_be_priced(store: Store) -> None:
    """Each answer once, at its earliest time, with the attempt it counts for."""
    tell(store, answer("msg_1", 2), task="1")
    tell(store, answer("msg_2", 3), task="2", attempt=4)

    assert [
        AttemptAnswer(task="1", attempt=1, answer=answer("msg_1", 2)),
        AttemptAnswer(task="2", attempt=4, answer=answer("msg_2", 3)),
    ] == list(store.tokens.counted())
    assert ["msg_2"] == [one.answer.key for one in store.tokens.counted("2")]


figures = st.integers(0, 3)
told_answers = st.builds(
    CountedAnswer,
    key=st.sampled_from(["a", "b", "c\0", "d\udce9"]),
    model=st.sampled_from(["opus", "haiku"]),
    tokens=st.builds(TokenCount, input=figures, output=figures, cache_write_1h=figures),
    at=st.integers(0, 9).map(lambda seconds: AT + timedelta(seconds=seconds)),
    session=st.just("s"),
    sidechain=st.booleans(),
)


@given(told=st.lists(told_answers, max_size=8))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_records_count_as_a_tally_does(store: Store, told: Sequence[CountedAnswer]) -> None:
    """Whatever lines are told in whatever order, the sums are those of the domain's rule."""
    store._database.change("DELETE FROM counted_answers")
    for one in told:
        tell(store, one)

    assert Tally(told).per_model() == {
        used.model: used.tokens for used in store.tokens.per_attempt()
    }


def test_figures_beyond_the_database_are_refused(store: Store) -> None:
    """A figure of more than 64 bits is an error; neither record nor journal take it in."""
    with pytest.raises(StoreError):
        tell(store, answer("msg_1", 2**64))

    assert 0 == store.journal.last()
    assert [] == sums(store)
