"""Where the time of one delivery went, read off the journal's own times."""

from collections.abc import Iterator, Mapping, Sequence

from benchmarks.figure import percentile
from coffee_maker.autonomous.work import Phase
from coffee_maker.domain.events import (
    DaemonStarted,
    Entry,
    Event,
    GateChecked,
    PhaseEntered,
    PromptSent,
    SessionClosed,
    SessionReady,
    TaskDelivered,
    TaskStarted,
    TurnFinished,
)

START = "start of the daemon"

# The stretch that begins with an event, whatever ends it.
_BEGINS: Mapping[type[Event], str] = {
    DaemonStarted: "plan and start of the worker",
    SessionReady: f"{Phase.SESSION}: its turns",
    PromptSent: f"{Phase.SESSION}: its turns",
    GateChecked: f"{Phase.SESSION}: its end",
    SessionClosed: Phase.PUBLISH,
    TaskDelivered: "end of worker and daemon",
}

Mark = tuple[float, str]


def marks(entries: Sequence[Entry]) -> Iterator[Mark]:
    """When which stretch began: seconds of the Unix epoch, and its name."""
    for entry in entries:
        name = _name(entry.event)
        if name:
            yield entry.at.timestamp(), name


def durations(marks: Sequence[Mark], began: float, ended: float) -> dict[str, float]:
    """Seconds per stretch, from the start of the process to its end; together they are all of it.

    A stretch that comes up again goes on.
    """
    taken: dict[str, float] = {}
    starts = [(began, START), *marks]
    ends = [*(at for at, _ in marks), ended]
    for (begin, name), end in zip(starts, ends, strict=True):
        taken[name] = taken.get(name, 0.0) + end - begin
    return taken


def median_durations(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each stretch over several runs."""
    names = dict.fromkeys(name for run in runs for name in run)
    return {name: percentile([run.get(name, 0.0) for run in runs], 50) for name in names}


def _name(event: Event) -> str:
    match event:
        case PhaseEntered(phase=Phase.SESSION):
            return f"{Phase.SESSION}: its start"
        case PhaseEntered(phase=phase):
            return phase
        case TaskStarted():
            return Phase.WORKSPACE
        case TurnFinished():
            return Phase.GATES
        case _:
            return _BEGINS.get(type(event), "")
