"""An HTTP proxy that leads a few hosts to ports on loopback and refuses all others."""

import select
import socket
import socketserver
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.support.wire import running


@dataclass(slots=True)
class ConnectProxy:
    """`routes` leads "host:port" to a loopback port; what was asked for besides is in `refused`."""

    routes: Mapping[str, int]
    port: int = 0
    refused: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def connect_proxy(routes: Mapping[str, int]) -> Iterator[ConnectProxy]:
    """Run a proxy; clients get it as HTTPS_PROXY."""
    proxy = ConnectProxy(routes)

    class Tunnel(socketserver.StreamRequestHandler):
        rbufsize = 0  # what follows the head belongs to the tunnel
        timeout = 30

        def handle(self) -> None:
            words = self._head()
            target = words[1] if words[:1] == ["CONNECT"] and len(words) > 1 else " ".join(words)
            if target not in routes or words[0] != "CONNECT":
                proxy.refused.append(target)
                self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                return
            proxy.connected.append(target)
            with socket.create_connection(("127.0.0.1", routes[target])) as other:
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _pump(self.connection, other)

        def _head(self) -> list[str]:
            first = self.rfile.readline(8_192).decode("latin-1").split()
            while self.rfile.readline(8_192).strip():
                pass
            return first

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Tunnel)
    server.daemon_threads = False
    proxy.port = server.server_address[1]
    with running(server):
        yield proxy


def _pump(one: socket.socket, other: socket.socket) -> None:
    to = {one: other, other: one}
    while True:
        readable, _, _ = select.select(list(to), [], [], 30)
        if not readable:
            return
        for source in readable:
            try:
                data = source.recv(65_536)
                to[source].sendall(data)
            except OSError:
                return
            if not data:
                return
