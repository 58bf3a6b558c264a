"""How long a roadmap takes to read, and how that grows with its length."""

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.figure import Figure, rounded, spread
from benchmarks.machine import ROOT
from coffee_maker.roadmap.file import read_text
from coffee_maker.roadmap.parser import RoadmapParser

FOUNDING_LINES = 2_343
SIZES = (FOUNDING_LINES, 12_500, 25_000, 50_000, 100_000)
GROWTH = 1.5  # time per line, large over small, that still counts as linear

_TASK_LINES = 60  # with the founding roadmap's mix of prose, boxes, fences and tables


def measure(scratch: Path, quick: bool) -> list[Figure]:  # noqa: ARG001, FBT001 - see `Bench`
    text, source = founding_roadmap()
    return [_founding(text, source, 5 if quick else 20), _growth(2 if quick else 5)]


def founding_roadmap() -> tuple[str, str]:
    """A real document of that length where one is at hand, else one that is made; and which."""
    beside = ROOT.parent / "shared" / "seeds"
    folder = Path(os.environ.get("COFFEE_MAKER_SEEDS", beside))
    for path in sorted(folder.glob("*.txt")):
        text = read_text(path)
        if text.count("\n") == FOUNDING_LINES:
            return text, "the founding roadmap"
    return generated_roadmap(FOUNDING_LINES), "a generated roadmap of its size"


def generated_roadmap(lines: int) -> str:
    """A roadmap of exactly so many lines; tasks depend on the one before."""
    written = ["# Roadmap", ""]
    number = 0
    while len(written) < lines:
        number += 1
        written += _task(number)
    return "\n".join(written[:lines]) + "\n"


def _task(number: int) -> list[str]:
    head = [
        f"### 🔴 **PRIORITY {number}: Title of the task {number}** ⚡ NEW",
        "",
        "**Estimated Duration**: 2-3 weeks",
        "**Impact**: ⭐⭐⭐⭐⭐",
        "**Status**: 📝 Planned",
        *([f"**Dependency**: PRIORITY {number - 1}"] if number > 1 else []),
        "",
        "#### Deliverables",
        *(f"- [ ] **Part {part}**: `module_{part}.py` with its tests" for part in range(8)),
        "",
        "```python",
        *(f"- [ ] not_a_box({line})" for line in range(12)),
        "```",
        "",
        "| column | other |",
        "|---|---|",
        *(f"| row {row} | text with **bold** and `code` |" for row in range(6)),
        "",
    ]
    prose = "Words that explain the task, with a [link](https://example.com) and *emphasis*."
    return [*head, *[prose] * (_TASK_LINES - len(head) - 1), ""]


def _founding(text: str, source: str, times: int) -> Figure:
    parser = RoadmapParser()
    parser.parse(text)
    taken = spread([_seconds(partial(parser.parse, text)) for _ in range(times)])
    return Figure(
        name="parsing.founding",
        what=f"parse {source}, {FOUNDING_LINES:,} lines",
        value=taken.median * 1000,
        unit="ms",
        target=60,
        details={"document": source, "milliseconds": taken.as_json(factor=1000)},
    )


def _growth(times: int) -> Figure:
    parser = RoadmapParser()
    best = {}
    for size in SIZES:
        text = generated_roadmap(size)
        best[size] = min(_seconds(partial(parser.parse, text)) for _ in range(times))
    per_line = {size: seconds / size for size, seconds in best.items()}
    return Figure(
        name="parsing.growth",
        what="time per line at 100,000 lines over that at 2,343 (1: linear)",
        value=per_line[SIZES[-1]] / per_line[SIZES[0]],
        unit="×",
        target=GROWTH,
        details={
            "milliseconds": {str(size): rounded(taken * 1000) for size, taken in best.items()},
            "microseconds_per_line": {
                str(n): rounded(taken * 1e6) for n, taken in per_line.items()
            },
        },
    )


def _seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
