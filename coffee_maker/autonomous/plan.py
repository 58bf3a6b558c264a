"""What is to be done next, out of the roadmap on the base branch and the journal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from coffee_maker.autonomous.answered import answered
from coffee_maker.autonomous.reviewed import reviewed
from coffee_maker.domain.errors import ForgeError, RoadmapError
from coffee_maker.domain.ports import Forge, Journal, QuestionBox, Repository
from coffee_maker.domain.roadmap import Priority, Roadmap, Status
from coffee_maker.domain.standing import KINDS, Standing, State, standings
from coffee_maker.roadmap.choice import choose, waiting
from coffee_maker.roadmap.parser import RoadmapParser

_PUT_OFF = frozenset({Status.BLOCKED, Status.PAUSED})


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One look at the work: `next` is None where nothing can be done now.

    `target` is the branch that the next task builds on; `waiting` says of every other task that is
    not done why it is not its turn; `for_people` are those among them that only a person can help.
    """

    roadmap: Roadmap
    standings: Mapping[str, Standing]
    next: Priority | None
    target: str
    waiting: tuple[tuple[Priority, str], ...]
    for_people: tuple[tuple[Priority, str], ...]
    notices: tuple[str, ...]


class Planner:
    """Looks at the remote's roadmap, never at the user's checkout.

    With a forge, reviewers are heard too: nothing is built on what they rejected. With
    `questions`, a task that waits for answers has its turn when they are there.
    """

    def __init__(
        self,
        repository: Repository,
        journal: Journal,
        roadmap: str,
        forge: Forge | None = None,
        *,
        questions: QuestionBox | None = None,
    ) -> None:
        self._repository, self._journal, self._roadmap = repository, journal, roadmap
        self._forge, self._questions = forge, questions

    def look(self, task: str = "") -> Plan:
        """The plan; with `task`, for that one whatever its turn. Raises RoadmapError, RemoteError.

        A task that was asked for by name is worked on again even where it was parked or delivered,
        but not where its pull request is merged or rejected: that raises ForgeError.
        """
        self._repository.refresh()
        roadmap = self._read()
        named = self._named(roadmap, task) if task else None
        known, notices = self._standings(roadmap, named)
        targets = {p.id: self._target(p, roadmap, known) for p in roadmap.priorities}
        if named:
            self._refuse_closed(known.get(named.id))
            notices += _too_early(named, roadmap, known)
        chosen = named or self._choose(roadmap, known, targets)
        waits = {p: why for p, why in _waiting(roadmap, known, targets).items() if p != chosen}
        return Plan(
            roadmap=roadmap,
            standings=known,
            next=chosen,
            target=(targets[chosen.id] if chosen else None) or self._repository.base_branch,
            waiting=tuple(waits.items()),
            for_people=tuple((p, why) for p, why in waits.items() if _own_reason(p, known)),
            notices=self._repository.notices(self._roadmap) + notices,
        )

    def _standings(
        self, roadmap: Roadmap, named: Priority | None
    ) -> tuple[dict[str, Standing], tuple[str, ...]]:
        known = standings(self._journal.read(kinds=KINDS))
        if self._questions is not None:
            known = answered(known, self._questions)
        if self._forge is None:
            return known, ()
        tasks = _under_review(roadmap, known, named)
        return reviewed(known, tasks, self._forge, self._repository.base_branch)

    def _refuse_closed(self, standing: Standing | None) -> None:
        if standing is not None and standing.state is State.REJECTED:
            raise ForgeError(f"{standing.task} was rejected: {standing.reason}", cure=standing.cure)
        if standing is not None and standing.state is State.MERGED:
            raise ForgeError(
                f"{standing.task} was merged already: {standing.pull_request}",
                cure=f"what is still to be done wants a task of its own in {self._roadmap}",
            )

    def _read(self) -> Roadmap:
        base = self._repository.base_branch
        text = self._repository.read(base, self._roadmap)
        if text is None:
            raise RoadmapError(
                f"there is no {self._roadmap} on the branch {base}",
                cure="write one (`coffee-maker init` makes a sample), commit it, and push it",
            )
        return RoadmapParser().parse(text, self._roadmap)

    def _named(self, roadmap: Roadmap, task: str) -> Priority:
        found = roadmap.find(task)
        if found is None:
            ids = ", ".join(priority.id for priority in roadmap.priorities)
            raise RoadmapError(f'{self._roadmap} has no task "{task}"', cure=f"it has: {ids}")
        if found.status is Status.DONE:
            raise RoadmapError(
                f"{found.id} is done, says {self._roadmap}",
                cure="to have it worked on again, change its status there, commit and push",
            )
        return found

    def _choose(
        self,
        roadmap: Roadmap,
        known: Mapping[str, Standing],
        targets: Mapping[str, str | None],
    ) -> Priority | None:
        blocked = {task for task, target in targets.items() if target is None}
        aside = _unavailable(known) | blocked
        # A task that was cut off comes first: its workspace and its session are warm.
        fresh = {p.id for p in roadmap.priorities if not _is_cut_off(known.get(p.id))}
        finished = _finished(known)
        return choose(roadmap, finished, aside | fresh) or choose(roadmap, finished, aside)

    def _target(
        self, priority: Priority, roadmap: Roadmap, known: Mapping[str, Standing]
    ) -> str | None:
        unmerged = tuple(known[n].branch for n in _unmerged(priority, roadmap, known))
        return target(self._repository.base_branch, unmerged, self._repository.contains)


def target(
    base: str, unmerged: tuple[str, ...], contains: Callable[[str, str], bool]
) -> str | None:
    """The branch to build on: one that holds every unmerged dependency, or None if none does."""
    if not unmerged:
        return base
    for branch in unmerged:
        if all(contains(branch, other) for other in unmerged if other != branch):
            return branch
    return None


def _waiting(
    roadmap: Roadmap, known: Mapping[str, Standing], targets: Mapping[str, str | None]
) -> dict[Priority, str]:
    finished = _finished(known)
    found = {
        priority: _own_reason(priority, known)
        or _put_off(priority, known)
        or _held_up(priority, roadmap, known)
        or reason
        for priority, reason in waiting(roadmap, finished, _unavailable(known))
    }
    for priority in roadmap.priorities:
        if targets[priority.id] is None and priority.id not in finished:
            several = "builds on several open pull requests: merge one of them first"
            found.setdefault(priority, several)
    return found


def _under_review(
    roadmap: Roadmap, known: Mapping[str, Standing], named: Priority | None
) -> list[str]:
    """The tasks whose review matters now; each costs a question to the forge, so no others."""
    finished = _finished(known)
    begun = [p for p in roadmap.priorities if p.id not in finished and p.status is not Status.DONE]
    open_ones = [p for p in begun if p.id not in known or known[p.id].is_open]
    needed = [d for p in ([named] if named else open_ones) for d in _unmerged(p, roadmap, known)]
    if named and named.id in known and known[named.id].pull_request:
        needed.append(named.id)
    return list(dict.fromkeys(needed))


def _unmerged(
    priority: Priority, roadmap: Roadmap, known: Mapping[str, Standing]
) -> tuple[str, ...]:
    """The dependencies that are delivered, but that the base does not hold yet."""
    return tuple(
        needed
        for needed in _needed(priority, roadmap)
        if needed in known
        and known[needed].state in (State.DELIVERED, State.MERGED)
        and known[needed].branch
    )


def _needed(priority: Priority, roadmap: Roadmap) -> list[str]:
    """What it depends on that the roadmap does not call done."""
    found = [roadmap.find(needed) for needed in priority.depends_on]
    return [one.id for one in found if one is not None and one.status is not Status.DONE]


def _too_early(named: Priority, roadmap: Roadmap, known: Mapping[str, Standing]) -> tuple[str, ...]:
    finished = _finished(known)
    return tuple(
        f"{named.id} builds on {needed}, which "
        + ("was rejected" if _is_rejected(known.get(needed)) else "is not delivered yet")
        for needed in _needed(named, roadmap)
        if needed not in finished
    )


def _held_up(priority: Priority, roadmap: Roadmap, known: Mapping[str, Standing]) -> str:
    """What a person decided about something that it needs."""
    needed = _needed(priority, roadmap)
    told = []
    for state in (State.REJECTED, State.SKIPPED):
        names = [n for n in needed if n in known and known[n].state is state]
        told += [f"{' and '.join(names)} was {state}"] if names else []
    return " and ".join(told)


def _put_off(priority: Priority, known: Mapping[str, Standing]) -> str:
    """A person's decision, in the roadmap or by `skip`; it waits for nobody."""
    if priority.status in _PUT_OFF:
        return str(priority.status)
    standing = known.get(priority.id)
    if standing is None or standing.state is not State.SKIPPED:
        return ""
    return f"skipped: {_first_line(standing.reason)}" if standing.reason else "skipped"


def _is_rejected(standing: Standing | None) -> bool:
    return standing is not None and standing.state is State.REJECTED


def _finished(known: Mapping[str, Standing]) -> set[str]:
    ended = (State.DELIVERED, State.MERGED)
    return {task for task, standing in known.items() if standing.state in ended}


def _unavailable(known: Mapping[str, Standing]) -> set[str]:
    return {task for task, standing in known.items() if not standing.is_open}


def _is_cut_off(standing: Standing | None) -> bool:
    return standing is not None and standing.state is State.UNDER_WAY


def _own_reason(priority: Priority, known: Mapping[str, Standing]) -> str:
    """What became of the task itself, where only a person can help; they may have put it off."""
    standing = known.get(priority.id)
    if standing is None or standing.is_open or _put_off(priority, known):
        return ""
    if standing.questions:
        return standing.reason.strip().partition("\n")[0]
    return f"{standing.state}: {_first_line(standing.reason)}"


def _first_line(reason: str) -> str:
    return reason.strip().partition("\n")[0][:200]
