"""Settings to what runs: the daemon and its workers. `rooms` and `people` build their parts.

Everything is imported inside the function that needs it, so that a command pays for nothing else.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from coffee_maker import plugins
from coffee_maker.channel_settings import ChannelsSettings
from coffee_maker.clock import RealClock
from coffee_maker.domain.errors import ForgeError
from coffee_maker.project import Project, make_project, open_project
from coffee_maker.rooms import (
    agent_program,
    git_manager,
    make_agent,
    make_forge,
    make_gates,
    make_tests,
    project_store,
    remote_of,
)
from coffee_maker.settings import RuleSettings, Settings, WebSettings
from coffee_maker.store.daemon_lock import DaemonLock

if TYPE_CHECKING:
    from coffee_maker.autonomous.daemon import Parts, Reader, Service
    from coffee_maker.autonomous.executor import LocalProcesses
    from coffee_maker.autonomous.message_handler import MessageHandler
    from coffee_maker.autonomous.plan import Planner
    from coffee_maker.autonomous.supervision import Supervision
    from coffee_maker.autonomous.worker import Worker
    from coffee_maker.domain.ports import Channel
    from coffee_maker.store.store import Store


# Variables with which the daemon reaches people.
_PEOPLES = ("COFFEE_MAKER_CHANNELS__", "COFFEE_MAKER_WEB__")


class Screen(Protocol):
    """Who draws on the terminal, and stands back while somebody types."""

    def hold(self) -> None: ...

    def go_on(self) -> None: ...


def planner(project: Project) -> Planner:
    """Who says what is next."""
    from coffee_maker.autonomous.plan import Planner

    store = project_store(project)
    try:
        forge = make_forge(project, store) if project.settings.git.create_prs else None
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
        environment={n: value for n, value in os.environ.items() if not n.startswith(_PEOPLES)},
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
    agent_program(project)  # what cannot work is said before anything is begun
    forge = make_forge(project, store) if project.settings.git.create_prs else None
    clock = RealClock()
    supervised = _supervised(store, clock)
    return Parts(
        planner=Planner(manager, store.journal, project.roadmap, forge, questions=store.questions),
        journal=store.journal,
        executor=executor,
        notifier=make_notifier(project, store, window=_window(screen, clock), handler=handler),
        services=(*_services(project, store), *supervised),
        readers=(*_readers(project, store), *supervised),
        clock=clock,
        lock=DaemonLock(project.state_dir),
        roadmap=project.roadmap,
        watch_seconds=project.settings.watch_seconds,
        questions=store.questions,
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


def _supervised(store: Store, clock: RealClock) -> tuple[Supervision, ...]:
    """Who tells the service manager that started us, if one did, how the daemon does."""
    if "NOTIFY_SOCKET" not in os.environ:
        return ()
    from coffee_maker.autonomous.supervision import supervision

    told = supervision(os.environ, store.journal, clock)
    return () if told is None else (told,)


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
    tests = make_tests(project)
    head_tests = HeadTests(tests)  # one run serves all gates, and the rules that hang on it
    forge = make_forge(project, store) if chosen.git.create_prs else None
    rooms = Rooms(
        agent=make_agent(project),
        workspaces=manager,
        repository=manager,
        tests=tests,
        head_tests=head_tests,
        gates=make_gates(head_tests, chosen.gates.ignore_secrets_in),
        forge=forge,
        questions=store.questions,
        policy=policy_of(chosen),
        park_days=chosen.questions.park_days,
        journal=store.journal,
        record=Record(store.journal, load_prices()),
        clock=clock,
        has_remote=remote_of(project) is not None,
    )
    threading.Thread(target=_import_ahead, daemon=True).start()
    return Worker(
        rooms,
        planner=Planner(manager, store.journal, project.roadmap, forge, questions=store.questions),
        roadmap=project.roadmap,
        rounds=chosen.gates.rounds,
        never=never_of(chosen),
    )


def _import_ahead() -> None:
    """What is wanted only later, and takes long: the terminal 0.1 s, the secret scan 0.2 s."""
    from coffee_maker.gates.secrets import find_secrets

    import_module("coffee_maker.claude.session")

    find_secrets("")


def _window(screen: Screen | None, clock: RealClock) -> Channel | None:
    """A person can be asked in this window where there is one: keyboard and screen."""
    if screen is None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    from coffee_maker.channels.terminal import TerminalChannel

    def write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    return TerminalChannel(sys.stdin, write, screen, clock)
