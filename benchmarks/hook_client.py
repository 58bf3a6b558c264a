"""Posts the hooks of many tool calls to a session, as Claude Code does, and times the answers.

    python -m benchmarks.hook_client SETTINGS SESSION CWD COMMAND CALLS

SETTINGS is the file that the session was started with. Each call is asked about (PreToolUse),
permitted (PermissionRequest) and reported (PostToolUse) over one kept connection, which is how both
tested versions do it; at the end the turn is ended (Stop). Prints JSON: seconds by event.
"""

import http.client
import json
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

_PAUSE_SECONDS = 0.005  # a tool runs, the model speaks: no two calls come back to back


class Refused(Exception):
    """A hook was not answered as the rules say."""


class Hooks:
    """The hooks of one session, as its settings file names them."""

    def __init__(self, settings: Path) -> None:
        hook = json.loads(settings.read_text())["hooks"]["PreToolUse"][0]["hooks"][0]
        address = urlsplit(hook["url"])
        self._path = address.path
        self._headers = {"Content-Type": "application/json", **hook["headers"]}
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port)
        self._connection.connect()

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def post(self, payload: dict[str, object]) -> tuple[float, dict[str, object]]:
        """Seconds until the answer was there, and the answer. Raises Refused."""
        body = json.dumps(payload).encode()
        begin = time.perf_counter()
        self._connection.request("POST", self._path, body, self._headers)
        reply = self._connection.getresponse()
        raw = reply.read()
        seconds = time.perf_counter() - begin
        if reply.status != 200:
            raise Refused(f"{reply.status} {raw!r}")
        return seconds, json.loads(raw)


def main(settings: str, session: str, cwd: str, command: str, calls: str) -> None:
    hooks = Hooks(Path(settings))
    common = {"session_id": session, "cwd": cwd, "prompt_id": "p", "permission_mode": "default"}
    waits: dict[str, list[float]] = {"PreToolUse": [], "PermissionRequest": [], "PostToolUse": []}
    for number in range(int(calls)):
        about = {
            **common,
            "tool_name": "Bash",
            "tool_input": {"command": command, "description": f"Run the tests ({number})"},
        }
        for event, taken in waits.items():
            named = {} if event == "PermissionRequest" else {"tool_use_id": f"toolu_{number:024d}"}
            seconds, answer = hooks.post({**about, **named, "hook_event_name": event})
            taken.append(seconds)
            if event == "PermissionRequest" and '"allow"' not in json.dumps(answer):
                raise Refused(json.dumps(answer))
        time.sleep(_PAUSE_SECONDS)
    hooks.post({**common, "hook_event_name": "Stop", "last_assistant_message": "Done."})
    print(json.dumps(waits))  # noqa: T201 - read by the one who started this


if __name__ == "__main__":
    main(*sys.argv[1:])
