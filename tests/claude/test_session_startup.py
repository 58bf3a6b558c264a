"""From the start to a prompt, and what stands in the way of it."""

import json
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from coffee_maker.claude.interface import ClaudeCLIInterface
from coffee_maker.claude.session import ClaudeSession
from coffee_maker.domain.change import Workspace
from coffee_maker.domain.errors import ClaudeError, ClaudeMissing, ClaudeUnusable
from coffee_maker.domain.question import Answer, AnsweredBy, QuestionKind
from coffee_maker.domain.session import Asking, Lost, Observation, Ready, Settled, TurnEnded
from tests.claude.conftest import Start
from tests.support.messages_api import MessagesAPI, says, uses

# A program that shows a dialog nobody knows, then what the key did to it.
STRANGE = """
import sys, termios, tty
tty.setraw(0)
print("\\x1b[2J\\x1b[H  Shall the moon be full?\\r\\n", flush=True)
key = sys.stdin.read(1)
print(f"\\x1b[2J\\x1b[H{'❯' if key == chr(13) else 'no ' + repr(key)}\\r\\n" + 40 * "─", flush=True)
sys.stdin.read(1)
"""


@pytest.fixture
def strange(tmp_path: Path, project: Path) -> Iterator[ClaudeSession]:
    (tmp_path / "strange.py").write_text(STRANGE)
    session = opened(project, [sys.executable, str(tmp_path / "strange.py")], tmp_path)
    yield session
    session.close()


def opened(
    project: Path,
    command: list[str],
    tmp_path: Path,
    *,
    ready_seconds: float = 60,
    still_seconds: float = 0.3,
) -> ClaudeSession:
    agent = ClaudeCLIInterface(
        command,
        state_dir=tmp_path / "state",
        ready_seconds=ready_seconds,
        still_seconds=still_seconds,
    )
    workspace = Workspace(
        task="1", path=project, branch="feature/one", target="main", base_commit="0" * 40
    )
    return agent.open(workspace, session=str(uuid.uuid4()), resume=False)


def seen(session: ClaudeSession, seconds: float = 10) -> Observation:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if (found := session.observe(0.2)) is not None:
            return found
    raise AssertionError("nothing was observed")


@pytest.mark.claude
def test_an_unknown_key_is_not_approved(
    start: Start, api: MessagesAPI, clean_environment: Path
) -> None:
    """The CLI asks whether to use it: a person decides that, and learns where."""
    settings = json.loads((clean_environment / ".claude.json").read_text())
    settings["customApiKeyResponses"]["approved"] = []
    (clean_environment / ".claude.json").write_text(json.dumps(settings))
    talk = start()

    with pytest.raises(ClaudeUnusable, match="API key") as caught:
        talk.until(Ready)

    assert "run `claude` once" in caught.value.cure
    assert [] == api.turns


@pytest.mark.claude
def test_a_program_that_was_never_set_up(start: Start, clean_environment: Path) -> None:
    """First-run dialogs are a person's; the error says to run it once."""
    (clean_environment / ".claude.json").write_text("{}")
    talk = start()

    with pytest.raises(ClaudeUnusable) as caught:
        talk.until(Ready)

    assert "run `claude` once" in caught.value.cure


@pytest.mark.claude
def test_a_refusal_at_the_terminal_ends_the_turn(start: Start, api: MessagesAPI) -> None:
    """No hook tells of it: the question is settled, and the idle screen ends the turn."""
    api.script(uses("Write", file_path="a.txt", content="a"), says("Never said."))
    talk = start().ready()
    talk.session.say("go")
    asked = talk.asked()
    end = time.monotonic() + 10
    while "3. No" not in talk.session.screen and time.monotonic() < end:
        talk.session.observe(0.1)
    talk.session.observe(0.5)
    talk.session.type_key("3")

    settled = talk.until(Settled)
    ended = talk.until(TurnEnded)

    assert Settled(id=asked.id) == settled
    assert TurnEnded(text="") == ended
    assert [] == list(talk.cwd.iterdir())


def test_an_unknown_screen_is_a_persons(strange: ClaudeSession) -> None:
    """The text of the screen is asked about, the key that is answered is pressed."""
    asked = seen(strange)
    assert isinstance(asked, Asking)
    pressed = strange.answer(asked.id, Answer(value="Enter", by=AnsweredBy.PERSON))
    ready = seen(strange)

    assert QuestionKind.UNREADABLE is asked.kind
    assert "  Shall the moon be full?" == asked.text
    assert pressed
    assert Ready(version="") == ready
    assert not strange.answer(asked.id, Answer(value="enter", by=AnsweredBy.PERSON))


def test_any_other_answer_ends_the_session(strange: ClaudeSession) -> None:
    """Silence and words are no keys: nothing is pressed, the session is given up."""
    asked = seen(strange)
    assert isinstance(asked, Asking)
    strange.answer(asked.id, Answer(value="Nobody is there.", by=AnsweredBy.DEADLINE))
    lost = seen(strange)

    assert isinstance(lost, Lost)
    assert -9 == lost.exit_code
    assert "Shall the moon be full?" in lost.screen
    assert strange.observe(0) is None


def test_a_program_that_ends_is_lost(project: Path, tmp_path: Path) -> None:
    """Its exit code and last words are told."""
    session = opened(project, ["/bin/sh", "-c", "echo broken; exit 3"], tmp_path)
    lost = seen(session)
    session.close()

    assert Lost(exit_code=3, screen="broken") == lost


def test_a_program_that_never_gets_ready(project: Path, tmp_path: Path) -> None:
    """The wait is bounded, and the error says how to look."""
    session = opened(
        project, ["/bin/sh", "-c", "sleep 60"], tmp_path, ready_seconds=0.3, still_seconds=30
    )

    with pytest.raises(ClaudeError, match="not ready after 0 seconds"):
        seen(session)
    session.close()


def test_a_program_that_is_not_there(project: Path, tmp_path: Path) -> None:
    """Starting fails with the room's own error, and leaves no settings behind."""
    with pytest.raises(ClaudeMissing):
        opened(project, [str(tmp_path / "nothing")], tmp_path)

    assert [] == list((tmp_path / "state").rglob("settings.json"))
