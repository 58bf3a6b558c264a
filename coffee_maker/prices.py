"""The prices that come with the program, and the user's own on top.

`prices.json` beside this file is written by `scripts/update_prices.py`:

    {"taken": "2026-11-20", "source": "...",
     "models": [{"names": [...], "dated": true,
                 "prices": [{"starts": "2026-03-13", "input": "5", "output": "25", ...,
                             "tiers": [{"above": 200000, "input": "6", ...}]}]}]}

Money is text, so that it stays exact: dollars for a million tokens, and for one web search.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import TypedDict

from coffee_maker.domain.errors import ConfigError
from coffee_maker.domain.prices import RATE_NAMES, Price, PriceTable, Rates

Overrides = Mapping[str, Mapping[str, Decimal | str | int | float]]


class _Price(TypedDict, total=False):
    starts: str
    tiers: list[dict[str, str]]


class _Model(TypedDict):
    names: list[str]
    dated: bool
    prices: list[_Price]


def load_prices(overrides: Overrides | None = None) -> PriceTable:
    """The packaged prices, with the user's own for single models on top.

    An override names rates as `Rates` does. For a model that is known it replaces these rates at
    all times and input sizes, for another one it must hold at least `input` and `output`.
    Raises ConfigError.
    """
    table = _packaged()
    if not overrides:
        return table
    models = dict(table.models)
    for name, given in overrides.items():
        rates = _checked(name, given)
        known = table.models.get(name)
        models[name] = tuple(_with(p, rates) for p in known) if known else (_new(name, rates),)
    return replace(table, models=models)


@cache
def _packaged() -> PriceTable:
    text = Path(__file__).with_name("prices.json").read_text(encoding="utf-8")
    content = json.loads(text)
    rows: list[_Model] = content["models"]
    return PriceTable(
        taken=date.fromisoformat(content["taken"]),
        source=content["source"],
        models={n: tuple(_price(p) for p in row["prices"]) for row in rows for n in row["names"]},
        dated=frozenset(name for row in rows if row["dated"] for name in row["names"]),
    )


def _price(row: _Price) -> Price:
    return Price(
        starts=date.fromisoformat(row["starts"]) if "starts" in row else date.min,
        rates=_rates(row),
        tiers=tuple((int(tier["above"]), _rates(tier)) for tier in row.get("tiers", ())),
    )


def _rates(row: Mapping[str, object]) -> Rates:
    return Rates(**{name: Decimal(str(row[name])) for name in RATE_NAMES if name in row})


def _checked(model: str, given: Mapping[str, Decimal | str | int | float]) -> dict[str, Decimal]:
    known = ", ".join(RATE_NAMES)
    if unknown := [name for name in given if name not in RATE_NAMES]:
        raise ConfigError(
            f"the price of {model} has an unknown entry {unknown[0]!r}", cure=f"use {known}"
        )
    try:
        rates = {name: Decimal(str(value)) for name, value in given.items()}
    except InvalidOperation:
        rates = {"input": Decimal(-1)}
    if not all(rate.is_finite() and rate >= 0 for rate in rates.values()):
        raise ConfigError(
            f"the price of {model} is not a number of dollars for a million tokens",
            cure="write it as a plain number of at least 0, like 2.50",
        )
    return rates


def _with(price: Price, rates: dict[str, Decimal]) -> Price:
    return replace(
        price,
        rates=replace(price.rates, **rates),
        tiers=tuple((above, replace(tier, **rates)) for above, tier in price.tiers),
    )


def _new(model: str, rates: dict[str, Decimal]) -> Price:
    if missing := [name for name in ("input", "output") if name not in rates]:
        raise ConfigError(
            f"the price of {model} has no {missing[0]!r}",
            cure="a model that is not in the packaged prices needs at least input and output",
        )
    return Price(rates=Rates(**rates))
