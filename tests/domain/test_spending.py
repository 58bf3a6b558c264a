"""Answers priced and put together with the time that attempts took."""

from datetime import UTC, date, datetime
from decimal import Decimal

from coffee_maker.domain.attempt_times import AttemptTime
from coffee_maker.domain.prices import Price, PriceTable, Rates
from coffee_maker.domain.spending import AttemptSpending, priced, spending
from coffee_maker.domain.usage import AttemptAnswer, CountedAnswer, TokenCount

BASE = Rates(input=Decimal(1), output=Decimal(10))
LONG = Rates(input=Decimal(100), output=Decimal(100))
TABLE = PriceTable(
    taken=date(2026, 11, 20),
    source="made up",
    models={"opus": (Price(rates=BASE, tiers=((1_000_000, LONG),)),)},
)


def answered(task: str, attempt: int, model: str = "opus", **figures: int) -> AttemptAnswer:
    answer = CountedAnswer(
        key="k",
        model=model,
        tokens=TokenCount(**figures),
        at=datetime(2026, 11, 20, tzinfo=UTC),
        session="s",
    )
    return AttemptAnswer(task=task, attempt=attempt, answer=answer)


def test_every_answer_is_priced_by_itself() -> None:
    """A sum that passes the limit for long inputs does not make its short answers dear."""
    (one,) = priced([answered("1", 1, input=900_000)] * 2, TABLE)

    assert TokenCount(input=1_800_000) == one.usage.tokens
    assert Decimal("1.8") == one.dollars


def test_one_answer_without_a_price_leaves_its_sum_unpriced() -> None:
    """Whether it comes first or last; other sums are not touched by it."""
    known, unknown = answered("1", 1, output=5), answered("1", 1, web_searches=1)
    other = answered("1", 2, output=1_000_000)

    for told in ([known, unknown, other], [unknown, known, other]):
        assert [None, Decimal(10)] == [one.dollars for one in priced(told, TABLE)]
    assert [None] == [one.dollars for one in priced([answered("1", 1, "unheard-of")], TABLE)]


def test_attempts_of_a_task_stand_together() -> None:
    """Tasks by their beginning, attempts by number; either side may know more than the other."""
    usage = priced([answered("b", 2, output=1), answered("c", 1, output=1)], TABLE)
    times = [
        AttemptTime(task="b", attempt=1, wall_seconds=5),
        AttemptTime(task="a", attempt=1, wall_seconds=6),
        AttemptTime(task="b", attempt=2, wall_seconds=7),
    ]

    assert (
        AttemptSpending(time=times[0]),
        AttemptSpending(time=times[2], usage=(usage[0],)),
        AttemptSpending(time=times[1]),
        AttemptSpending(time=AttemptTime(task="c", attempt=1), usage=(usage[1],)),
    ) == spending(usage, times)
