"""HTTP on loopback, over TLS or a unix socket, for the far sides that the tests build."""

import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request; header names are in lower case, `path` has no query."""

    method: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = Callable[[Request], Reply]


@contextmanager
def serve_tls(answer: Answer, context: ssl.SSLContext) -> Iterator[int]:
    """Answer HTTPS requests on a free loopback port, which is what is yielded."""
    server = _TlsServer(("127.0.0.1", 0), _handler(answer), context)
    with running(server):
        yield server.server_address[1]


@contextmanager
def serve_unix(answer: Answer, path: Path) -> Iterator[None]:
    """Answer plain HTTP requests on a unix socket."""
    with running(_UnixServer(str(path), _handler(answer))):
        yield


@contextmanager
def running(server: socketserver.BaseServer) -> Iterator[None]:
    """Serve in a thread; at the end nothing of it is left."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _TlsServer(socketserver.ThreadingTCPServer):
    daemon_threads = False
    block_on_close = True

    def __init__(self, address: tuple[str, int], handler: Any, context: ssl.SSLContext) -> None:
        self.context = context
        super().__init__(address, handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        # In the connection's own thread, so that a slow handshake holds nobody else up.
        request.settimeout(30)
        try:
            wrapped = self.context.wrap_socket(request, server_side=True)
        except OSError:
            return
        with wrapped:
            super().finish_request(wrapped, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error of the server's."""


class _UnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = False
    block_on_close = True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    answer: ClassVar[Answer]

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, ssl.SSLError):
            self.close_connection = True

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        reply = type(self).answer(
            Request(
                method=self.command,
                host=self.headers.get("Host", ""),
                path=path,
                query=query,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self._body(),
            )
        )
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def do_POST(self) -> None:
        self.do_GET()

    def do_PATCH(self) -> None:
        self.do_GET()

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            return b"".join(self._chunks())
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def address_string(self) -> str:
        return "loopback"

    def log_message(self, *_: object) -> None: ...


def _handler(answer: Answer) -> type[_Handler]:
    return type("Handler", (_Handler,), {"answer": staticmethod(answer)})
