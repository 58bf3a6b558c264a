"""Tokens: what one answer of a model used, and how answers are counted once.

The rule (each part of it answers a trap that real transcripts contain):

- An answer's key is its `message.id` where that starts with `msg_`, else `message.id` with the
  request id, else `message.id` with session and time (gateways reuse ids).
- Of several lines with one key the one that is not a side chain's copy wins, then the one with
  the largest output and cache total. Its time is the earliest seen.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
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
    """One answer of a model as one line of a transcript tells it. `at` is in UTC."""

    key: str
    model: str
    tokens: TokenCount
    at: datetime
    session: str
    sidechain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptUsage:
    """What one model used in one attempt at one task."""

    task: str
    attempt: int
    model: str
    tokens: TokenCount


def better(one: CountedAnswer, other: CountedAnswer) -> CountedAnswer:
    """Of two lines that tell of the same answer, the one to count, at the earlier time."""

    def rank(answer: CountedAnswer) -> tuple[bool, int]:
        tokens = answer.tokens
        return (not answer.sidechain, tokens.output + tokens.cache_write + tokens.cache_read)

    chosen = other if rank(other) > rank(one) else one
    return replace(chosen, at=min(one.at, other.at))


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
        if counted == known:
            return False
        self._answers[answer.key] = counted
        return True

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
