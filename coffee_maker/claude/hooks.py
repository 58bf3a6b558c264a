"""The door through which Claude Code's hooks come in: HTTP on loopback, with a secret.

Threads only carry: a request is put into a queue, a byte wakes whoever selects on `wake`, and the
thread waits for the decision. What a request means is decided by the one who takes it out.
"""

import contextlib
import hmac
import json
import secrets
import select
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from typing import cast

from coffee_maker.claude.payloads import DECIDED, Json, Payload, event_of

BIGGEST_BODY = 64 * 1024 * 1024  # bytes; a Write carries its whole file, an Edit the one before too
_LOOK_SECONDS = 0.2  # how soon it is noticed that the CLI no longer waits for an answer
_SLOWEST_SECONDS = 30


class HookRequest:
    """One request of the CLI. `decide` releases it; only the first decision counts."""

    def __init__(self, payload: Payload) -> None:
        self.payload = payload
        self.gone = False  # the CLI no longer waits: answered at the screen, or interrupted
        self._decided = threading.Event()
        self._decision: Json = {}
        if event_of(payload) not in DECIDED:
            self._decided.set()

    @property
    def is_open(self) -> bool:
        return not (self.gone or self._decided.is_set())

    def decide(self, decision: Json) -> bool:
        """Answer it; False where that is too late."""
        if not self.is_open:
            return False
        self._decision = decision
        self._decided.set()
        return True

    def wait(self, connection: socket.socket) -> Json | None:
        """The decision, or None when the other side has hung up."""
        while not self._decided.wait(_LOOK_SECONDS):
            if _hung_up(connection):
                self.gone = True
                return None
        return self._decision


class HookServer:
    """Listens on a free port of loopback. Bound at once, served from `start()` on.

    The two are apart because the child must be forked before any thread runs.
    """

    def __init__(self) -> None:
        self.secret = secrets.token_urlsafe(32)
        self._queue: SimpleQueue[HookRequest] = SimpleQueue()
        self.wake, self._waker = socket.socketpair()
        self._stop, self._stopper = socket.socketpair()
        self.wake.settimeout(0)
        self._waker.settimeout(0)
        self._http = _Server(self)
        self._thread = threading.Thread(target=self._serve, name="claude-hooks", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/hook"

    def is_secret(self, authorization: str) -> bool:
        """True for the header that carries this session's secret."""
        given = authorization.encode("utf-8", "replace")
        return hmac.compare_digest(given, f"Bearer {self.secret}".encode())

    def start(self) -> None:
        self._thread.start()

    def arrivals(self) -> Iterator[HookRequest]:
        """Requests since the last call; one that the CLI gave up comes a second time, `gone`."""
        try:
            while self.wake.recv(4096):
                pass
        except BlockingIOError:
            pass
        while True:
            try:
                yield self._queue.get_nowait()
            except Empty:
                return

    def put(self, request: HookRequest) -> None:
        self._queue.put(request)
        # Full: it is awake already. Closed: nobody listens any more.
        with contextlib.suppress(OSError):
            self._waker.send(b"!")

    def close(self) -> None:
        """Stop listening. Requests that still wait must have been decided."""
        self._stopper.close()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self._http.server_close()
        for end in (self._stop, self._waker, self.wake):
            end.close()

    def _serve(self) -> None:
        while True:
            ready, _, _ = select.select([self._http.socket, self._stop], [], [])
            if self._stop in ready:
                return
            self._http.handle_request()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    timeout = 1  # of an accept that select() promised
    request_queue_size = 64

    def __init__(self, hooks: HookServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hooks = hooks

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that breaks off or talks nonsense is not worth a stack trace."""


def _hung_up(connection: socket.socket) -> bool:
    try:
        readable, _, _ = select.select([connection], [], [], 0)
        return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""
    except (OSError, ValueError):
        return True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = _SLOWEST_SECONDS

    def do_POST(self) -> None:
        if not self._hooks.is_secret(self.headers.get("Authorization", "")):
            return self._reply(403, {"error": "wrong secret"})
        payload = self._payload()
        if payload is None:
            return None
        request = HookRequest(payload)
        self._hooks.put(request)
        decision = request.wait(self.connection)
        if decision is None:
            self.close_connection = True
            return self._hooks.put(request)
        return self._reply(200, decision)

    @property
    def _hooks(self) -> HookServer:
        return cast("_Server", self.server).hooks

    def _payload(self) -> Payload | None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            self._reply(411, {"error": "say how long it is"})
        elif int(length) > BIGGEST_BODY:
            self._reply(413, {"error": "too long"})
        else:
            return self._read(int(length))
        return None

    def _read(self, length: int) -> Payload | None:
        try:
            payload = json.loads(self.rfile.read(length))
        except (ValueError, RecursionError):
            payload = None
        if not isinstance(payload, dict):
            self._reply(400, {"error": "not a JSON object"})
            return None
        return payload

    def _reply(self, status: int, body: Json) -> None:
        raw = json.dumps(body).encode()
        self.close_connection = self.close_connection or status != 200
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        """Silent: the journal records what matters."""
