"""Settings to the rooms of the house: store, git, forge, agent, tests and gates.

Like `wiring`, of which it is a part, this names concrete classes, and imports each where it is
used.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coffee_maker.clock import RealClock
from coffee_maker.domain.errors import ConfigError, ForgeError
from coffee_maker.project import Project, open_project
from coffee_maker.settings import Settings

if TYPE_CHECKING:
    from coffee_maker.autonomous.undo import Desk
    from coffee_maker.domain.ports import CodingAgent, Forge, Gate, TestRunner
    from coffee_maker.gates.head_tests import HeadTests
    from coffee_maker.git.local_review import LocalReview
    from coffee_maker.git.manager import GitManager
    from coffee_maker.git.remote_url import RemoteUrl
    from coffee_maker.store.store import Store


def open_store(start: Path | None) -> Store:
    """The project's store, for reading and answering. Raises StoreError."""
    return project_store(open_project(start))


def open_review(start: Path | None) -> LocalReview:
    """The pull requests that are kept here."""
    from coffee_maker.git.local_review import LocalReview
    from coffee_maker.git.review_repository import ReviewRepository

    project = open_project(start)
    return LocalReview(
        project_store(project).pull_requests,
        ReviewRepository(project.folder, project.settings.git.remote),
    )


def project_store(project: Project) -> Store:
    """The project's database. Raises StoreError."""
    from coffee_maker.store.store import Store

    return Store(project.store_location, RealClock())


def git_manager(project: Project) -> GitManager:
    """The git room, on the project's repository."""
    from coffee_maker.git.manager import GitManager

    chosen = project.settings.git
    return GitManager(
        project.folder, project.state_dir, base=chosen.base or None, remote=chosen.remote
    )


def open_desk(project: Project, store: Store, by: str) -> Desk:
    """What people's decisions about tasks are carried out with."""
    from coffee_maker.autonomous.undo import Desk
    from coffee_maker.store.daemon_lock import DaemonLock

    manager = git_manager(project)
    return Desk(
        journal=store.journal,
        questions=store.questions,
        repository=manager,
        workspaces=manager,
        forge=lambda: make_forge(project, store),
        opens_pull_requests=project.settings.git.create_prs,
        by=by,
        daemon=DaemonLock(project.state_dir).holder(),
    )


@dataclass(frozen=True, kw_only=True)
class AgentProgram:
    """How the agent is started, and what it is called."""

    command: tuple[str, ...]
    name: str
    environment: Mapping[str, str]


def agent_program(project: Project) -> AgentProgram:
    """Raises ClaudeMissing, ConfigError: what cannot start is said before anything is begun."""
    chosen = project.settings.agent
    if chosen.kind == "scripted":
        from coffee_maker.claude.scripted.agent import command

        if not chosen.script:
            raise ConfigError(
                "the scripted agent has no script", cure='set `script = "FILE"` under [agent]'
            )
        return AgentProgram(
            command=command(project.script),
            name="scripted agent",
            environment={"CLAUDE_CONFIG_DIR": str(project.state_dir / "scripted")},
        )
    from coffee_maker.claude.program import find_claude

    program = find_claude(chosen.command or None)
    return AgentProgram(
        command=(str(program.path),),
        name=f"Claude Code {program.version}",
        environment=agent_environment(project.settings),
    )


def make_agent(project: Project) -> CodingAgent:
    from coffee_maker.claude.interface import ClaudeCLIInterface

    program, chosen = agent_program(project), project.settings.agent
    return ClaudeCLIInterface(
        program.command,
        name=program.name,
        state_dir=project.state_dir / "sessions",
        model=chosen.model or None,
        environment=program.environment,
        ready_seconds=chosen.ready_seconds,
        recordings=project.recordings_dir,
        sockets=project.live_dir,
    )


def agent_environment(settings: Settings) -> dict[str, str]:
    """The variables of ours that the agent gets because the settings name them."""
    names = settings.agent.pass_environment
    return {name: os.environ[name] for name in names if name in os.environ}


def make_forge(project: Project, store: Store) -> Forge:
    """Where pull requests go. Raises ForgeError, where gh is wanted and cannot be used."""
    from coffee_maker.git.local_forge import LocalForge

    repository = forge_repository(project)
    wanted = project.settings.git.forge
    if wanted == "local" or (wanted == "auto" and repository is None):
        return LocalForge(store.pull_requests)
    if repository is None:
        raise ForgeError(
            "the remote is no repository on GitHub, so gh cannot open pull requests there",
            cure='set `forge = "local"` under [git] to keep them here',
        )
    from coffee_maker.git.gh_check import check_gh
    from coffee_maker.git.gh_forge import GhForge
    from coffee_maker.git.gh_program import GhProgram

    gh = GhProgram(os.environ)
    check = check_gh(gh, repository.host)
    if not check.ok:
        own = 'or set `forge = "local"` under [git] to keep the pull requests here'
        raise ForgeError(f"{check.name}: {check.detail}", cure=f"{check.cure}, {own}")
    return GhForge(repository, gh=gh, clock=RealClock())


def forge_repository(project: Project) -> RemoteUrl | None:
    """The repository on GitHub behind the remote, or None where the remote is something else."""
    from coffee_maker.git.remote_url import parse_remote

    address = remote_of(project)
    return parse_remote(address) if address else None


def remote_of(project: Project) -> str | None:
    from coffee_maker.git.upstream import remote_address

    return remote_address(project.folder, project.settings.git.remote)


def make_tests(project: Project) -> TestRunner:
    from coffee_maker.gates.test_runner import ProjectTests

    chosen = project.settings.gates
    return ProjectTests(
        command=chosen.test_command,
        timeout_seconds=chosen.test_timeout_seconds,
        python=project_python(project),
        passed=chosen.pass_environment,
    )


def project_python(project: Project) -> str:
    """The project's own environment where it has one: that is where its test runner is."""
    own = project.folder / ".venv" / "bin" / "python"
    return str(own) if own.exists() else "python3"


def make_gates(head: HeadTests, ignored: Sequence[str]) -> tuple[Gate, ...]:
    from coffee_maker.gates.deliverables_gate import DeliverablesGate
    from coffee_maker.gates.secrets_gate import SecretsGate
    from coffee_maker.gates.tests_gate import TestsGate
    from coffee_maker.gates.weakened_gate import WeakenedTestsGate

    return (TestsGate(head), WeakenedTestsGate(head), SecretsGate(ignored), DeliverablesGate())
