"""The hooks' door, spoken to over real sockets."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from coffee_maker.claude.hooks import BIGGEST_BODY, HookRequest, HookServer

STOP = {"hook_event_name": "Stop"}
CALL = {"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_use_id": "t"}


@pytest.fixture
def server() -> Iterator[HookServer]:
    hooks = HookServer()
    hooks.start()
    yield hooks
    hooks.close()


def post(server: HookServer, body: Any, *, secret: str | None = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(server.url.split("/")[2], timeout=10)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {server.secret if secret is None else secret}"}
    connection.request("POST", "/hook", raw, headers)
    answer = connection.getresponse()
    said = answer.status, json.loads(answer.read())
    connection.close()
    return said


def arrival(server: HookServer) -> HookRequest:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        for request in server.arrivals():
            return request
        time.sleep(0.005)
    raise AssertionError("nothing arrived")


def raw(server: HookServer, text: str) -> bytes:
    host, _, port = server.url.split("/")[2].partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(text.replace("\n", "\r\n").encode())
        return connection.recv(4096)


def test_a_notice_is_answered_at_once(server: HookServer) -> None:
    """What asks for no decision holds nobody up."""
    assert (200, {}) == post(server, STOP)
    assert STOP == arrival(server).payload


def test_a_decision_is_waited_for(server: HookServer) -> None:
    """The request is held until it is decided, and only the first decision counts."""
    said: list[tuple[int, Any]] = []
    thread = threading.Thread(target=lambda: said.append(post(server, CALL)))
    thread.start()
    request = arrival(server)

    assert request.is_open
    assert [] == said
    assert request.decide({"first": True})
    assert not request.decide({"second": True})
    thread.join(5)
    assert [(200, {"first": True})] == said


@pytest.mark.parametrize("secret", ["", "guessed", "é☕"])
def test_a_wrong_secret_is_refused(server: HookServer, secret: str) -> None:
    """403, and nothing comes through."""
    header = secret.encode().decode("latin-1")

    assert 403 == post(server, STOP, secret=header)[0]
    assert [] == list(server.arrivals())


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"text"', b"\xff\xfe", b"[" * 100_000])
def test_malformed_bodies_harm_nothing(server: HookServer, body: bytes) -> None:
    """400, nothing comes through, and the next request is served."""
    assert 400 == post(server, body)[0]
    assert [] == list(server.arrivals())
    assert 200 == post(server, STOP)[0]


@pytest.mark.parametrize(
    ("length", "status"),
    [(str(BIGGEST_BODY + 1), b"413"), ("-1", b"411"), ("many", b"411"), ("²", b"411")],
)
def test_bodies_of_impossible_length(server: HookServer, length: str, status: bytes) -> None:
    """They are refused before anything of them is read."""
    request = (
        "POST /hook HTTP/1.1\nHost: x\n"
        f"Authorization: Bearer {server.secret}\nContent-Length: {length}\n\n"
    )

    assert status in raw(server, request).split(b"\r\n")[0]


def test_other_methods_are_refused(server: HookServer) -> None:
    """Nobody needs them."""
    assert b"501" in raw(server, "GET / HTTP/1.1\nHost: x\nConnection: close\n\n")


def test_one_who_hangs_up_is_noticed(server: HookServer) -> None:
    """The request comes a second time, gone; a decision is too late then."""
    host, _, port = server.url.split("/")[2].partition(":")
    body = json.dumps(CALL)
    connection = socket.create_connection((host, int(port)))
    connection.sendall(
        f"POST /hook HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.secret}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    request = arrival(server)
    connection.close()
    again = arrival(server)

    assert request is again
    assert again.gone
    assert not again.decide({})


def test_an_arrival_wakes_at_once(server: HookServer) -> None:
    """A hook is in the consumer's hands within ten milliseconds of being sent, as a median."""
    import select

    waits = []
    for _ in range(15):
        thread = threading.Thread(target=post, args=(server, STOP))
        began = time.monotonic()
        thread.start()
        select.select([server.wake], [], [], 5)
        waits.append(time.monotonic() - began)
        list(server.arrivals())
        thread.join(5)

    assert sorted(waits)[7] < 0.01


def test_a_closed_door_answers_nobody() -> None:
    """After close nothing listens, and closing one that never served works too."""
    served, unserved = HookServer(), HookServer()
    served.start()
    served.close()
    unserved.close()

    with pytest.raises(ConnectionRefusedError):
        post(served, STOP)
