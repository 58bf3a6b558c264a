"""Open questions as `coffee-maker inbox` prints them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from coffee_maker.domain.amounts import duration
from coffee_maker.domain.cards import Redact, compose_card, outcome
from coffee_maker.domain.message import Card
from coffee_maker.domain.question import Answer, Question, QuestionKind
from coffee_maker.domain.visible import one_line, visible

HEAD = ("code", "task", "severity", "asked", "time left", "question")
CELLS = (6, 14, 9, 16, 22)  # at most so wide; the question has what is left of the window
LIMIT = 4_000  # characters of one argument of a tool call


def table(
    questions: Sequence[Question], now: datetime, width: int, redact: Redact
) -> Iterator[str]:
    """A line for each, at most so wide; all of it safe to print."""
    from coffee_maker.cli.columns import in_columns

    rows = [HEAD, *(_row(question, now, redact) for question in questions)]
    yield from in_columns(rows, CELLS, width)


def question_text(
    question: Question, answer: Answer | None, now: datetime, width: int, redact: Redact
) -> str:
    """The box, and below it all that the box has no room for, and how to answer."""
    from coffee_maker.channels.prompt_box import prompt_box

    card = compose_card(question, redact)
    parts = [prompt_box(card, now, width)]
    parts += [f"\n{name}:\n{text}" for name, text in _in_full(question, card, redact)]
    if answer is not None:
        parts.append(f"\nIt is closed: {outcome(answer, redact)}.")
    else:
        parts.append(f"\nTo answer: coffee-maker inbox answer {question.code} {_example(card)}")
    return "\n".join(parts)


def question_data(question: Question, now: datetime, redact: Redact) -> dict[str, Any]:
    """One as `--json` prints it; `seconds_left` is below 0 where its time is over."""
    card = compose_card(question, redact)
    return {
        "code": question.code,
        "id": question.id,
        "task": question.task,
        "title": card.title,
        "kind": question.kind,
        "severity": question.severity,
        "question": redact(question.text),
        "options": [redact(option.label) for option in question.options],
        "multiple": question.multiple,
        "details": dict(card.details),
        "diff": card.diff,
        "asked_at": question.asked_at.isoformat(),
        "seconds_open": round((now - question.asked_at).total_seconds()),
        "deadline": question.deadline.isoformat(),
        "seconds_left": round((question.deadline - now).total_seconds()),
        "parked": question.parked,
        "safe_default": redact(question.safe_default),
    }


def answer_data(answer: Answer | None, redact: Redact) -> dict[str, Any]:
    """What `--json` says of how a question was settled; null while it is open."""
    if answer is None:
        return {"answer": None}
    given = {"value": answer.value, "message": answer.message, "who": answer.who}
    told = {name: redact(text) for name, text in given.items()}
    return {"answer": {**told, "by": answer.by, "channel": answer.channel}}


def _row(question: Question, now: datetime, redact: Redact) -> tuple[str, ...]:
    return (
        question.code,
        one_line(question.task),
        str(question.severity),
        f"{duration(max(0.0, (now - question.asked_at).total_seconds()))} ago",
        _left(question, now),
        one_line(redact(question.text), 400),
    )


def _left(question: Question, now: datetime) -> str:
    left = (question.deadline - now).total_seconds()
    if left <= 0:
        return "its time is over"
    if question.parked:
        return f"parked until {question.deadline.astimezone():%d %b}"
    return duration(left)


def _in_full(question: Question, card: Card, redact: Redact) -> Iterator[tuple[str, str]]:
    """What the call would do, whole: nobody should have to allow what they cannot read."""
    if card.diff:
        yield "Diff", visible(card.diff).rstrip("\n")
        return
    call = question.tool_call
    if call is None or question.kind is QuestionKind.CHOICE:  # the box has a choice's options
        return
    for name, value in call.input.items():
        text = redact(str(value)[: 2 * LIMIT])
        more = f"\n… {len(str(value)):,} characters in all" if len(text) > LIMIT else ""
        yield one_line(f"{call.tool}, {name}"), visible(text[:LIMIT]) + more


def _example(card: Card) -> str:
    return "yes" if not card.own_words else ("1" if card.buttons else "WORDS…")
