"""Tokens: what one answer of a model used, and how answers are counted once.

The rule (each part of it answers a trap that real transcripts contain):

- An answer's key is its `message.id` where that starts with `msg_`, else `message.id` with the
  request id, else `message.id` with session and time (gateways reuse ids).
- A line outside side chains makes those in side chains, which are copies of it, count for nothing.
- Of the lines that are left the one with the largest output and cache total wins: streaming
  writes snapshots that grow. Time and session are those of the earliest line.
- Nothing depends on the order in which lines are told, nor on how often: lines that tie are told
  apart by the rest of what they say.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCount:
    """Token figures of one or many answers; every figure is a whole number of tokens.

    `cache_write` is the sum of `cache_write_5m` and `cache_write_1h`, which have their own prices.
    """

    input: int = 0
    output: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    cache_read: int = 0
    web_searches: int = 0

    @property
    def cache_write(self) -> int:
        return self.cache_write_5m + self.cache_write_1h

    @property
    def total(self) -> int:
        """All tokens; web searches are requests and not among them."""
        return self.input + self.output + self.cache_write + self.cache_read

    def __add__(self, other: "TokenCount") -> "TokenCount":
        return TokenCount(
            input=self.input + other.input,
            output=self.output + other.output,
            cache_write_5m=self.cache_write_5m + other.cache_write_5m,
            cache_write_1h=self.cache_write_1h + other.cache_write_1h,
            cache_read=self.cache_read + other.cache_read,
            web_searches=self.web_searches + other.web_searches,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedAnswer:
    """One answer of a model as one line of a transcript tells it. `at` is in UTC.

    `model` is the name that the answer gives; fast mode, which has prices of its own, is marked
    by `/fast` behind it.
    """

    key: str
    model: str
    tokens: TokenCount
    at: datetime
    session: str
    sidechain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptAnswer:
    """One answer as it counts, and the attempt that it counts for."""

    task: str
    attempt: int
    answer: CountedAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptUsage:
    """What one model used in one attempt at one task."""

    task: str
    attempt: int
    model: str
    tokens: TokenCount


def answer_key(message_id: str, *, request_id: str, session: str, at: datetime) -> str:
    """The identity of an answer; two lines that tell of one answer have the same."""
    if message_id.startswith("msg_"):
        return message_id
    if request_id:
        return f"{message_id}|{request_id}"
    return f"{message_id}|{session}|{at.isoformat()}"


def _weight(answer: CountedAnswer) -> tuple[int | str, ...]:
    tokens = answer.tokens
    return (
        tokens.output + tokens.cache_write + tokens.cache_read,
        tokens.output,
        tokens.input,
        tokens.cache_read,
        tokens.cache_write_1h,
        tokens.web_searches,
        answer.model,
    )


def _origin(answer: CountedAnswer) -> tuple[datetime, str]:
    return (answer.at, answer.session)


def better(one: CountedAnswer, other: CountedAnswer) -> CountedAnswer:
    """What two lines, or two earlier results, that tell of one answer say together.

    Lines may be joined in any order and any number of times: the result is the same.
    """
    if one.sidechain != other.sidechain:
        return other if one.sidechain else one
    first = min(one, other, key=_origin)
    return replace(max(one, other, key=_weight), at=first.at, session=first.session)


class Tally:
    """Answers counted once each, in whatever order and however often they are told."""

    def __init__(self, answers: Iterable[CountedAnswer] = ()) -> None:
        self._answers: dict[str, CountedAnswer] = {}
        for answer in answers:
            self.count(answer)

    def count(self, answer: CountedAnswer) -> bool:
        """Take an answer in; False where it changes nothing."""
        known = self._answers.get(answer.key)
        counted = answer if known is None else better(known, answer)
        self._answers[answer.key] = counted
        return counted != known

    def get(self, key: str) -> CountedAnswer | None:
        """An answer as it is counted now."""
        return self._answers.get(key)

    @property
    def answers(self) -> tuple[CountedAnswer, ...]:
        return tuple(self._answers.values())

    def per_model(self) -> dict[str, TokenCount]:
        """Sums per model, in the order in which the models were first seen."""
        sums: dict[str, TokenCount] = {}
        for answer in self._answers.values():
            sums[answer.model] = sums.get(answer.model, TokenCount()) + answer.tokens
        return sums

    def total(self) -> TokenCount:
        return sum((answer.tokens for answer in self._answers.values()), TokenCount())


def shortfall(
    counted: Mapping[str, TokenCount], reported: Mapping[str, TokenCount]
) -> dict[str, TokenCount]:
    """What a program's own totals per model hold above the counted ones; empty where nothing.

    A transcript can end in an unfinished snapshot, so that counting it gives a lower bound.
    """
    missing = {
        model: TokenCount(
            **{
                name: max(0, getattr(tokens, name) - getattr(counted.get(model, _NONE), name))
                for name in _FIGURES
            }
        )
        for model, tokens in reported.items()
    }
    return {model: tokens for model, tokens in missing.items() if tokens != _NONE}


_NONE = TokenCount()
_FIGURES = tuple(field.name for field in fields(TokenCount))
