"""A worker whose agent asks what no rule answers: a process of its own, as in the product.

    python -m benchmarks.asking_worker FOLDER JOURNAL SESSION

Says a line when the hooks of SESSION may be posted; ends when the turn has been ended (Stop).
"""

import sys
from pathlib import Path

from benchmarks.scripted_session import ready_exchange
from coffee_maker.clock import RealClock
from coffee_maker.domain.policy import Policy
from coffee_maker.store.store import Store


def main(folder: str, journal: str, session: str) -> None:
    with (
        Store(Path(journal), RealClock()) as store,
        ready_exchange(Path(folder), store, Policy([]), session) as exchange,
    ):
        print("ready", flush=True)  # noqa: T201 - read by the one who started this
        exchange.turn("Begin.")


if __name__ == "__main__":
    main(*sys.argv[1:])
