"""One channel's messenger: a thread that waits, sends, and tries again."""

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum

from coffee_maker.autonomous.notification_queue import Notification, NotificationQueue
from coffee_maker.domain.cards import Redact
from coffee_maker.domain.errors import ChannelError, StoreError
from coffee_maker.domain.events import ChannelFailed, ChannelRecovered, NoticeGiven
from coffee_maker.domain.ports import Channel, Clock, Journal, Receive
from coffee_maker.domain.visible import one_line

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 300.0
RETRY_AFTER_AT_MOST = 3_600.0  # seconds; whoever says more has made a mistake
POLL_SECONDS = 0.5
TOLD_AFTER = 3  # failures in a row, where trying again may help; one is nothing to speak of
TOLD_EVERY_SECONDS = 300.0  # a channel that comes and goes is spoken of no more often
HANGS_SECONDS = 4.0  # whoever takes as long for one message will not be done in a moment either


def pause(failures: int, error: ChannelError, chance: float) -> float:
    """Seconds until the next try after so many failures in a row; `chance` is from 0 to 1."""
    if error.transient:
        grown = FIRST_SECONDS * 2.0 ** min(failures - 1, 20)
        seconds = max(FIRST_SECONDS, grown * (0.75 + 0.5 * chance))
    else:
        seconds = LONGEST_SECONDS
    asked = min(error.retry_after or 0.0, RETRY_AFTER_AT_MOST)
    return max(min(LONGEST_SECONDS, seconds), asked)


LOOK_SECONDS = 60.0  # a machine that slept has not counted the time: look at the clock again


class _Step(StrEnum):
    IDLE = "idle"  # nothing is due
    GO_ON = "go on"
    FAILED = "failed"


class Courier:
    """Opens a channel, sends what its queue holds, and closes it, in a thread of its own.

    Nothing that the channel does is felt elsewhere. An outage is journalled once, and its end,
    with what `redact` leaves of the error: a stranger's may name an address or a token.
    """

    def __init__(
        self,
        channel: Channel,
        queue: NotificationQueue,
        journal: Journal,
        clock: Clock,
        receive: Receive,
        *,
        chance: Callable[[], float] = random.random,
        redact: Redact = str,
    ) -> None:
        self._channel, self._queue = channel, queue
        self._journal, self._clock, self._receive = journal, clock, receive
        self._chance, self._redact = chance, redact
        self._woken, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"courier-{channel.name}", daemon=True
        )
        self._opened = False
        self._failures = 0
        self._busy_since: float | None = None  # with the channel, by `time.monotonic`
        self._tried = 0  # messages that were refused in this round
        self._is_told = False  # that it is out
        self._told_at = -TOLD_EVERY_SECONDS
        # Messages that were refused for good, and those of them that have one try left, because
        # others went through since: it was not the channel that was wrong.
        self._refused: set[str] = set()
        self._last_try: set[str] = set()

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """There is something new in the outbox."""
        self._woken.set()

    def end(self) -> None:
        """Send what is due now, once, and end; does not wait for that."""
        self._closing.set()
        self._woken.set()

    def join(self, seconds: float) -> bool:
        """Wait for the end; False where the channel hangs. It is left behind then.

        One that is known to be out, or to hang, is not waited for: it had its time.
        """
        if self._thread.ident is not None:
            self._thread.join(0.0 if self._is_lost() else max(0.0, seconds))
        return not self._thread.is_alive()

    def _is_lost(self) -> bool:
        since = self._busy_since
        if since is None:
            return False
        return self._failures > 0 or time.monotonic() - since > HANGS_SECONDS

    def _run(self) -> None:
        while not self._closing.is_set():
            self._wait(*self._round())
        if self._failures == 0:
            self._round()
        try:
            self._channel.close()
        except Exception as error:  # noqa: BLE001 - a stranger's channel; nobody is left to tell
            self._note(NoticeGiven(message=f"{self._channel.name} was not closed: {error!r}"))

    def _round(self) -> tuple[_Step, float]:
        """Send all that is due; how that ended, and seconds until there is something to do."""
        self._woken.clear()
        self._tried = 0
        try:
            while True:
                step, seconds = self._step()
                if step is not _Step.GO_ON:
                    return step, seconds
        except StoreError:
            return _Step.FAILED, FIRST_SECONDS

    def _step(self) -> tuple[_Step, float]:
        if not self._opened:
            failed = self._attempt(lambda: self._channel.open(self._receive))
            if failed is not None:
                return _Step.FAILED, self._after(failed)
            self._opened = True
            self._went_well()
        taken = self._queue.get_next()
        if taken is None:
            return _Step.IDLE, self._until_due()
        failed = self._attempt(lambda: self._deliver(taken))
        if failed is not None:
            return self._failed(taken, failed)
        self._refused.discard(taken.id)
        self._last_try = self._last_try - {taken.id} | self._refused
        self._refused = set()
        self._went_well()
        return _Step.GO_ON, 0.0

    def _deliver(self, taken: Notification) -> None:
        self._queue.mark_complete(taken.id, self._channel.send(taken.message))

    def _attempt(self, act: Callable[[], None]) -> ChannelError | None:
        self._busy_since = time.monotonic()
        try:
            act()
        except ChannelError as error:
            return error
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - a stranger's channel may raise anything
            return ChannelError(f"{type(error).__name__}: {error}", cure="this is a mistake in it")
        finally:
            self._busy_since = None
        return None

    def _failed(self, taken: Notification, error: ChannelError) -> tuple[_Step, float]:
        if error.transient:
            seconds = self._after(error)
            # Others go first then, where it was this one that was in the way.
            turns = 2 if max(letter.tries for letter in taken.letters) >= TOLD_AFTER else 1
            self._queue.put_off(taken, seconds * turns)
            return _Step.FAILED, seconds
        if taken.id in self._last_try:
            self._last_try.discard(taken.id)
            self._queue.give_up(taken)
            said = (
                f"{self._channel.name} does not take {taken.id}, so it is not told there: {error}"
            )
            self._note(NoticeGiven(message=self._line(said)))
            return _Step.GO_ON, 0.0
        self._refused.add(taken.id)
        self._queue.put_off(taken, LONGEST_SECONDS)
        self._tried += 1
        if self._tried == 1 and not self._queue.empty():
            return _Step.GO_ON, 0.0  # is it this message, or the channel? Another one will show
        return _Step.FAILED, self._after(error)

    def _after(self, error: ChannelError) -> float:
        """Note a failure; seconds until the next try."""
        self._failures += 1
        seconds = pause(self._failures, error, self._chance())
        patient = error.transient and self._failures < TOLD_AFTER
        too_soon = self._clock.monotonic() - self._told_at < TOLD_EVERY_SECONDS
        if not (patient or self._is_told or too_soon):
            self._is_told, self._told_at = True, self._clock.monotonic()
            said, cure = self._line(str(error)), self._line(error.cure)
            self._note(ChannelFailed(channel=self._channel.name, error=said, cure=cure))
        return seconds

    def _line(self, text: str) -> str:
        return one_line(self._redact(text), 500)  # in this order: half a secret is not recognised

    def _went_well(self) -> None:
        self._failures = 0
        if self._is_told:
            self._is_told = False
            self._note(ChannelRecovered(channel=self._channel.name))

    def _note(self, event: ChannelFailed | ChannelRecovered | NoticeGiven) -> None:
        try:
            self._journal.append(event)
        except StoreError:
            return  # the daemon meets the same error, and tells it

    def _until_due(self) -> float:
        due = self._queue.next_due()
        if due is None:
            return LOOK_SECONDS
        return min(LOOK_SECONDS, max(0.0, (due - self._clock.now()).total_seconds()))

    def _wait(self, step: _Step, seconds: float) -> None:
        """For so long, or until there is something new; what is new does not shorten a pause."""
        end = time.monotonic() + seconds
        while not self._closing.is_set():
            left = min(POLL_SECONDS, end - time.monotonic())
            if left <= 0:
                return
            if step is _Step.FAILED:
                self._closing.wait(left)
            elif self._woken.wait(left):
                return
            if self._opened:
                self._poll()

    def _poll(self) -> None:
        with suppress(StoreError):  # a reply that could not be noted: the next look comes soon
            self._attempt(self._channel.poll)
