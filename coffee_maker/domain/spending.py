"""What attempts at tasks cost: tokens, dollars and time."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from coffee_maker.domain.amounts import PricedUsage
from coffee_maker.domain.attempt_times import AttemptTime
from coffee_maker.domain.prices import PriceTable, cost
from coffee_maker.domain.usage import AttemptAnswer, AttemptUsage, TokenCount


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptSpending:
    """One attempt: its time, and what each model used in it (nothing, where none answered)."""

    time: AttemptTime
    usage: tuple[PricedUsage, ...] = ()


def priced(answers: Iterable[AttemptAnswer], table: PriceTable) -> tuple[PricedUsage, ...]:
    """Sums per task, attempt and model, each answer priced by itself and at its own time.

    One answer without a price leaves its whole sum unpriced.
    """
    tokens: dict[tuple[str, int, str], TokenCount] = {}
    dollars: dict[tuple[str, int, str], Decimal | None] = {}
    for one in answers:
        answer, key = one.answer, (one.task, one.attempt, one.answer.model)
        price, before = cost(answer.tokens, answer.model, table, answer.at), dollars.get(key, 0)
        tokens[key] = tokens.get(key, TokenCount()) + answer.tokens
        dollars[key] = None if price is None or before is None else price + before
    return tuple(
        PricedUsage(
            usage=AttemptUsage(task=task, attempt=attempt, model=model, tokens=count),
            dollars=dollars[task, attempt, model],
        )
        for (task, attempt, model), count in tokens.items()
    )


def spending(
    usage: Iterable[PricedUsage], times: Iterable[AttemptTime]
) -> tuple[AttemptSpending, ...]:
    """Both put together: tasks in the order of their beginning, each one's attempts together."""
    timed = {(time.task, time.attempt): time for time in times}
    used: dict[tuple[str, int], list[PricedUsage]] = {key: [] for key in timed}
    for one in usage:
        used.setdefault((one.usage.task, one.usage.attempt), []).append(one)
    tasks = list(dict.fromkeys(task for task, _ in used))
    return tuple(
        AttemptSpending(
            time=timed.get((task, attempt), AttemptTime(task=task, attempt=attempt)),
            usage=tuple(used[task, attempt]),
        )
        for task, attempt in sorted(used, key=lambda key: (tasks.index(key[0]), key[1]))
    )
