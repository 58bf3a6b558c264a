"""A question that nobody answers at once: the line goes on, and its answer reopens the session."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TypeVar

import psutil
import pytest

from coffee_maker.autonomous.daemon import DevDaemon, Mode
from coffee_maker.cli.demo import make_sample
from coffee_maker.domain.events import (
    AnswerDelivered,
    Entry,
    PromptSent,
    QuestionAsked,
    SessionOpened,
    TaskDelivered,
    TaskParked,
    TaskStarted,
)
from coffee_maker.domain.question import ALLOW, Answer, AnsweredBy, Question
from coffee_maker.project import open_project
from coffee_maker.rooms import open_store
from coffee_maker.store.store import Store
from coffee_maker.wiring import daemon_parts, planner

Kind = TypeVar("Kind")

ALLOWED = Answer(value=ALLOW, by=AnsweredBy.PERSON, who="ana", channel="inbox")
COMMAND = "test -n release"

REPORT = """Done.

- [x] `seconds("1h 30m")` understands hours, minutes and seconds together — part1.py
- [x] A test for every unit — tests/test_part1.py"""

SCRIPT = f"""
[[tasks]]
match = "roadmap: PRIORITY 1."
turns = [
  [
    {{ write = "part1.py", content = "x = 1\\n" }},
    {{ write = "tests/test_part1.py", content = "# a test\\n" }},
    {{ run = "{COMMAND}", permission = "ask" }},
    "This is not reached.",
  ],
  [
    {{ run = "{COMMAND} && echo yes > allowed.txt", description = "x" }},
    {{ run = "{COMMAND}", permission = "ask" }},
    {{ run = "git add -A && git commit -qm 'feat: part 1'" }},
    '''{REPORT}''',
  ],
]

[[tasks]]
match = "roadmap: PRIORITY 2."
turns = [
  [
    {{ write = "part2.py", content = "x = 2\\n" }},
    {{ write = "tests/test_part2.py", content = "# a test\\n" }},
    {{ run = "git add -A && git commit -qm 'feat: part 2'" }},
    '''Done.

- [x] A function `words(seconds)` that says it in words — part2.py
- [x] A test for it — tests/test_part2.py''',
  ],
]
"""

TEXT_SCRIPT = f"""
[[tasks]]
match = "roadmap: PRIORITY 1."
turns = [
  [ {{ ask = "Which password shall I use?" }} ],
  [
    {{ write = "part1.py", content = "x = 1\\n" }},
    {{ write = "tests/test_part1.py", content = "# a test\\n" }},
    {{ run = "git add -A && git commit -qm 'feat: part 1'" }},
    '''{REPORT}''',
  ],
]
"""

SETTINGS = """
state_dir = "{state}"

[agent]
kind = "scripted"
script = "{script}"

[gates]
test_command = "true"

[questions]
deadline_seconds = {patience}

[[questions.rules]]
tool = "Bash(test:*)"
answer = "{answer}"
"""


def make(folder: Path, *, script: str = SCRIPT, answer: str = "park", patience: int = 300) -> Path:
    project = make_sample(folder)
    (folder / "script.toml").write_text(script)
    (project / "coffee_maker.toml").write_text(
        SETTINGS.format(
            state=folder / "state",
            script=folder / "script.toml",
            answer=answer,
            patience=patience,
        )
    )
    return project


def events(store: Store, kind: type[Kind], task: str) -> list[Kind]:
    return [e.event for e in store.journal.read(task=task) if isinstance(e.event, kind)]


class Ana:
    """Looks on, and answers whatever is open as soon as PRIORITY 2 is delivered."""

    def __init__(self, project: Path, answer: Answer) -> None:
        self._project, self._answer = project, answer

    def show(self, entry: Entry) -> None:
        if isinstance(entry.event, TaskDelivered) and entry.task == "PRIORITY 2":
            answer_all(self._project, self._answer)

    def tick(self) -> None: ...


def answer_all(project: Path, answer: Answer) -> None:
    with open_store(project) as store:
        for question in store.questions.open():
            assert store.questions.answer(question.id, answer)


def test_a_parked_task_goes_on_when_it_is_answered(tmp_path: Path) -> None:
    """Another task is delivered meanwhile; the same session is resumed, and asked nothing twice."""
    project = make(tmp_path / "demo")

    daemon = DevDaemon(parts=daemon_parts(project), watcher=Ana(project, ALLOWED))
    daemon.run(mode=Mode.UNTIL_DONE)

    with open_store(project) as store:
        delivered = [e.task for e in store.journal.read(kinds=(TaskDelivered.kind,))]
        (parked,) = events(store, TaskParked, "PRIORITY 1")
        opened = events(store, SessionOpened, "PRIORITY 1")
        asked = [e.question.text for e in events(store, QuestionAsked, "PRIORITY 1")]
        first, second = events(store, PromptSent, "PRIORITY 1")
        attempts = [e.attempt for e in events(store, TaskStarted, "PRIORITY 1")]
        told = [e.question for e in events(store, AnswerDelivered, "PRIORITY 1")]
        (done,) = events(store, TaskDelivered, "PRIORITY 1")
    assert ["PRIORITY 2", "PRIORITY 1"] == delivered[:2]
    assert [False, True] == [one.resumed for one in opened]
    assert opened[0].session == opened[1].session
    assert 1 == len([text for text in asked if COMMAND in text])
    assert [1, 1] == attempts
    assert "You asked:" in second.text
    assert "The answer is: allow" in second.text
    assert "You asked:" not in first.text
    assert set(parked.questions) <= set(told)
    assert parked.reason.startswith("waits for an answer: ")
    assert done.waited_seconds <= done.seconds


def test_a_free_text_answer_is_the_first_thing_said(tmp_path: Path) -> None:
    """A critical question is parked by silence; until then its task says how it is answered."""
    project = make(tmp_path / "demo", script=TEXT_SCRIPT, patience=1)

    assert not DevDaemon(parts=daemon_parts(project)).run(task="PRIORITY 1")

    waiting = {p.id: why for p, why in planner(open_project(project)).look().waiting}
    with open_store(project) as store:
        (question,) = store.questions.open()
    code = question.code
    assert (
        f"waits for an answer ({code}): coffee-maker inbox answer {code}" == (waiting["PRIORITY 1"])
    )
    answer_all(project, Answer(value="None, leave it out.", by=AnsweredBy.PERSON, who="ana"))
    assert DevDaemon(parts=daemon_parts(project)).run(mode=Mode.ONCE)
    with open_store(project) as store:
        _, second = events(store, PromptSent, "PRIORITY 1")
        told = [e.question for e in events(store, AnswerDelivered, "PRIORITY 1")]
        assert 1 == len(events(store, TaskDelivered, "PRIORITY 1"))
    assert "Which password shall I use?" in second.text
    assert "The answer is: None, leave it out." in second.text
    assert [question.id] == told


def test_a_task_that_is_run_while_it_waits_keeps_its_question(tmp_path: Path) -> None:
    """It goes on, waits for the same answer, and parks again: nobody is asked twice."""
    project = make(tmp_path / "demo", script=TEXT_SCRIPT, patience=1)

    for _ in range(2):
        assert not DevDaemon(parts=daemon_parts(project)).run(task="PRIORITY 1")

    with open_store(project) as store:
        assert 1 == len(store.questions.open())
        assert 1 == len(events(store, QuestionAsked, "PRIORITY 1"))
        assert 1 == len(events(store, PromptSent, "PRIORITY 1"))


@pytest.mark.parametrize("answered", ["before the restart", "after the restart"])
def test_a_question_outlives_a_killed_daemon(tmp_path: Path, answered: str) -> None:
    """kill -9 of daemon and worker: the question stays, its answer counts, it was asked once."""
    project = make(tmp_path / "demo", answer="ask")
    running = subprocess.Popen(
        [sys.executable, "-P", "-m", "coffee_maker", "run", "--repo", str(project), "--once"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    question = wait_for_question(project)
    kill(running)
    with open_store(project) as store:
        assert [question.id] == [one.id for one in store.questions.open()]
    if answered == "before the restart":
        answer_all(project, ALLOWED)

    again = subprocess.Popen(
        [sys.executable, "-P", "-m", "coffee_maker", "run", "--repo", str(project), "--once"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    if answered == "after the restart":
        wait_for_sessions(project, 2)
        time.sleep(0.5)
        answer_all(project, ALLOWED)
    assert 0 == again.wait(60)

    with open_store(project) as store:
        asked = [e.question for e in events(store, QuestionAsked, "PRIORITY 1")]
        assert [question.id] == [one.id for one in asked if one.text == question.text]
        assert [False, True] == [e.resumed for e in events(store, SessionOpened, "PRIORITY 1")]
        assert question.id in [e.question for e in events(store, AnswerDelivered, "PRIORITY 1")]
        assert 1 == len(events(store, TaskDelivered, "PRIORITY 1"))
        assert () == store.questions.open()


def wait_for_question(project: Path) -> Question:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with open_store(project) as store:
            found = store.questions.open()
        if found:
            return found[0]
        time.sleep(0.05)
    raise AssertionError("nothing was asked")


def wait_for_sessions(project: Path, number: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with open_store(project) as store:
            if len(events(store, PromptSent, "PRIORITY 1")) == number:
                return
        time.sleep(0.05)
    raise AssertionError("no session was opened")


def kill(daemon: "subprocess.Popen[bytes]") -> None:
    """The daemon first, so that it cannot tell of its worker's death; then the worker."""
    children = psutil.Process(daemon.pid).children()
    os.kill(daemon.pid, signal.SIGKILL)
    daemon.wait()
    for child in children:
        child.kill()
    psutil.wait_procs(children, timeout=20)
