"""The real session with the scripted agent in it, which hangs while others post its hooks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.children import clean_environment
from coffee_maker.autonomous.exchange import Exchange
from coffee_maker.autonomous.guard import Guard
from coffee_maker.autonomous.open_questions import OpenQuestions
from coffee_maker.claude.interface import ClaudeCLIInterface
from coffee_maker.claude.scripted.agent import command
from coffee_maker.clock import RealClock
from coffee_maker.domain.change import Workspace
from coffee_maker.domain.facts import Facts
from coffee_maker.domain.policy import Policy
from coffee_maker.domain.session import Ready
from coffee_maker.store.store import Store

TASK = "PRIORITY 1"
_SCRIPT = 'tasks = [ { match = "", turns = [ [ "I begin.", { hang = true } ] ] } ]\n'


class AgentMissing(Exception):
    """The scripted agent did not start; the text is its screen."""


@contextmanager
def ready_exchange(scratch: Path, store: Store, policy: Policy, id: str) -> Iterator[Exchange]:
    """One that waits for its first turn, in an empty workspace below `scratch`.

    `settings_file` tells where its hooks are to be posted. Raises AgentMissing.
    """
    workspace = _workspace(scratch)
    session = _agent(scratch).open(workspace, session=id, resume=False)
    try:
        exchange = Exchange(
            session,
            id=id,
            task=TASK,
            attempt=1,
            context={"title": "Bench", "branch": workspace.branch},
            guard=Guard(workspace.path),
            questions=OpenQuestions(
                box=store.questions,
                clock=RealClock(),
                policy=policy,
                measure=lambda _: Facts(),
                park_days=7,
            ),
            journal=store.journal,
        )
        if not isinstance(exchange.until_ready(), Ready):
            raise AgentMissing(session.screen)
        yield exchange
    finally:
        session.close()


def settings_file(scratch: Path, id: str) -> Path:
    """What the session was started with."""
    return scratch / "sessions" / id / "settings.json"


def workspace_folder(scratch: Path) -> Path:
    """Where the agent works."""
    return scratch / "workspace"


def _agent(scratch: Path) -> ClaudeCLIInterface:
    script = scratch / "script.toml"
    script.write_text(_SCRIPT)
    return ClaudeCLIInterface(
        command(script),
        name="scripted agent",
        state_dir=scratch / "sessions",
        environment={
            **clean_environment(scratch / "home"),
            "CLAUDE_CONFIG_DIR": str(scratch / "claude"),
        },
    )


def _workspace(scratch: Path) -> Workspace:
    folder = workspace_folder(scratch)
    folder.mkdir()
    return Workspace(
        task=TASK, path=folder, branch="feature/bench", target="main", base_commit="0" * 40
    )
