"""What Slack says when it refuses, as an error with the next step.

Nothing of a request is ever repeated in an error: its address or its header may be a secret.
"""

import re
from collections.abc import Mapping

from coffee_maker.domain.errors import ChannelError
from coffee_maker.domain.visible import one_line

_WORD = re.compile(r"[a-z0-9_]{1,60}")
_WAIT_SECONDS = 30.0  # where Slack says "too many" without saying for how long

_BOT_CURE = (
    "set channels.slack.bot_token to the app's bot token (xoxb-…), installed and not revoked"
)
_APP_CURE = (
    "set channels.slack.app_token to an app-level token (xapp-…) with the scope connections:write"
)
_CURES = {
    "channel_not_found": "set channels.slack.channel to the channel's id (C…); "
    "invite the app there if it is private",
    "not_in_channel": "invite the app into the channel: /invite @its-name, "
    "or give it the scope chat:write.public",
    "is_archived": "unarchive the channel, or set channels.slack.channel to another one",
    "restricted_action": "a workspace setting forbids posting there: ask its administrator",
    "no_service": "the webhook was removed: make a new one, set channels.slack.webhook_url to it",
    "invalid_token": "set channels.slack.webhook_url to the incoming webhook's whole address",
}
_TOKEN_REFUSED = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "not_allowed_token_type",
        "not_authed",
        "token_expired",
        "token_revoked",
    }
)
_PASSING = frozenset(
    {
        "fatal_error",
        "internal_error",
        "ratelimited",
        "rate_limited",
        "request_timeout",
        "rollup_error",
        "service_unavailable",
    }
)


class SlackRefusal(ChannelError):
    """Slack answered, and said no; `code` is its own word for why, such as `not_in_channel`."""

    code: str = ""


def refusal(
    doing: str, status: int, headers: Mapping[str, str], said: Mapping[str, object]
) -> SlackRefusal:
    """The error for an answer that is none; `doing` is the API's method, or what was done."""
    word = str(said.get("error", ""))
    # Any other text may be a page that a proxy made, with the address in it.
    code = word if _WORD.fullmatch(word) else f"HTTP {status}"
    transient = status in {408, 429} or status >= 500 or code in _PASSING
    wait = _seconds(headers.get("Retry-After", "")) if status == 429 or "limited" in code else None
    error = SlackRefusal(
        f"Slack refused {doing}: {code}",
        cure="" if transient else _cure(doing, code, said),
        transient=transient,
        retry_after=wait,
    )
    error.code = code
    return error


def unreachable(doing: str, why: BaseException) -> ChannelError:
    """The error for no answer at all."""
    reason = getattr(why, "reason", why)
    said = reason.strerror if isinstance(reason, OSError) and reason.strerror else ""
    # Not its own text: an address that cannot be read is quoted in it, whole.
    detail = said or type(reason if isinstance(reason, BaseException) else why).__name__
    return ChannelError(f"Slack cannot be reached for {doing}: {detail}", transient=True)


def _cure(doing: str, code: str, said: Mapping[str, object]) -> str:
    if code in _TOKEN_REFUSED:
        return _APP_CURE if doing.startswith("apps.") else _BOT_CURE
    if code == "missing_scope":
        needed = one_line(str(said.get("needed") or "chat:write"), 80)
        return f"give the app the scope {needed} and install it again"
    return _CURES.get(code, "look the word up in Slack's documentation of that method")


def _seconds(text: str) -> float:
    try:
        return max(0.0, min(3600.0, float(text)))
    except ValueError:
        return _WAIT_SECONDS
