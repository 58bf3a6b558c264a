"""What the line loses when mail is swallowed and Slack is away."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench import CannotMeasure
from benchmarks.children import COFFEE_MAKER, clean_environment, seconds_of
from benchmarks.figure import Figure, percentile, spread
from benchmarks.project import CODE, DELIVERABLE, FILE, sample_project
from coffee_maker.clock import RealClock
from coffee_maker.domain.events import ChannelFailed, Entry, QuestionAsked, TaskDelivered
from coffee_maker.store.store import Store

PAIRS, WORK_SECONDS = 12, 10.0
QUICK_PAIRS, QUICK_WORK_SECONDS = 1, 5.0
MORE_PERCENT = 2.0

# One question that nobody answers, so that both channels are in trouble while the line works.
_SCRIPT = f"""\
[[tasks]]
match = ""
turns = [[
  "I look around first.",
  {{ use = "WebFetch", input = {{ url = "https://docs.example.com/", prompt = "names" }} }},
  {{ write = "{FILE}", content = '''
{CODE}''' }},
  {{ think = @SECONDS@ }},
  {{ run = "git add {FILE} && git commit -qm 'feat: greet people'" }},
  {{ say = '''Done.

- [x] {DELIVERABLE} — {FILE}''' }},
]]
"""

_SETTINGS = """\
[agent]
kind = "scripted"
script = "script.toml"

[questions]
deadline_seconds = 1

[gates]
test_command = "true"

[git]
forge = "local"

[channels.terminal]
enabled = false
"""

_DEAD = """
[channels.slack]
enabled = true
bot_token = "xoxb-made-up"
app_token = "xapp-made-up"
channel = "C01"
users = ["U1"]
api_url = "http://127.0.0.1:{closed}/api/"

[channels.email]
enabled = true
smtp_host = "127.0.0.1"
smtp_port = {silent}
smtp_security = "none"
sender = "bot@example.com"
to = ["ana@example.com"]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Seconds from process start: to the pull request, and to the exit."""

    delivered: float
    ended: float
    failed: frozenset[str]


def measure(scratch: Path, quick: bool) -> list[Figure]:  # noqa: FBT001 - see `Bench`
    pairs, seconds = (QUICK_PAIRS, QUICK_WORK_SECONDS) if quick else (PAIRS, WORK_SECONDS)
    environment = clean_environment(scratch / "home")
    without: list[Run] = []
    dead: list[Run] = []
    with _silent() as silent, _closed() as closed:
        settings = {
            "without": _SETTINGS,
            "dead": _SETTINGS + _DEAD.format(silent=silent, closed=closed),
        }
        for number in range(0 if quick else -1, pairs):  # the first pair warms the files up
            # Who goes first changes from pair to pair, so that no drift favours one of them.
            order = ("without", "dead") if number % 2 else ("dead", "without")
            runs = {
                name: _run(scratch / f"{number}-{name}", environment, settings[name], seconds)
                for name in order
            }
            if number >= 0:
                without.append(runs["without"])
                dead.append(runs["dead"])
    return [
        _figure(
            "whole",
            "wall time of the line",
            [run.ended for run in without],
            [run.ended for run in dead],
            dead,
        ),
        _figure(
            "delivery",
            "time to the pull request",
            [run.delivered for run in without],
            [run.delivered for run in dead],
            dead,
        ),
    ]


def _figure(
    name: str, what: str, without: Sequence[float], dead: Sequence[float], runs: Sequence[Run]
) -> Figure:
    more = [100 * (b - a) / a for a, b in zip(without, dead, strict=True)]
    seconds = [b - a for a, b in zip(without, dead, strict=True)]
    return Figure(
        name=f"dead_channels.{name}",
        what=f"{what} with a dead SMTP and a dead Slack, beyond that without channels",
        value=percentile(more, 50),
        unit="%",
        target=MORE_PERCENT,
        details={
            "pairs_percent": more,
            "quartiles_percent": [percentile(more, 25), percentile(more, 75)],
            "median_seconds": percentile(seconds, 50),
            "without_seconds": spread(without).as_json(),
            "dead_seconds": spread(dead).as_json(),
            "told_as_failed": sorted(frozenset().union(*(run.failed for run in runs))),
        },
    )


def _run(folder: Path, environment: dict[str, str], settings: str, seconds: float) -> Run:
    made = sample_project(folder, environment, settings)
    (made.folder / "script.toml").write_text(_SCRIPT.replace("@SECONDS@", str(seconds)))
    clock = RealClock()
    began = clock.now().timestamp()
    ended = seconds_of([COFFEE_MAKER, "run", "--once"], environment, made.folder)
    with Store(made.state / "journal.db", clock) as store:
        entries = list(store.journal.read())
    delivered = [entry for entry in entries if isinstance(entry.event, TaskDelivered)]
    if not delivered or not any(isinstance(entry.event, QuestionAsked) for entry in entries):
        raise CannotMeasure(f"it did not go as it should: {[e.event.kind for e in entries]}")
    return Run(delivered=delivered[0].at.timestamp() - began, ended=ended, failed=_failed(entries))


def _failed(entries: Sequence[Entry]) -> frozenset[str]:
    return frozenset(e.event.channel for e in entries if isinstance(e.event, ChannelFailed))


@contextmanager
def _silent() -> Iterator[int]:
    """A port where every connection is made and no word is said."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listening:
        yield int(listening.getsockname()[1])


@contextmanager
def _closed() -> Iterator[int]:
    """A port where every connection is refused; nobody else gets it meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])
