"""Whether new tasks are begun, told by the journal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from coffee_maker.domain.events import DaemonPaused, DaemonResumed, Entry

# The events that this fold reads.
KINDS = (DaemonPaused.kind, DaemonResumed.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """No new task is begun, since then (UTC) and at this person's word."""

    since: datetime
    by: str

    def __str__(self) -> str:
        since = f"{self.since.astimezone():%Y-%m-%d %H:%M}"
        return f"paused since {since} by {self.by}: coffee-maker resume"


def pause(entries: Iterable[Entry]) -> Pause | None:
    """The pause that lasts, since its beginning; None where there is none."""
    found: Pause | None = None
    for entry in entries:
        found = after_entry(found, entry)
    return found


def after_entry(before: Pause | None, entry: Entry) -> Pause | None:
    """What an entry makes of it; whoever pauses a second time changes nothing."""
    match entry.event:
        case DaemonPaused(by=by):
            return before or Pause(since=entry.at, by=by)
        case DaemonResumed():
            return None
    return before
