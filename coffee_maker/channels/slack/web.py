"""Slack's Web API, and its incoming webhooks: one POST, answered or an error."""

import json
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import (
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
    getproxies,
    proxy_bypass,
)

from coffee_maker.channels.slack.errors import refusal, unreachable
from coffee_maker.domain.errors import ChannelError

_TIMEOUT_SECONDS = 10.0
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class SlackWeb:
    """Calls methods of the Web API at `url`; one try each, so that who calls decides on more."""

    def __init__(self, url: str) -> None:
        self._url = url if url.endswith("/") else f"{url}/"

    def call(self, method: str, token: str, **arguments: object) -> dict[str, Any]:
        """What it answers. Raises SlackRefusal where it says no, else ChannelError."""
        body = {name: value for name, value in arguments.items() if value is not None}
        headers = {"Authorization": f"Bearer {token}"}
        status, received, text = post(f"{self._url}{method}", body, headers, method)
        said = _json(text)
        if status >= 400 or said.get("ok") is not True:
            raise refusal(method, status, received, said)
        return said


def post(
    url: str, body: Mapping[str, object], headers: Mapping[str, str], doing: str
) -> tuple[int, dict[str, str], str]:
    """The answer's status, headers and text. Raises ChannelError, which never names the url."""
    try:
        if urlsplit(url).scheme not in ("http", "https"):
            raise ChannelError(
                "Slack's address is no http address", cure="set it to one that begins with https://"
            )
        request = Request(  # noqa: S310 - the scheme was looked at just above
            url,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json; charset=utf-8", **headers},
        )
        return _exchange(_opener(url), request)
    except (OSError, HTTPException, ValueError) as error:
        raise unreachable(doing, error) from None  # the cause may quote the address


def proxy_for(url: str) -> str | None:
    """The environment's proxy for that address, as NO_PROXY allows; none for this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in _LOOPBACK or proxy_bypass(host):
        return None
    return getproxies().get({"wss": "https", "ws": "http"}.get(parts.scheme, parts.scheme))


def _exchange(opener: OpenerDirector, request: Request) -> tuple[int, dict[str, str], str]:
    try:
        with opener.open(request, timeout=_TIMEOUT_SECONDS) as answer:
            return answer.status, dict(answer.headers), answer.read().decode(errors="replace")
    except HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read().decode(errors="replace")


def _opener(url: str) -> OpenerDirector:
    proxy = proxy_for(url)
    return build_opener(ProxyHandler({urlsplit(url).scheme: proxy} if proxy else {}))


def _json(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
