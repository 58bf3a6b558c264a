"""The packaged prices: those of their source, quick to load, and open to the user's own."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from genai_prices import Usage, calc_price
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.claude.transcript import TranscriptReader
from coffee_maker.domain.errors import ConfigError
from coffee_maker.domain.prices import bill, cost
from coffee_maker.domain.usage import TokenCount
from coffee_maker.prices import load_prices

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 11, 20, tzinfo=UTC)
TABLE = load_prices()
NAMES = sorted(TABLE.models) + [f"{name}-20250514" for name in sorted(TABLE.dated)]
# The oldest models had no cache and no web search; there the source charges plain input for them.
CACHING = [n for n in NAMES if (p := TABLE.find(n, NOW)) and p.rates.cache_read is not None]

counts = st.builds(
    TokenCount,
    input=st.integers(0, 10**6),
    output=st.integers(0, 10**5),
    cache_write_5m=st.integers(0, 10**5),
    cache_write_1h=st.integers(0, 10**5),
    cache_read=st.integers(0, 10**6),
)


def by_the_source(tokens: TokenCount, model: str, at: datetime) -> Decimal:
    name, _, fast = model.partition("/")
    return calc_price(
        Usage(
            input_tokens=tokens.total - tokens.output,
            output_tokens=tokens.output,
            cache_write_tokens=tokens.cache_write,
            cache_write_1h_tokens=tokens.cache_write_1h,
            cache_read_tokens=tokens.cache_read,
            web_searches=tokens.web_searches,
        ),
        model_ref=name,
        provider_id="anthropic",
        genai_request_timestamp=at,
        price_context={"speed": "fast"} if fast else None,
    ).total_price


@given(
    model=st.sampled_from(CACHING),
    tokens=counts,
    at=st.sampled_from([NOW, datetime(2026, 1, 1, tzinfo=UTC)]),
)
def test_prices_are_those_of_the_source(model: str, tokens: TokenCount, at: datetime) -> None:
    """The snapshot and genai-prices agree to the last digit, on every model, name and tier."""
    assert by_the_source(tokens, model, at) == cost(tokens, model, TABLE, at)


@pytest.mark.parametrize("model", NAMES)
def test_every_name_is_priced_as_the_source_prices_it(model: str) -> None:
    """No name of the table means another model there; searches are charged by the piece."""
    price = TABLE.find(model, NOW)
    assert price is not None
    searches = 3 if price.rates.web_search is not None else 0
    tokens = TokenCount(input=1000, output=100, web_searches=searches)

    assert by_the_source(tokens, model, NOW) == cost(tokens, model, TABLE, NOW)


def test_the_snapshot_is_that_of_the_installed_source() -> None:
    """Whoever updates genai-prices is told to write the snapshot anew."""
    script = ROOT / "scripts" / "update_prices.py"
    done = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "the packaged prices are current\n"), done.stderr


@pytest.mark.parametrize("model", ["gpt-5", "claude", "claude-opus", "claude-opus-99", "unknown"])
def test_unknown_models_are_unpriced(model: str) -> None:
    """A new model is not charged as an old one."""
    assert cost(TokenCount(input=1), model, TABLE, NOW) is None


def test_a_real_session_costs_what_the_real_program_says() -> None:
    """Our figures and prices give the dollars that Claude Code wrote down itself."""
    reader = TranscriptReader(
        ROOT / "tests" / "claude" / "transcripts" / "2.1.329" / "session.jsonl"
    )
    # This model has no fast mode; the program charges an answer that claims one as usual.
    answers = [
        replace(answer, model=answer.model.removesuffix("/fast")) for answer in reader.read_new()
    ]

    assert reader.reported is not None
    assert reader.reported.dollars == bill(answers, TABLE).dollars


def test_own_prices_replace_rates_and_add_models() -> None:
    """A discount, or a model behind a gateway, needs no new release of ours."""
    table = load_prices(
        {
            "claude-opus-5": {"input": "1.5"},
            "local-llm": {"input": 0, "output": 0.25},
        }
    )

    million = TokenCount(input=10**6, output=10**6)
    assert Decimal("26.5") == cost(million, "claude-opus-5", table, NOW)
    assert Decimal("0.25") == cost(million, "local-llm", table, NOW)
    assert Decimal(30) == cost(million, "claude-opus-5", TABLE, NOW)


@pytest.mark.parametrize(
    ("given_rates", "part"),
    [
        ({"input": "1", "outptu": "2"}, "outptu"),
        ({"input": "1"}, "has no 'output'"),
        ({"input": "cheap", "output": "1"}, "not a number"),
        ({"input": "-1", "output": "1"}, "not a number"),
        ({"input": "NaN", "output": "1"}, "not a number"),
    ],
)
def test_own_prices_that_make_no_sense_are_refused(given_rates: dict[str, str], part: str) -> None:
    """The message names the model and what is wrong."""
    with pytest.raises(ConfigError, match=part) as caught:
        load_prices({"local-llm": given_rates})

    assert "local-llm" in str(caught.value)
    assert caught.value.cure


def test_loading_needs_no_more_than_the_standard_library() -> None:
    """Commands that show dollars start quickly, and a second load costs nothing."""
    code = (
        "import sys, time; import coffee_maker.prices as p; t = time.perf_counter();"
        "a = p.load_prices(); ms = 1000 * (time.perf_counter() - t);"
        "import json; print(json.dumps([ms, p.load_prices() is a, 'genai_prices' in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    milliseconds, cached, foreign = json.loads(done.stdout)

    assert cached
    assert not foreign
    assert milliseconds < 50  # 1 ms on a quiet machine
