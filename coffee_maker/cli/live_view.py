"""The live view: the log above, and below it what is going on right now."""

import time
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from coffee_maker.cli.watching import Watching, is_worth_a_line
from coffee_maker.domain.events import (
    AgentDid,
    DaemonStopped,
    Entry,
    PhaseEntered,
    TaskDelivered,
    TaskFailed,
    TaskParked,
    TaskSkipped,
    TaskStarted,
    TaskUnchanged,
    TokensCounted,
)
from coffee_maker.domain.sentences import sentence
from coffee_maker.domain.usage import Tally
from coffee_maker.domain.visible import one_line

_ENDINGS = (TaskDelivered, TaskParked, TaskUnchanged, TaskFailed, TaskSkipped)
_COLOURS = {
    TaskDelivered: "green",
    TaskParked: "yellow",
    TaskUnchanged: "yellow",
    TaskFailed: "red",
}


class LiveView(Watching):
    """Task, phase, elapsed time, tokens and the last thing that Claude did. Honours NO_COLOR."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream, highlight=False)
        super().__init__(lambda text: self._console.print(text, end="", markup=False))
        self._live = self._new_live()
        self._spinner = Spinner("dots")
        self._task = ""
        self._title = ""
        self._phase = ""
        self._doing = ""
        self._began = 0.0
        self._tally = Tally()
        self._typing = False
        self._idle = "Looking at the roadmap."
        self._drawn = ""  # the idle line that stands on the screen

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def show(self, entry: Entry) -> None:
        """Take it in; what matters also goes into the log above."""
        match entry.event:
            case TaskStarted(title=title):
                self._task, self._title, self._began = entry.task, title, time.monotonic()
                self._phase, self._doing, self._tally = "", "", Tally()
            case PhaseEntered(phase=phase):
                self._phase = phase
            case AgentDid(text=text):
                self._doing = text
            case TokensCounted(answer=answer):
                self._tally.count(answer)
        if isinstance(entry.event, (*_ENDINGS, DaemonStopped)):
            self._task = ""
            self._idle = "Waiting for the roadmap to change."
        if is_worth_a_line(entry.event):
            self._log(entry)

    def tick(self) -> None:
        """Draw what is going on now; a line that stands still is drawn once, and costs nothing."""
        if self._typing or (not self._task and self._drawn == self._idle):
            return
        self._drawn = self._idle if not self._task else ""
        self._live.update(self._now(), refresh=True)

    def hold(self) -> None:
        """Stand back: somebody is being asked something."""
        self._typing = True
        self._live.stop()

    def go_on(self) -> None:
        """The question is answered."""
        self._typing = False
        # A new one: the old one would begin by erasing as many lines as it had drawn last.
        self._live = self._new_live()
        self._live.start()
        self._drawn = ""

    def _new_live(self) -> Live:
        return Live(console=self._console, auto_refresh=False, transient=True)

    def _log(self, entry: Entry) -> None:
        colour = _COLOURS.get(type(entry.event), "default")
        line = Text(f"{entry.at.astimezone():%H:%M:%S}  ", style="dim")
        if entry.task:
            line.append(f"{entry.task}: ", style="bold")
        line.append(sentence(entry.event), style=colour)
        self._console.print(line)

    def _now(self) -> Panel | Text:
        if not self._task:
            return Text(f"{self._idle} Ctrl-C ends.", style="dim")
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        head = Table.grid(padding=(0, 2))
        head.add_row(
            self._spinner,
            Text(self._phase or "beginning", style="cyan"),
            Text(f"{minutes}:{seconds:02d}"),
            Text(f"{self._tally.total().total:,} tokens"),
        )
        doing = Text(one_line(self._doing, self._console.width - 6), style="dim")
        title = Text(f"{self._task}: {one_line(self._title, self._console.width - 30)}")
        return Panel(Group(head, doing), title=title, title_align="left", border_style="cyan")
