"""`attach` and `replay`, in real terminals, on a session that runs in this process."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest
from click.testing import CliRunner, Result

from coffee_maker.claude.interface import ClaudeCLIInterface
from coffee_maker.claude.scripted.agent import command
from coffee_maker.claude.session import ClaudeSession
from coffee_maker.cli.main import cli
from coffee_maker.clock import RealClock
from coffee_maker.domain.change import Workspace
from coffee_maker.domain.events import SessionClosed, SessionOpened
from coffee_maker.domain.question import ALLOW, Answer, AnsweredBy
from coffee_maker.domain.session import Observation, Ready, ToolCalled, TurnEnded
from coffee_maker.project import Project, open_project
from coffee_maker.store.store import Store
from tests.support.agent_in_pty import AgentInPty

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent / "golden" / "replay.txt"
TASK = "PRIORITY 1"
PROGRAM = (sys.executable, "-m", "coffee_maker")
ALLOWED = Answer(value=ALLOW, by=AnsweredBy.RULE)
RECORDED = (
    [0.0, "o", "\x1b[2J\x1b[H\x1b[1mThe agent\x1b[0m\r\n\u2502 at work\r\n"],
    [1.0, "m", "resumed 2027-01-15 08:00:00 UTC"],
    [500.0, "o", "\x1b]0;title\x07\x1b]52;c;aGk=\x07\x1b[31mred\x1b[0m and \u5bbd\r\n"],
    [501.0, "o", "\x1b[10;5Hsomewhere else"],
)


@pytest.fixture
def project(tmp_path: Path, clean_environment: Path) -> Project:
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    (folder / "ROADMAP.md").write_text("# Roadmap\n")
    return open_project(folder)


@pytest.fixture
def windows(project: Project) -> Iterator["Windows"]:
    made = Windows(project)
    yield made
    made.close()


class Windows:
    """Terminals in which the command runs."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._open: list[AgentInPty] = []

    def start(self, *arguments: str, rows: int = 42, columns: int = 120) -> AgentInPty:
        self._open.append(
            AgentInPty(
                [*PROGRAM, *arguments, "--repo", str(self._project.folder)],
                cwd=ROOT,
                environment={**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
                rows=rows,
                columns=columns,
            )
        )
        return self._open[-1]

    def close(self) -> None:
        for window in self._open:
            window.close()


class Room:
    """A task's session, observed in a thread as a worker does; permissions wait for people."""

    def __init__(self, project: Project, folder: Path, *turns: list[Any]) -> None:
        script, work = folder / "script.json", folder / "work"
        script.write_text(json.dumps({"tasks": [{"match": "", "turns": list(turns)}]}))
        work.mkdir()
        agent = ClaudeCLIInterface(
            command(script),
            state_dir=project.state_dir / "sessions",
            recordings=project.recordings_dir,
            sockets=project.live_dir,
        )
        workspace = Workspace(task=TASK, path=work, branch="b", target="main", base_commit="0")
        self.id, self.work = str(uuid4()), work
        self.session: ClaudeSession = agent.open(workspace, session=self.id, resume=False)
        self.seen: list[Observation] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._observe)
        with Store(project.store_location, RealClock()) as store:
            store.journal.append(SessionOpened(session=self.id, resumed=False), task=TASK)
        self._thread.start()

    def until(self, kind: type[Observation]) -> None:
        end = time.monotonic() + 20
        while not any(isinstance(one, kind) for one in self.seen):
            assert time.monotonic() < end, self.seen
            time.sleep(0.01)

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self.session.close()

    def _observe(self) -> None:
        while not self._over.is_set():
            seen = self.session.observe(0.05)
            if seen is None:
                continue
            if isinstance(seen, Ready):
                self.session.say("Do the task")
            if isinstance(seen, ToolCalled):
                self.session.answer(seen.call.id, ALLOWED)
            self.seen.append(seen)


def invoke(project: Project, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--repo", str(project.folder)])


def record(project: Project, *, session: str = "", is_open: bool = False) -> str:
    """A recording of a session of the task, and its word in the journal."""
    session = session or str(uuid4())
    project.recordings_dir.mkdir(parents=True, exist_ok=True)
    header = {"version": 2, "width": 60, "height": 12, "timestamp": 1_800_000_000}
    lines = [json.dumps(header), *(json.dumps(event) for event in RECORDED)]
    (project.recordings_dir / f"{session}.cast").write_text("\n".join(lines) + "\n")
    with Store(project.store_location, RealClock()) as store:
        store.journal.append(SessionOpened(session=session, resumed=False), task=TASK)
        if not is_open:
            store.journal.append(SessionClosed(session=session), task=TASK)
    return session


def test_a_live_session_is_watched_and_left(
    project: Project, windows: Windows, tmp_path: Path
) -> None:
    """The screen as it is, a line that says how to leave; two windows; the session goes on."""
    room = Room(project, tmp_path, ["I begin.", {"hang": True}])
    try:
        first, second = windows.start("attach", "1"), windows.start("attach", "1", rows=20)
        first.wait_for("● I begin.")
        second.wait_for("window too small for 120x40: cut off")
        assert "PRIORITY 1 · Ctrl-] leaves" in first.text()
        first.send("\x1d")
        assert 0 == first.exit_code()
        assert "You left. PRIORITY 1 goes on." in first.text()
        second.send("\x03")
        assert 0 == second.exit_code()
        assert room.session.observe(0) is None
    finally:
        room.close()


def test_a_dialog_is_answered_with_the_keyboard(
    project: Project, windows: Windows, tmp_path: Path
) -> None:
    """A person takes over, presses a key, and what was asked is done; then they see the end."""
    room = Room(project, tmp_path, [{"run": "touch done", "permission": "ask"}, "Done."])
    try:
        window = windows.start("attach", "1", "--write")
        window.wait_for("1. Yes")
        window.wait_for("the keyboard is yours")
        window.send("1")
        window.send("\r")
        room.until(TurnEnded)
        assert (room.work / "done").exists()
        window.wait_for("● Done.")
    finally:
        room.close()
    assert 0 == window.exit_code()
    assert "PRIORITY 1: the session has ended" in window.text()


@pytest.mark.parametrize("how", ["a key", "SIGTERM"])
def test_the_terminal_is_given_back(
    how: str, project: Project, windows: Windows, tmp_path: Path
) -> None:
    """Echo, signals and the screen are as before."""
    record(project)
    told = subprocess.list2cmdline([*PROGRAM, "replay", "1", "--repo", str(project.folder)])
    shell = AgentInPty(
        ["sh", "-c", f"stty -a > before; {told}; stty -a > after; echo back"],
        cwd=tmp_path,
        environment={**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)},
    )
    try:
        shell.wait_for("The agent")
        if how == "SIGTERM":
            (player,) = psutil.Process(shell.pid).children()
            player.terminate()
        else:
            shell.send("q")
        shell.wait_for("back")
    finally:
        shell.close()

    assert (tmp_path / "before").read_text() == (tmp_path / "after").read_text()


def test_nothing_is_live(project: Project) -> None:
    """It says so, and names replay, also where a session was killed and never closed."""
    record(project, is_open=True)
    done = subprocess.run(
        [*PROGRAM, "attach", "1", "--repo", str(project.folder)],
        check=False,
        capture_output=True,
        text=True,
    )

    assert 2 == done.returncode
    assert "no session of PRIORITY 1 is live now" in done.stderr
    assert 'coffee-maker replay "PRIORITY 1"' in done.stderr


def test_a_replay_shows_what_was_shown(project: Project, windows: Windows) -> None:
    """At its own pace, with idle times cut, to the end; foreign sequences do nothing."""
    record(project)
    window = windows.start("replay", "1", "--idle-limit", "0.1", rows=16, columns=80)
    text = window.wait_for("the end, q leaves")
    window.send("q")

    assert GOLDEN.read_text() == text + "\n"
    assert 0 == window.exit_code()


def test_a_window_that_changes_its_size(project: Project, windows: Windows) -> None:
    """What fits is drawn anew, and whether it all fits is said."""
    record(project)
    window = windows.start("replay", "1", "--idle-limit", "0.1", rows=16, columns=80)
    window.wait_for("the end, q leaves")
    window.resize(rows=8, columns=100)
    text = window.wait_for("window too small for 60x12: cut off")

    assert "red and" in text
    assert "somewhere else" not in text
    window.resize(rows=1, columns=2)
    window.send("q")
    assert 0 == window.exit_code()


def test_the_pace_of_a_replay(project: Project, windows: Windows) -> None:
    """Ten times as fast, half a second's wait is none; without that the end is far away."""
    record(project)
    slow = windows.start("replay", "1", "--idle-limit", "600", rows=16)
    fast = windows.start("replay", "1", "--speed", "10000", "--idle-limit", "600", rows=16)

    fast.wait_for("the end, q leaves")
    assert "the end" not in slow.wait_for("at work")
    slow.send("\x03")
    fast.send("q")
    assert (0, 0) == (slow.exit_code(), fast.exit_code())


def test_where_there_is_no_terminal(project: Project) -> None:
    """The name of the file, for programs."""
    session = record(project)

    assert f"{project.recordings_dir / session}.cast\n" == invoke(project, "replay", "1").output


def test_the_recording_for_other_players(project: Project, tmp_path: Path) -> None:
    """The same asciicast, wherever it is wanted."""
    session = record(project)
    invoke(project, "replay", "1", "--output", str(tmp_path / "copy.cast"))

    recorded = (project.recordings_dir / f"{session}.cast").read_text().splitlines()
    copied = (tmp_path / "copy.cast").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in recorded] == [json.loads(line) for line in copied]


def test_which_sessions_there_are(project: Project) -> None:
    """All of the task's, with what is known of their recordings; one is named by its beginning."""
    first = record(project, session="aaaa1111-0000-4000-8000-000000000000")
    second = record(project, session="bbbb2222-0000-4000-8000-000000000000")
    (project.recordings_dir / f"{first}.cast").unlink()

    lines = invoke(project, "replay", "1", "--list").output.splitlines()
    assert f"{first}  not recorded" == lines[0]
    assert lines[1].startswith(f"{second}  2027-01-15 ")
    assert "8 min 21 s" in lines[1]
    assert second in invoke(project, "replay", "1", "--session", "bbbb").output
    assert "several sessions begin" in str(
        invoke(project, "replay", "1", "--session", "").exception
    )
    assert "no session begins with 'x'" in str(
        invoke(project, "replay", "1", "--session", "x").exception
    )
