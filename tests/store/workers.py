"""What other processes do in the tests of the store."""

import multiprocessing
import os
import random
from collections.abc import Callable
from typing import Any

from coffee_maker.clock import RealClock
from coffee_maker.domain.change import PullRequestDraft
from coffee_maker.domain.events import NoticeGiven
from coffee_maker.domain.question import Answer, AnsweredBy
from coffee_maker.store.store import Store
from tests.store.made import letter

PROCESSES = 8


def in_processes(work: Callable[..., Any], *arguments: object) -> list[Any]:
    """Run `work(number, *arguments)` in eight processes at once; what each returned."""
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        return pool.starmap(work, [(n, *arguments) for n in range(PROCESSES)], chunksize=1)


def append_many(number: int, where: str, count: int) -> list[int]:
    with Store(where, RealClock()) as store:
        return [
            store.journal.append(NoticeGiven(message=f"{number}:{n}"), task=f"T{number}")
            for n in range(count)
        ]


def answer_many(number: int, where: str, questions: int) -> list[int]:
    """Answer every question in an order of one's own; those that this process won."""
    order = list(range(questions))
    random.Random(number).shuffle(order)
    with Store(where, RealClock()) as store:
        mine = Answer(value=f"by {number}", by=AnsweredBy.PERSON)
        return [n for n in order if store.questions.answer(f"q{n}", mine)]


def open_and_close(number: int, where: str) -> int:
    with Store(where, RealClock()) as store:
        return store.journal.last()


def put_pull_requests(number: int, where: str) -> None:
    with Store(where, RealClock()) as store:
        for branch in ("feature/shared", f"feature/{number}"):
            draft = PullRequestDraft(branch=branch, target="main", title="t", body="b")
            store.pull_requests.put(draft)


def append_for_ever(where: str, pipe: int) -> None:
    """Append until somebody kills us, and tell each id only when `append` has returned it."""
    with Store(where, RealClock()) as store:
        while True:
            os.write(pipe, b"%d\n" % store.journal.append(NoticeGiven(message="on and on")))


def put_letters(number: int, where: str, count: int) -> None:
    """Put the same letters as everybody else, and move one cursor to a place of one's own."""
    with Store(where, RealClock()) as store:
        for n in range(count):
            store.outbox.put([letter(f"q{n}")], reader="notifier", upto=n + number)
