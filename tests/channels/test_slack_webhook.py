"""Slack's incoming webhook, and what its refusals become."""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from coffee_maker.channels.slack.errors import refusal
from coffee_maker.channels.slack.web import SlackWeb, proxy_for
from coffee_maker.channels.slack.webhook import SlackWebhook
from coffee_maker.domain.errors import ChannelError
from coffee_maker.domain.ports import Channel
from tests.channels.conformance import ChannelLaws, ask, settled
from tests.support.fake_slack import FakeSlack


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as fake:
        yield fake
        assert [] == fake.problems


class TestSlackWebhookLaws(ChannelLaws):
    """What every channel keeps."""

    @pytest.fixture
    def channel(self, slack: FakeSlack) -> Channel:
        return SlackWebhook(url=slack.webhook_url)

    @pytest.fixture
    def unreachable(self) -> Channel:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            return SlackWebhook(url=f"http://127.0.0.1:{taken.getsockname()[1]}/services/hidden")


def test_a_question_leads_to_its_page(slack: FakeSlack) -> None:
    """Or to the command, where there is no page; nothing in it pretends to be an answer."""
    webhook = SlackWebhook(url=slack.webhook_url, mention="U1")
    webhook.send(ask(link="https://x.example/q/1"))
    webhook.send(ask())

    with_link, without = (str(body) for body in slack.webhook)
    assert "https://x.example/q/1" in with_link
    assert "coffee-maker inbox answer abc234" in without
    assert "action_id': 'answer" not in with_link + without


def test_the_outcome_is_told(slack: FakeSlack) -> None:
    """As a message of its own, since none can be changed."""
    webhook = SlackWebhook(url=slack.webhook_url)
    sent = webhook.send(ask())
    webhook.send(settled(ask(), sent))

    assert sent.reference
    assert "answered *no* by Ana via inbox" in str(slack.webhook[-1]["blocks"])


@pytest.mark.parametrize(
    ("status", "body", "transient", "said"),
    [
        (404, "no_service", False, "no_service"),
        (403, "invalid_token", False, "invalid_token"),
        (429, "rate_limited", True, "rate_limited"),
        (503, "<html>http://127.0.0.1/services/hidden-part</html>", True, "HTTP 503"),
    ],
)
def test_a_refusal_says_what_helps(
    slack: FakeSlack, status: int, body: str, *, transient: bool, said: str
) -> None:
    """And never the address, which is a secret."""
    slack.fail("webhook", status, body, {"Retry-After": "3"})
    with pytest.raises(ChannelError) as raised:
        SlackWebhook(url=slack.webhook_url).send(ask())

    error = raised.value
    assert (transient, 3.0 if status == 429 else None) == (error.transient, error.retry_after)
    assert said in str(error)
    assert bool(error.cure) is not transient
    assert "hidden" not in f"{error} {error.cure} {error!r}"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/hidden",
        "http://[hidden",
        "ftp://x.example/hidden",
        "hidden",
        "http://x.invalid:hidden/",
        "http://127.0.0.1:1/hid den",
        "http://127.0.0.1:1/hidden\n",
    ],
)
def test_no_error_and_no_log_holds_the_address(url: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is wrong with it, in what is shown and in what hangs on the error."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ChannelError) as raised:
        SlackWebhook(url=url).send(ask())

    error = raised.value
    shown = f"{error} {error.cure} {error!r} {error.__cause__!r} {SlackWebhook(url=url)!r}"
    assert "hid" not in shown + caplog.text
    assert error.__cause__ is None


@pytest.mark.parametrize(
    ("method", "code", "cure"),
    [
        ("chat.postMessage", "invalid_auth", "channels.slack.bot_token"),
        ("apps.connections.open", "invalid_auth", "channels.slack.app_token"),
        ("apps.connections.open", "not_allowed_token_type", "connections:write"),
        ("chat.postMessage", "channel_not_found", "channels.slack.channel"),
        ("chat.postMessage", "not_in_channel", "/invite"),
        ("chat.postMessage", "something_new", "documentation"),
    ],
)
def test_what_a_person_must_mend_is_named(method: str, code: str, cure: str) -> None:
    """Trying again does not help; the setting, the scope or the step does."""
    error = refusal(method, 200, {}, {"error": code})

    assert not error.transient
    assert cure in error.cure


def test_a_missing_scope_is_named() -> None:
    """Slack says which one."""
    error = refusal("x", 200, {}, {"error": "missing_scope", "needed": "channels:history"})

    assert "channels:history" in error.cure


@pytest.mark.parametrize("code", ["internal_error", "fatal_error", "service_unavailable"])
def test_slacks_own_troubles_pass(code: str) -> None:
    """They come with a good status."""
    assert refusal("x", 200, {}, {"error": code}).transient


@pytest.mark.parametrize(("told", "seconds"), [("5", 5.0), ("soon", 30.0), ("-1", 0.0)])
def test_how_long_to_wait_is_bounded(told: str, seconds: float) -> None:
    """Whatever stands in the header."""
    assert seconds == refusal("x", 429, {"Retry-After": told}, {}).retry_after


@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b"\xff\xfe", b'{"ok": "true"}'])
def test_an_answer_that_is_none_is_a_refusal(body: bytes) -> None:
    """Nothing but `ok: true` counts as success."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.handle_request)
    serving.start()
    with pytest.raises(ChannelError):
        SlackWeb(f"http://127.0.0.1:{server.server_port}").call("auth.test", "xoxb-1")
    serving.join()
    server.server_close()


def test_the_proxy_is_the_one_for_that_address() -> None:
    """The environment's, as its NO_PROXY allows; this machine is reached directly."""
    os.environ.update(https_proxy="http://proxy.example:3128", no_proxy="internal.example")

    assert "http://proxy.example:3128" == proxy_for("https://slack.com/api/")
    assert "http://proxy.example:3128" == proxy_for("wss://wss-primary.slack.com/link")
    assert proxy_for("http://slack.example/") is None
    assert proxy_for("https://internal.example/") is None
    assert proxy_for("http://127.0.0.1:8/api/") is None
    assert proxy_for("ws://localhost:8/link") is None
