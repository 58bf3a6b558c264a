"""The server in a thread."""

import socket
import threading
import time

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from coffee_maker.domain.errors import ConfigError
from coffee_maker.web.server import WebServer


async def hello(request: Request) -> Response:
    return PlainTextResponse(f"hello {request.url.path}")


def app() -> Starlette:
    return Starlette(routes=[Route("/", hello)])


def test_it_serves_until_it_is_closed() -> None:
    """Afterwards its port is free, and nothing of it runs; closing twice does no harm."""
    before = set(threading.enumerate())
    server = WebServer(app(), "127.0.0.1", 0)
    server.start()
    port = server.port
    hello = requests.get(server.address).text
    server.close()
    server.close()

    assert "hello /" == hello
    assert set(threading.enumerate()) <= before
    with WebServer(app(), "127.0.0.1", port) as again:
        assert "hello /" == requests.get(again.address).text


def test_a_taken_port_is_told_with_its_setting() -> None:
    """The error names what to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port} is taken") as error:
            WebServer(app(), "127.0.0.1", port).start()

    assert "`port` under [web]" in error.value.cure


@pytest.mark.parametrize("host", ["203.0.113.9", "no such host", "::zz"])
def test_an_address_that_is_not_ours_is_told(host: str) -> None:
    """No such address on this machine, or no address at all."""
    with pytest.raises(ConfigError, match="cannot be listened on"):
        WebServer(app(), host, 0).start()


def test_it_closes_although_somebody_is_connected() -> None:
    """A browser keeps its connection open for as long as it likes."""
    server = WebServer(app(), "127.0.0.1", 0)
    server.start()
    with requests.Session() as browser, socket.create_connection(("127.0.0.1", server.port)):
        browser.get(server.address)
        begun = time.monotonic()
        server.close()

        assert time.monotonic() - begun < 5


def test_it_is_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    """The daemon draws on this terminal; and an address may be a permission."""

    async def fails(request: Request) -> Response:
        raise ZeroDivisionError

    with WebServer(Starlette(routes=[Route("/", fails)]), "127.0.0.1", 0) as server:
        assert 500 == requests.get(server.address).status_code

    assert ("", "") == tuple(capfd.readouterr())


def test_two_serve_side_by_side() -> None:
    """Each on its own port."""
    with WebServer(app(), "127.0.0.1", 0) as one, WebServer(app(), "127.0.0.1", 0) as other:
        assert one.port != other.port
        assert requests.get(one.address).text == requests.get(other.address).text
