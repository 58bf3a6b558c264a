"""Why nothing can be done now, as the daemon says it when it ends or rests."""

from collections.abc import Sequence

from coffee_maker.autonomous.plan import Plan
from coffee_maker.domain.roadmap import Priority
from coffee_maker.domain.standing import State


def nothing_to_do(plan: Plan) -> str:
    """What waits for people, how they let it go on, and what waits for something else."""
    if not plan.waiting:
        return "nothing is left to do"
    if not plan.for_people:
        return f"nothing can be done now: {_listed(plan.waiting)}"
    count = len(plan.for_people)
    wait = "1 task waits" if count == 1 else f"{count} tasks wait"
    told = f"nothing can be done now. {wait} for you: {_listed(plan.for_people)}; {_way_on(plan)}"
    others = [one for one in plan.waiting if one not in plan.for_people]
    return f"{told}. Later: {_listed(others)}" if others else told


def _way_on(plan: Plan) -> str:
    tasks = [priority.id for priority, _ in plan.for_people]
    name = f'"{tasks[0]}"' if len(tasks) == 1 else "ID"
    command = f"`coffee-maker run --task {name}`"
    if all(plan.standings[task].state is State.REJECTED for task in tasks):
        return f"{command} says how to open it again"
    return f"run {'it' if len(tasks) == 1 else 'one'} again with {command}"


def _listed(waiting: Sequence[tuple[Priority, str]]) -> str:
    return ", ".join(f"{priority.id} ({reason})" for priority, reason in waiting)
