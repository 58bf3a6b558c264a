"""Settings to built objects: the only file that names the concrete classes.

Everything is imported inside the function that needs it, so that a command pays for nothing else.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from coffee_maker import plugins
from coffee_maker.channel_settings import ChannelsSettings
from coffee_maker.clock import RealClock
from coffee_maker.domain.errors import ConfigError, ForgeError
from coffee_maker.project import Project, make_project, open_project
from coffee_maker.settings import RuleSettings, Settings, WebSettings
from coffee_maker.store.daemon_lock import DaemonLock

if TYPE_CHECKING:
    from coffee_maker.autonomous.daemon import Parts, Reader, Service
    from coffee_maker.autonomous.executor import LocalProcesses
    from coffee_maker.autonomous.message_handler import MessageHandler
    from coffee_maker.autonomous.plan import Planner
    from coffee_maker.autonomous.worker import Worker
    from coffee_maker.domain.ports import Channel, CodingAgent, Forge, Gate, TestRunner
    from coffee_maker.gates.head_tests import HeadTests
    from coffee_maker.git.local_review import LocalReview
    from coffee_maker.git.manager import GitManager
    from coffee_maker.git.remote_url import RemoteUrl
    from coffee_maker.store.store import Store


class Screen(Protocol):
    """Who draws on the terminal, and stands back while somebody types."""

    def hold(self) -> None: ...

    def go_on(self) -> None: ...


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


def planner(project: Project) -> Planner:
    """Who says what is next."""
    from coffee_maker.autonomous.plan import Planner

    store = project_store(project)
    try:
        forge = _forge(project, store) if project.settings.git.create_prs else None
    except ForgeError:
        forge = None  # whoever only looks is not kept from it; `doctor` and `run` say what is wrong
    return Planner(
        git_manager(project), store.journal, project.roadmap, forge, questions=store.questions
    )


def daemon_parts(
    start: str | Path,
    overrides: Mapping[str, Any] | None = None,
    *,
    screen: Screen | None = None,
    handler: MessageHandler | None = None,
) -> Parts:
    """What a DevDaemon works with. `screen`: a terminal on which a person may be asked.

    `handler`: functions of whoever embeds it, which answer before anybody is asked.
    """
    project = with_handler(open_project(Path(start), overrides), handler)
    executor = _executor(project)
    executor.prepare()  # the first worker starts up while we look whether all is well
    try:
        return _parts(project, executor, screen, handler)
    except BaseException:
        executor.release()
        raise


def with_handler(project: Project, handler: MessageHandler | None) -> Project:
    """The project with the rules and patterns of a handler before those of its settings."""
    if handler is None:
        return project
    import msgspec

    questions = project.settings.questions
    added = [{"name": r.name, "answer": r.answer, "text": r.text} for r in handler.rules]
    chosen = msgspec.structs.replace(
        questions,
        rules=(*msgspec.convert(added, tuple[RuleSettings, ...]), *questions.rules),
        always_ask=(*handler.notify_user_patterns, *questions.always_ask),
        interaction_log_dir=handler.interaction_log_dir or questions.interaction_log_dir,
    )
    return make_project(project.folder, msgspec.structs.replace(project.settings, questions=chosen))


def _executor(project: Project) -> LocalProcesses:
    import msgspec

    from coffee_maker.autonomous.executor import LocalProcesses

    # No worker tells people anything: what opens the channels has no business in its process.
    told = msgspec.structs.replace(project.settings, channels=ChannelsSettings(), web=WebSettings())
    return LocalProcesses(
        [sys.executable, "-P", "-m", "coffee_maker", "work", str(project.folder)],
        settings=msgspec.json.encode(told),
        log=project.state_dir / "worker.log",
    )


def _parts(
    project: Project,
    executor: LocalProcesses,
    screen: Screen | None,
    handler: MessageHandler | None,
) -> Parts:
    from coffee_maker.autonomous.daemon import Parts
    from coffee_maker.autonomous.plan import Planner
    from coffee_maker.people import make_notifier

    manager, store = git_manager(project), project_store(project)
    _agent_program(project)  # what cannot work is said before anything is begun
    forge = _forge(project, store) if project.settings.git.create_prs else None
    clock = RealClock()
    return Parts(
        planner=Planner(manager, store.journal, project.roadmap, forge, questions=store.questions),
        journal=store.journal,
        executor=executor,
        notifier=make_notifier(project, store, window=_window(screen, clock), handler=handler),
        services=_services(project, store),
        readers=_readers(project, store),
        clock=clock,
        lock=DaemonLock(project.state_dir),
        roadmap=project.roadmap,
        watch_seconds=project.settings.watch_seconds,
    )


def _services(project: Project, store: Store) -> tuple[Service, ...]:
    """What is served while the daemon runs: the page for answers, if it is switched on."""
    if not project.settings.web.enabled:
        return ()
    # By name, because the web door stands above this floor, beside the command line.
    server: Service = plugins.load("coffee_maker.web.build:web_server")(project, store)
    return (server,)


def _readers(project: Project, store: Store) -> tuple[Reader, ...]:
    """Who reads along in the journal: the interaction log, where a directory is named for it."""
    directory = project.settings.questions.interaction_log_dir
    if not directory:
        return ()
    from coffee_maker.autonomous.interaction_logger import InteractionLogger
    from coffee_maker.gates.secrets import redact

    where = project.folder / Path(directory).expanduser()
    return (InteractionLogger(store.journal, store.outbox, where, redact),)


def worker(folder: Path, settings: bytes) -> Worker:
    """What the worker's process works with; `settings` as `daemon_parts` wrote them."""
    import msgspec

    from coffee_maker.autonomous.plan import Planner
    from coffee_maker.autonomous.record import Record
    from coffee_maker.autonomous.work import Rooms
    from coffee_maker.autonomous.worker import Worker
    from coffee_maker.gates.head_tests import HeadTests
    from coffee_maker.prices import load_prices
    from coffee_maker.settings_rules import never_of, policy_of

    project = make_project(folder, msgspec.json.decode(settings, type=Settings))
    chosen = project.settings
    manager, store, clock = git_manager(project), project_store(project), RealClock()
    tests = _tests(project)
    head_tests = HeadTests(tests)  # one run serves all gates, and the rules that hang on it
    forge = _forge(project, store) if chosen.git.create_prs else None
    rooms = Rooms(
        agent=_agent(project),
        workspaces=manager,
        repository=manager,
        tests=tests,
        head_tests=head_tests,
        gates=_gates(head_tests, chosen.gates.ignore_secrets_in),
        forge=forge,
        questions=store.questions,
        policy=policy_of(chosen),
        park_days=chosen.questions.park_days,
        journal=store.journal,
        record=Record(store.journal, load_prices()),
        clock=clock,
        has_remote=_remote_address(project) is not None,
    )
    threading.Thread(target=_import_ahead, daemon=True).start()
    return Worker(
        rooms,
        planner=Planner(manager, store.journal, project.roadmap, forge, questions=store.questions),
        roadmap=project.roadmap,
        rounds=chosen.gates.rounds,
        never=never_of(chosen),
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


def _import_ahead() -> None:
    """What is wanted only later, and takes long: the terminal 0.1 s, the secret scan 0.2 s."""
    from coffee_maker.gates.secrets import find_secrets

    import_module("coffee_maker.claude.session")

    find_secrets("")


@dataclass(frozen=True, kw_only=True)
class AgentProgram:
    """How the agent is started, and what it is called."""

    command: tuple[str, ...]
    name: str
    environment: Mapping[str, str]


def _agent_program(project: Project) -> AgentProgram:
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


def _agent(project: Project) -> CodingAgent:
    from coffee_maker.claude.interface import ClaudeCLIInterface

    program, chosen = _agent_program(project), project.settings.agent
    return ClaudeCLIInterface(
        program.command,
        name=program.name,
        state_dir=project.state_dir / "sessions",
        model=chosen.model or None,
        environment=program.environment,
        ready_seconds=chosen.ready_seconds,
    )


def agent_environment(settings: Settings) -> dict[str, str]:
    """The variables of ours that the agent gets because the settings name them."""
    names = settings.agent.pass_environment
    return {name: os.environ[name] for name in names if name in os.environ}


def _forge(project: Project, store: Store) -> Forge:
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

    address = _remote_address(project)
    return parse_remote(address) if address else None


def _remote_address(project: Project) -> str | None:
    from coffee_maker.git.upstream import remote_address

    return remote_address(project.folder, project.settings.git.remote)


def _tests(project: Project) -> TestRunner:
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


def _gates(head: HeadTests, ignored: Sequence[str]) -> tuple[Gate, ...]:
    from coffee_maker.gates.deliverables_gate import DeliverablesGate
    from coffee_maker.gates.secrets_gate import SecretsGate
    from coffee_maker.gates.tests_gate import TestsGate
    from coffee_maker.gates.weakened_gate import WeakenedTestsGate

    return (TestsGate(head), WeakenedTestsGate(head), SecretsGate(ignored), DeliverablesGate())


def _window(screen: Screen | None, clock: RealClock) -> Channel | None:
    """A person can be asked in this window where there is one: keyboard and screen."""
    if screen is None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    from coffee_maker.channels.terminal import TerminalChannel

    def write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    return TerminalChannel(sys.stdin, write, screen, clock)
