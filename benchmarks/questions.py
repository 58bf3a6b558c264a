"""Whether many processes that answer the same questions at once leave each with one answer."""

import hashlib
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.pool import Pool
from multiprocessing.synchronize import Barrier
from pathlib import Path

from benchmarks.figure import Bound, Figure
from coffee_maker.clock import RealClock
from coffee_maker.domain.events import QuestionAnswered
from coffee_maker.domain.question import Answer, AnsweredBy, Question, QuestionKind
from coffee_maker.store.store import Store

QUESTIONS = 1_000
PROCESSES = 8
LONGEST_PAUSE_SECONDS = 0.002

_start: Barrier


@dataclass(frozen=True, slots=True)
class Turn:
    """What one process did: which questions it was told that it answered, and when it was busy."""

    number: int
    won: Sequence[str]
    began: float
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """`duplicates`: answers beyond the first that a process was told was the one.

    `lost`: questions for which box or journal do not hold the answer that was told.
    """

    answers: int
    duplicates: int
    lost: int


class ChainBroken(Exception):
    """The journal is not as it was written."""


def measure(scratch: Path, quick: bool) -> list[Figure]:  # noqa: FBT001 - see `Bench`
    where, count = scratch / "questions.db", 100 if quick else QUESTIONS
    with Store(where, RealClock()) as store:
        for number in range(count):
            store.questions.put(_question(number))
        turns = _race(where, count)
        counted = _counted(store, turns, count)
        if store.journal.verify() is not None:
            raise ChainBroken
    return [*_outcome(counted, count), _time(turns, count)]


def _outcome(counted: Count, count: int) -> list[Figure]:
    given = Figure(
        name="questions.answers",
        what=f"{_what(count)}: answers given",
        value=counted.answers,
        unit="",
        target=count,
        bound=Bound.AT_LEAST,
    )
    wrong = (("duplicates", counted.duplicates), ("lost", counted.lost))
    return [
        given,
        *(
            Figure(
                name=f"questions.{name}",
                what=f"{_what(count)}: {name}",
                value=value,
                unit="",
                target=0,
            )
            for name, value in wrong
        ),
    ]


def _time(turns: Sequence[Turn], count: int) -> Figure:
    seconds = max(turn.ended for turn in turns) - min(turn.began for turn in turns)
    return Figure(
        name="questions.seconds",
        what=f"{_what(count)}: time",
        value=seconds,
        unit="s",
        details={
            "tried_per_second": count * PROCESSES / seconds,
            "won_by_process": [len(turn.won) for turn in turns],
        },
    )


def _what(count: int) -> str:
    return f"{count:,} open questions, {PROCESSES} processes answering at random"


def _race(where: Path, count: int) -> list[Turn]:
    """Every process answers every question, in an order of its own, from the same moment on."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(PROCESSES)
    with Pool(PROCESSES, _wait_at, (barrier,), context=context) as pool:
        arguments = [(where, number, count) for number in range(PROCESSES)]
        return pool.starmap(_answer_all, arguments, chunksize=1)


def _wait_at(barrier: Barrier) -> None:
    global _start  # noqa: PLW0603 - the one way into a process of a pool
    _start = barrier


def _answer_all(where: Path, number: int, count: int) -> Turn:
    shuffled = _shuffled(number)
    order = sorted((_id(question) for question in range(count)), key=lambda id_: shuffled(id_)[1:])
    mine = Answer(value=f"by {number}", by=AnsweredBy.PERSON, who=str(number))
    with Store(where, RealClock()) as store:
        _start.wait()
        began = time.perf_counter()
        won = []
        for id_ in order:
            # Without a pause the file's lock stays with whoever has it, and few ever meet.
            time.sleep(shuffled(id_)[0] / 255 * LONGEST_PAUSE_SECONDS)
            if store.questions.answer(id_, mine):
                won.append(id_)
        return Turn(number=number, won=won, began=began, ended=time.perf_counter())


def _shuffled(number: int) -> Callable[[str], bytes]:
    """Bytes as if by chance: a process's own, and the same in every run."""
    return lambda id_: hashlib.sha256(f"{number} {id_}".encode()).digest()


def _counted(store: Store, turns: Iterable[Turn], count: int) -> Count:
    """Held against each other: what the processes were told, what the box and the journal say."""
    ids = [_id(number) for number in range(count)]
    winners: dict[str, list[str]] = {id_: [] for id_ in ids}
    for turn in turns:
        for id_ in turn.won:
            winners[id_].append(f"by {turn.number}")
    kept = {id_: store.questions.answer_to(id_) for id_ in ids}
    told = [
        entry.event
        for entry in store.journal.read(kinds=(QuestionAnswered.kind,))
        if isinstance(entry.event, QuestionAnswered)
    ]
    times = Counter(event.question for event in told)
    journalled = {event.question: event.answer for event in told}
    return Count(
        answers=sum(answer is not None for answer in kept.values()),
        duplicates=sum(max(0, len(who) - 1) for who in winners.values()),
        lost=sum(
            _value(kept[id_]) not in winners[id_] or times[id_] != 1 or journalled[id_] != kept[id_]
            for id_ in ids
        ),
    )


def _value(answer: Answer | None) -> str:
    return "" if answer is None else answer.value


def _id(number: int) -> str:
    return f"question-{number}"


def _question(number: int) -> Question:
    now = RealClock().now()
    return Question(
        id=_id(number),
        task=f"PRIORITY {number % 10}",
        kind=QuestionKind.PERMISSION,
        text="May I run the tests?",
        safe_default="deny",
        asked_at=now,
        deadline=now + timedelta(minutes=5),
    )
