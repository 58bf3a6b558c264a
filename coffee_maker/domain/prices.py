"""What tokens cost: a dated table of prices, and the one rule that applies it.

A model that the table does not name is unpriced. It is never free, and its price is never guessed
from a part of its name.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal

from coffee_maker.domain.usage import CountedAnswer, TokenCount

MILLION = 1_000_000
FAST = "/fast"  # how `CountedAnswer.model` marks fast mode
_DATED = re.compile(r"(?P<name>.+)-20\d{6}(?P<fast>/fast)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Dollars for a million tokens of each kind, and for one web search.

    None: the source names no price for this kind, so that an answer with any of it is unpriced.
    """

    input: Decimal
    output: Decimal
    cache_write_5m: Decimal | None = None
    cache_write_1h: Decimal | None = None
    cache_read: Decimal | None = None
    web_search: Decimal | None = None

    def cost(self, tokens: TokenCount) -> Decimal | None:
        """Dollars for these tokens, or None where a kind that was used has no price."""
        per_million = (
            (tokens.input, self.input),
            (tokens.output, self.output),
            (tokens.cache_write_5m, self.cache_write_5m),
            (tokens.cache_write_1h, self.cache_write_1h),
            (tokens.cache_read, self.cache_read),
            (tokens.web_searches * MILLION, self.web_search),
        )
        if any(count and rate is None for count, rate in per_million):
            return None
        return sum((count * rate for count, rate in per_million if rate), Decimal()) / MILLION


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Rates from a day on (in UTC), and those for answers with a long input.

    `tiers` are (tokens, rates), smallest first: an answer whose whole input, cache included, is
    above so many tokens is charged at those rates for all of its tokens.
    """

    rates: Rates
    starts: date = date.min
    tiers: tuple[tuple[int, Rates], ...] = ()

    def rates_for(self, tokens: TokenCount) -> Rates:
        size = tokens.input + tokens.cache_write + tokens.cache_read
        reached = [rates for above, rates in self.tiers if size > above]
        return reached[-1] if reached else self.rates


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTable:
    """All prices that are known, by exact model name.

    `taken` is the day on which they were copied from `source`. Names in `dated` may also be used
    with the date of a snapshot behind them: `claude-opus-4-5` as `claude-opus-4-5-20251101`.
    """

    taken: date
    source: str
    models: Mapping[str, tuple[Price, ...]]  # earliest start first
    dated: frozenset[str] = frozenset()

    def find(self, model: str, at: datetime) -> Price | None:
        """The price of a model at a time; None where the table does not name the model."""
        prices = self.models.get(model)
        if prices is None and (parts := _DATED.fullmatch(model)) and parts["name"] in self.dated:
            prices = self.models.get(parts["name"] + (parts["fast"] or ""))
        if not prices:
            return None
        day = at.astimezone(UTC).date()
        begun = [price for price in prices if price.starts <= day]
        return begun[-1] if begun else prices[0]


def cost(tokens: TokenCount, model: str, table: PriceTable, at: datetime) -> Decimal | None:
    """Dollars for one answer; None where it is unpriced.

    Give it the tokens of a single answer: the price of a long input depends on each answer's own
    size, so that a sum of answers may fall into a tier that none of them reached.
    """
    price = table.find(model, at)
    return price.rates_for(tokens).cost(tokens) if price else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """Dollars of many answers, and the models among them that have no price."""

    dollars: Decimal
    unpriced: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.unpriced


def bill(answers: Iterable[CountedAnswer], table: PriceTable) -> Bill:
    """The sum over answers that are counted once each; unpriced models are named, not guessed."""
    dollars = Decimal()
    unpriced: dict[str, None] = {}
    for answer in answers:
        price = cost(answer.tokens, answer.model, table, answer.at)
        if price is None:
            unpriced[answer.model] = None
        else:
            dollars += price
    return Bill(dollars=dollars, unpriced=tuple(unpriced))


RATE_NAMES = tuple(field.name for field in fields(Rates))
