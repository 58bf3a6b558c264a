"""How long Claude Code waits at a hook until a rule has decided, the journal's commits included."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

from benchmarks.figure import Figure, percentile, spread
from benchmarks.scripted_session import ready_exchange, settings_file, workspace_folder
from coffee_maker.clock import RealClock
from coffee_maker.domain.events import ToolChecked
from coffee_maker.domain.policy import Policy
from coffee_maker.domain.question import ALLOW
from coffee_maker.domain.rules import Rule
from coffee_maker.store.store import Store

CALLS = 500
P50_MS, P99_MS = 10, 30
COMMAND = "python -m pytest -q tests/store"


class CallsLost(Exception):
    """Fewer calls were journalled than were made."""


def measure(scratch: Path, quick: bool) -> list[Figure]:  # noqa: FBT001 - see `Bench`
    calls = 50 if quick else CALLS
    waits = _waits(scratch, calls)
    return [
        _figure(event, waits[event], percent, target)
        for event in ("PreToolUse", "PermissionRequest")
        for percent, target in ((50, P50_MS), (99, P99_MS))
    ]


def _figure(event: str, seconds: list[float], percent: int, target: float) -> Figure:
    return Figure(
        name=f"hooks.{event}.p{percent}",
        what=f"{event} → decision by rule, p{percent}",
        value=percentile(seconds, percent) * 1000,
        unit="ms",
        target=target,
        details={"milliseconds": spread(seconds).as_json(factor=1000)},
    )


def _waits(scratch: Path, calls: int) -> dict[str, list[float]]:
    """Seconds that each hook was waited for, by event."""
    session = str(uuid4())
    rule = Rule(name="tests", answer=ALLOW, source="settings", tool="Bash(python -m pytest:*)")
    with Store(scratch / "state" / "journal.db", RealClock()) as store:
        with (
            ready_exchange(scratch, store, Policy([rule]), session) as exchange,
            _client(scratch, session, calls) as client,
        ):
            exchange.turn("Begin.")
            told, _ = client.communicate(timeout=60)
        journalled = sum(1 for _ in store.journal.read(kinds=(ToolChecked.kind,)))
    if journalled != calls:
        raise CallsLost(f"{journalled} of {calls} calls are in the journal")
    return dict(json.loads(told))


def _client(scratch: Path, session: str, calls: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "benchmarks.hook_client", str(settings_file(scratch, session))),
            *(session, str(workspace_folder(scratch)), COMMAND, str(calls)),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
