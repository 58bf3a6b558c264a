"""The file of results: one JSON object, to which each benchmark adds its figures."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.figure import Figure

Results = dict[str, Any]


def load(path: Path) -> Results:
    """What was measured before, or the beginning of a new file."""
    if path.exists():
        return dict(json.loads(path.read_text()))
    return {"machine": {}, "benches": {}}


def save(path: Path, results: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


def measured(figures: Sequence[Figure], *, busy: float, quick: bool) -> Results:
    """One benchmark's figures, with when and in which company they were taken."""
    return {
        "taken": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": machine.commit(),
        "quick": quick,
        "busy_percent_before": busy,
        "load": list(machine.load()),
        "figures": [figure.as_json() for figure in figures],
    }
