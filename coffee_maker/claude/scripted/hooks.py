"""Hooks as Claude Code sends them: HTTP requests that a `--settings` file asks for.

Shape and fields were read off Claude Code 2.1.197 and 2.1.329. Only hooks of `type: http` exist
here. A hook that cannot be reached, answers with an error, or not in JSON, has said nothing.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from coffee_maker.domain.errors import ConfigError

Payload = dict[str, object]
_TOOL_EVENTS = {"PreToolUse", "PermissionRequest", "PostToolUse", "PostToolUseFailure"}
_DEFAULT_SECONDS = 600.0
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


class Hooks:
    """The hooks of one settings file."""

    def __init__(self, settings: Mapping[str, object], environment: Mapping[str, str]) -> None:
        hooks = settings.get("hooks")
        self._groups = hooks if isinstance(hooks, dict) else {}
        self._environment = environment

    def send(self, payload: Payload) -> list[Payload]:
        """Post an event to whoever wants it; the answers that are JSON objects."""
        event = str(payload["hook_event_name"])
        answers = [self._post(hook, payload) for hook in self._wanting(event, payload)]
        return [answer for answer in answers if answer]

    def _wanting(self, event: str, payload: Payload) -> list[Payload]:
        wanting: list[Payload] = []
        for group in self._groups.get(event, []):
            matcher = str(group.get("matcher") or "")
            tool = str(payload.get("tool_name", ""))
            if event not in _TOOL_EVENTS or matcher in {"", "*"} or re.fullmatch(matcher, tool):
                wanting += [hook for hook in group.get("hooks", []) if hook.get("type") == "http"]
        return wanting

    def _post(self, hook: Payload, payload: Payload) -> Payload:
        # Here, not above: they take longer to import than the rest of the program together.
        import http.client
        from urllib.parse import urlsplit

        address = urlsplit(str(hook["url"]))
        seconds = float(str(hook.get("timeout", _DEFAULT_SECONDS)))
        connection = http.client.HTTPConnection(address.netloc, timeout=seconds)
        path = (address.path or "/") + (f"?{address.query}" if address.query else "")
        try:
            body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "surrogatepass")
            connection.request("POST", path, body, self._headers(hook))
            response = connection.getresponse()
            content = response.read()
            answer = json.loads(content) if response.status < 300 and content else {}
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        finally:
            connection.close()
        return answer if isinstance(answer, dict) else {}

    def _headers(self, hook: Payload) -> dict[str, str]:
        given, allowed = hook.get("headers"), hook.get("allowedEnvVars")
        names = allowed if isinstance(allowed, list) else []

        def value(found: re.Match[str]) -> str:
            name = found[1] or found[2]
            return self._environment.get(name, "") if name in names else ""

        headers = given if isinstance(given, dict) else {}
        filled = {str(name): _VARIABLE.sub(value, str(text)) for name, text in headers.items()}
        return {"Content-Type": "application/json", **filled}


def load_settings(text: str | None) -> Mapping[str, object]:
    """`--settings`: a file, or JSON itself. Raises ConfigError."""
    if text is None:
        return {}
    try:
        content = json.loads(text if text.lstrip().startswith("{") else Path(text).read_text())
    except (OSError, ValueError) as error:
        raise ConfigError(f"the settings {text} cannot be used: {error}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"the settings {text} are not a JSON object")
    return content


def decision(answers: list[Payload]) -> Payload:
    """The first answer that decides something, or an empty one."""
    for answer in answers:
        specific = answer.get("hookSpecificOutput")
        if isinstance(specific, dict):
            inner = specific.get("decision")
            return inner if isinstance(inner, dict) else specific
        if answer.get("decision") == "block":
            return answer
    return {}
