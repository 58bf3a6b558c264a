"""`coffee-maker replay`: a session's terminal, played again."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coffee_maker.cli.options import repo_option
from coffee_maker.cli.sessions import sessions_of
from coffee_maker.domain.amounts import duration
from coffee_maker.domain.errors import ClaudeError

if TYPE_CHECKING:
    from coffee_maker.claude.recordings import Recording

_LEAVES = frozenset(b"qQ\x03\x04")
_FRAME_SECONDS = 1 / 30


@click.command()
@click.argument("task")
@repo_option
@click.option("--session", metavar="ID", help="Which one; its first characters do. Else the last.")
@click.option("--speed", type=click.FloatRange(min=0.01), default=1.0, help="2 is twice as fast.")
@click.option(
    "--idle-limit",
    metavar="S",
    type=click.FloatRange(min=0),
    default=2.0,
    show_default=True,
    help="Wait at most so many seconds where nothing happened.",
)
@click.option("--list", "lists", is_flag=True, help="Which sessions were recorded.")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it there, as asciicast v2, for other players.",
)
def replay(
    *,
    task: str,
    repo: Path | None,
    session: str | None,
    speed: float,
    idle_limit: float,
    lists: bool,
    output: Path | None,
) -> None:
    """Play what the agent's terminal showed. q leaves.

    A recording keeps at most 20 MB of a session: its beginning, and its end. All together keep
    1 GB at most: the oldest go first.

    \b
    Examples:
      coffee-maker replay 1
      coffee-maker replay 1 --speed 4 --idle-limit 0.5
      coffee-maker replay 1 --output session.cast
    """
    from coffee_maker.claude.recordings import Recording
    from coffee_maker.project import open_project
    from coffee_maker.rooms import open_store

    with open_store(repo) as store:
        name, sessions = sessions_of(store.journal, task)
    folder = open_project(repo).recordings_dir
    if lists:
        click.echo("\n".join(_list(folder, sessions)) or f"{name} has no session.")
        return
    recording = Recording(folder, _chosen(name, sessions, session))
    if output is not None:
        _copy(recording, output)
        return
    from coffee_maker.cli.window import Window

    if not Window.is_possible():
        click.echo("\n".join(str(path) for path in recording.paths))
        return
    Player(recording, speed=speed, idle_limit=idle_limit).play(name)


def _list(folder: Path, sessions: Mapping[str, bool]) -> list[str]:
    from coffee_maker.claude.recordings import Recording

    lines = []
    for session in sessions:
        try:
            found = Recording(folder, session)
        except ClaudeError:
            lines.append(f"{session}  not recorded")
            continue
        size = f"{found.size_bytes / 1e6:.1f} MB"
        began = f"{found.began_at.astimezone():%Y-%m-%d %H:%M}"
        lines.append(f"{session}  {began}  {duration(found.seconds()):>8}  {size:>8}  {found.path}")
    return lines


def _chosen(task: str, sessions: Mapping[str, bool], begun: str | None) -> str:
    found = [session for session in sessions if session.startswith(begun or "")]
    if begun is not None and len(found) != 1:
        why = "several sessions begin" if found else "no session begins"
        raise ClaudeError(
            f"{why} with {begun!r}", cure=f"see them: coffee-maker replay {task!r} --list"
        )
    if not found:
        raise ClaudeError(f"{task} has no session yet")
    return found[-1]


def _copy(recording: "Recording", output: Path) -> None:
    with output.open("w", encoding="utf-8") as file:
        file.writelines(recording.lines())
    click.echo(f"written: {output}")


class Player:
    """Plays a recording in this window."""

    def __init__(self, recording: "Recording", *, speed: float, idle_limit: float) -> None:
        from coffee_maker.claude.picture import Picture
        from coffee_maker.cli.window import Window

        self._recording, self._speed, self._idle_limit = recording, speed, idle_limit
        self._picture = Picture(recording.columns, recording.rows)
        self._window = Window(self._picture)
        self._marker = ""

    def play(self, task: str) -> None:
        """Until its end, and then until somebody leaves."""
        with self._window as window:
            is_over = self._run(task)
            while is_over:
                window.show(self._foot(task, "the end, q leaves"))
                typed, _ = window.wait(None)
                is_over = not _LEAVES.intersection(typed)

    def _run(self, task: str) -> bool:
        """False where somebody left."""
        due, before, shown = time.monotonic(), 0.0, 0.0
        for happened in self._recording.events():
            due += min(max(0.0, happened.seconds - before) / self._speed, self._idle_limit)
            before = happened.seconds
            now = time.monotonic()
            if due > now or now - shown > _FRAME_SECONDS:
                self._window.show(self._foot(task, f"{duration(before)}, q leaves"))
                shown = now
                if not self._wait(due):
                    return False
            if happened.kind == "m":
                self._marker = happened.text
            elif happened.kind == "o":
                self._picture.feed(happened.text.encode("utf-8", "replace"))
        return True

    def _wait(self, due: float) -> bool:
        while True:
            typed, _ = self._window.wait(max(0.0, due - time.monotonic()))
            if _LEAVES.intersection(typed):
                return False
            if time.monotonic() >= due:
                return True

    def _foot(self, task: str, state: str) -> str:
        told = (f"replay of {task}", state, self._window.too_small, self._marker)
        return " · ".join(part for part in told if part)
