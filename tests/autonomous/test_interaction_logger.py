"""The interaction log: a JSON file per exchange, out of a real journal."""

import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from coffee_maker.autonomous.interaction_logger import (
    FILES_AT_ONCE,
    RETRY_SECONDS,
    InteractionLogger,
)
from coffee_maker.domain.events import AgentDid, NoticeGiven
from coffee_maker.store.store import Store
from tests.support.asked import BEGAN, RULE, TASK, a_day, by, question, start, told
from tests.support.clocks import SteppedClock

GOLDEN = Path(__file__).parent / "golden" / "interactions.json"


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(BEGAN)


@pytest.fixture
def store(tmp_path: Path, clock: SteppedClock) -> Iterator[Store]:
    with Store(tmp_path / "store.db", clock) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "interactions"


@pytest.fixture
def logger(store: Store, folder: Path, clock: SteppedClock) -> InteractionLogger:
    return logger_of(store, folder, clock)


def logger_of(store: Store, folder: Path, clock: SteppedClock) -> InteractionLogger:
    def redact(text: str) -> str:
        return text.replace("sk-live-0123", "[secret]")

    return InteractionLogger(store.journal, store.outbox, folder, redact, clock)


def written(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.iterdir())
    }


def test_every_settled_exchange_is_a_file(
    logger: InteractionLogger, store: Store, folder: Path, clock: SteppedClock
) -> None:
    """In the founding document's shape, named for the second in which it was asked."""
    a_day(store, clock)
    logger.pump()

    assert json.loads(GOLDEN.read_text(encoding="utf-8")) == written(folder)


def test_the_log_is_private_and_whole(
    logger: InteractionLogger, store: Store, folder: Path, clock: SteppedClock
) -> None:
    """Only its owner reads it, secrets are replaced, and no draft is left behind."""
    a_day(store, clock)
    logger.pump()

    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert {".json"} == {path.suffix for path in folder.iterdir()}
    assert "sk-live" not in "".join(path.read_text(encoding="utf-8") for path in folder.iterdir())


def test_two_in_one_second_are_two_files(
    logger: InteractionLogger, store: Store, folder: Path, clock: SteppedClock
) -> None:
    """The second one has its question's code in its name, and keeps that when written again."""
    first, second = question("a", clock), question("b", clock)
    store.questions.put(first, RULE)
    store.questions.put(second, RULE)
    logger.pump()
    before = written(folder)
    store.outbox._database.change("DELETE FROM cursors")  # as where a crash came before it
    logger_of(store, folder, clock).pump()

    assert ["2025-10-09_14-23-45.json", f"2025-10-09_14-23-45_{second.code}.json"] == list(before)
    assert before == written(folder)


def test_what_is_written_is_not_written_again(
    logger: InteractionLogger, store: Store, folder: Path, clock: SteppedClock
) -> None:
    """Not by the next process either: what a person deleted stays deleted."""
    store.questions.put(question("a", clock), RULE)
    logger.pump()
    for path in folder.iterdir():
        path.unlink()
    clock.sleep(5)
    store.questions.put(question("b", clock), RULE)
    logger_of(store, folder, clock).pump()

    assert ["2025-10-09_14-23-50.json"] == list(written(folder))


def test_a_question_from_before_a_restart_is_told_whole(
    logger: InteractionLogger, store: Store, folder: Path, clock: SteppedClock
) -> None:
    """Asked and told before the cursor, answered behind it."""
    start(store)
    asked = question("a", clock)
    store.questions.put(asked)
    told(store, asked, "terminal", "slack")
    store.questions.put(question("b", clock), RULE)
    logger.pump()
    clock.sleep(60)
    store.questions.answer("a", by("slack"))
    logger_of(store, folder, clock).pump()

    (found,) = (one for one in written(folder).values() if one["question_id"] == "a")
    assert "PRIORITY 2: Analytics & Observability" == found["priority"]
    assert "implementation" == found["phase"]
    assert ["terminal", "slack"] == found["notification_sent_to"]
    assert (60.0, "user via slack") == (found["response_time_seconds"], found["response_method"])


def test_an_unwritable_place_is_told_once_and_nothing_is_lost(
    logger: InteractionLogger, store: Store, folder: Path, clock: SteppedClock
) -> None:
    """A file stands where the folder should be; when it is gone everything is written."""
    folder.parent.write_text("in the way")
    for number in range(3):
        store.questions.put(question(f"q{number}", clock), RULE)
        clock.sleep(1)
        logger.pump()
        clock.sleep(RETRY_SECONDS)
        logger.pump()
    folder.parent.unlink()
    clock.sleep(RETRY_SECONDS)
    logger.pump()

    notices = [one.event for one in store.journal.read(kinds=(NoticeGiven.kind,))]
    assert 1 == len(notices)
    assert ["q0", "q1", "q2"] == [one["question_id"] for one in written(folder).values()]


def test_a_place_that_breaks_again_is_told_again(
    logger: InteractionLogger, store: Store, folder: Path, clock: SteppedClock
) -> None:
    """Once for each time that it breaks."""
    for number in range(2):
        folder.parent.write_text("in the way")
        store.questions.put(question(f"q{number}", clock), RULE)
        logger.pump()
        folder.parent.unlink()
        clock.sleep(RETRY_SECONDS)
        logger.pump()
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        folder.parent.rmdir()

    assert 2 == len(list(store.journal.read(kinds=(NoticeGiven.kind,))))


def test_a_broken_place_is_not_tried_at_every_call(
    logger: InteractionLogger, store: Store, folder: Path, clock: SteppedClock
) -> None:
    """The loop calls ten times a second."""
    folder.parent.write_text("in the way")
    store.questions.put(question("a", clock), RULE)
    logger.pump()
    folder.parent.unlink()
    logger.pump()

    assert not folder.exists()


def test_a_long_past_is_written_in_pieces(
    logger: InteractionLogger, store: Store, folder: Path, clock: SteppedClock
) -> None:
    """So many files per call; no call holds up the loop, and none is missing in the end."""
    count = FILES_AT_ONCE + 5
    for number in range(count):
        store.questions.put(question(f"q{number}", clock), RULE)
        clock.sleep(1)
    logger.pump()
    first = len(written(folder))
    logger.pump()

    assert (FILES_AT_ONCE, count) == (first, len(written(folder)))


def test_what_a_crash_cut_off_is_written_afterwards(
    logger: InteractionLogger, store: Store, folder: Path, clock: SteppedClock
) -> None:
    """The files are there before the cursor moves, so that it can only be written twice."""
    store.questions.put(question("a", clock), RULE)
    store.journal.append(AgentDid(text="works"), task=TASK)
    logger.pump()

    answered = store.journal.last() - 1
    assert answered == store.outbox.cursor("interaction log")


def test_a_file_of_somebody_else_is_left_alone(
    logger: InteractionLogger, store: Store, folder: Path, clock: SteppedClock
) -> None:
    """Whatever it holds: ours gets another name."""
    folder.mkdir(parents=True)
    (folder / "2025-10-09_14-23-45.json").write_text("[half a")
    store.questions.put(question("a", clock), RULE)
    logger.pump()

    assert "[half a" == (folder / "2025-10-09_14-23-45.json").read_text()
    assert 2 == len(list(folder.iterdir()))


def test_text_that_is_no_unicode_is_written_all_the_same(
    logger: InteractionLogger, store: Store, folder: Path, clock: SteppedClock
) -> None:
    """And so is whatever a tool call holds."""
    odd = question("a", clock, text="half \ud83d of a pair")
    store.questions.put(replace(odd, deadline=odd.deadline + timedelta(days=1)), RULE)
    logger.pump()

    assert 1 == len(written(folder))


def test_an_embedder_logs_in_its_own_words(
    logger: InteractionLogger, folder: Path, clock: SteppedClock
) -> None:
    """As in the founding document; the time is added, secrets are replaced."""
    given = {
        "question": "I found sk-live-0123. Commit it?",
        "notification_sent_to": ["terminal", "desktop", "slack"],
        "user_response": "no",
        "response_time_seconds": 12.5,
        "timed_out": False,
        "at": BEGAN,
    }
    first, second = logger.log(given), logger.log({"question": "Again?"})

    assert {
        "timestamp": "2025-10-09T14:23:45Z",
        **given,
        "question": "I found [secret]. Commit it?",
        "at": "2025-10-09 14:23:45+00:00",
    } == json.loads(first.read_text(encoding="utf-8"))
    assert ["2025-10-09_14-23-45.json", "2025-10-09_14-23-45_2.json"] == [first.name, second.name]
