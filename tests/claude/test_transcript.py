"""Reading answers out of transcripts: lines of the real program, and lines that broke."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from coffee_maker.claude.transcript import (
    CostState,
    TranscriptReader,
    Unreadable,
    read_cost_state,
    read_line,
)
from coffee_maker.claude.transcript_folder import transcript_folder
from coffee_maker.domain.usage import CountedAnswer, Tally, TokenCount, shortfall

REAL = Path(__file__).parent / "transcripts"
SESSION = "5e551011-0000-4000-8000-000000000001"
USAGE = {
    "input_tokens": 100,
    "output_tokens": 50,
    "cache_creation_input_tokens": 30,
    "cache_read_input_tokens": 20,
    "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
    "server_tool_use": {"web_search_requests": 1},
}
TOKENS = TokenCount(
    input=100, output=50, cache_write_5m=10, cache_write_1h=20, cache_read=20, web_searches=1
)


def line(id: str = "msg_1", *, usage: object = USAGE, **changes: object) -> dict[str, object]:
    return {
        "type": "assistant",
        "message": {"id": id, "model": "claude-opus-5", "usage": usage, "content": []},
        "requestId": "req_1",
        "sessionId": SESSION,
        "timestamp": "2026-05-04T12:00:00.000Z",
        "isSidechain": False,
    } | changes


def told(what: object) -> CountedAnswer:
    found = read_line(json.dumps(what).encode())
    assert isinstance(found, CountedAnswer)
    return found


def test_a_line_tells_of_one_answer_with_both_kinds_of_cache_writes() -> None:
    """Every figure that has a price of its own arrives."""
    assert CountedAnswer(
        key="msg_1",
        model="claude-opus-5",
        tokens=TOKENS,
        at=datetime(2026, 5, 4, 12, tzinfo=UTC),
        session=SESSION,
    ) == told(line())


@pytest.mark.parametrize("version", ["2.1.197", "2.1.329"])
def test_real_sessions_are_counted_with_their_sub_agents(version: str) -> None:
    """What the scripted API had sent is what is counted: repeated lines once, sub-agents too."""
    reader = TranscriptReader(REAL / version / "session.jsonl")
    tally = Tally(reader.read_new())

    answers = {"2.1.197": 3, "2.1.329": 4}[version]
    assert sum([TOKENS] * answers, TokenCount()) + TokenCount(input=100, output=50) == tally.total()
    assert reader.unreadable == 0


def test_real_totals_agree_with_what_was_counted() -> None:
    """The program's own figures leave nothing that we did not count."""
    reader = TranscriptReader(REAL / "2.1.329" / "session.jsonl")
    tally = Tally(reader.read_new())

    assert reader.reported is not None
    assert Decimal("0.043936") == reader.reported.dollars
    assert tally.total() == sum(reader.reported.per_model.values(), TokenCount())
    slow = {"claude-sonnet-5": tally.total()}
    assert shortfall(slow, reader.reported.per_model) == {}


@pytest.mark.parametrize(
    "other",
    [
        line(type="user"),
        {"type": "progress", "data": {"message": line()}},
        {"type": "user", "toolUseResult": {"usage": USAGE, "type": "assistant"}},
        line(message={"id": "x", "model": "<synthetic>", "usage": USAGE}),
        line(usage=None),
        line(message={"id": "msg_1", "content": '"usage"'}),
        {"type": "summary", "summary": "usage"},
    ],
)
def test_other_lines_are_never_counted(other: object) -> None:
    """Quoted usage, echoes and the program's own words are no answers."""
    assert read_line(json.dumps(other).encode()) is None


def test_null_and_missing_figures_are_zero() -> None:
    """Gateways leave figures out or write null."""
    sparse = {"input_tokens": 5, "cache_read_input_tokens": None, "cache_creation": None}

    assert TokenCount(input=5) == told(line(usage=sparse)).tokens


def test_cache_writes_without_a_split_are_five_minute_ones() -> None:
    """Older lines name only the sum."""
    usage = {"cache_creation_input_tokens": 30}

    assert TokenCount(cache_write_5m=30) == told(line(usage=usage)).tokens


def test_fast_mode_is_a_model_of_its_own() -> None:
    """It has other prices, so its tokens must not mix with the rest."""
    assert told(line(usage=USAGE | {"speed": "fast"})).model == "claude-opus-5/fast"


def test_a_forked_line_belongs_to_the_session_it_came_from() -> None:
    """A branch of a conversation does not claim what was paid before."""
    assert told(line(forkedFrom={"sessionId": "origin"})).session == "origin"


def test_times_are_in_utc() -> None:
    """Another offset is the same moment."""
    at = told(line(timestamp="2026-05-04T14:00:00+02:00")).at

    assert datetime(2026, 5, 4, 12, tzinfo=UTC) == at
    assert UTC is at.tzinfo


@pytest.mark.parametrize(
    "bytes_around",
    [
        b"%b",
        b"%b\r",
        b"\xef\xbb\xbf%b",
        b"\x00\x00\x00%b",
        b"  %b  ",
    ],
)
def test_rubbish_around_a_line_does_not_hide_it(bytes_around: bytes) -> None:
    """CRLF, a byte-order mark, NULs left by a crash and spaces are read over."""
    assert told(line()) == read_line(bytes_around % json.dumps(line()).encode())


@pytest.mark.parametrize(
    "content", [b'"bad \xff\xfe bytes"', b'"half a pair \\ud83d"', b'"a NUL \x00 inside"', b"NaN"]
)
def test_rubbish_inside_a_line_does_not_hide_it(content: bytes) -> None:
    """Content that is no UTF-8, or no JSON in the strict sense, does not cost the figures."""
    raw = json.dumps(line()).encode().replace(b"[]", content)

    assert told(line()) == read_line(raw)


def test_spacing_and_key_order_do_not_matter() -> None:
    """The search for the needle is not a parser."""
    spaced = json.dumps(dict(reversed(list(line().items()))), separators=(" , ", " : "))

    assert told(line()) == read_line(spaced.encode())


@pytest.mark.parametrize(
    "broken",
    [
        b'{"type":"assistant","message":{"id":"msg_1","usage":{"input_tok',
        b'{"type":"assi{"type":"assistant","usage":{}}',
        b"\x00\x00\x00\x00",
        b"Killed",
        json.dumps(line(timestamp="yesterday")).encode(),
        json.dumps(line(usage={"input_tokens": "many"})).encode(),
        b"[" * 100_000 + b'"usage"',
        b'{"usage":' * 100_000 + b"1" + b"}" * 100_000,
    ],
)
def test_what_cannot_be_read_is_said(broken: bytes) -> None:
    """A line that may have held figures is never passed over in silence."""
    assert isinstance(read_line(broken), Unreadable)


def test_empty_lines_are_nothing() -> None:
    """A blank line, a lone carriage return or byte-order mark is no loss."""
    assert [read_line(b""), read_line(b" \r"), read_line(b"\xef\xbb\xbf")] == [None] * 3


def test_totals_of_the_program_are_read_per_model() -> None:
    """The long-context marker of a model's name is not part of the name in its answers."""
    state = {
        "type": "cost-state",
        "sessionId": "s",
        "totalCostUSD": 0.5,
        "modelUsage": {
            "claude-opus-5": {"inputTokens": 1, "costUSD": 0.1},
            "claude-opus-5[1m]": {"inputTokens": 2, "cacheCreationInputTokens": 4},
        },
    }

    assert CostState(
        session="s",
        per_model={"claude-opus-5": TokenCount(input=3, cache_write_5m=4)},
        dollars=Decimal("0.5"),
    ) == read_cost_state(json.dumps(state).encode())


@pytest.mark.parametrize("other", [b'{"type":"cost-state"', b'{"type":"x","y":"cost-state"}', b""])
def test_other_lines_hold_no_totals(other: bytes) -> None:
    """A broken or quoted line is not taken for totals."""
    assert read_cost_state(other) is None


def test_a_transcript_is_followed_while_it_is_written(tmp_path: Path) -> None:
    """Each answer comes once, when its line is complete; sub-agents' files as they appear."""
    path = tmp_path / "s.jsonl"
    reader = TranscriptReader(path)
    first, second = (json.dumps(line(f"msg_{n}")).encode() + b"\n" for n in (1, 2))

    assert list(reader.read_new()) == []
    path.write_bytes(first + second[:40])
    assert [a.key for a in reader.read_new()] == ["msg_1"]
    assert list(reader.read_new()) == []
    path.write_bytes(first + second)
    assert [a.key for a in reader.read_new()] == ["msg_2"]
    (tmp_path / "s" / "subagents").mkdir(parents=True)
    (tmp_path / "s" / "subagents" / "agent-1.jsonl").write_text(json.dumps(line("msg_3")) + "\n")
    assert [a.key for a in reader.read_new()] == ["msg_3"]


def test_repeated_lines_in_a_row_are_told_once(tmp_path: Path) -> None:
    """One answer is written as a line per block; listeners hear of it when its figures change."""
    grown = line(usage=USAGE | {"output_tokens": 500})
    path = tmp_path / "s.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in [line(), line(), grown, grown]))

    assert [a.tokens.output for a in TranscriptReader(path).read_new()] == [50, 500]


def test_unreadable_lines_are_counted(tmp_path: Path) -> None:
    """A person can see that figures may be missing."""
    path = tmp_path / "s.jsonl"
    path.write_bytes(b"\x00\x00\n\n" + json.dumps(line()).encode() + b"\nKilled\n")
    reader = TranscriptReader(path)

    assert [a.key for a in reader.read_new()] == ["msg_1"]
    assert reader.unreadable == 2


@pytest.mark.parametrize(
    ("cwd", "name"),
    [
        ("/srv/my_app.v2", "-srv-my-app-v2"),
        ("/srv/emoji\N{GRINNING FACE}é", "-srv-emoji---"),
        (
            # as Claude Code 2.1.197 named it
            "/tmp/tr/home2-2.1.197/w/long/" + "/".join(["abcdefghij" * 4] * 6),
            ("-tmp-tr-home2-2-1-197-w-long" + ("-" + "abcdefghij" * 4) * 6)[:200] + "-brgwmn",
        ),
    ],
)
def test_the_folder_is_named_as_the_program_names_it(cwd: str, name: str) -> None:
    """Every UTF-16 unit outside letters, digits and dashes is a dash; long names get a hash."""
    assert Path("/conf/projects", name) == transcript_folder(Path("/conf"), Path(cwd))


def test_the_folder_is_that_of_the_real_directory(tmp_path: Path) -> None:
    """The program looks through symbolic links."""
    (tmp_path / "link").symlink_to("/srv")

    assert Path("/c/projects/-srv") == transcript_folder(Path("/c"), tmp_path / "link")
