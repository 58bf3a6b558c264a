"""Which questions were asked in which thread, so that a text in it finds its own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from coffee_maker.channels.slack.blocks import HINT, SETTLED
from coffee_maker.channels.slack.events import read_block_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as a thread knows it; `at` is the ts of the message that asks it, if known."""

    question: str
    code: str
    open: bool
    at: str = ""


class Threads:
    """Grows by what is sent, and by what is read again of threads from before a restart."""

    def __init__(self) -> None:
        self._asked: dict[str, dict[str, Asked]] = {}
        self._whole: set[str] = set()
        self._settled: set[str] = set()
        self._lock = Lock()

    def begin(self, thread: str) -> None:
        """It is new: nothing was asked there that is not noted here."""
        with self._lock:
            self._whole.add(thread)

    def is_whole(self, thread: str) -> bool:
        """Whether everything that was asked there is known."""
        with self._lock:
            return thread in self._whole

    def note(self, thread: str, asked: Sequence[Asked]) -> None:
        """These were sent there just now."""
        with self._lock:
            self._settled.difference_update(each.code for each in asked)
            self._asked.setdefault(thread, {}).update({each.code: each for each in asked})

    def note_earlier(self, thread: str, asked: Sequence[Asked]) -> None:
        """These stood there, and nothing else did; what is known of them already is newer."""
        with self._lock:
            earlier = {each.code: each for each in asked}
            self._asked[thread] = {**earlier, **self._asked.get(thread, {})}
            self._whole.add(thread)

    def settle(self, code: str) -> None:
        """It has its answer, wherever it was asked."""
        with self._lock:
            self._settled.add(code)

    def asked(self, thread: str) -> tuple[Asked, ...]:
        """Everything known to have been asked there, oldest first."""
        with self._lock:
            there = self._asked.get(thread, {}).values()
            return tuple(
                replace(each, open=False) if each.code in self._settled else each for each in there
            )


def read_blocks(messages: Iterable[Mapping[str, object]]) -> tuple[Asked, ...]:
    """The questions of messages that this program sent, as their blocks name them."""
    found: dict[str, Asked] = {}
    for message in messages:
        listed = message.get("blocks")
        for block in listed if isinstance(listed, list) else []:
            named = block.get("block_id") if isinstance(block, dict) else None
            parts = read_block_id(named) if isinstance(named, str) else None
            if parts is not None and parts[0] in (HINT, SETTLED):
                kind, code, question = parts
                at = str(message.get("ts") or "")
                found[code] = Asked(question=question, code=code, open=kind == HINT, at=at)
    return tuple(found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """The question a text is for, and the answer in it; `of` names several where it is unclear."""

    question: str = ""
    text: str = ""
    of: tuple[Asked, ...] = ()


def meant(text: str, asked: Sequence[Asked], at: str = "") -> Meant | None:
    """Which question of a thread a text of this ts answers; None where nothing was asked there.

    The one whose code it begins with; else the only open one; else, where none is open, the last,
    so that whoever is late is told. What was asked after the text was written is not meant: an
    answer that came late, or was told again, must not answer the next question.
    """
    word, rest = [*text.split(maxsplit=1), "", ""][:2]
    named = {each.code.casefold(): each for each in asked}
    if (each := named.get(word.strip(",.:").casefold())) is not None:
        return Meant(question=each.question, text=rest)
    seen = [each for each in asked if _moment(each.at) <= _moment(at or each.at)]
    waiting = tuple(each for each in seen if each.open)
    if len(waiting) > 1:
        return Meant(of=waiting)
    last = waiting or tuple(seen[-1:])
    return Meant(question=last[0].question, text=text) if last else None


def _moment(ts: str) -> tuple[int, int]:
    """Slack's `SECONDS.COUNT`, to be compared; the very beginning where it is none."""
    seconds, _, count = ts.partition(".")
    figures = seconds.isdecimal() and count.isdecimal() and ts.isascii()
    return (int(seconds), int(count)) if figures else (0, 0)
