"""What `doctor` looks at: everything that a run needs, as a run would find it."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from coffee_maker.people import BUILDERS
from coffee_maker.project import Project, open_project
from coffee_maker.rooms import (
    agent_environment,
    forge_repository,
    git_manager,
    project_python,
    project_store,
)
from coffee_maker.settings import Settings

if TYPE_CHECKING:
    from coffee_maker.domain.check import Check


def checks(start: Path | None) -> Iterator[Check]:
    """Everything that a run needs, one after the other, each as soon as it is known."""
    from coffee_maker.gates.test_command import check_test_command
    from coffee_maker.git.gh_check import check_gh
    from coffee_maker.git.gh_program import GhProgram
    from coffee_maker.git.identity import find_identity
    from coffee_maker.git.upstream import check_remote

    project = open_project(start)
    chosen = project.settings
    yield from _agent_checks(chosen)
    yield (identity := find_identity(project.folder))
    yield (remote := check_remote(project.folder, chosen.git.remote))
    repository = forge_repository(project) if remote.ok else None
    if repository is not None and chosen.git.forge != "local":
        yield check_gh(GhProgram(os.environ), repository.host)
    yield check_test_command(
        project.folder, command=chosen.gates.test_command, python=project_python(project)
    )
    yield _channels_check(chosen)
    yield from _rules_check(chosen)
    yield _versions_check()
    state_opens = yield from _check_state(project)
    if state_opens and identity.ok and remote.ok:  # else it would end at the same, told twice
        yield from _check_roadmap(project)


def _versions_check() -> Check:
    import platform
    import sqlite3

    from coffee_maker import __version__
    from coffee_maker.machine import versions_check

    versions = {
        "coffee_maker": __version__,
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "git": _git_version(),
    }
    return versions_check({name: version for name, version in versions.items() if version})


def _git_version() -> str:
    """As in "git version 2.39.5 (Apple Git-154)"; empty where that was told by another check."""
    import subprocess

    try:
        told = subprocess.run(["git", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return next(iter(told.stdout.split()[2:]), "")


def _check_state(project: Project) -> Generator[Check, None, bool]:
    """The disk, the file system, and the clock by the journal; whether the journal opens."""
    import shutil

    from coffee_maker.domain.check import Check
    from coffee_maker.domain.errors import StoreError
    from coffee_maker.machine import clock_check, disk_check, file_system_check

    folder = next(f for f in (project.state_dir, *project.state_dir.parents) if f.exists())
    yield disk_check(project.state_dir, shutil.disk_usage(folder).free)
    where = project.store_location
    if not str(where).startswith(("postgresql://", "postgres://")):
        database = Path(str(where).removeprefix("sqlite:///")).expanduser().resolve()
        yield (file_system := file_system_check(database, _mounts()))
        if not file_system.ok:
            return False  # looking into it would be using it
    try:
        newest = _newest(project)
    except StoreError as error:
        yield Check(name="state", ok=False, detail=str(error), cure=error.cure)
        return False
    yield clock_check(newest, datetime.now(UTC))
    return True


def _newest(project: Project) -> datetime | None:
    with project_store(project) as store:
        entry = next(store.journal.read(after=store.journal.last() - 1), None)
    return entry.at if entry else None


def _mounts() -> list[tuple[str, str]]:
    import psutil

    return [(one.mountpoint, one.fstype.lower()) for one in psutil.disk_partitions(all=True)]


def _rules_check(settings: Settings) -> Iterator[Check]:
    """A warning where a rule can never match, since there is no such tool."""
    from coffee_maker.domain.check import Check
    from coffee_maker.domain.tools import unknown_tools
    from coffee_maker.settings_rules import never_of, rules_of

    if unknown := unknown_tools((*never_of(settings), *rules_of(settings))):
        yield Check(name="rules", ok=True, detail=f"warning: {'; '.join(unknown)}")


def _channels_check(settings: Settings) -> Check:
    """Where people are asked; whether they are reached only `channels test` can tell."""
    from coffee_maker.domain.check import Check

    chosen = settings.channels
    names = [name for name in ("terminal", *BUILDERS) if getattr(chosen, name).enabled]
    lacking = [
        f"{name} has no {' and no '.join(missing)}"
        for name in names
        if (missing := getattr(chosen, name).lacks())
    ]
    if lacking:
        return Check(
            name="channels",
            ok=False,
            detail="; ".join(lacking),
            cure="set it in coffee_maker.toml, or in the environment of the daemon and of this",
        )
    linked = [name for name in names if name in ("discord", "teams", "webhook")]
    if chosen.slack.enabled and chosen.slack.webhook_url:
        linked.append("slack")
    detail = ", ".join(names) or "none: questions wait in `coffee-maker inbox`"
    if linked and not settings.web.public_url:
        without = f"without web.public_url, {' and '.join(linked)} can tell but not be answered on"
        detail = f"{detail}; {without}"
    if chosen.email.enabled and not (chosen.email.imap_host or settings.web.public_url):
        without = "without its imap_host or web.public_url, email can tell but not be answered on"
        detail = f"{detail}; {without}"
    if set(names) - {"terminal"}:
        detail = f"{detail}; `coffee-maker channels test` tries them"
    return Check(name="channels", ok=True, detail=detail)


def _check_roadmap(project: Project) -> Iterator[Check]:
    """The base branch and the roadmap as a run reads them: what is not committed does not count."""
    from coffee_maker.autonomous.plan import Planner
    from coffee_maker.domain.check import Check
    from coffee_maker.domain.errors import CoffeeMakerError, GitError, RoadmapError

    manager = git_manager(project)
    roadmap = Check(name="roadmap", ok=True, detail="")
    try:
        plan = Planner(manager, project_store(project).journal, project.roadmap).look()
        count = len(plan.roadmap.priorities)
        detail = f"{project.roadmap}: {count} {'task' if count == 1 else 'tasks'}"
        roadmap = replace(roadmap, detail="; ".join((detail, *plan.notices)))
    except RoadmapError as error:
        roadmap = replace(roadmap, ok=False, detail=str(error), cure=error.cure)
    except CoffeeMakerError as error:
        name = "base branch" if isinstance(error, GitError) else "state"
        yield Check(name=name, ok=False, detail=str(error), cure=error.cure)
        return
    yield Check(name="base branch", ok=True, detail=manager.base_branch)
    yield roadmap


def _agent_checks(settings: Settings) -> Iterator[Check]:
    from coffee_maker.claude.program import check_claude, check_login
    from coffee_maker.domain.check import Check

    if settings.agent.kind == "scripted":
        yield Check(name="agent", ok=True, detail="the scripted agent, which is built in")
        return
    yield (program := check_claude(settings.agent.command or None))
    if program.ok:
        yield check_login(settings.agent.command or None, agent_environment(settings))
