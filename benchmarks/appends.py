"""How many events a second become durable."""

import os
import time
from pathlib import Path

from benchmarks.figure import Bound, Figure, spread
from coffee_maker.clock import RealClock
from coffee_maker.store.store import Store
from tests.support.filled_journal import typical

TARGET = 3_000  # a second


def measure(scratch: Path, quick: bool) -> list[Figure]:  # noqa: FBT001 - see `Bench`
    rounds, count = (2, 1_000) if quick else (5, 5_000)
    syncs = spread([_syncs(scratch / f"raw-{n}", count // 5) for n in range(rounds)])
    with Store(scratch / "journal.db", RealClock()) as store:
        rates = spread([_appends(store, count) for _ in range(rounds)])
    return [
        Figure(
            name="appends",
            what="durable appends to the journal (SQLite, fsync each)",
            value=rates.median,
            unit="/s",
            target=TARGET,
            bound=Bound.AT_LEAST,
            details={
                "per_second": {"median": rates.median, "best": rates.worst, "worst": rates.best},
                "bare_4_kb_write_and_fdatasync_per_second": syncs.median,
            },
        )
    ]


def _appends(store: Store, count: int) -> float:
    event = typical()
    begin = time.perf_counter()
    for _ in range(count):
        store.journal.append(event, task="PRIORITY 1")
    return count / (time.perf_counter() - begin)


def _syncs(path: Path, count: int) -> float:
    """What the disk itself can do: the bound that no journal on it can pass."""
    block = bytes(4096)
    file = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        begin = time.perf_counter()
        for _ in range(count):
            os.write(file, block)
            os.fdatasync(file)
        return count / (time.perf_counter() - begin)
    finally:
        os.close(file)
