"""What a session's processes get to see of the machine: built from a list, not inherited.

A stray API key would move the bill, a nested-session marker would change how the CLI behaves, and a
token, an ssh agent or a credential helper would let the agent push.
"""

from collections.abc import Mapping, Sequence

from coffee_maker.domain.own_environment import without_own_environment

MARKER = "COFFEE_MAKER_SESSION"  # holds the session's id in every process that it starts

KEPT = (
    *("HOME", "PATH", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "LANG", "LANGUAGE"),
    *("SYSTEMROOT", "COMSPEC", "CLAUDE_CONFIG_DIR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
    *("http_proxy", "https_proxy", "no_proxy", "all_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE"),
    *("CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "PIP_CERT", "NIX_SSL_CERT_FILE"),
    # Where git's settings are, not what opens doors.
    *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"),
)
_KEPT_PREFIX = "LC_"

_FIXED = {
    "TERM": "xterm-256color",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_TELEMETRY": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "CLAUDE_CODE_DISABLE_TERMINAL_TITLE": "1",
    "CLAUDE_CODE_DISABLE_FEEDBACK_SURVEY": "1",
    "CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION": "false",
    # From 2.1.3xx on sub-agents run on after the turn has ended; a turn that ended must be over.
    "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",
    # Ten by default, also for a refused key. We wait for a busy service ourselves, and longer.
    "CLAUDE_CODE_MAX_RETRIES": "2",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "credential.helper",
    "GIT_CONFIG_VALUE_0": "",
}
_LOOPBACK = "127.0.0.1,localhost"


def build_environment(
    ours: Mapping[str, str],
    *,
    session: str,
    extra: Mapping[str, str],
    pass_through: Sequence[str] = (),
) -> dict[str, str]:
    """The environment of a session's child, from our own (`ours`).

    `pass_through` names further variables to keep; `extra` is added last and wins. Loopback is
    taken out of any proxy's reach, since the hooks are spoken to there. The environment that
    coffee_maker itself runs in is not on PATH: its Python is not the project's.
    """
    names = {*KEPT, *pass_through}
    kept = {k: v for k, v in ours.items() if k in names or k.startswith(_KEPT_PREFIX)}
    built = {**without_own_environment(kept), **_FIXED, **extra, MARKER: session}
    if any(name.lower() in {"http_proxy", "https_proxy", "all_proxy"} for name in built):
        for name in ("NO_PROXY", "no_proxy"):
            built[name] = ",".join(filter(None, (built.get(name), _LOOPBACK)))
    return built
