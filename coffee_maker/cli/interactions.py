"""`coffee-maker interactions`: every question, its answer, and how long it took."""

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coffee_maker.cli.options import json_option, repo_option
from coffee_maker.domain.amounts import duration
from coffee_maker.domain.answers import VOICES, who_answered
from coffee_maker.domain.interactions import Interaction
from coffee_maker.domain.metrics import Metrics
from coffee_maker.domain.question import ALLOW, DENY, AnsweredBy, QuestionKind
from coffee_maker.domain.visible import one_line

if TYPE_CHECKING:
    from coffee_maker.store.store import Store

HEAD = ("asked", "task", "answer", "by", "after", "question")
CELLS = (16, 14, 18, 28, 12)  # at most so wide; the question has what is left of the window
PIPED_WIDTH = 160
_SAID = {ALLOW: "yes", DENY: "no"}


@click.command()
@repo_option
@click.option("--task", metavar="ID", help="Only this task's.")
@click.option("--days", type=click.FloatRange(min=0), metavar="N", help="Only the last N days.")
@click.option("--metrics", "only_metrics", is_flag=True, help="Only the sums.")
@json_option
def interactions(
    *, repo: Path | None, task: str | None, days: float | None, only_metrics: bool, as_json: bool
) -> None:
    """Every question, its answer, and how long it took; below them what they add up to.

    Questions that a rule answered are among them.

    \b
    Examples:
      coffee-maker interactions --days 7
      coffee-maker interactions --task 3
      coffee-maker interactions --json | jq '.metrics.answered_by'
    """
    from coffee_maker.domain.metrics import metrics
    from coffee_maker.rooms import open_store

    with open_store(repo) as store:
        found = gather(store, task, days, datetime.now(UTC))
    sums = metrics(found, None)
    if as_json:
        listed = {} if only_metrics else {"interactions": [_data(one) for one in found]}
        click.echo(json.dumps(listed | {"metrics": _sums(sums)}, ensure_ascii=False, indent=2))
        return
    if not found:
        click.echo(_nothing(task, days))
        return
    lines = list(metric_lines(sums))
    if not only_metrics:
        lines = [*table(found, _width()), "", *lines]
    click.echo("\n".join(lines))


def gather(
    store: "Store", task: str | None, days: float | None, now: datetime
) -> tuple[Interaction, ...]:
    """The interactions of a task, or of all, asked in the last so many days; oldest first."""
    from coffee_maker.cli.task_name import known_task
    from coffee_maker.domain.interactions import KINDS
    from coffee_maker.domain.interactions import interactions as read_interactions

    of_task = None if task is None else known_task(task, store.journal.newest())
    found = read_interactions(store.journal.read(task=of_task, kinds=KINDS))
    if days is None:
        return found
    return tuple(one for one in found if now - one.asked_at <= timedelta(days=days))


def table(found: Sequence[Interaction], width: int) -> Iterator[str]:
    """A line for each, in local time, at most so wide; all of it safe to print."""
    from coffee_maker.cli.columns import in_columns

    yield from in_columns([HEAD, *(_row(one) for one in found)], CELLS, width)


def metric_lines(sums: Metrics) -> Iterator[str]:
    """The sums for people."""
    days = len(sums.days)
    a_day = f", on {days} days {sums.asked / days:.1f} a day" if days > 1 else ""
    yield f"Asked {sums.asked}{a_day}; open {sums.open}; parked at some time {sums.parked}"
    for by, count in sums.answered_by:
        gone = by is AnsweredBy.NOBODY
        yield f"  {count:>5} " + ("withdrawn" if gone else f"answered by {VOICES[by]}")
    if sums.turned_away:
        yield f"Replies that did not count: {sums.turned_away}"
    if sums.median_seconds is not None:
        yield f"People answered after {duration(sums.median_seconds)} (median)"
    for one in sums.channels:
        name = one_line(one.channel, 30) or "?"
        yield f"  {one.answers:>5} via {name}, after {duration(one.median_seconds)}"
    yield f"Work stood still for want of an answer: {duration(sums.blocked_seconds)}"


def _row(one: Interaction) -> tuple[str, ...]:
    told, by, after = _answered(one)
    return (
        f"{one.asked_at.astimezone():%Y-%m-%d %H:%M}",
        one_line(one.question.task),
        told,
        by,
        after,
        one_line(one.question.text, 400),
    )


def _answered(one: Interaction) -> tuple[str, str, str]:
    """What, by whom, and after how long; as a person would have typed it."""
    answer = one.answer
    if answer is None:
        return "parked" if one.parked_at else "open", "", ""
    after = "at once" if one.waited_seconds < 0.5 else duration(one.waited_seconds)
    if answer.by is AnsweredBy.NOBODY:
        return "withdrawn", "nobody: its session ended", after
    permission = one.question.kind is QuestionKind.PERMISSION
    told = _SAID.get(answer.value, answer.value) if permission else answer.value
    return one_line(told), one_line(who_answered(answer)), after


def _width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else PIPED_WIDTH


def _nothing(task: str | None, days: float | None) -> str:
    if days is not None:
        return "Nothing was asked in that time: leave out --days to see all of it."
    if task is not None:
        return f"{one_line(task)} has asked nothing."
    return "Claude has asked nothing yet: questions and their answers will be listed here."


def _data(one: Interaction) -> dict[str, Any]:
    from coffee_maker.domain.interaction_record import method

    question, answer = one.question, one.answer
    return {
        "id": question.id,
        "code": question.code,
        "task": question.task,
        "title": one.title,
        "attempt": one.attempt,
        "phase": one.phase,
        "kind": question.kind,
        "severity": question.severity,
        "question": question.text,
        "options": [option.label for option in question.options],
        "asked_at": one.asked_at.isoformat(),
        "told": list(one.told),
        "turned_away": [
            {"channel": a.channel, "who": a.who, "received": a.received, "reason": a.reason}
            for a in one.turned_away
        ],
        "parked_until": one.parked_until.isoformat() if one.parked_until else None,
        "answer": None
        if answer is None
        else {
            "value": answer.value,
            "message": answer.message,
            "by": answer.by,
            "method": method(answer),
            "rule": answer.rule,
            "who": answer.who,
            "channel": answer.channel,
        },
        "answered_at": one.answered_at.isoformat() if one.answered_at else None,
        "waited_seconds": round(one.waited_seconds, 3),
        "delivered": one.delivered,
    }


def _sums(sums: Metrics) -> dict[str, Any]:
    median = sums.median_seconds
    return {
        "asked": sums.asked,
        "open": sums.open,
        "parked": sums.parked,
        "turned_away": sums.turned_away,
        "answered_by": dict(sums.answered_by),
        "median_seconds": None if median is None else round(median, 3),
        "channels": [
            {
                "channel": one.channel,
                "answers": one.answers,
                "median_seconds": round(one.median_seconds, 3),
            }
            for one in sums.channels
        ],
        "blocked_seconds": round(sums.blocked_seconds, 3),
        "days": [
            {"day": one.day.isoformat(), "asked": one.asked, "answered_by": dict(one.answered_by)}
            for one in sums.days
        ],
    }
