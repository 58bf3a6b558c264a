"""What became of each task, for a person: the end of a run at a glance."""

from collections.abc import Iterator

from coffee_maker.autonomous.record import Record
from coffee_maker.domain.amounts import duration, total
from coffee_maker.domain.answers import who_answered
from coffee_maker.domain.events import (
    CommitFound,
    Event,
    GateChecked,
    PullRequestOpened,
    RoadmapTicked,
    TaskDelivered,
    TaskFailed,
    TaskParked,
    TaskStarted,
    TaskUnchanged,
    ToolChecked,
    WorkspaceReady,
)
from coffee_maker.domain.ports import Journal
from coffee_maker.domain.prices import PriceTable
from coffee_maker.domain.visible import one_line


def summary_lines(journal: Journal, prices: PriceTable) -> Iterator[str]:
    """Every task, in the order in which they were begun."""
    tasks = dict.fromkeys(e.task for e in journal.read(kinds=(TaskStarted.kind,)))
    for name in tasks:
        yield ""
        yield from task_lines(journal, prices, name)


def task_lines(journal: Journal, prices: PriceTable, task: str) -> Iterator[str]:
    """One task, with all its attempts."""
    for entry in journal.read(task=task):
        yield from _lines(task, entry.event)
    yield from _after(task, Record(journal, prices))


def _lines(task: str, event: Event) -> Iterator[str]:
    match event:
        case TaskStarted(title=title):
            yield f"{task}: {one_line(title)}"
        case WorkspaceReady(branch=branch, target=target):
            yield _row("branch", f"{branch} (onto {target})")
        case CommitFound(sha=sha, subject=subject):
            yield _row("commit", f"{sha[:8]} {one_line(subject)}")
        case ToolChecked(allowed=False, tool=tool, subject=subject):
            yield _row("refused", f"{tool}: {one_line(subject)}")
        case GateChecked(result=result):
            yield _row("gate", f"{result.gate}: {result.verdict} ({one_line(result.summary)})")
        case RoadmapTicked(deliverables=ticked):
            yield from (_row("ticked", f"[x] {one_line(text)}") for text in ticked)
        case PullRequestOpened(url=url, draft=draft):
            yield _row("pull request", url + (" (draft)" if draft else ""))
        case _:
            yield from _ending(event)


def _ending(event: Event) -> Iterator[str]:
    match event:
        case TaskDelivered(seconds=seconds, waited_seconds=waited):
            waiting = f", of which people took {duration(waited)}" if waited >= 1 else ""
            yield _row("delivered", f"in {duration(seconds)}{waiting}")
        case TaskParked(reason=reason) | TaskFailed(message=reason) | TaskUnchanged(text=reason):
            yield _row(event.kind.removeprefix("task."), one_line(reason))


def _after(task: str, record: Record) -> Iterator[str]:
    for asked in record.questions(task):
        answer = one_line(asked.answer.value, 60)
        yield _row("question", f"{one_line(asked.question.text, 70)}")
        yield _row("", f"{answer} — {who_answered(asked.answer)}")
    usage = record.usage(task)
    for one in usage:
        count = one.usage.tokens
        yield _row(
            "tokens",
            f"{one.usage.model}: {count.input:,} in, {count.output:,} out, "
            f"{count.cache_write:,} cache write, {count.cache_read:,} cache read",
        )
    if usage:
        yield _row("cost", total(usage))


def _row(name: str, text: str) -> str:
    return f"  {name:<13} {text}"
