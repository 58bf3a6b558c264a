"""One measured figure, beside what it is to reach."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Bound(StrEnum):
    """Which side of the target is the good one."""

    AT_MOST = "at most"
    AT_LEAST = "at least"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`value` and `target` are in `unit`; without a target it is only for the record.

    `details` holds whatever explains the value, as JSON would.
    """

    name: str
    what: str
    value: float
    unit: str
    target: float | None = None
    bound: Bound = Bound.AT_MOST
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def reached(self) -> bool | None:
        """None where there is nothing to reach."""
        if self.target is None:
            return None
        if self.bound is Bound.AT_MOST:
            return self.value <= self.target
        return self.value >= self.target

    def as_json(self) -> dict[str, object]:
        """Everything about it, rounded to what can be meant by it."""
        return {
            "name": self.name,
            "what": self.what,
            "value": rounded(self.value),
            "unit": self.unit,
            "target": self.target,
            "bound": str(self.bound),
            "reached": self.reached,
            "details": {key: _plain(value) for key, value in self.details.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How repeated measurements of one thing are spread."""

    count: int
    best: float
    median: float
    p99: float
    worst: float

    def as_json(self, *, factor: float = 1.0) -> dict[str, float]:
        """The same in another unit: `factor` 1000 makes milliseconds out of seconds."""
        times = (("best", self.best), ("median", self.median))
        ends = (("p99", self.p99), ("worst", self.worst))
        scaled = {name: rounded(value * factor) for name, value in (*times, *ends)}
        return {"count": self.count, **scaled}


def spread(values: Sequence[float]) -> Spread:
    """Of at least one value. Percentiles are values that were measured, never between two."""
    return Spread(
        count=len(values),
        best=min(values),
        median=percentile(values, 50),
        p99=percentile(values, 99),
        worst=max(values),
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def rounded(value: float, digits: int = 4) -> float:
    """To so many significant digits, whole numbers of more digits as they are."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, max(0, digits - 1 - math.floor(math.log10(abs(value)))))


def _plain(value: object) -> object:
    if isinstance(value, float):
        return rounded(value)
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value
