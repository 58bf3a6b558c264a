"""Tokens, dollars and time as people read them."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from coffee_maker.domain.foreign_text import cell
from coffee_maker.domain.usage import AttemptUsage, TokenCount


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedUsage:
    """Tokens of one model in one attempt and what they cost; None: no price is known."""

    usage: AttemptUsage
    dollars: Decimal | None


def token_table(usage: tuple[PricedUsage, ...]) -> Iterator[str]:
    """A Markdown table: one row per model, and one for all where there are several."""
    yield "| model | input | cache write | cache read | output | cost |"
    yield "|---|---:|---:|---:|---:|---:|"
    tokens: dict[str, TokenCount] = {}
    dollars: dict[str, Decimal | None] = {}
    for one in usage:
        model, before = one.usage.model, dollars.get(one.usage.model, Decimal(0))
        tokens[model] = tokens.get(model, TokenCount()) + one.usage.tokens
        dollars[model] = None if before is None or one.dollars is None else before + one.dollars
    for model, count in tokens.items():
        yield _token_row(cell(model), count, money(dollars[model]))
    if len(tokens) > 1:
        yield _token_row("**all**", sum(tokens.values(), TokenCount()), total(usage))


def _token_row(name: str, count: TokenCount, cost: str) -> str:
    figures = (count.input, count.cache_write, count.cache_read, count.output)
    return f"| {name} | {' | '.join(f'{figure:,}' for figure in figures)} | {cost} |"


def money(dollars: Decimal | None) -> str:
    """Dollars as people read them; no price is never shown as nothing."""
    if dollars is None:
        return "unpriced"
    return f"${dollars:,.2f}" if dollars >= 1 else f"${dollars:.4f}"


def total(usage: tuple[PricedUsage, ...]) -> str:
    """What all of it cost, as far as prices are known."""
    priced = sum((one.dollars for one in usage if one.dollars is not None), Decimal(0))
    unpriced = any(one.dollars is None for one in usage)
    return f"{money(priced)} and what is unpriced" if unpriced else money(priced)


def duration(seconds: float) -> str:
    """Wall time in at most two units."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    if whole < 2 * 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86_400} days {whole % 86_400 // 3600:02} h"
