"""What is to be done next, out of the roadmap on the base branch and the journal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from coffee_maker.domain.errors import RoadmapError
from coffee_maker.domain.ports import Journal, Repository
from coffee_maker.domain.roadmap import Priority, Roadmap, Status
from coffee_maker.domain.standing import KINDS, Standing, State, standings
from coffee_maker.roadmap.choice import choose, waiting
from coffee_maker.roadmap.parser import RoadmapParser


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One look at the work: `next` is None where nothing can be done now.

    `target` is the branch that the next task builds on; `waiting` says of every other task that is
    not done why it is not its turn.
    """

    roadmap: Roadmap
    standings: Mapping[str, Standing]
    next: Priority | None
    target: str
    waiting: tuple[tuple[Priority, str], ...]
    notices: tuple[str, ...]


class Planner:
    """Looks at the remote's roadmap, never at the user's checkout."""

    def __init__(self, repository: Repository, journal: Journal, roadmap: str) -> None:
        self._repository, self._journal, self._roadmap = repository, journal, roadmap

    def look(self, task: str = "") -> Plan:
        """The plan; with `task`, for that one whatever its turn. Raises RoadmapError, RemoteError.

        A task that was asked for by name is worked on again even where it was parked or delivered.
        """
        self._repository.refresh()
        roadmap = self._read()
        known = standings(self._journal.read(kinds=KINDS))
        targets = {p.id: self._target(p, roadmap, known) for p in roadmap.priorities}
        chosen = self._named(roadmap, task) if task else self._choose(roadmap, known, targets)
        return Plan(
            roadmap=roadmap,
            standings=known,
            next=chosen,
            target=(targets[chosen.id] if chosen else None) or self._repository.base_branch,
            waiting=self._waiting(roadmap, known, targets),
            notices=self._repository.notices(self._roadmap),
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

    def _waiting(
        self,
        roadmap: Roadmap,
        known: Mapping[str, Standing],
        targets: Mapping[str, str | None],
    ) -> tuple[tuple[Priority, str], ...]:
        reasons = [
            (priority, _own_reason(known.get(priority.id)) or reason)
            for priority, reason in waiting(roadmap, _finished(known), _unavailable(known))
        ]
        reasons += [
            (priority, "builds on several open pull requests: merge one of them first")
            for priority in roadmap.priorities
            if targets[priority.id] is None
        ]
        return tuple(reasons)

    def _target(
        self, priority: Priority, roadmap: Roadmap, known: Mapping[str, Standing]
    ) -> str | None:
        unmerged = _unmerged_branches(priority, roadmap, known)
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


def _unmerged_branches(
    priority: Priority, roadmap: Roadmap, known: Mapping[str, Standing]
) -> tuple[str, ...]:
    branches = []
    for needed in priority.depends_on:
        dependency, standing = roadmap.find(needed), known.get(needed)
        merged = dependency is None or dependency.status is Status.DONE
        if not merged and standing is not None and standing.state is State.DELIVERED:
            branches.append(standing.branch)
    return tuple(branches)


def _finished(known: Mapping[str, Standing]) -> set[str]:
    return {task for task, standing in known.items() if standing.state is State.DELIVERED}


def _unavailable(known: Mapping[str, Standing]) -> set[str]:
    return {task for task, standing in known.items() if not standing.is_open}


def _is_cut_off(standing: Standing | None) -> bool:
    return standing is not None and standing.state is State.UNDER_WAY


def _own_reason(standing: Standing | None) -> str:
    if standing is None or standing.is_open:
        return ""
    first_line = standing.reason.strip().partition("\n")[0]
    return f"{standing.state}: {first_line[:200]}"
