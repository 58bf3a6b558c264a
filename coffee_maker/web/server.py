"""The web server, in a thread of whoever wants one."""

import contextlib
import errno
import socket
import threading
import time
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from coffee_maker.domain.errors import ConfigError, StoreError

_START_SECONDS = 15.0
_CLOSE_SECONDS = 5.0
_UNDER_WAY_SECONDS = 2  # what requests under way get when it closes


class WebServer:
    """Serves an application until it is closed. `port` 0 takes a free one.

    `log_level`: of the server's own log, in which no address stands. Quiet by default, because the
    daemon draws on the terminal.
    """

    def __init__(self, app: ASGIApp, host: str, port: int, *, log_level: str = "critical") -> None:
        self._host, self._port = host, port
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                loop="asyncio",
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level=log_level,
                access_log=False,  # a link in an address is a permission
                server_header=False,
                # A proxy on this machine is believed what it says of https and addresses.
                proxy_headers=True,
                forwarded_allow_ips="127.0.0.1,::1",
                limit_concurrency=200,
                timeout_graceful_shutdown=_UNDER_WAY_SECONDS,
            )
        )
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Returns when requests are served. Raises ConfigError where the port cannot be had."""
        self._socket = _listen(self._host, self._port)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="web", daemon=True
        )
        self._thread.start()
        end = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > end:
                self.close()
                raise StoreError("the web server did not start", cure="try again")
            time.sleep(0.005)

    @property
    def port(self) -> int:
        """The port it listens on; only after `start`."""
        if self._socket is None:
            return self._port
        port: int = self._socket.getsockname()[1]
        return port

    @property
    def address(self) -> str:
        """Where it is reached from this machine."""
        anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - only read
        host = anywhere.get(self._host, self._host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def close(self) -> None:
        """Stop, within some seconds. Closing twice does no harm."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(_CLOSE_SECONDS)
            self._thread = None
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        made = socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ConfigError(
                f"port {port} is taken on {host}",
                cure="set another `port` under [web] (0 takes a free one), or end what is there",
            ) from error
        raise ConfigError(
            f"{host}:{port} cannot be listened on: {error.strerror or error}",
            cure="set `host` and `port` under [web] to an address of this machine",
        ) from error
    # Only where the protocol is named does asyncio send at once: else each page waits 40 ms for
    # the acknowledgement of its own headers.
    return socket.socket(made.family, made.type, socket.IPPROTO_TCP, fileno=made.detach())
