"""The script, and the benchmarks that are quick enough to be run as a test."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks import answering
from benchmarks.bench import BENCHES
from benchmarks.machine import ROOT
from benchmarks.parsing import FOUNDING_LINES, generated_roadmap
from coffee_maker.roadmap.parser import RoadmapParser

BENCH = ROOT / "scripts" / "bench.py"


def test_help_shows_an_example() -> None:
    """Without measuring anything."""
    done = subprocess.run(
        [sys.executable, str(BENCH), "--help"], capture_output=True, text=True, check=True
    )

    assert "scripts/bench.py --only appends --quick" in done.stdout


@pytest.mark.parametrize("name", ["appends", "hooks", "rules"])
def test_a_benchmark_measures_something(name: str, tmp_path: Path) -> None:
    """Real rooms, few repetitions: every figure is positive and has a target."""
    figures = BENCHES[name].measure(tmp_path, quick=True)

    assert figures
    assert all(figure.value > 0 and figure.target for figure in figures)


def test_questions_are_answered_exactly_once(tmp_path: Path) -> None:
    """A hundred of them, by eight processes: what is to be reached is reached."""
    figures = BENCHES["questions"].measure(tmp_path, quick=True)

    assert {"answers": 100, "duplicates": 0, "lost": 0} == {
        figure.name.removeprefix("questions."): figure.value for figure in figures[:3]
    }
    assert all(figure.reached for figure in figures[:3])
    assert figures[3].value > 0


def test_answers_are_timed_on_every_way(tmp_path: Path) -> None:
    """Each of them lets the held call go on, and every way has the same target."""
    found = answering.figures(tmp_path, 1)

    assert [f"answering.{way}" for way in answering.WAYS] == [f.name for f in found if f.target]
    assert {answering.P95_MS} == {figure.target for figure in found if figure.target}
    assert all(0 < figure.value < 10_000 for figure in found)


@pytest.mark.parametrize("name", BENCHES)
def test_what_is_listed_can_be_measured(name: str) -> None:
    """Its module is there, and has what is called."""
    assert callable(import_module(f"benchmarks.{name}").measure)


@pytest.mark.parametrize("lines", [FOUNDING_LINES, 5_000])
def test_a_generated_roadmap_has_the_length_that_was_asked_for(lines: int) -> None:
    """Exactly, and it can be read."""
    text = generated_roadmap(lines)

    assert lines == text.count("\n")
    assert lines // 60 <= len(RoadmapParser().parse(text).priorities)
