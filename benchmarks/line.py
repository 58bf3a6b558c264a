"""The whole line against the bare `claude -p` that it cannot be faster than."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.bench import CannotMeasure
from benchmarks.children import COFFEE_MAKER, clean_environment, git, seconds_of
from benchmarks.figure import Figure, percentile, spread
from benchmarks.phases import durations, marks, median_durations
from benchmarks.project import CODE, DELIVERABLE, FILE, TASK_TEXT, SampleProject, sample_project
from coffee_maker.clock import RealClock
from coffee_maker.domain.events import Entry, TaskDelivered
from coffee_maker.store.store import Store
from tests.support.messages_api import MessagesAPI, Turn, prepare_home, says, uses
from tests.support.needs import CLAUDE_VERSIONS, claude_code

ROUNDS = 7
MORE_SECONDS = 2.0

_SETTINGS = """\
[agent]
command = "{claude}"
pass_environment = ["ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"]

[questions]
auto_approve = true

[gates]
test_command = "true"

[git]
forge = "local"
"""
# What the line sets for its own sessions as well, so that both start alike.
_CLAUDE = {
    "TERM": "xterm-256color",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_TELEMETRY": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRun:
    """One delivery: from process start to exit, and how that time is divided."""

    seconds: float
    phases: dict[str, float]


def measure(scratch: Path, quick: bool) -> list[Figure]:  # noqa: FBT001 - see `Bench`
    return [_version(scratch / version, version, 2 if quick else ROUNDS) for version in _versions()]


def _versions() -> Sequence[str]:
    """Those that are installed; newest last. Raises CannotMeasure."""
    found = [version for version in CLAUDE_VERSIONS if _binary(version)]
    if not found:
        raise CannotMeasure("Claude Code is not installed here: run `make test` with npm installed")
    return found


def _binary(version: str) -> Path | None:
    try:
        return claude_code(version)
    except (pytest.skip.Exception, pytest.fail.Exception):
        return None


def _version(scratch: Path, version: str, rounds: int) -> Figure:
    claude = claude_code(version)
    home = scratch / "home"
    environment = {**clean_environment(home), **_CLAUDE}
    prepare_home(home)
    numbers = itertools.count()
    lines: list[LineRun] = []
    bare: list[float] = []
    for turn in range(-1, rounds):  # the first of each warms the files up
        line = _line(scratch / f"{next(numbers)}", claude, environment)
        seconds = _bare(scratch / f"{next(numbers)}", claude, environment)
        if turn >= 0:
            lines.append(line)
            bare.append(seconds)
    return _figure(version, lines, bare)


def _figure(version: str, lines: Sequence[LineRun], bare: Sequence[float]) -> Figure:
    whole = [line.seconds for line in lines]
    more = percentile(whole, 50) - percentile(bare, 50)
    return Figure(
        name=f"line.{version}",
        what=f"whole line beyond `claude -p`, Claude Code {version}",
        value=more,
        unit="s",
        target=MORE_SECONDS,
        details={
            "version": version,
            "line_seconds": spread(whole).as_json(),
            "bare_seconds": spread(bare).as_json(),
            "ratio": percentile(whole, 50) / percentile(bare, 50),
            "phases_seconds": median_durations([line.phases for line in lines]),
            "pairs_more_seconds": [line - one for line, one in zip(whole, bare, strict=True)],
        },
    )


def _line(folder: Path, claude: Path, environment: dict[str, str]) -> LineRun:
    made = sample_project(folder, environment, _SETTINGS.format(claude=claude))
    with _api() as api:
        clock = RealClock()
        began = clock.now().timestamp()
        seconds = seconds_of(
            [COFFEE_MAKER, "run", "--once"], {**environment, **api.environment()}, made.folder
        )
    entries = _journal(made)
    if not any(isinstance(entry.event, TaskDelivered) for entry in entries) or api.overruns:
        raise CannotMeasure(f"the task was not delivered: {[e.event.kind for e in entries]}")
    return LineRun(seconds=seconds, phases=durations(list(marks(entries)), began, began + seconds))


def _bare(folder: Path, claude: Path, environment: dict[str, str]) -> float:
    made = sample_project(folder, environment, "")
    with _api() as api:
        command = [str(claude), "-p", TASK_TEXT, "--allowedTools", "Write,Bash"]
        seconds = seconds_of(command, {**environment, **api.environment()}, made.folder)
    if FILE not in git(made.folder, environment, "show", "--stat") or api.overruns:
        raise CannotMeasure("claude -p did not do the task")
    return seconds


def _journal(made: SampleProject) -> list[Entry]:
    with Store(made.state / "journal.db", RealClock()) as store:
        return list(store.journal.read())


def _api() -> MessagesAPI:
    """The three turns, the same for both."""
    api = MessagesAPI()
    api.script(*_turns())
    return api


def _turns() -> Iterator[Turn]:
    commit = f"git add {FILE} && git commit -qm 'feat: greet people'"
    yield uses("Write", file_path=FILE, content=CODE)
    yield uses("Bash", command=commit)
    yield says(f"Done.\n\n- [x] {DELIVERABLE} — {FILE}")
