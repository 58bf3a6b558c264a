"""Figures and how repeated measurements are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figure import Bound, Figure, percentile, rounded, spread

MEASURED = st.lists(st.floats(0, 1e6), min_size=1)


@pytest.mark.parametrize(
    ("value", "target", "bound", "reached"),
    [
        (60.0, 60, Bound.AT_MOST, True),
        (60.1, 60, Bound.AT_MOST, False),
        (3_000.0, 3_000, Bound.AT_LEAST, True),
        (2_999.0, 3_000, Bound.AT_LEAST, False),
        (1.0, None, Bound.AT_MOST, None),
    ],
)
def test_a_figure_says_whether_it_is_reached(
    value: float, target: float | None, bound: Bound, reached: bool | None
) -> None:
    """The bound itself is reached; without a target there is nothing to reach."""
    figure = Figure(name="n", what="w", value=value, unit="ms", target=target, bound=bound)

    assert reached is figure.reached
    assert reached is figure.as_json()["reached"]


def test_percentiles_are_values_that_were_measured() -> None:
    """p99 of a hundred is the second largest, the median of four the second."""
    hundred = [float(n) for n in range(1, 101)]

    assert 99 == percentile(hundred, 99)
    assert 100 == percentile(hundred[50:], 99)
    assert 2 == percentile([4, 3, 2, 1], 50)
    assert 7 == percentile([7], 99)


@given(MEASURED)
def test_a_spread_is_in_order(values: list[float]) -> None:
    """Best, median, p99 and worst never cross, and all of them were measured."""
    found = spread(values)

    ordered = [found.best, found.median, found.p99, found.worst]
    assert sorted(ordered) == ordered
    assert set(ordered) <= set(values)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, 0.0), (0.0123456, 0.01235), (21.0659, 21.07), (12345.6, 12346.0), (-1.23456, -1.235)],
)
def test_figures_are_rounded_to_four_digits(value: float, expected: float) -> None:
    """More would claim what nobody measured."""
    assert expected == rounded(value)


def test_details_are_rounded_all_the_way_down() -> None:
    """Nested figures too; other things stay as they are."""
    details = {"ms": {"p50": 1.234567}, "all": [0.123456, 2], "version": "2.1.329"}
    figure = Figure(name="n", what="w", value=1, unit="s", details=details)

    assert {
        "ms": {"p50": 1.235},
        "all": [0.1235, 2],
        "version": "2.1.329",
    } == figure.as_json()["details"]
