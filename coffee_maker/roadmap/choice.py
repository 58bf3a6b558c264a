"""Which priority to work on next, and why the others wait."""

from collections.abc import Collection, Iterator

from coffee_maker.domain.roadmap import Priority, Roadmap, Status

_WORKABLE = frozenset({Status.PLANNED, Status.IN_PROGRESS, Status.OPTIONAL})


def choose(
    roadmap: Roadmap, finished: Collection[str] = (), unavailable: Collection[str] = ()
) -> Priority | None:
    """The first priority, in document order, that can be worked on now; None where none can.

    `finished` are ids that are delivered although the document does not say so yet; they fulfil
    dependencies. `unavailable` are ids to leave alone. Optional ones come when no other can be
    worked on.
    """
    free = [p for p, reason in _considered(roadmap, finished, unavailable) if not reason]
    return min(free, key=lambda p: p.status is Status.OPTIONAL, default=None)


def waiting(
    roadmap: Roadmap, finished: Collection[str] = (), unavailable: Collection[str] = ()
) -> tuple[tuple[Priority, str], ...]:
    """Each unfinished priority that cannot be worked on, with the reason in words."""
    return tuple((p, reason) for p, reason in _considered(roadmap, finished, unavailable) if reason)


def _considered(
    roadmap: Roadmap, finished: Collection[str], unavailable: Collection[str]
) -> Iterator[tuple[Priority, str]]:
    """Every unfinished priority with what stands in its way, which may be nothing."""
    known = {priority.id for priority in roadmap.priorities}
    done = {p.id for p in roadmap.priorities if p.status is Status.DONE} | set(finished)
    for priority in roadmap.priorities:
        if priority.id not in done:
            yield priority, _reason(priority, known, done, unavailable)


def _reason(
    priority: Priority, known: set[str], done: set[str], unavailable: Collection[str]
) -> str:
    if priority.id in unavailable:
        return "set aside"
    if priority.status not in _WORKABLE:
        return str(priority.status)
    needed = [
        task if task in known else f"{task} (not in this roadmap)"
        for task in priority.depends_on
        if task not in done
    ]
    return f"waits for {', '.join(needed)}" if needed else ""
