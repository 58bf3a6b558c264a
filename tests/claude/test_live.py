"""Live sessions as others see them: the scripted agent in a real terminal, real sockets."""

import json
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from coffee_maker.claude.interface import ClaudeCLIInterface
from coffee_maker.claude.live_path import LONGEST, bind, connect, live_path, remove
from coffee_maker.claude.recordings import Recording
from coffee_maker.claude.scripted.agent import command
from coffee_maker.claude.session import ClaudeSession
from coffee_maker.domain.change import Workspace
from coffee_maker.domain.errors import ClaudeError
from coffee_maker.domain.question import ALLOW, Answer, AnsweredBy
from coffee_maker.domain.session import (
    Asking,
    HandedBack,
    Noticed,
    Observation,
    Ready,
    Settled,
    TakenOver,
    ToolCalled,
    TurnEnded,
)
from tests.support.onlooker import Onlooker

ALLOWED = Answer(value=ALLOW, by=AnsweredBy.RULE)
ROOT = Path(__file__).resolve().parents[2]


class Stage:
    """A session that is recorded and can be watched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.recordings, self.sockets = folder / "recordings", folder / "live"
        self.id = str(uuid4())
        self.work = folder / "work"
        self.work.mkdir()
        self._opened: list[ClaudeSession] = []
        self._onlookers: list[Onlooker] = []

    def play(self, *turns: list[Any]) -> ClaudeSession:
        """Called without turns, it resumes the session."""
        script = self.folder / "script.json"
        if turns:
            script.write_text(json.dumps({"tasks": [{"match": "", "turns": list(turns)}]}))
        agent = ClaudeCLIInterface(
            command(script),
            state_dir=self.folder / "sessions",
            recordings=self.recordings,
            sockets=self.sockets,
        )
        workspace = Workspace(
            task="PRIORITY 1", path=self.work, branch="b", target="main", base_commit="0"
        )
        self._opened.append(agent.open(workspace, session=self.id, resume=not turns))
        return self._opened[-1]

    @property
    def socket(self) -> Path:
        return live_path(self.sockets, self.id)

    def onlooker(self, *, write: bool = False, tty: str = "pts/9") -> Onlooker:
        self._onlookers.append(Onlooker(self.socket, write=write, tty=tty))
        return self._onlookers[-1]

    def close(self) -> None:
        for onlooker in self._onlookers:
            onlooker.close()
        for session in self._opened:
            session.close()


@pytest.fixture
def stage(tmp_path: Path, clean_environment: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.close()


def until(session: ClaudeSession, *kinds: type[Observation]) -> list[Observation]:
    """All that is observed up to the first of these kinds; tools are let through on the way."""
    seen: list[Observation] = []
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found = session.observe(0.2)
        if found is None:
            continue
        seen.append(found)
        if isinstance(found, kinds):
            return seen
        if isinstance(found, ToolCalled):
            session.answer(found.call.id, ALLOWED)
    raise AssertionError(f"none of {kinds} among {seen}")


def begin(session: ClaudeSession, text: str = "Do the task") -> None:
    until(session, Ready)
    session.say(text)


def wait(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def shown(recording: Recording) -> str:
    return "".join(happened.text for happened in recording.events() if happened.kind == "o")


def test_two_viewers_see_the_same_as_the_session(stage: Stage) -> None:
    """One from the beginning, one who joins later; each sees the screen as it is."""
    session = stage.play(["I begin.", {"run": "sleep 0.3"}, "All done."])
    until(session, Ready)
    first = stage.onlooker()
    first.wait_for("❯")
    session.say("Do the task")
    until(session, TurnEnded)
    second = stage.onlooker()

    assert "● I begin." in first.wait_for("● All done.")
    assert "● I begin." in second.wait_for("● All done.")
    wait(lambda: bool(first.wait_for("? for shortcuts")))
    assert first.text == second.wait_for("? for shortcuts")


def test_nobody_else_may_watch(stage: Stage) -> None:
    """The folder and the socket are this user's alone, also the recordings."""
    session = stage.play(["Done."])
    begin(session)
    until(session, TurnEnded)

    modes = [stat.S_IMODE(path.stat().st_mode) for path in (stage.sockets, stage.socket)]
    assert [0o700, 0o600] == modes
    (recording,) = stage.recordings.iterdir()
    assert 0o600 == stat.S_IMODE(recording.stat().st_mode)
    assert 0o700 == stat.S_IMODE(stage.recordings.stat().st_mode)


def test_a_viewer_that_never_reads_holds_nobody_up(stage: Stage) -> None:
    """A megabyte goes by; another viewer sees it all, and the lazy one later what there is."""
    noise = "python3 -c \"print('x' * 100 * 10000)\" > /dev/tty; echo well"
    session = stage.play([{"run": noise}, "All done."])
    until(session, Ready)
    lazy, eager = stage.onlooker(), stage.onlooker()
    eager.wait_for("❯")
    reads = threading.Thread(target=eager.wait_for, args=("● All done.", 30))
    reads.start()
    session.say("Do the task")
    until(session, TurnEnded)
    reads.join()

    assert "● All done." in eager.text
    assert "● All done." in lazy.wait_for("● All done.", 20)


def test_a_viewer_that_is_killed_leaves_no_trace(stage: Stage) -> None:
    """Its keyboard is free at once, and the session goes on."""
    session = stage.play(["Done."])
    until(session, Ready)
    script = (
        "import sys, pathlib\nfrom tests.support.onlooker import Onlooker\n"
        "o = Onlooker(pathlib.Path(sys.argv[1]), write=True)\n"
        "o.wait_for('the keyboard is yours'); print('mine', flush=True)\n"
        "import time; time.sleep(60)\n"
    )
    viewer = subprocess.Popen(
        [sys.executable, "-c", script, str(stage.socket)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert viewer.stdout is not None
    assert b"mine\n" == viewer.stdout.readline()
    assert not session.listens()
    viewer.send_signal(signal.SIGKILL)
    viewer.wait()
    viewer.stdout.close()

    (taken, back) = until(session, HandedBack)
    assert isinstance(taken, TakenOver)
    assert HandedBack(who=taken.who, why="") == back
    wait(session.listens)
    session.say("Do the task")
    assert TurnEnded(text="Done.") == until(session, TurnEnded)[-1]


def test_a_person_answers_at_the_agents_own_terminal(stage: Stage) -> None:
    """The dialog is answered by a key, and the question is closed everywhere else."""
    session = stage.play([{"run": "touch done", "permission": "ask"}, "On."])
    begin(session)
    asked = until(session, Asking)[-1]
    person = stage.onlooker(write=True)
    person.wait_for("1. Yes")
    person.wait_for("the keyboard is yours")
    person.type(b"1")
    person.type(b"\r")

    seen = until(session, Settled)
    assert isinstance(asked, Asking)
    assert Settled(id=asked.id) == seen[-1]
    assert [TakenOver] == [type(one) for one in seen if isinstance(one, TakenOver)]
    until(session, TurnEnded)
    assert (stage.work / "done").exists()


def test_what_is_said_waits_until_the_keyboard_is_free(stage: Stage) -> None:
    """While a person types, `say` is refused and `listens` is false; their turn comes first."""
    session = stage.play(["Theirs."], ["Ours."])
    until(session, Ready)
    person = stage.onlooker(write=True)
    person.wait_for("the keyboard is yours")
    with pytest.raises(ClaudeError, match="holds the keyboard"):
        session.say("not now")
    person.type(b"\x1b[200~hello there\x1b[201~")
    person.wait_for("hello there")
    person.type(b"\r")
    wait(lambda: not session.listens())
    until(session, TurnEnded)
    person.close()
    until(session, HandedBack)
    wait(session.listens)
    session.say("our turn")

    assert TurnEnded(text="Ours.") == until(session, TurnEnded)[-1]


def test_one_keyboard_for_one_person(stage: Stage) -> None:
    """The second one is told who has it, and watches; what they type goes nowhere."""
    session = stage.play(["Done."])
    until(session, Ready)
    first = stage.onlooker(write=True, tty="pts/1")
    first.wait_for("the keyboard is yours")
    second = stage.onlooker(write=True, tty="pts/2")
    wait(lambda: bool(second.wait_for("❯")))
    end = time.monotonic() + 5
    while not second.notes:
        assert time.monotonic() < end
        second._read()
    second.type(b"zzz")
    first.type(b"aaa")

    assert second.notes[0].endswith("at pts/1 holds the keyboard: you only watch")
    assert "zzz" not in first.wait_for("aaa")


def test_viewers_are_told_of_the_end(stage: Stage) -> None:
    """They see the last of it, and nothing is left at the place."""
    session = stage.play(["Done."])
    begin(session)
    until(session, TurnEnded)
    onlooker = stage.onlooker()
    onlooker.wait_for("● Done.")
    session.close()
    onlooker.wait_for_the_end()

    assert ["the session has ended"] == onlooker.notes
    assert [] == list(stage.sockets.iterdir())


def test_what_is_printed_is_shown_while_the_session_is_not_looked_at(stage: Stage) -> None:
    """The line runs tests for minutes: a person who types meanwhile sees what they type."""
    session = stage.play(["Done."])
    until(session, Ready)
    person = stage.onlooker(write=True)
    person.wait_for("the keyboard is yours")
    person.type(b"still here")

    assert "still here" in person.wait_for("still here")


@pytest.mark.parametrize(
    "nonsense", [b"", b"GET / HTTP/1.1\r\n\r\n", b"h\xff\xff\xff\xff", b"h\0\0\0\2[]"]
)
def test_nonsense_at_the_socket_disturbs_nobody(nonsense: bytes, stage: Stage) -> None:
    """Whoever talks nonsense is put out; others watch on."""
    session = stage.play(["Done."])
    until(session, Ready)
    rude = connect(stage.socket)
    rude.sendall(nonsense)
    if nonsense:
        rude.settimeout(5)
        assert b"" == rude.recv(10)
    rude.close()

    assert "❯" in stage.onlooker().wait_for("❯")


def test_everything_is_recorded(stage: Stage) -> None:
    """From the first byte to the last, across a resumption, in one file with a marker."""
    session = stage.play(["First."], ["Second."])
    begin(session)
    until(session, TurnEnded)
    session.close()
    resumed = stage.play()
    begin(resumed, "and now?")
    until(resumed, TurnEnded)
    resumed.close()

    recording = Recording(stage.recordings, stage.id)
    events = list(recording.events())
    assert (120, 40) == (recording.columns, recording.rows)
    assert 1 == len(recording.paths)
    assert ["m"] == [happened.kind for happened in events if happened.kind != "o"]
    assert "First." in shown(recording)
    assert "Second." in shown(recording)
    assert events == sorted(events, key=lambda happened: happened.seconds)
    assert 60 > events[-1].seconds


def test_it_is_on_the_disk_within_a_second(stage: Stage) -> None:
    """Whoever is killed has lost at most that much."""
    session = stage.play(["Done."])
    begin(session)
    until(session, TurnEnded)
    time.sleep(1)

    assert "Done." in shown(Recording(stage.recordings, stage.id))


def test_a_recording_that_cannot_be_written_is_told_once(stage: Stage) -> None:
    """The session does not care."""
    stage.recordings.write_text("a file where a folder should be")
    session = stage.play([{"run": "true"}, "Done."])
    seen = until(session, Ready)
    session.say("go")
    seen += until(session, TurnEnded)

    (told,) = [one for one in seen if isinstance(one, Noticed)]
    assert told.text.startswith("the recording of this session stops here: ")


def test_a_place_whose_name_is_too_long(tmp_path: Path) -> None:
    """A socket's path is short: it is then in a folder of its own, which goes with it."""
    path = live_path(tmp_path / ("x" * LONGEST), str(uuid4()))
    listener = bind(path)
    place = path.readlink()
    with connect(path):
        pass
    remove(path)
    listener.close()

    assert not place.parent.exists()
    assert len(bytes(place)) <= LONGEST


def test_what_a_killed_session_left_is_swept(tmp_path: Path) -> None:
    """Nobody listens there any more; those who do are left alone."""
    dead = bind(tmp_path / "live" / "dead.sock")
    living = bind(tmp_path / "live" / "living.sock")
    dead.close()
    new = bind(tmp_path / "live" / "new.sock")

    assert ["living.sock", "new.sock"] == sorted(p.name for p in (tmp_path / "live").iterdir())
    living.close()
    new.close()
