"""The settings that a session is started with, beside the user's own, which are never touched."""

import json
import os
from pathlib import Path

from coffee_maker.claude.payloads import DECIDED, HOOKS, Json

# A question may wait for a person for days. From 24.8 days on (2^31 milliseconds) the timer of
# 2.1.197 overflows, and the hook counts as unanswered at once.
_DECISION_SECONDS = 7 * 24 * 3600
_NOTICE_SECONDS = 30


def session_settings(url: str, secret: str) -> Json:
    """Hooks to `url`, and nothing that would answer, continue or chat by itself."""
    return {
        "hooks": {name: [_hook(name, url, secret)] for name in HOOKS},
        "disableAllHooks": False,
        # One owner of the wait: the daemon.
        "autoContinueAtUsageLimit": False,
        "promptSuggestionEnabled": False,
        "spinnerTipsEnabled": False,
        "prefersReducedMotion": True,
    }


def write_settings(folder: Path, settings: Json) -> Path:
    """Write them where only this user can read them; the file's path."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "settings.json"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(settings, file)
    return path


def _hook(name: str, url: str, secret: str) -> Json:
    call: Json = {
        "type": "http",
        "url": url,
        # In the file and not in a variable: every command that the agent runs would inherit that.
        "headers": {"Authorization": f"Bearer {secret}"},
        "timeout": _DECISION_SECONDS if name in DECIDED else _NOTICE_SECONDS,
    }
    return {"matcher": "", "hooks": [call]}
