"""The real Claude Code, watched, recorded and taken over."""

import time
import uuid
from pathlib import Path

import pytest

from coffee_maker.claude.interface import ClaudeCLIInterface
from coffee_maker.claude.live_path import live_path
from coffee_maker.claude.picture import Picture
from coffee_maker.claude.recordings import Recording
from coffee_maker.domain.change import Workspace
from coffee_maker.domain.session import Asking, Settled, TurnEnded
from tests.claude.conftest import Talk
from tests.support.messages_api import MessagesAPI, prepare_home, says, uses
from tests.support.onlooker import Onlooker

pytestmark = pytest.mark.claude


def test_a_person_answers_claudes_own_dialog(
    claude: Path, api: MessagesAPI, project: Path, tmp_path: Path, clean_environment: Path
) -> None:
    """They see it, press a key, the question is settled; the recording shows the same screen."""
    prepare_home(clean_environment)
    api.script(uses("Bash", command="touch made"), says("All well."))
    recordings, sockets, session = tmp_path / "recordings", tmp_path / "live", str(uuid.uuid4())
    agent = ClaudeCLIInterface(
        [str(claude)],
        state_dir=tmp_path / "state",
        environment=api.environment(),
        recordings=recordings,
        sockets=sockets,
    )
    workspace = Workspace(task="1", path=project, branch="b", target="main", base_commit="0" * 40)
    talk = Talk(agent.open(workspace, session=session, resume=False), session, project)
    person = None
    try:
        talk.ready()
        talk.session.say("please touch it")
        asked = talk.asked()
        person = Onlooker(live_path(sockets, session), write=True)
        person.wait_for("the keyboard is yours")
        person.wait_for("1. Yes")
        time.sleep(1.5)  # 2.1.329 loses keys that come right after a dialog opened
        person.type(b"1")
        settled = talk.until(Settled)
        ended = talk.ended()
        person.wait_for("All well.")
    finally:
        if person is not None:
            person.close()
        talk.close()

    assert isinstance(asked, Asking)
    assert Settled(id=asked.id) == settled
    assert TurnEnded(text="All well.") == ended
    assert (project / "made").exists()
    assert "All well." in _everything_shown(Recording(recordings, session))


def _everything_shown(recording: Recording) -> str:
    """Every line that was ever on the screen of a replay."""
    picture, seen = Picture(recording.columns, recording.rows), set[str]()
    for happened in recording.events():
        picture.feed(happened.text.encode() if happened.kind == "o" else b"")
        seen.update(picture.screen.display)
    return "\n".join(seen)
