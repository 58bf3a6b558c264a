"""`coffee-maker status --task ID`: the whole way of one task, and what its gates found."""

from collections.abc import Iterator
from typing import Any

from coffee_maker.cli.summary import task_lines
from coffee_maker.domain.events import GateChecked, TaskParked, TaskStarted
from coffee_maker.domain.gate import GateResult, Verdict
from coffee_maker.domain.ports import Journal
from coffee_maker.domain.prices import PriceTable
from coffee_maker.domain.visible import one_line, visible


def evidence(journal: Journal, task: str) -> list[dict[str, str]]:
    """What each gate that fails found when it looked last, and why the task was parked.

    Of the newest attempt only: what an earlier one failed at is history.
    """
    failed: dict[str, GateResult] = {}
    parked: TaskParked | None = None
    kinds = (TaskStarted.kind, GateChecked.kind, TaskParked.kind)
    for entry in journal.read(task=task, kinds=kinds):
        match entry.event:
            case TaskStarted():
                failed, parked = {}, None
            case GateChecked(result=result):
                failed.pop(result.gate, None)
                if result.verdict is Verdict.FAILED:
                    failed[result.gate] = result
            case TaskParked():
                parked = entry.event
    found = [_found(f"{r.gate}: {r.summary}", r.evidence) for r in failed.values()]
    if parked and parked.evidence != "\n\n".join(r.evidence for r in failed.values()):
        found.append(_found(f"parked: {parked.reason}", parked.evidence))
    return found


def story_lines(journal: Journal, prices: PriceTable, facts: dict[str, Any]) -> Iterator[str]:
    """As a person reads it; `facts` are those of `status` with this task's evidence."""
    yield from task_lines(journal, prices, facts["task"])
    yield ""
    yield f"{facts['task']} is {facts['state']}"
    if facts["cure"]:
        yield f"  what to do: {visible(facts['cure'])}"
    for one in facts["evidence"]:
        yield f"\n{one_line(one['found'])}"
        yield from (f"  {line}" for line in visible(one["evidence"]).splitlines())


def _found(found: str, evidence: str) -> dict[str, str]:
    return {"found": found, "evidence": evidence}
