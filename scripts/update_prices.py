"""Write coffee_maker/prices.json anew from the package genai-prices (a development dependency).

    .venv/bin/python scripts/update_prices.py [--check]

`--check` only says whether the packaged prices are those of the installed genai-prices.
"""

import json
import re
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

from genai_prices.data import providers
from genai_prices.types import (
    ClauseEquals,
    ClauseOr,
    ClauseStartsWith,
    ModelInfo,
    ModelPrice,
    TieredPrices,
)

TARGET = Path(__file__).resolve().parent.parent / "coffee_maker" / "prices.json"
OURS = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_write_5m": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "cache_read": "cache_read_mtok",
    "web_search": "web_searches_kcount",
}
ANTHROPIC = next(provider for provider in providers if provider.id == "anthropic")
WHOLE_NAME = re.compile(r"claude-[a-z0-9.-]*[a-z0-9]")
A_DATE = "-20250514"  # one that also the oldest dated names may carry
IGNORED = re.compile(r"-20\d\d$")  # the stem of a dated name is not a name


def names(model: ModelInfo) -> list[str]:
    """Exact names: the id, and what its match clauses spell out in full."""
    clauses = model.match.or_ if isinstance(model.match, ClauseOr) else [model.match]
    spelt = {model.id}
    for clause in clauses:
        if isinstance(clause, ClauseEquals):
            spelt.add(clause.equals)
        elif isinstance(clause, ClauseStartsWith):
            spelt.add(clause.starts_with)
    return sorted(n for n in spelt if WHOLE_NAME.fullmatch(n) and means(n, model))


def means(name: str, model: ModelInfo) -> bool:
    return not IGNORED.search(name) and ANTHROPIC.find_model(name) is model


def rates(price: ModelPrice, choose: Any) -> dict[str, str]:
    found = {name: getattr(price, theirs) for name, theirs in OURS.items()}
    row = {name: choose(value) for name, value in found.items() if value is not None}
    if "web_search" in row:
        row["web_search"] /= 1000
    return {name: format(value.normalize(), "f") for name, value in row.items()}


def price_row(price: ModelPrice, starts: date | None) -> dict[str, Any]:
    tiered = [v for v in price.__dict__.values() if isinstance(v, TieredPrices)]
    row: dict[str, Any] = {"starts": starts.isoformat()} if starts else {}
    row |= rates(price, lambda v: v.base if isinstance(v, TieredPrices) else v)
    if bounds := sorted({tier.start for value in tiered for tier in value.tiers}):
        row["tiers"] = [{"above": b} | rates(price, lambda v, b=b: at_tier(v, b)) for b in bounds]
    return row


def at_tier(value: Decimal | TieredPrices, bound: int) -> Decimal:
    if not isinstance(value, TieredPrices):
        return value
    return [value.base, *(tier.price for tier in value.tiers if tier.start <= bound)][-1]


def price_rows(model: ModelInfo) -> list[dict[str, Any]]:
    if isinstance(model.prices, ModelPrice):
        return [price_row(model.prices, None)]
    return [
        price_row(each.prices, each.constraint.start_date if each.constraint else None)
        for each in model.prices
    ]


def fast_row(model: ModelInfo) -> list[dict[str, Any]]:
    context = {"speed": "fast"}
    if not any(variant.when == context for variant in model.price_variants or ()):
        return []
    return [price_row(model.get_prices(datetime.now(UTC), context), None)]


def model_rows(model: ModelInfo) -> list[dict[str, Any]]:
    exact = names(model)
    dateless = [name for name in exact if not re.search(r"-(latest|20\d{6})$", name)]
    dated = [name for name in dateless if means(name + A_DATE, model)]
    rest = [name for name in exact if name not in dated]
    prices = price_rows(model)
    rows = [
        {"names": group, "dated": group is dated, "prices": prices}
        for group in (dated, rest)
        if group
    ]
    if fast := fast_row(model):
        rows.append({"names": [f"{n}/fast" for n in exact], "dated": False, "prices": fast})
    return rows


def table(taken: date) -> dict[str, Any]:
    return {
        "taken": taken.isoformat(),
        "source": f"genai-prices {version('genai-prices')}",
        "models": [row for model in ANTHROPIC.models for row in model_rows(model)],
    }


def main() -> int:
    known = json.loads(TARGET.read_text()) if TARGET.exists() else {}
    fresh = table(datetime.now(UTC).date())
    same = {**fresh, "taken": None} == {**known, "taken": None}
    if "--check" in sys.argv[1:]:
        print("the packaged prices are current" if same else f"{TARGET.name} is out of date")
        return 0 if same else 1
    if not same:
        TARGET.write_text(json.dumps(fresh, indent=1) + "\n")
    print(f"{len(fresh['models'])} rows, {'unchanged' if same else 'written'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
