"""Results as tables, and documents that hold them."""

import pytest

from benchmarks.bench import BENCHES
from benchmarks.figure import Bound, Figure
from benchmarks.machine import ROOT
from benchmarks.table import NoPlace, amount, figures_table, put_between, with_import_times

MACHINE = {
    "cpu": "A processor",
    "cores": 2,
    "memory_mb": 8_000,
    "kernel": "6.1",
    "python": "3.11.7",
    "git": "2.39",
    "claude": ["2.1.197", "2.1.329"],
}


def measured(*figures: Figure) -> dict[str, object]:
    return {"figures": [figure.as_json() for figure in figures]}


def test_a_table_tells_what_was_reached_and_what_was_not() -> None:
    """In the order of the benchmarks; figures without a target are left to the JSON file."""
    appends = Figure(
        name="a", what="appends", value=2_900, unit="/s", target=3_000, bound=Bound.AT_LEAST
    )
    parsing = Figure(name="p", what="parse", value=37.24, unit="ms", target=60)
    click = Figure(name="i", what="import click", value=45, unit="ms")
    benches = {
        "imports": measured(click),
        "appends": measured(appends),
        "parsing": measured(parsing),
    }

    assert """\
A processor, 2 cores, 8 GB; Linux 6.1, Python 3.11.7, git 2.39, Claude Code 2.1.197, 2.1.329.

| what | measured | to reach | |
|---|---|---|---|
| parse | 37.2 ms | ≤ 60 ms | ✅ |
| appends | 2,900 /s | ≥ 3,000 /s | ❌ |""" == figures_table(
        {"machine": MACHINE, "benches": benches}
    )


def test_the_phases_of_the_line_stand_beside_each_other() -> None:
    """One column a version, each stretch with its share."""
    lines = [
        Figure(
            name=f"line.{version}",
            what=f"line {version}",
            value=1.5,
            unit="s",
            target=2,
            details={
                "version": version,
                "phases_seconds": {"workspace": 0.5, "gates": gates},
                "line_seconds": {"median": 3.0},
                "bare_seconds": {"median": 1.5},
            },
        )
        for version, gates in (("1.0", 0.5), ("2.0", 1.5))
    ]
    table = figures_table({"machine": MACHINE, "benches": {"line": measured(*lines)}})

    assert (
        """\
| phase of the line | 1.0 | 2.0 |
|---|---|---|
| workspace | 0.50 s (50 %) | 0.50 s (25 %) |
| gates | 0.50 s (50 %) | 1.50 s (75 %) |
| **whole line** | 3 s | 3 s |
| `claude -p` | 1.5 s | 1.5 s |"""
        in table
    )


def test_a_document_keeps_everything_around_its_table() -> None:
    """What stood between the comments goes; doing it twice changes nothing more."""
    document = "# Top\n<!-- x: begin -->\nold\n<!-- x: end -->\nbelow\n"
    once = put_between(document, "x", "new")

    assert "# Top\n<!-- x: begin -->\nnew\n<!-- x: end -->\nbelow\n" == once
    assert once == put_between(once, "x", "new")
    with pytest.raises(NoPlace):
        put_between("# no comments", "x", "new")


def test_only_the_import_column_of_known_packages_changes() -> None:
    """Whatever else the table of dependencies says stays as it is."""
    document = (
        "| package | what for | import |\n|---|---|---|\n"
        "| click | the command line | 45 ms |\n| psycopg (extra `x`) | db | 210 ms |\n"
        "| other | text | 1 ms |\n\nclick | prose\n"
    )
    found = with_import_times(document, {"click": 31.6, "psycopg": 99.2})

    assert (
        "| package | what for | import |\n|---|---|---|\n"
        "| click | the command line | 32 ms |\n| psycopg (extra `x`) | db | 99 ms |\n"
        "| other | text | 1 ms |\n\nclick | prose\n"
    ) == found


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3_512.4, "3,512 /s"), (37.24, "37.2 /s"), (0.654, "0.65 /s"), (2.0, "2 /s")],
)
def test_amounts_have_three_figures_at_most(value: float, expected: str) -> None:
    """As people read them."""
    assert expected == amount(value, "/s")


def test_the_documents_have_a_place_for_the_tables() -> None:
    """So that `--write-docs` works, and every benchmark's method is told."""
    document = (ROOT / "docs" / "benchmarks.md").read_text()

    put_between(put_between(document, "figures", ""), "methods", "")
    assert all(f"- **{name}**: " in document for name in BENCHES)
