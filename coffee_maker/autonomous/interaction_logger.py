"""A JSON file for every exchange between the agent and whoever answered it."""

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from coffee_maker.clock import RealClock
from coffee_maker.domain.events import Entry, NoticeGiven, QuestionAnswered
from coffee_maker.domain.interaction_record import instant, record, redacted
from coffee_maker.domain.interactions import KINDS, Interaction, Interactions
from coffee_maker.domain.ports import Clock, Journal, Outbox

READER = "interaction log"
FILES_AT_ONCE = 10  # per call, so that the loop that calls is never held up for long
RETRY_SECONDS = 30.0

Redact = Callable[[str], str]


class InteractionLogger:
    """Reads the journal from a durable cursor; what is written again after a crash is the same.

    Files are readable by their owner alone. A directory that cannot be written to is told of
    once, and tried again until it can; no exchange is lost meanwhile.
    """

    def __init__(
        self,
        journal: Journal,
        outbox: Outbox,
        directory: Path,
        redact: Redact,
        clock: Clock | None = None,
    ) -> None:
        self._journal, self._outbox = journal, outbox
        self._directory, self._redact = directory, redact
        self._clock = clock or RealClock()
        self._tasks: dict[str, Interactions] = {}
        self._reached: int | None = None
        self._retry_at: float | None = None

    def pump(self) -> None:
        """Write what was settled since; made for being called often. Raises StoreError."""
        if self._retry_at is not None and self._clock.monotonic() < self._retry_at:
            return
        if self._reached is None:
            self._reached = self._outbox.cursor(READER)
        newest = self._journal.last()
        if newest <= self._reached:
            return
        try:
            self._write_until(newest)
        except OSError as error:
            self._cannot_write(error)
        else:
            self._retry_at = None

    def log(self, interaction: Mapping[str, Any]) -> Path:
        """Write an exchange of somebody else's, under whatever names they use. Raises OSError.

        Its "timestamp" is the present one where it has none.
        """
        now = self._clock.now()
        written = redacted({"timestamp": instant(now), **interaction}, self._redact)
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._directory / _name(now, "")
        number = 1
        while path.exists():
            number += 1
            path = self._directory / _name(now, f"_{number}")
        _write(path, written)
        return path

    def _write_until(self, newest: int) -> None:
        written = dealt_with = 0
        try:
            for entry in self._journal.read(after=self._reached or 0, kinds=KINDS):
                settled = self._take(entry)
                if settled is not None:
                    self._file(settled)
                    self._tasks[entry.task].forget(settled.question.id)
                    written += 1
                self._reached = dealt_with = entry.id
                if written == FILES_AT_ONCE:
                    return
            # What lies behind the last entry of our kinds is nothing to us.
            self._reached = max(newest, dealt_with)
        finally:
            if written:
                self._outbox.put((), reader=READER, upto=dealt_with)

    def _take(self, entry: Entry) -> Interaction | None:
        known = self._tasks.get(entry.task)
        if known is None:
            # Its question may have been asked before we were started.
            known = self._tasks[entry.task] = Interactions()
            for earlier in self._journal.read(task=entry.task, kinds=KINDS):
                if earlier.id >= entry.id:
                    break
                before = known.take(earlier)
                if before is not None:
                    known.forget(before.question.id)
        settled = known.take(entry)
        return settled if isinstance(entry.event, QuestionAnswered) else None

    def _file(self, one: Interaction) -> None:
        if one.answer is None:
            return
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._directory / _name(one.asked_at, "")
        if path.exists() and _question_in(path) != one.question.id:
            path = self._directory / _name(one.asked_at, f"_{one.question.code}")
        _write(path, record(one, one.answer, self._redact))

    def _cannot_write(self, error: OSError) -> None:
        told = self._retry_at is not None
        self._retry_at = self._clock.monotonic() + RETRY_SECONDS
        # The task at hand is read anew: the entry that failed was taken in already.
        self._tasks.clear()
        if not told:
            why = error.strerror or str(error)
            message = (
                f"The interaction log in {self._directory} cannot be written: {why}. "
                "What is missing there is written as soon as it can be."
            )
            self._journal.append(NoticeGiven(message=message))


def _name(at: datetime, unique: str) -> str:
    return f"{instant(at)[:-1].replace('T', '_').replace(':', '-')}{unique}.json"


def _question_in(path: Path) -> str:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["question_id"])
    except (ValueError, KeyError, TypeError):
        return ""


def _write(path: Path, written: Mapping[str, Any]) -> None:
    """All of it or nothing: whoever reads the directory never meets half a file."""
    text = json.dumps(written, ensure_ascii=False, indent=2) + "\n"
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
