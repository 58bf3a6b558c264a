"""The scripted agent behind ClaudeCLIInterface: the code that drives Claude Code drives it too."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest

from coffee_maker.claude.interface import ClaudeCLIInterface
from coffee_maker.claude.scripted.agent import command
from coffee_maker.domain.change import Workspace
from coffee_maker.domain.ports import CodingSession
from coffee_maker.domain.question import ALLOW, DENY, Answer, AnsweredBy, QuestionKind
from coffee_maker.domain.session import (
    Asking,
    Failed,
    FailureKind,
    Lost,
    Observation,
    Paused,
    Ready,
    ToolCalled,
    TurnEnded,
    Used,
)
from coffee_maker.domain.usage import Tally, TokenCount

ALLOWED = Answer(value=ALLOW, by=AnsweredBy.RULE)
Open = Callable[..., CodingSession]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.fixture
def play(tmp_path: Path, work: Path, clean_environment: Path) -> Iterator[Open]:
    """Opens a session on a script of these turns; called without turns, resumes it."""
    script = tmp_path / "script.json"
    session = str(uuid4())
    opened: list[CodingSession] = []

    def start(*turns: list[Any], trust: bool = False) -> CodingSession:
        if turns:
            content = {"trust": trust, "tasks": [{"match": "", "turns": list(turns)}]}
            script.write_text(json.dumps(content))
        agent = ClaudeCLIInterface(command(script), name="scripted", state_dir=tmp_path / "state")
        workspace = Workspace(task="1", path=work, branch="b", target="main", base_commit="0")
        opened.append(agent.open(workspace, session=session, resume=not turns))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def until(session: CodingSession, *kinds: type[Observation]) -> list[Observation]:
    """All that is observed up to the first of these kinds; tools are let through on the way."""
    seen: list[Observation] = []
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found = session.observe(0.5)
        if found is None:
            continue
        seen.append(found)
        if isinstance(found, kinds):
            return seen
        if isinstance(found, ToolCalled):
            session.answer(found.call.id, ALLOWED)
    raise AssertionError(f"none of {kinds} among {seen}")


def last(session: CodingSession, *kinds: type[Observation]) -> Any:
    return until(session, *kinds)[-1]


def begin(session: CodingSession, text: str = "Do the task\nwell") -> None:
    last(session, Ready)
    session.say(text)


def test_a_turn_is_seen_from_ready_to_its_end(play: Open, work: Path) -> None:
    """The version, the tools, the tokens and the last message, in this order."""
    session = play(
        [
            {"tokens": {"input": 5, "output": 7, "repeat": 2, "growing": True}},
            "I begin.",
            {"write": "a.txt", "content": "hello"},
            "All done.",
        ],
        trust=True,
    )
    ready = last(session, Ready)
    session.say("Do it")
    seen = until(session, TurnEnded)

    assert Ready(version="0.1.0-scripted") == ready
    assert ["Write"] == [one.call.tool for one in seen if isinstance(one, ToolCalled)]
    used = Tally(one.answer for one in seen if isinstance(one, Used))
    assert {"claude-sonnet-5": TokenCount(input=5, output=7)} == used.per_model()
    assert TurnEnded(text="All done.") == seen[-1]
    assert "hello" == (work / "a.txt").read_text()


@pytest.mark.parametrize(("value", "done"), [(ALLOW, True), (DENY, False)])
def test_a_permission_is_asked_and_answered(value: str, done: bool, play: Open, work: Path) -> None:
    """The answer decides whether the command runs; the turn goes on either way."""
    session = play([{"run": "touch done", "permission": "ask"}, "On."])
    begin(session)
    asked = last(session, Asking)
    answered = session.answer(asked.id, Answer(value=value, by=AnsweredBy.PERSON, message="no"))

    assert (QuestionKind.PERMISSION, "Bash") == (asked.kind, asked.tool_call.tool)
    assert answered
    assert TurnEnded(text="On.") == last(session, TurnEnded)
    assert done == (work / "done").exists()


def test_a_tool_that_is_never_allowed_does_not_run(play: Open, work: Path) -> None:
    """Also one that nobody would have been asked about."""
    session = play([{"run": "touch done"}, "On."])
    begin(session)
    called = last(session, ToolCalled)
    session.answer(called.call.id, Answer(value=DENY, by=AnsweredBy.NEVER, message="never"))

    assert TurnEnded(text="On.") == last(session, TurnEnded)
    assert not (work / "done").exists()


def test_a_choice_is_asked_and_answered(play: Open, work: Path) -> None:
    """The label that was chosen reaches the agent."""
    session = play([{"choose": "Which colour?", "options": ["Red", "Blue"]}, "On."])
    begin(session)
    asked = last(session, Asking)
    session.answer(asked.id, Answer(value="Blue", by=AnsweredBy.PERSON))
    ended = last(session, TurnEnded)
    transcript = next(Path.home().glob(".claude/projects/*/*.jsonl")).read_text()

    assert (QuestionKind.CHOICE, "Which colour?") == (asked.kind, asked.text)
    assert ["Red", "Blue"] == [option.label for option in asked.options]
    assert TurnEnded(text="On.") == ended
    assert '\\"Which colour?\\"=\\"Blue\\"' in transcript


def test_a_question_in_words_is_answered_with_the_next_message(play: Open) -> None:
    """It is the end of a turn, and what is said next is the reply."""
    session = play([{"ask": "Should I?"}], ["As you like."])
    begin(session)
    assert TurnEnded(text="Should I?") == last(session, TurnEnded)
    session.say("no")

    assert TurnEnded(text="As you like.") == last(session, TurnEnded)


def test_a_spent_plan_pauses_the_session(play: Open) -> None:
    """With the time at which it goes on; afterwards the next message is taken."""
    session = play([{"limit": "You've hit your session limit · resets 4pm (UTC)"}], ["Back."])
    begin(session)
    paused = last(session, Paused)
    session.say("go on")

    assert (16, 0) == (paused.until.hour, paused.until.minute)
    assert TurnEnded(text="Back.") == last(session, TurnEnded)


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ({"error": "authentication_failed", "message": "Invalid API key"}, FailureKind.LOGIN),
        ({"error": "billing_error", "message": "Credit balance is too low"}, FailureKind.BILLING),
        ({"error": "overloaded"}, FailureKind.OVERLOADED),
    ],
)
def test_failures_are_told_by_kind(step: dict[str, str], kind: FailureKind, play: Open) -> None:
    """What the next step depends on."""
    session = play([step])
    begin(session)

    assert kind is last(session, Failed).kind


def test_an_agent_that_hangs_is_closed_by_us(play: Open, tmp_path: Path) -> None:
    """Nothing of it is left, however stubborn it is."""
    session = play([{"hang": True, "stubborn": True}])
    begin(session)
    assert session.observe(0.5) is None
    assert _playing(tmp_path)
    session.close()

    assert not _playing(tmp_path)


def _playing(folder: Path) -> list[int]:
    """Processes that play a script in this folder."""
    found = psutil.process_iter(["cmdline"])
    return [p.pid for p in found if str(folder / "script.json") in (p.info["cmdline"] or [])]


def _runs(pid: int) -> bool:
    """A process that was killed but that nobody waits for does not run."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(("how", "code"), [(7, 7), ("SIGKILL", -signal.SIGKILL)])
def test_a_crash_is_a_loss(how: object, code: int, play: Open) -> None:
    """With the exit code, and what stood on the screen."""
    session = play(["Before.", {"crash": how}])
    begin(session)
    lost = last(session, Lost)

    assert code == lost.exit_code
    assert "Before." in lost.screen


def test_a_lost_session_is_resumed_behind_the_turn_it_died_in(play: Open) -> None:
    """The same session goes on with its next turn."""
    session = play([{"crash": "SIGKILL"}], ["Second."])
    begin(session)
    last(session, Lost)
    session.close()
    with closing(play()) as resumed:
        begin(resumed, "and now?")

        assert TurnEnded(text="Second.") == last(resumed, TurnEnded)


def test_what_a_killed_driver_left_running_ends_before_the_session_goes_on(
    play: Open, tmp_path: Path
) -> None:
    """Two agents never work in one folder: the old one is ended when the session is resumed."""
    session = play([{"hang": True, "stubborn": True}], ["Second."])
    begin(session)
    assert session.observe(0.5) is None
    (old,) = _playing(tmp_path)
    resumed = play()  # as a new process would, after a SIGKILL of the one that held `session`
    last(resumed, Ready)

    assert not _runs(old)


def test_a_background_process_does_not_outlive_the_session(play: Open, work: Path) -> None:
    """Not even one in a session of its own, whose parent is gone."""
    session = play([{"background": "setsid sh -c 'echo $$ > pid; exec sleep 60' &"}])
    begin(session)
    last(session, TurnEnded)
    end = time.monotonic() + 10
    while not (work / "pid").exists() or not (work / "pid").read_text():
        assert time.monotonic() < end
        time.sleep(0.02)
    pid = int((work / "pid").read_text())
    session.close()

    assert not _runs(pid)


def test_a_long_message_with_hostile_text_arrives_as_it_is(play: Open) -> None:
    """Many lines, wide characters and the words of a dialog do not confuse either side."""
    text = "task\n" + "\n".join(f"line {n} ü 💡 ❯ 1. Yes" for n in range(300)) + "\nEsc to cancel"
    session = play(["Read."])
    begin(session, text)
    ended = last(session, TurnEnded)
    transcript = next(Path.home().glob(".claude/projects/*/*.jsonl")).read_text()

    assert TurnEnded(text="Read.") == ended
    assert text == json.loads(transcript.splitlines()[0])["message"]["content"]
