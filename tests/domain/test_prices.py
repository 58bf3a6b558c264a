"""What tokens cost, by a table."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.domain.prices import Bill, Price, PriceTable, Rates, bill, cost
from coffee_maker.domain.usage import CountedAnswer, TokenCount

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
CHEAP = Rates(
    input=Decimal(1),
    output=Decimal(10),
    cache_write_5m=Decimal(2),
    cache_write_1h=Decimal(3),
    cache_read=Decimal("0.1"),
    web_search=Decimal("0.01"),
)
DEAR = Rates(input=Decimal(100), output=Decimal(1000), cache_read=Decimal(10))
TABLE = PriceTable(
    taken=date(2026, 5, 1),
    source="made up",
    models={
        "plain": (Price(rates=CHEAP),),
        "plain/fast": (Price(rates=DEAR),),
        "long": (Price(rates=CHEAP, tiers=((1000, DEAR),)),),
        "dearer": (Price(rates=CHEAP), Price(starts=date(2026, 5, 5), rates=DEAR)),
        "bare": (Price(rates=Rates(input=Decimal(1), output=Decimal(1))),),
    },
    dated=frozenset({"plain"}),
)
ONE = TokenCount(input=1_000_000)


def test_every_kind_has_its_own_price() -> None:
    """Tokens are charged by the million, web searches by the piece, without rounding."""
    tokens = TokenCount(
        input=1, output=1, cache_write_5m=1, cache_write_1h=1, cache_read=1, web_searches=1
    )

    assert Decimal("0.0100161") == cost(tokens, "plain", TABLE, NOON)


@pytest.mark.parametrize("name", ["plai", "plain-2", "my-plain", "Plain", "", "long-20260101"])
def test_a_part_of_a_name_is_no_name(name: str) -> None:
    """What the table does not name is unpriced: neither free nor guessed."""
    assert cost(ONE, name, TABLE, NOON) is None


def test_the_dated_name_of_a_snapshot_is_the_same_model() -> None:
    """Answers name the snapshot, tables the model."""
    assert Decimal(1) == cost(ONE, "plain-20260101", TABLE, NOON)
    assert Decimal(100) == cost(ONE, "plain-20260101/fast", TABLE, NOON)


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (TokenCount(input=1000), Decimal("0.001")),
        (TokenCount(input=1001), Decimal("0.1001")),
        (TokenCount(input=1, cache_read=1000), Decimal("0.0101")),
    ],
)
def test_a_long_input_is_dearer_as_a_whole(tokens: TokenCount, expected: Decimal) -> None:
    """Above the bound, cached input included, all tokens have the higher price."""
    assert expected == cost(tokens, "long", TABLE, NOON)


def test_prices_change_at_midnight_in_utc() -> None:
    """The day of the answer decides, whatever the clock on the wall says."""
    here = timezone(timedelta(hours=9))

    assert Decimal(1) == cost(ONE, "dearer", TABLE, datetime(2026, 5, 5, 8, tzinfo=here))
    assert Decimal(100) == cost(ONE, "dearer", TABLE, datetime(2026, 5, 5, 9, tzinfo=here))


def test_a_kind_without_a_price_leaves_the_answer_unpriced() -> None:
    """Only where it was used."""
    assert cost(TokenCount(input=1, cache_read=1), "bare", TABLE, NOON) is None
    assert Decimal("0.000001") == cost(TokenCount(input=1), "bare", TABLE, NOON)


def test_a_bill_names_what_it_could_not_price() -> None:
    """A sum that leaves something out says so."""
    answers = [
        CountedAnswer(key=str(n), model=model, tokens=ONE, at=NOON, session="s")
        for n, model in enumerate(["plain", "odd", "plain", "odd"])
    ]

    assert Bill(dollars=Decimal(2), unpriced=("odd",)) == bill(answers, TABLE)
    assert not bill(answers, TABLE).complete


counts = st.builds(
    TokenCount,
    input=st.integers(0, 10**7),
    output=st.integers(0, 10**6),
    cache_read=st.integers(0, 10**7),
    web_searches=st.integers(0, 99),
)


@given(one=counts, other=counts)
def test_without_tiers_the_price_of_a_sum_is_the_sum_of_prices(
    one: TokenCount, other: TokenCount
) -> None:
    """Nothing is lost to rounding."""
    apart = [cost(tokens, "plain", TABLE, NOON) for tokens in (one, other)]

    assert sum((price for price in apart if price is not None), Decimal()) == cost(
        one + other, "plain", TABLE, NOON
    )
