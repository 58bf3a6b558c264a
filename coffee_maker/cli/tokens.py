"""`coffee-maker tokens`: what each task used and cost."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coffee_maker.cli.options import json_option, repo_option
from coffee_maker.domain.amounts import PricedUsage, duration, money, total
from coffee_maker.domain.attempt_times import journalled_times
from coffee_maker.domain.prices import PriceTable
from coffee_maker.domain.spending import AttemptSpending, priced, spending
from coffee_maker.domain.usage import TokenCount
from coffee_maker.domain.visible import one_line

if TYPE_CHECKING:
    from coffee_maker.store.store import Store

HEAD = (
    *("task", "attempt", "model", "input", "output"),
    *("cache write", "cache read", "cost", "time", "waiting"),
)
LEFT = 3  # columns of words; the others hold figures and stand to the right

Row = tuple[str, ...]


@click.command()
@repo_option
@click.option("--task", help="Only this task.")
@json_option
def tokens(*, repo: Path | None, task: str | None, as_json: bool) -> None:
    """What each task used and cost: tokens and dollars per attempt and model, and the time.

    Every answer of a model is priced by itself. A model without a known price is unpriced, which
    is not free. Waiting is for people: rules answer at once.

    \b
    Examples:
      coffee-maker tokens
      coffee-maker tokens --task 3 --json | jq .total.dollars
    """
    from coffee_maker.prices import load_prices
    from coffee_maker.rooms import open_store

    with open_store(repo) as store:
        attempts = gather(store, load_prices(), task)
    if as_json:
        click.echo(json.dumps(as_data(attempts), ensure_ascii=False, indent=2))
    elif not attempts:
        click.echo("No task was begun yet.")
    else:
        _show(rows(attempts))


def gather(store: "Store", prices: PriceTable, task: str | None) -> tuple[AttemptSpending, ...]:
    """Every attempt at every task, or at one; from the store alone."""
    from coffee_maker.cli.task_name import known_task

    newest = store.journal.newest()
    of_task = None if task is None else known_task(task, newest)
    last_seen = {name: entry.at for name, entry in newest.items()}
    times = journalled_times(store.journal, last_seen, of_task)
    return spending(priced(store.tokens.counted(of_task), prices), times)


def as_data(attempts: Sequence[AttemptSpending]) -> dict[str, Any]:
    """What `--json` prints: tasks with their attempts and models, and the totals of each."""
    tasks = [
        (task, tuple(of_task)) for task, of_task in groupby(attempts, lambda one: one.time.task)
    ]
    return {
        "tasks": [
            {"task": task, "attempts": [_attempt(one) for one in of_task], "total": _sums(of_task)}
            for task, of_task in tasks
        ],
        "total": _sums(attempts),
    }


def rows(attempts: Sequence[AttemptSpending]) -> Iterator[Row]:
    """The table for people: a line per model, and a last one for all; all of it safe to print."""
    for one in attempts:
        time = one.time
        took = (duration(time.wall_seconds), duration(time.waited_seconds))
        named = (one_line(time.task, 40), str(time.attempt))
        for used in one.usage:
            model = one_line(used.usage.model, 40)
            yield (*named, model, *_figures(used.usage.tokens), money(used.dollars), *took)
            named, took = ("", ""), ("", "")
        if not one.usage:
            yield (*named, "none answered", *_figures(TokenCount()), "", *took)
    usage = _usage(attempts)
    wall, waited = _seconds(attempts)
    yield (
        *("all", "", "", *_figures(_tokens(usage)), total(usage)),
        *(duration(wall), duration(waited)),
    )


def _show(table: Iterable[Row]) -> None:
    lines = list(table)
    if not sys.stdout.isatty():
        click.echo("\n".join(_aligned([HEAD, *lines])))
        return

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, show_footer=True, footer_style="bold")
    for number, name in enumerate(HEAD):
        shown.add_column(
            name,
            Text(lines[-1][number]),
            justify="left" if number < LEFT else "right",
            no_wrap=number >= LEFT,
        )
    for line in lines[:-1]:
        shown.add_row(*(Text(cell) for cell in line))
    Console(highlight=False).print(shown)


def _aligned(table: Sequence[Row]) -> Iterator[str]:
    widths = [max(len(line[number]) for line in table) for number in range(len(HEAD))]
    for line in table:
        cells = (
            cell.ljust(width) if number < LEFT else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()


def _attempt(one: AttemptSpending) -> dict[str, Any]:
    return {
        "attempt": one.time.attempt,
        "models": [
            {
                "model": used.usage.model,
                **_counts(used.usage.tokens),
                "dollars": _number(used.dollars),
            }
            for used in one.usage
        ],
        "wall_seconds": round(one.time.wall_seconds, 3),
        "waited_seconds": round(one.time.waited_seconds, 3),
    }


def _sums(attempts: Sequence[AttemptSpending]) -> dict[str, Any]:
    usage = _usage(attempts)
    wall, waited = _seconds(attempts)
    return {
        **_counts(_tokens(usage)),
        "dollars": _number(sum((one.dollars for one in usage if one.dollars), Decimal())),
        "unpriced": sorted({one.usage.model for one in usage if one.dollars is None}),
        "wall_seconds": round(wall, 3),
        "waited_seconds": round(waited, 3),
    }


def _counts(count: TokenCount) -> dict[str, int]:
    return {
        "input": count.input,
        "output": count.output,
        "cache_write": count.cache_write,
        "cache_read": count.cache_read,
    }


def _figures(count: TokenCount) -> tuple[str, ...]:
    return tuple(f"{figure:,}" for figure in _counts(count).values())


def _number(dollars: Decimal | None) -> float | None:
    """Dollars as JSON holds them, to a millionth; None is unpriced."""
    return None if dollars is None else float(round(dollars, 6))


def _usage(attempts: Iterable[AttemptSpending]) -> tuple[PricedUsage, ...]:
    return tuple(used for one in attempts for used in one.usage)


def _tokens(usage: Iterable[PricedUsage]) -> TokenCount:
    return sum((one.usage.tokens for one in usage), TokenCount())


def _seconds(attempts: Sequence[AttemptSpending]) -> tuple[float, float]:
    wall = sum(one.time.wall_seconds for one in attempts)
    return wall, sum(one.time.waited_seconds for one in attempts)
