"""Slack on loopback: the Web API, Socket Mode and an incoming webhook, for the real slack_sdk.

    with FakeSlack() as slack:
        channel = SlackChannel(api_url=slack.url, channel=slack.channel, ...)
        ...
        slack.click(slack.newest(), "yes")
        slack.reply(thread, "no, use the other one")
    assert [] == slack.problems          # what Slack would have refused

Whatever is posted is checked against Block Kit's limits, refused as Slack refuses it, and kept in
`problems`. Levers: `fail`, `slow`, `hold_sockets`, `farewell`, `cut`, `ask_to_reconnect`, `frame`.
"""

import asyncio
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import WSMsgType, web

from tests.support.block_kit import problems_of

Json = dict[str, Any]


@dataclass
class Posted:
    """One message as it stands now."""

    ts: str
    channel: str
    text: str
    blocks: list[Json]
    thread_ts: str = ""
    broadcast: bool = False
    updates: int = 0

    @property
    def buttons(self) -> list[Json]:
        rows = [block["elements"] for block in self.blocks if block["type"] == "actions"]
        return [button for row in rows for button in row]

    def words(self) -> str:
        """All that a person reads in its blocks."""
        return "\n".join(_texts(self.blocks))


@dataclass
class Failure:
    status: int
    body: Json | str
    headers: dict[str, str] = field(default_factory=dict)


class FakeSlack:
    """A workspace with one channel, in which the bot is `UBOT`."""

    bot_token, app_token, channel, bot = "xoxb-made-up", "xapp-made-up", "C01", "UBOT"

    def __init__(self, port: int = 0) -> None:
        """`port`: where it is to be found, as after an outage; 0 for any."""
        self.posted: dict[str, Posted] = {}
        self.calls: list[tuple[str, Json]] = []
        self.whispers: list[Json] = []
        self.webhook: list[Json] = []
        self.acknowledged: list[str] = []
        self.problems: list[str] = []
        self.connections = 0
        self.hold_sockets = False
        self.slow: dict[str, float] = {}  # seconds by method
        self._failures: dict[str, list[Failure]] = {}
        self._sockets: list[web.WebSocketResponse] = []
        self._ts = itertools.count(1_700_000_000)
        self._envelopes = itertools.count(1)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._port = port

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._start())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._run(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/api/"

    @property
    def webhook_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/services/T0/B0/hidden-part"

    # Levers

    def fail(
        self, method: str, status: int, body: Json | str = "", headers: dict[str, str] | None = None
    ) -> None:
        """Answer the next call of that method so."""
        self._failures.setdefault(method, []).append(Failure(status, body, headers or {}))

    def is_connected(self) -> bool:
        return any(not socket.closed for socket in self._sockets)

    def farewell(self) -> None:
        """Close the socket as a server does that goes down in good order."""
        for socket in self._open():
            self._run(socket.close())

    def cut(self) -> None:
        """Break the connection without a word."""
        for socket in self._open():
            transport = socket._req.transport if socket._req is not None else None
            if transport is not None:
                self._loop.call_soon_threadsafe(transport.abort)

    def ask_to_reconnect(self) -> None:
        """The frame with which Slack announces that it will close this connection."""
        self.frame(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))

    def frame(self, raw: str | bytes) -> None:
        """Send any text frame; bytes need not be UTF-8."""
        data = raw if isinstance(raw, bytes) else raw.encode()
        socket = self._open()[-1]
        writer = socket._writer
        assert writer is not None
        self._run(writer.send_frame(data, WSMsgType.TEXT))

    def envelope(self, type: str, payload: Any, id: str = "") -> str:
        named = id or f"envelope-{next(self._envelopes)}"
        self.frame(json.dumps({"type": type, "envelope_id": named, "payload": payload}))
        return named

    def click(
        self, message: Posted, value: str, *, user: str = "U1", name: str = "ana", id: str = ""
    ) -> str:
        """Press the button with that value."""
        return self.envelope("interactive", self.click_on(message, value, user, name), id)

    def click_on(self, message: Posted, value: str, user: str = "U1", name: str = "ana") -> Json:
        """What is told of such a click."""
        row = next(block for block in message.blocks if block["type"] == "actions")
        button = next(one for one in row["elements"] if one.get("value") == value)
        told: Json = {"ts": message.ts}
        if message.thread_ts:
            told["thread_ts"] = message.thread_ts
        return {
            "type": "block_actions",
            "user": {"id": user, "username": name, "team_id": "T0"},
            "channel": {"id": message.channel, "name": "builds"},
            "container": {"type": "message", "message_ts": message.ts},
            "message": told,
            "response_url": "http://127.0.0.1:1/unused",
            "actions": [
                {
                    "type": "button",
                    "action_id": button["action_id"],
                    "block_id": row["block_id"],
                    "value": button["value"],
                    "action_ts": str(time.time()),
                }
            ],
        }

    def reply(self, thread: str, text: str, *, user: str = "U1", id: str = "", **more: Any) -> str:
        """Write into a thread, as the person types it: already marked up."""
        return self.envelope("events_api", self.said(thread, text, user, **more), id)

    def said(self, thread: str, text: str, user: str = "U1", **more: Any) -> Json:
        ts = self._next_ts()
        event = {"type": "message", "channel": self.channel, "user": user, "text": text, "ts": ts}
        return {
            "type": "event_callback",
            "event_id": f"Ev{ts}",
            "event": {**event, "thread_ts": thread, **more},
        }

    # What happened

    def newest(self) -> Posted:
        return list(self.posted.values())[-1]

    def methods(self) -> list[str]:
        return [method for method, _ in self.calls]

    def wait(self, happened: Callable[[], object], seconds: float = 10) -> None:
        """Until that is so; fails where it never is."""
        end = time.monotonic() + seconds
        while not happened():
            assert time.monotonic() < end, "it has not happened"
            time.sleep(0.002)

    # The server

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_post("/api/{method}", self._api)
        app.router.add_get("/link", self._link)
        app.router.add_post("/services/T0/B0/hidden-part", self._hook)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def _api(self, request: web.Request) -> web.Response:
        method, raw = request.match_info["method"], await request.text()
        body: Json = json.loads(raw) if raw else {}
        self.calls.append((method, body))
        await asyncio.sleep(self.slow.get(method, 0))
        if waiting := self._failures.get(method):
            return _failed(waiting.pop(0))
        wanted = self.app_token if method == "apps.connections.open" else self.bot_token
        if request.headers.get("Authorization") != f"Bearer {wanted}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        return web.json_response(self._answer(method, body))

    def _answer(self, method: str, body: Json) -> Json:
        match method:
            case "auth.test":
                return {"ok": True, "user_id": self.bot, "team_id": "T0"}
            case "apps.connections.open":
                return {"ok": True, "url": f"ws://127.0.0.1:{self._port}/link?ticket=1"}
            case "conversations.replies":
                return self._replies(body)
            case "chat.postMessage" | "chat.update" | "chat.postEphemeral":
                return self._write(method, body)
        return {"ok": False, "error": "unknown_method"}

    def _write(self, method: str, body: Json) -> Json:
        if body.get("channel") != self.channel:
            return {"ok": False, "error": "channel_not_found"}
        if found := problems_of(body):
            self.problems += found
            return {"ok": False, "error": "invalid_blocks"}
        return self._keep(method, body)

    def _keep(self, method: str, body: Json) -> Json:
        if method == "chat.postEphemeral":
            self.whispers.append(body)
            return {"ok": True, "message_ts": self._next_ts()}
        if method == "chat.update":
            message = self.posted.get(body["ts"])
            if message is None:
                return {"ok": False, "error": "message_not_found"}
            message.text, message.blocks = body["text"], body["blocks"]
            message.updates += 1
            return {"ok": True, "ts": message.ts, "channel": self.channel}
        thread = body.get("thread_ts", "")
        if thread and thread not in self.posted:
            return {"ok": False, "error": "thread_not_found"}
        ts = self._next_ts()
        self.posted[ts] = Posted(
            ts,
            self.channel,
            body["text"],
            body["blocks"],
            thread,
            bool(body.get("reply_broadcast")),
        )
        return {"ok": True, "ts": ts, "channel": self.channel}

    def _replies(self, body: Json) -> Json:
        there = [m for m in self.posted.values() if body["ts"] in (m.ts, m.thread_ts)]
        told = [
            {"ts": m.ts, "user": self.bot, "bot_id": "B0", "text": m.text, "blocks": m.blocks}
            for m in there
        ]
        # Small pages, so that whoever reads a thread must turn them.
        start = int(body.get("cursor") or 0)
        after = start + min(3, body.get("limit", 3))
        more = str(after) if after < len(told) else ""
        page = told[start:after]
        return {"ok": True, "messages": page, "response_metadata": {"next_cursor": more}}

    async def _hook(self, request: web.Request) -> web.Response:
        body = await request.json()
        if waiting := self._failures.get("webhook"):
            return _failed(waiting.pop(0))
        if found := problems_of(body):
            self.problems += found
            return web.Response(status=400, text="invalid_blocks")
        self.webhook.append(body)
        return web.Response(text="ok")

    async def _link(self, request: web.Request) -> web.StreamResponse:
        if self.hold_sockets:
            return web.Response(status=503)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        self._sockets.append(socket)
        self.connections += 1
        with suppress(ConnectionError):
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    self.acknowledged.append(json.loads(message.data).get("envelope_id", ""))
        return socket

    def _open(self) -> list[web.WebSocketResponse]:
        return [socket for socket in self._sockets if not socket.closed]

    def _next_ts(self) -> str:
        return f"{next(self._ts)}.000100"

    def _run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)


def _failed(failure: Failure) -> web.Response:
    if isinstance(failure.body, str):
        return web.Response(status=failure.status, text=failure.body, headers=failure.headers)
    return web.json_response(failure.body, status=failure.status, headers=failure.headers)


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("text"), str):
            yield part["text"]
        for value in part.values():
            yield from _texts(value)
    elif isinstance(part, list):
        for each in part:
            yield from _texts(each)
