"""A scripted Messages API on loopback: the far side of the wire for the real Claude Code.

    with MessagesAPI() as api:
        api.script(
            uses("Write", file_path="a.py", content="x = 1\\n"),
            says("Done.", usage=Usage(input=100, output=20)),
            when="PRIORITY 1",
        )
        prepare_home(Path(os.environ["HOME"]))
        environment = api.environment()      # what the CLI must be started with
        ...                                  # drive the CLI
    assert api.total() == ...                # tokens of everything that was sent as a turn

How a request finds its turn
    Requests with `tools` are the agent's turns; those without are side errands (a session's title),
    which get a short text and use up no turn. A script is a list of turns with a phrase (`when`).
    The conversation's own texts (not tool results) are searched from the newest user message back
    to the oldest, and the first script whose phrase is found there gives its next turn; a script
    without a phrase takes what no other wants. So each session, each sub-agent (keyed to a phrase
    of its own prompt) and each later prompt of one session can have a script, in any order and at
    the same time. A script that is used up answers "The script is over." and notes it in
    `overruns`, which a test can assert to be empty.

Turns
    `says(text)`            text, and the turn ends
    `uses(tool, **input)`   one tool call; the CLI really runs it and comes back with the result
    `both(turn, turn, …)`   several blocks in one answer: parallel tool calls, text before a tool
    `refuses(status, …)`    an HTTP error; `unauthorized()`, `plan_spent(reset)`, `overloaded()`,
                            `throttled()` are the ones that matter
    Each takes `usage=Usage(…)` (the figures of that answer) and `delay_seconds=` (before it comes).

Everything that came in is in `requests`, everything that was streamed as a turn in `sent`.
"""

import contextlib
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any, Self, cast

KEY = "sk-ant-api03-made-up-key-for-tests-0123456789abcdef"
MODEL = "claude-sonnet-4-5-20250929"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The figures that one answer reports, in tokens."""

    input: int = 10
    output: int = 5
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    cache_read: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input=self.input + other.input,
            output=self.output + other.output,
            cache_write_5m=self.cache_write_5m + other.cache_write_5m,
            cache_write_1h=self.cache_write_1h + other.cache_write_1h,
            cache_read=self.cache_read + other.cache_read,
        )

    def as_json(self, *, output: int | None = None) -> dict[str, object]:
        return {
            "input_tokens": self.input,
            "output_tokens": self.output if output is None else output,
            "cache_creation_input_tokens": self.cache_write_5m + self.cache_write_1h,
            "cache_read_input_tokens": self.cache_read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": self.cache_write_5m,
                "ephemeral_1h_input_tokens": self.cache_write_1h,
            },
            "service_tier": "standard",
        }


NOTHING = Usage(input=0, output=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One answer: content blocks, or an HTTP error where `status` is not 200."""

    blocks: tuple[Mapping[str, Any], ...] = ()
    usage: Usage = Usage()
    delay_seconds: float = 0.0
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""

    @property
    def stop_reason(self) -> str:
        return "tool_use" if any(b["type"] == "tool_use" for b in self.blocks) else "end_turn"


_ids = count(1)


def says(text: str, *, usage: Usage = Usage(), delay_seconds: float = 0.0, model: str = "") -> Turn:
    """A turn that only speaks. `model` defaults to the one that was asked for."""
    blocks = ({"type": "text", "text": text},)
    return Turn(blocks=blocks, usage=usage, delay_seconds=delay_seconds, model=model)


def uses(
    tool: str,
    *,
    usage: Usage = Usage(),
    delay_seconds: float = 0.0,
    tool_use_id: str = "",
    **input: Any,
) -> Turn:
    """A turn that calls one tool with these arguments."""
    called = tool_use_id or f"toolu_{next(_ids):024d}"
    block = {"type": "tool_use", "id": called, "name": tool, "input": input}
    return Turn(blocks=(block,), usage=usage, delay_seconds=delay_seconds)


def both(*turns: Turn) -> Turn:
    """The blocks of several turns in one answer, with the first one's usage and delay."""
    return replace(turns[0], blocks=tuple(block for turn in turns for block in turn.blocks))


def refuses(
    status: int, type: str, message: str, *, headers: Mapping[str, str] | None = None
) -> Turn:
    """An HTTP error in the API's own form."""
    body = {"type": "error", "error": {"type": type, "message": message}}
    return Turn(status=status, headers=headers or {}, body=body, usage=NOTHING)


def unauthorized() -> Turn:
    return refuses(401, "authentication_error", "invalid x-api-key")


def overloaded() -> Turn:
    return refuses(529, "overloaded_error", "Overloaded")


def throttled() -> Turn:
    """A 429 that is not the plan's: come back in a moment."""
    return refuses(
        429, "rate_limit_error", "Number of requests has exceeded", headers={"retry-after": "1"}
    )


def plan_spent(reset: int, *, claim: str = "five_hour") -> Turn:
    """The 429 of a plan whose window is used up until the epoch `reset`.

    The CLI takes it for that only when it is logged in by `CLAUDE_CODE_OAUTH_TOKEN`: see
    `MessagesAPI.environment(plan=True)`.
    """
    return refuses(
        429,
        "rate_limit_error",
        "This request would exceed your account's rate limit. Please try again later.",
        headers={
            "anthropic-ratelimit-unified-status": "rejected",
            "anthropic-ratelimit-unified-reset": str(reset),
            "anthropic-ratelimit-unified-representative-claim": claim,
            "anthropic-ratelimit-unified-5h-status": "rejected",
            "anthropic-ratelimit-unified-5h-reset": str(reset),
            "x-should-retry": "false",
        },
    )


def prepare_home(home: Path) -> None:
    """Make `home` one in which the CLI starts without first-run dialogs and takes our key."""
    (home / ".claude.json").write_text(
        json.dumps(
            {
                "hasCompletedOnboarding": True,
                "theme": "dark",
                "customApiKeyResponses": {"approved": [KEY[-20:]], "rejected": []},
            }
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it came in; `at` is `time.monotonic()`."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    at: float

    @property
    def is_turn(self) -> bool:
        return self.path.startswith("/v1/messages") and bool(self.body.get("tools"))

    def texts(self) -> list[str]:
        """The user's own texts, oldest message first, one string per message."""
        return [
            _text_of(message["content"])
            for message in self.body.get("messages", [])
            if message["role"] == "user"
        ]

    def tool_results(self) -> list[Mapping[str, Any]]:
        """The `tool_result` blocks of the last message."""
        messages = self.body.get("messages", [])
        content = messages[-1]["content"] if messages else []
        return [b for b in content if isinstance(b, dict) and b["type"] == "tool_result"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One turn that was streamed: its `message.id`, model and figures."""

    message: str
    model: str
    usage: Usage


@dataclass(slots=True)
class Script:
    """Turns for the conversations in which `when` occurs."""

    when: str
    turns: list[Turn]
    used: int = 0


class MessagesAPI:
    """The server. A context manager; everything it recorded stays readable after the end."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.sent: list[Sent] = []
        self.overruns: list[Request] = []
        self._scripts: list[Script] = []
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def script(self, *turns: Turn, when: str = "") -> None:
        """Add turns for conversations that contain `when`; the same phrase again adds to them."""
        with self._lock:
            for script in self._scripts:
                if script.when == when:
                    script.turns.extend(turns)
                    return
            self._scripts.append(Script(when, list(turns)))

    def environment(self, *, plan: bool = False) -> dict[str, str]:
        """What the CLI needs to talk to this server: with a key, or logged in to a made-up plan."""
        login = (
            {"CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-made-up"}
            if plan
            else {"ANTHROPIC_API_KEY": KEY}
        )
        return {"ANTHROPIC_BASE_URL": self.url, **login}

    @property
    def turns(self) -> list[Request]:
        """The requests that were the agent's turns."""
        with self._lock:
            return [request for request in self.requests if request.is_turn]

    def total(self) -> Usage:
        """The sum of all figures that were streamed as turns."""
        with self._lock:
            return sum((sent.usage for sent in self.sent), NOTHING)

    def receive(self, request: Request) -> Turn:
        """Record a request and choose what it gets."""
        with self._lock:
            self.requests.append(request)
            if not request.is_turn:
                return says("A title", usage=Usage(input=1, output=1))
            script = self._script_for(request)
            if script is None:
                self.overruns.append(request)
                return says("The script is over.", usage=NOTHING)
            script.used += 1
            return script.turns[script.used - 1]

    def _script_for(self, request: Request) -> Script | None:
        for text in reversed(request.texts()):
            for script in self._scripts:
                if script.when and script.when in text:
                    return script if script.used < len(script.turns) else None
        for script in self._scripts:
            if not script.when and script.used < len(script.turns):
                return script
        return None

    def message_for(self, request: Request, turn: Turn) -> Sent:
        """Number an answer, and remember it where it is a turn."""
        with self._lock:
            sent = Sent(
                message=f"msg_{next(self._numbers):024d}",
                model=turn.model or str(request.body.get("model", MODEL)),
                usage=turn.usage,
            )
            if request.is_turn:
                self.sent.append(sent)
            return sent


def _text_of(content: str | list[Any]) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(block["text"] for block in content if block.get("type") == "text")


def _events(sent: Sent, turn: Turn) -> list[dict[str, Any]]:
    """The public streaming protocol: a message, its blocks in pieces, figures at both ends."""
    message: dict[str, Any] = {
        "id": sent.message,
        "type": "message",
        "role": "assistant",
        "model": sent.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": turn.usage.as_json(output=min(1, turn.usage.output)),
    }
    events: list[dict[str, Any]] = [{"type": "message_start", "message": message}]
    for index, block in enumerate(turn.blocks):
        events += _block_events(index, block)
    delta = {"stop_reason": turn.stop_reason, "stop_sequence": None}
    events.append({"type": "message_delta", "delta": delta, "usage": turn.usage.as_json()})
    events.append({"type": "message_stop"})
    return events


def _block_events(index: int, block: Mapping[str, Any]) -> list[dict[str, Any]]:
    if block["type"] == "text":
        start: dict[str, Any] = {"type": "text", "text": ""}
        deltas = [{"type": "text_delta", "text": piece} for piece in _pieces(block["text"])]
    else:
        start = {**block, "input": {}}
        whole = json.dumps(block["input"])
        deltas = [{"type": "input_json_delta", "partial_json": p} for p in _pieces(whole)]
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def _pieces(text: str, size: int = 4000) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)] or [""]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api: MessagesAPI) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = api


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def _api(self) -> MessagesAPI:
        return cast("_Server", self.server).api

    def do_HEAD(self) -> None:
        self._api.receive(self._request(b""))
        self._plain(200, b"", {})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = self._request(raw)
        if "count_tokens" in self.path:
            self._api.receive(request)
            self._plain(200, b'{"input_tokens": 100}', {})
            return
        turn = self._api.receive(request)
        time.sleep(turn.delay_seconds)
        if turn.status != 200:
            self._plain(turn.status, json.dumps(turn.body).encode(), turn.headers)
        elif request.body.get("stream"):
            self._stream(self._api.message_for(request, turn), turn)
        else:
            self._whole(self._api.message_for(request, turn), turn)

    def _request(self, raw: bytes) -> Request:
        body = json.loads(raw) if raw else {}
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(
            method=self.command, path=self.path, headers=headers, body=body, at=time.monotonic()
        )

    def _stream(self, sent: Sent, turn: Turn) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.send_header("request-id", f"req_{sent.message[4:]}")
        self.end_headers()
        self.close_connection = True
        for event in _events(sent, turn):
            self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())

    def _whole(self, sent: Sent, turn: Turn) -> None:
        message = {
            "id": sent.message,
            "type": "message",
            "role": "assistant",
            "model": sent.model,
            "content": list(turn.blocks),
            "stop_reason": turn.stop_reason,
            "stop_sequence": None,
            "usage": turn.usage.as_json(),
        }
        headers = {"request-id": f"req_{sent.message[4:]}"}
        self._plain(200, json.dumps(message).encode(), headers)

    def _plain(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # the CLI was killed while it listened
            super().handle()
