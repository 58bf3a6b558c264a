"""How soon Claude Code goes on when a person has answered, wherever they did."""

import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

from benchmarks.bench import CannotMeasure
from benchmarks.children import COFFEE_MAKER, bare_python, clean_environment, seconds_of
from benchmarks.figure import Figure, percentile, spread
from benchmarks.hook_client import Hooks
from benchmarks.machine import ROOT
from benchmarks.project import SampleProject, sample_project
from benchmarks.scripted_session import settings_file, workspace_folder
from coffee_maker.clock import RealClock
from coffee_maker.domain.question import Question
from coffee_maker.links import Signer
from coffee_maker.store.store import Store
from tests.support.fake_slack import FakeSlack, Posted

TIMES, QUICK_TIMES = 100, 15
P95_MS = 300
WAYS = {
    "slack": "a click in Slack",
    "web": "a signed link's form sent",
    "inbox": "`coffee-maker inbox answer` started",
}

T = TypeVar("T")

_KEY = "made up for this measurement"
_PATIENCE_SECONDS = 30.0
# Answers fall on every moment between two looks of whoever looks again and again.
_THINKING_SECONDS, _GOLDEN = 0.1, 0.618034

_SETTINGS = """\
[agent]
kind = "scripted"
script = "script.toml"

[channels.terminal]
enabled = false

[channels.slack]
enabled = true
bot_token = "{slack.bot_token}"
app_token = "{slack.app_token}"
channel = "{slack.channel}"
users = ["U1"]
api_url = "{slack.url}"

[web]
enabled = true
port = 0
public_url = "https://coffee.example.com"
secret = "{key}"
"""


class NotHeld(Exception):
    """A hook was answered before, or in another way than, a person answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the answers go: Slack, the page's address, the project, and its store."""

    slack: FakeSlack
    address: str
    project: SampleProject
    environment: Mapping[str, str]
    store: Store


class Agent:
    """Claude Code's side: posts the hooks of calls that no rule allows, and is kept waiting."""

    def __init__(self, scratch: Path, session: str) -> None:
        self._hooks = Hooks(settings_file(scratch, session))
        self._common = {
            "session_id": session,
            "cwd": str(workspace_folder(scratch)),
            "prompt_id": "p",
            "permission_mode": "default",
        }
        self._calls = 0
        self._went_on = 0.0
        self._answer: dict[str, object] = {}

    @contextmanager
    def asks(self) -> Iterator[Callable[[], float]]:
        """A call is held inside; what is given waits for it to go on, and says when it did."""
        self._calls += 1
        call = {
            **self._common,
            "tool_name": "Bash",
            "tool_input": {"command": f"make release-{self._calls}"},
        }
        named = {"tool_use_id": f"toolu_{self._calls:024d}"}
        self._hooks.post({**call, **named, "hook_event_name": "PreToolUse"})
        held = threading.Thread(target=self._hold, args=({**call},), daemon=True)
        held.start()

        def went_on() -> float:
            held.join(_PATIENCE_SECONDS)
            if '"allow"' not in repr(self._answer).replace("'", '"'):
                raise NotHeld(repr(self._answer))
            return self._went_on

        yield went_on
        self._hooks.post({**call, **named, "hook_event_name": "PostToolUse"})

    def stop(self) -> None:
        """The turn is over."""
        self._hooks.post(
            {**self._common, "hook_event_name": "Stop", "last_assistant_message": "Done."}
        )

    def close(self) -> None:
        """Post no more hooks."""
        self._hooks.close()

    def _hold(self, call: dict[str, object]) -> None:
        self._answer = {}
        _, self._answer = self._hooks.post({**call, "hook_event_name": "PermissionRequest"})
        self._went_on = time.perf_counter()


def measure(scratch: Path, quick: bool) -> list[Figure]:  # noqa: FBT001 - see `Bench`
    return figures(scratch, QUICK_TIMES if quick else TIMES)


def figures(scratch: Path, times: int) -> list[Figure]:
    """Of so many answers on each way. Raises NotHeld, CannotMeasure."""
    environment = clean_environment(scratch / "home")
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    start_up: list[float] = []
    worked: list[float] = []
    with _place(scratch, environment) as place, _agent(scratch, place.project) as agent:
        for number in range(-1, times):  # the first of each warms the files up
            for way in WAYS:
                busy = _childrens_seconds()
                seconds = _once(way, agent, place, number)
                if number >= 0:
                    taken[way].append(seconds)
            worked.append(_childrens_seconds() - busy)  # that of the last way, the inbox
            start_up.append(seconds_of(bare_python(), environment))
    return [
        *(_figure(way, taken[way]) for way in WAYS),
        _start_up(start_up[1:], taken["inbox"], worked[1:]),
    ]


def _figure(way: str, seconds: list[float]) -> Figure:
    return Figure(
        name=f"answering.{way}",
        what=f"{WAYS[way]} → Claude Code goes on, p95",
        value=percentile(seconds, 95) * 1000,
        unit="ms",
        target=P95_MS,
        details={"milliseconds": spread(seconds).as_json(factor=1000)},
    )


def _childrens_seconds() -> float:
    """Of the processor, by the programs that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _start_up(bare: list[float], inbox: list[float], worked: list[float]) -> Figure:
    """What of the inbox's time a Python that does nothing takes as well."""
    return Figure(
        name="answering.inbox.python",
        what="a Python that does nothing, from start to end",
        value=percentile(bare, 50) * 1000,
        unit="ms",
        details={
            "milliseconds": spread(bare).as_json(factor=1000),
            "inbox_processor_to_exit_milliseconds": spread(worked).as_json(factor=1000),
            "share_of_inbox_percent": 100 * percentile(bare, 50) / percentile(inbox, 50),
        },
    )


def _once(way: str, agent: Agent, place: Place, number: int) -> float:
    """Seconds from a person's answer until the held call goes on."""
    with agent.asks() as went_on:
        question = _open_question(place.store)
        posted = _posted(place.slack, question)
        time.sleep((number + 1) * _GOLDEN % 1 * _THINKING_SECONDS)
        began = time.perf_counter()
        _answer(way, place, question, posted)
        return went_on() - began


def _answer(way: str, place: Place, question: Question, posted: Posted) -> None:
    match way:
        case "slack":
            place.slack.click(posted, "yes")
        case "web":
            _send_form(place.address, question)
        case _:
            seconds_of(
                [COFFEE_MAKER, "inbox", "answer", question.code, "yes"],
                place.environment,
                place.project.folder,
            )


def _send_form(address: str, question: Question) -> None:
    """As a browser that has the page open; the connection is made anew."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=_PATIENCE_SECONDS)
    token = Signer(_KEY).sign(question.id, "slack", "ana")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", f"/a/{token}", "answer=yes", headers)
    reply = connection.getresponse()
    page = reply.read()
    connection.close()
    if reply.status != 200:
        raise NotHeld(f"{reply.status} {page[:2000]!r}")


def _open_question(store: Store) -> Question:
    return _until(lambda: next(iter(store.questions.open()), None))


def _posted(slack: FakeSlack, question: Question) -> Posted:
    """The card of a question, with its buttons, once it is there."""
    return _until(
        lambda: next(
            (
                posted
                for posted in reversed(list(slack.posted.values()))
                if posted.buttons and question.code in posted.words()
            ),
            None,
        )
    )


def _until(find: Callable[[], T | None]) -> T:
    end = time.monotonic() + _PATIENCE_SECONDS
    while (found := find()) is None:
        if time.monotonic() > end:
            raise NotHeld("the question was not asked")
        time.sleep(0.005)
    return found


@contextmanager
def _place(scratch: Path, environment: Mapping[str, str]) -> Iterator[Place]:
    """The daemon's side, with a Slack that it has found."""
    with FakeSlack() as slack:
        settings = _SETTINGS.format(slack=slack, key=_KEY)
        project = sample_project(scratch / "telling", environment, settings, done=True)
        with (
            _child("benchmarks.telling_daemon", str(project.folder)) as address,
            Store(project.state / "journal.db", RealClock()) as store,
        ):
            slack.wait(slack.is_connected)
            yield Place(
                slack=slack, address=address, project=project, environment=environment, store=store
            )


@contextmanager
def _agent(scratch: Path, project: SampleProject) -> Iterator[Agent]:
    session, journal = str(uuid4()), str(project.state / "journal.db")
    with (
        _child("benchmarks.asking_worker", str(scratch), journal, session),
        closing(Agent(scratch, session)) as agent,
    ):
        yield agent
        agent.stop()


@contextmanager
def _child(module: str, *arguments: str) -> Iterator[str]:
    """A process of ours, and the line that it says when it is ready. It is gone at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        said = process.stdout.readline().strip() if process.stdout else ""
        if not said:
            raise CannotMeasure(f"{module} did not start")
        yield said
        process.communicate(timeout=_PATIENCE_SECONDS)
    finally:
        process.kill()
        process.wait()
