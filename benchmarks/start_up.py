"""How soon short commands answer, also in a project with a long history."""

from pathlib import Path

from benchmarks.children import COFFEE_MAKER, bare_python, clean_environment, git, in_turns
from benchmarks.figure import Figure, spread
from coffee_maker.clock import RealClock
from coffee_maker.store.store import Store
from tests.support.filled_journal import fill

EVENTS = 1_000_000
TARGETS_MS = {"--help": 150, "status": 300}


def measure(scratch: Path, quick: bool) -> list[Figure]:  # noqa: FBT001 - see `Bench`
    events = 20_000 if quick else EVENTS
    environment = clean_environment(scratch / "home")
    project = _project(scratch, environment, events)
    commands = {
        "python -c pass": bare_python(),
        "--help": [COFFEE_MAKER, "--help"],
        "status": [COFFEE_MAKER, "status"],
        "status --json": [COFFEE_MAKER, "status", "--json"],
    }
    taken = in_turns(commands, environment, times=5 if quick else 20, cwd=project)
    spreads = {name: spread(seconds).as_json(factor=1000) for name, seconds in taken.items()}
    return [
        Figure(
            name=f"start_up.{name.strip('-')}",
            what=f"`coffee-maker {name}` with {events:,} events in the journal",
            value=spreads[name]["median"],
            unit="ms",
            target=target,
            details={"milliseconds": spreads},
        )
        for name, target in TARGETS_MS.items()
    ]


def _project(folder: Path, environment: dict[str, str], events: int) -> Path:
    """A repository whose journal holds so many events."""
    project, state = folder / "project", folder / "state"
    project.mkdir()
    git(project, environment, "init", "--quiet")
    (project / "coffee_maker.toml").write_text(f'state_dir = "{state}"\n')
    with Store(state / "journal.db", RealClock()) as store:
        fill(store, events)
    return project
