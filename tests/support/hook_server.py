"""The far side of HTTP hooks, on loopback: notes what comes and answers what a test says."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Payload = dict[str, Any]
EVENTS = (
    "UserPromptSubmit",
    "PreToolUse",
    "PermissionRequest",
    "PostToolUse",
    "PostToolUseFailure",
    "Stop",
    "StopFailure",
    "SessionEnd",
)


class HookServer:
    """`answers` maps an event to a function of its payload; None answers with an empty object."""

    def __init__(self) -> None:
        self.seen: list[Payload] = []
        self.tokens: list[str | None] = []
        self.answers: dict[str, Callable[[Payload], Payload | None]] = {}
        self.port = 0

    def settings(self) -> Payload:
        hook = {
            "type": "http",
            "url": f"http://127.0.0.1:{self.port}/hook?a=1",
            "headers": {"Authorization": "Bearer $HOOK_TOKEN", "X-Other": "$HOME"},
            "allowedEnvVars": ["HOOK_TOKEN"],
            "timeout": 30,
        }
        return {"hooks": {event: [{"matcher": "", "hooks": [hook]}] for event in EVENTS}}

    def events(self) -> list[str]:
        return [str(payload["hook_event_name"]) for payload in self.seen]

    def wait_for(self, event: str, *, times: int = 1, seconds: float = 10) -> Payload:
        """The payload of an event, once it came so many times."""
        end = time.monotonic() + seconds
        while self.events().count(event) < times:
            assert time.monotonic() < end, f"no {event} among {self.events()}"
            time.sleep(0.01)
        return [p for p in self.seen if p["hook_event_name"] == event][times - 1]


@contextmanager
def hook_server() -> Iterator[HookServer]:
    hooks = HookServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            hooks.tokens.append(self.headers["Authorization"])
            hooks.seen.append(payload)
            answer = hooks.answers.get(payload["hook_event_name"])
            body = json.dumps((answer and answer(payload)) or {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None: ...  # a client that no longer waits

    server = Server(("127.0.0.1", 0), Handler)
    hooks.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hooks
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
