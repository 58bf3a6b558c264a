"""How long Claude Code waits at a hook until a rule has decided, the journal's commits included."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

from benchmarks.children import clean_environment
from benchmarks.figure import Figure, percentile, spread
from coffee_maker.autonomous.exchange import Exchange
from coffee_maker.autonomous.guard import Guard
from coffee_maker.autonomous.open_questions import OpenQuestions
from coffee_maker.claude.interface import ClaudeCLIInterface
from coffee_maker.claude.scripted.agent import command
from coffee_maker.claude.session import ClaudeSession
from coffee_maker.clock import RealClock
from coffee_maker.domain.change import Workspace
from coffee_maker.domain.events import ToolChecked
from coffee_maker.domain.facts import Facts
from coffee_maker.domain.policy import Policy
from coffee_maker.domain.question import ALLOW
from coffee_maker.domain.rules import Rule
from coffee_maker.domain.session import Ready
from coffee_maker.store.store import Store

CALLS = 500
P50_MS, P99_MS = 10, 30
COMMAND = "python -m pytest -q tests/store"

_SCRIPT = 'tasks = [ { match = "", turns = [ [ "I begin.", { hang = true } ] ] } ]\n'


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
    workspace = _workspace(scratch)
    session_id = str(uuid4())
    agent = _agent(scratch)
    with Store(scratch / "state" / "journal.db", RealClock()) as store:
        session = agent.open(workspace, session=session_id, resume=False)
        try:
            exchange = _exchange(session, session_id, workspace, store)
            if not isinstance(exchange.until_ready(), Ready):
                raise CallsLost(f"the scripted agent did not start:\n{session.screen}")
            settings = scratch / "state" / "sessions" / session_id / "settings.json"
            with _client(settings, session_id, workspace, calls) as client:
                exchange.turn("Begin.")
                told, _ = client.communicate(timeout=60)
        finally:
            session.close()
        journalled = sum(1 for _ in store.journal.read(kinds=(ToolChecked.kind,)))
    if journalled != calls:
        raise CallsLost(f"{journalled} of {calls} calls are in the journal")
    return dict(json.loads(told))


def _client(
    settings: Path, session: str, workspace: Workspace, calls: int
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "benchmarks.hook_client", str(settings)),
            *(session, str(workspace.path), COMMAND, str(calls)),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )


def _agent(scratch: Path) -> ClaudeCLIInterface:
    script = scratch / "script.toml"
    script.write_text(_SCRIPT)
    return ClaudeCLIInterface(
        command(script),
        name="scripted agent",
        state_dir=scratch / "state" / "sessions",
        environment={
            **clean_environment(scratch / "home"),
            "CLAUDE_CONFIG_DIR": str(scratch / "claude"),
        },
    )


def _exchange(session: ClaudeSession, id: str, workspace: Workspace, store: Store) -> Exchange:
    rule = Rule(name="tests", answer=ALLOW, source="settings", tool="Bash(python -m pytest:*)")
    return Exchange(
        session,
        id=id,
        task=workspace.task,
        attempt=1,
        context={"title": "Bench", "branch": workspace.branch},
        guard=Guard(workspace.path),
        questions=OpenQuestions(
            box=store.questions,
            clock=RealClock(),
            policy=Policy([rule]),
            measure=lambda _: Facts(),
            park_days=7,
        ),
        journal=store.journal,
    )


def _workspace(scratch: Path) -> Workspace:
    folder = scratch / "workspace"
    folder.mkdir()
    return Workspace(
        task="PRIORITY 1",
        path=folder,
        branch="feature/bench",
        target="main",
        base_commit="0" * 40,
    )
