"""What Claude Code writes down about a session: the tokens of every answer, and its own totals.

The format was read off Claude Code 2.1.197 and 2.1.329: one JSON object per line in
`<config>/projects/<folder>/<session>.jsonl`, and one such file per sub-agent in
`<config>/projects/<folder>/<session>/subagents/`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import msgspec

from coffee_maker.claude.line_file import LineFile
from coffee_maker.domain.usage import CountedAnswer, TokenCount, answer_key

_USAGE = b'"usage"'
_COST_STATE = b'"cost-state"'
_AROUND = b" \t\r\n\x00\xef\xbb\xbf"
_LONG_CONTEXT = "[1m]"

T = TypeVar("T")


class _Kind(msgspec.Struct):
    type: object = None


class _CacheCreation(msgspec.Struct):
    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class _ServerToolUse(msgspec.Struct):
    web_search_requests: int | None = None


class _Usage(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation: _CacheCreation | None = None
    server_tool_use: _ServerToolUse | None = None
    speed: str | None = None

    def tokens(self) -> TokenCount:
        split = self.cache_creation or _CacheCreation()
        one_hour = split.ephemeral_1h_input_tokens or 0
        written = self.cache_creation_input_tokens or 0
        searches = self.server_tool_use.web_search_requests if self.server_tool_use else 0
        return TokenCount(
            input=self.input_tokens or 0,
            output=self.output_tokens or 0,
            # What the split does not name was written for five minutes, the default.
            cache_write_5m=max(written - one_hour, split.ephemeral_5m_input_tokens or 0),
            cache_write_1h=one_hour,
            cache_read=self.cache_read_input_tokens or 0,
            web_searches=searches or 0,
        )


class _Message(msgspec.Struct):
    id: str | None = None
    model: str | None = None
    usage: _Usage | None = None


class _Fork(msgspec.Struct, rename="camel"):
    session_id: str | None = None


class _AssistantLine(msgspec.Struct, rename="camel"):
    timestamp: datetime
    message: _Message
    request_id: str | None = None
    session_id: str | None = None
    is_sidechain: bool | None = None
    forked_from: _Fork | None = None

    def answer(self) -> CountedAnswer | None:
        usage, model = self.message.usage, self.message.model or "unknown"
        if usage is None or model == "<synthetic>":
            return None
        at = self.timestamp.replace(tzinfo=self.timestamp.tzinfo or UTC).astimezone(UTC)
        origin = self.forked_from.session_id if self.forked_from else None
        session = origin or self.session_id or ""
        return CountedAnswer(
            key=answer_key(
                self.message.id or "", request_id=self.request_id or "", session=session, at=at
            ),
            model=f"{model}/fast" if usage.speed == "fast" else model,
            tokens=usage.tokens(),
            at=at,
            session=session,
            sidechain=bool(self.is_sidechain),
        )


class _ModelUsage(msgspec.Struct, rename="camel"):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_creation_ephemeral5m_input_tokens: int = msgspec.field(
        default=0, name="cacheCreationEphemeral5mInputTokens"
    )
    cache_creation_ephemeral1h_input_tokens: int = msgspec.field(
        default=0, name="cacheCreationEphemeral1hInputTokens"
    )
    web_search_requests: int = 0

    def tokens(self) -> TokenCount:
        one_hour = self.cache_creation_ephemeral1h_input_tokens
        return TokenCount(
            input=self.input_tokens,
            output=self.output_tokens,
            cache_write_5m=max(
                self.cache_creation_input_tokens - one_hour,
                self.cache_creation_ephemeral5m_input_tokens,
            ),
            cache_write_1h=one_hour,
            cache_read=self.cache_read_input_tokens,
            web_searches=self.web_search_requests,
        )


class _CostStateLine(msgspec.Struct, rename="camel"):
    session_id: str = ""
    total_cost_usd: Decimal | None = msgspec.field(default=None, name="totalCostUSD")
    model_usage: dict[str, _ModelUsage] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A line that should have told something and could not be read."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CostState:
    """Claude Code's own totals of a session so far, earlier runs of it and sub-agents included.

    Written by 2.1.329 (not by 2.1.197) when a session ends. `dollars` is at Claude Code's prices.
    """

    session: str
    per_model: dict[str, TokenCount]
    dollars: Decimal | None


def _decode(line: bytes, kind: type[T]) -> T:
    """Read a line as `kind`, repairing bad bytes. Raises ValueError where it cannot be."""
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.MsgspecError, RecursionError):
        text = line.replace(b"\x00", b"").decode("utf-8", "replace")
    try:
        return msgspec.convert(json.loads(text, strict=False), type=kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(str(error)) from error


def read_line(line: bytes) -> CountedAnswer | Unreadable | None:
    """The answer that a line of a transcript tells of; None where it tells of none.

    Lines of people (`user`), echoes of sub-agents (`progress`, which stand in files of their own
    as well) and what Claude Code says in its own name (`<synthetic>`) are never counted.
    """
    line = line.strip(_AROUND) or line.strip(b" \t\r\n\xef\xbb\xbf")
    if not line:
        return None
    if not (line.startswith(b"{") and line.endswith(b"}")):
        return Unreadable(why="not a whole JSON object")
    if _USAGE not in line:
        return None
    try:
        if _decode(line, _Kind).type != "assistant":
            return None
        return _decode(line, _AssistantLine).answer()
    except ValueError as error:
        return Unreadable(why=str(error))


def read_cost_state(line: bytes) -> CostState | None:
    """Claude Code's own totals, where this line holds them and can be read."""
    if _COST_STATE not in line:
        return None
    try:
        if _decode(line, _Kind).type != "cost-state":
            return None
        state = _decode(line, _CostStateLine)
    except ValueError:
        return None
    per_model: dict[str, TokenCount] = {}
    for name, usage in state.model_usage.items():
        model = name.removesuffix(_LONG_CONTEXT)  # answers do not name the size of the context
        per_model[model] = per_model.get(model, TokenCount()) + usage.tokens()
    return CostState(session=state.session_id, per_model=per_model, dollars=state.total_cost_usd)


class TranscriptReader:
    """Follows one session's transcript and those of its sub-agents while they are written.

    `unreadable` counts lines that could not be read and are missing from the figures; `reported`
    holds Claude Code's own totals as soon as it has written them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reported: CostState | None = None
        self._broken = 0
        self._files = {path: LineFile(path)}
        self._last: CountedAnswer | None = None

    @property
    def unreadable(self) -> int:
        return self._broken + sum(file.dropped for file in self._files.values())

    def read_new(self) -> Iterator[CountedAnswer]:
        """Answers written since the last call, as their lines tell them.

        The same key comes again when its figures changed and may come again when they did not:
        count with `Tally`. A file that was replaced is told from its beginning once more.
        """
        for path in sorted(self.path.with_suffix("").glob("subagents/**/*.jsonl")):
            self._files.setdefault(path, LineFile(path))
        for file in self._files.values():
            for line in file.read_new():
                yield from self._told(line)

    def _told(self, line: bytes) -> Iterator[CountedAnswer]:
        found = read_line(line)
        if isinstance(found, Unreadable):
            self._broken += 1
        elif found is None:
            self.reported = read_cost_state(line) or self.reported
        elif not self._repeats(found):
            self._last = found
            yield found

    def _repeats(self, answer: CountedAnswer) -> bool:
        """One answer is written as several lines in a row, which all have the same usage."""
        last = self._last
        return last is not None and (last.key, last.model, last.tokens, last.sidechain) == (
            answer.key,
            answer.model,
            answer.tokens,
            answer.sidechain,
        )
