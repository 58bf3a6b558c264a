"""What Claude Code's error messages mean for the next step, in all wordings seen.

A spent plan is something to wait for; a 429 or 529 of a busy service is no spent plan; a login or a
bill is a person's. Times come as a clock time, with or without a day and a zone, or as an epoch.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from coffee_maker.domain.session import Failed, FailureKind, Paused

_SPENT = re.compile(
    r"hit your [\w\s.-]{0,40}limit|limit reached|out of (?:extra )?usage", re.IGNORECASE
)
_NOT_SPENT = re.compile(
    r"not your usage limit|temporarily limiting|repeated 529|request rejected \(429\)",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"limit reached\|(\d{10})(\d{3})?\b")
_RESETS = re.compile(
    r"resets?\s+(?:at\s+)?"
    r"(?:(?P<month>[A-Z][a-z]{2})[a-z]*\.?\s+(?P<day>\d{1,2})(?:,?\s+(?P<year>\d{4}))?"
    r"(?:,|\s+at)?\s+)?"
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?\s*(?P<half>[ap]m)?"
    r"\s*(?:\((?P<zone>[^)]+)\))?",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

# A time that has only just passed is meant as now, not as tomorrow.
_JUST_PASSED = timedelta(minutes=10)

_SAID: tuple[tuple[re.Pattern[str], FailureKind], ...] = (
    (
        re.compile(
            r"not logged in|/login|oauth (?:access )?token|invalid api key|invalid x-api-key"
            r"|authentication_error|authentication failed",
            re.IGNORECASE,
        ),
        FailureKind.LOGIN,
    ),
    (re.compile(r"credit balance|billing", re.IGNORECASE), FailureKind.BILLING),
    (
        re.compile(r"prompt is too long|context (?:window|limit|length)", re.IGNORECASE),
        FailureKind.CONTEXT,
    ),
    (
        re.compile(
            r"overloaded|\b529\b|\b5\d\d\b|temporarily limiting|request rejected \(429\)"
            r"|unable to connect|connection (?:error|refused|closed)|timed? ?out|fetch failed",
            re.IGNORECASE,
        ),
        FailureKind.OVERLOADED,
    ),
)
_NAMED = {
    "authentication_failed": FailureKind.LOGIN,
    "oauth_org_not_allowed": FailureKind.LOGIN,
    "account_on_hold": FailureKind.LOGIN,
    "verification_required": FailureKind.LOGIN,
    "cloud_credential_error": FailureKind.LOGIN,
    "billing_error": FailureKind.BILLING,
    "rate_limit": FailureKind.OVERLOADED,
    "overloaded": FailureKind.OVERLOADED,
    "server_error": FailureKind.OVERLOADED,
    "invalid_request": FailureKind.REFUSED,
    "model_not_found": FailureKind.REFUSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A plan's window is used up. `until` is in UTC, None where the message does not say."""

    until: datetime | None


def spent_limit(text: str, now: datetime) -> Limit | None:
    """The limit that a message tells of, or None where it tells of none.

    `now` is aware; its zone is that of times that name none.
    """
    if _NOT_SPENT.search(text) or not _SPENT.search(text):
        return None
    if epoch := _EPOCH.search(text):
        return Limit(until=datetime.fromtimestamp(int(epoch[1]), UTC))
    resets = _RESETS.search(text)
    return Limit(until=_time(resets, now) if resets else None)


def ending(error: str, message: str, now: datetime) -> Paused | Failed:
    """How a turn ended that Claude Code itself gave up: `error` is StopFailure's word for it."""
    limit = spent_limit(message, now)
    if limit is not None:
        return Paused(until=limit.until, message=message)
    return Failed(kind=failure_kind(error, message), message=message or error)


def failure_kind(error: str, message: str) -> FailureKind:
    """What a failure is, by its name where that says enough, else by its message."""
    named = _NAMED.get(error, FailureKind.UNKNOWN)
    if named in (FailureKind.LOGIN, FailureKind.BILLING, FailureKind.OVERLOADED):
        return named
    return next((kind for said, kind in _SAID if said.search(message)), named)


def _time(resets: re.Match[str], now: datetime) -> datetime | None:
    here = now.astimezone(_zone(resets["zone"], now))
    try:
        time = here.replace(
            hour=_hour(int(resets["hour"]), resets["half"]),
            minute=int(resets["minute"] or 0),
            second=0,
            microsecond=0,
        )
        if resets["month"]:
            time = time.replace(
                year=int(resets["year"] or here.year),
                month=1 + _MONTHS.index(resets["month"].lower()),
                day=int(resets["day"]),
            )
            if not resets["year"] and time < here - timedelta(days=1):
                time = time.replace(year=here.year + 1)
        elif time < here - _JUST_PASSED:
            time += timedelta(days=1)
    except ValueError:
        return None
    return time.astimezone(UTC)


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    return hour % 12 + (12 if half.lower() == "pm" else 0)


def _zone(name: str | None, now: datetime) -> tzinfo | None:
    if name is None:
        return now.tzinfo
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return now.tzinfo
