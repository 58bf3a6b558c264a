"""Messages of Claude Code and what they mean."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.claude.limits import Limit, ending, failure_kind, spent_limit
from coffee_maker.domain.session import Failed, FailureKind, Paused

NOW = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)


def at(day: int, hour: int, minute: int = 0, *, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("You've hit your session limit · resets 4pm (UTC)", at(20, 16)),
        ("You've hit your 5-hour limit · resets 3:36pm (UTC)", at(20, 15, 36)),
        ("You've hit your weekly limit · resets 1:53am (UTC)", at(21, 1, 53)),
        ("You've hit your Opus limit · resets 12am (UTC)", at(21, 0)),
        ("You've hit your Opus 4.1 limit · resets 12pm (UTC)", at(21, 12)),
        ("You've hit your session limit · resets 2:25pm (UTC)", at(20, 14, 25)),
        ("5-hour limit reached ∙ resets 3pm", at(20, 15)),
        ("Limit reached · resets Dec 17 at 6am (Europe/Oslo)", at(17, 5, month=12)),
        ("Limit reached · resets Dec 17, 6am (Europe/Oslo)", at(17, 5, month=12)),
        ("Limit reached · resets Jan 2 at 6:30pm (UTC)", at(2, 18, 30, month=1, year=2027)),
        ("Limit reached · resets Jan 2, 2027 at 6pm (UTC)", at(2, 18, month=1, year=2027)),
        ("Claude AI usage limit reached|1795222800", at(21, 1)),
        ("Claude AI usage limit reached|1795222800000", at(21, 1)),
        ("You're out of extra usage · resets 9pm", at(20, 21)),
        ("You're out of extra usage · resets 9pm (America/New_York)", at(21, 2)),
        ("You've hit your weekly limit · resets 16:45 (UTC)", at(20, 16, 45)),
        ("You've hit your weekly limit", None),
        ("You've hit your weekly limit · resets Feb 31 at 4pm (UTC)", None),
        ("You've hit your session limit · resets 4pm (Nowhere/Land)", at(20, 16)),
    ],
)
def test_a_spent_plan(text: str, until: datetime | None) -> None:
    """Each wording that was seen says when it ends, in UTC, or that it does not say."""
    assert Limit(until=until) == spent_limit(text, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "API Error: Server is temporarily limiting requests (not your usage limit)",
        "API Error: Repeated 529 Overloaded errors. The API is at capacity",
        "API Error: Request rejected (429)",
        "Credit balance is too low",
        "Not logged in · Please run /login",
        "Invalid API key · Fix external API key",
        "Prompt is too long",
        "",
    ],
)
def test_what_is_no_spent_plan(text: str) -> None:
    """A busy service, a bill and a login are none."""
    assert spent_limit(text, NOW) is None


def test_a_time_without_a_zone_is_local() -> None:
    """The zone of `now` is meant."""
    oslo = NOW.astimezone(ZoneInfo("Europe/Oslo"))

    assert Limit(until=at(20, 20)) == spent_limit("5-hour limit reached ∙ resets 9pm", oslo)


@pytest.mark.parametrize(
    ("error", "message", "kind"),
    [
        ("authentication_failed", "Invalid API key · Fix external API key", FailureKind.LOGIN),
        ("unknown", "Not logged in · Please run /login", FailureKind.LOGIN),
        ("unknown", "OAuth token revoked · Please run /login", FailureKind.LOGIN),
        ("unknown", "API Error: 401 OAuth token has expired", FailureKind.LOGIN),
        ("account_on_hold", "", FailureKind.LOGIN),
        ("billing_error", "Credit balance is too low", FailureKind.BILLING),
        ("invalid_request", "Credit balance is too low", FailureKind.BILLING),
        ("server_error", "API Error: Repeated 529 Overloaded errors.", FailureKind.OVERLOADED),
        ("rate_limit", "API Error: Request rejected (429)", FailureKind.OVERLOADED),
        ("unknown", "API Error: Unable to connect to API (ECONNREFUSED)", FailureKind.OVERLOADED),
        ("invalid_request", "Prompt is too long", FailureKind.CONTEXT),
        ("invalid_request", "messages: text is empty", FailureKind.REFUSED),
        ("model_not_found", "There's an issue with the selected model", FailureKind.REFUSED),
        ("max_output_tokens", "", FailureKind.UNKNOWN),
        ("something new", "what it says", FailureKind.UNKNOWN),
    ],
)
def test_failures(error: str, message: str, kind: FailureKind) -> None:
    """Each leads to the step that can mend it."""
    assert kind is failure_kind(error, message)


def test_endings() -> None:
    """A spent plan pauses, whatever the error is called; everything else has failed."""
    spent = "You've hit your session limit · resets 4pm (UTC)"

    assert Paused(until=at(20, 16), message=spent) == ending("rate_limit", spent, NOW)
    assert Failed(kind=FailureKind.LOGIN, message="authentication_failed") == ending(
        "authentication_failed", "", NOW
    )


@given(st.text())
def test_any_message_can_be_read(text: str) -> None:
    """Messages carry foreign text: none of it raises."""
    spent_limit(f"limit reached {text}", NOW)
    failure_kind(text, text)
