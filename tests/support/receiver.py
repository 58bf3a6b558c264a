"""The far side of a webhook: plain HTTP on loopback that keeps what was posted."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One request; header names are in lower case, `path` has its query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer, given after so many seconds; each byte of the body so many after the last."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    after_seconds: float = 0.0
    byte_seconds: float = 0.0
    drips_from_the_start: bool = False  # the status line and the headers drip too


class Receiver:
    """`url` is the address with a secret in its path; `answers` are given in turn, then 200s."""

    secret = "t0p-s3cret-path"

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/hooks/{self.secret}"
        self.posted: list[Posted] = []
        self.answers: list[Said] = []
        self.usual = Said()


@contextmanager
def receiver() -> Iterator[Receiver]:
    """One that listens; at the end nothing of it is left."""

    class Handler(_Handler):
        pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.kept = Receiver(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Handler.kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    kept: ClassVar[Any]

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.kept.posted.append(
            Posted(
                method=self.command, path=self.path, headers=headers, body=self.rfile.read(length)
            )
        )
        said = self.kept.answers.pop(0) if self.kept.answers else self.kept.usual
        time.sleep(said.after_seconds)
        try:
            if said.drips_from_the_start:
                self._drip(b"HTTP/1.1 200 " + b"OK" * 2000, said.byte_seconds)
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            if said.byte_seconds:
                self._drip(said.body, said.byte_seconds)
            else:
                self.wfile.write(said.body)
        except ConnectionError:
            self.close_connection = True

    def _drip(self, all_of_it: bytes, seconds: float) -> None:
        for byte in all_of_it:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(seconds)

    do_PATCH = do_GET = do_POST  # noqa: N815 - the library's

    def log_message(self, *_: object) -> None: ...
