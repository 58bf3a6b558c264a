"""What holds for every request and every response, whatever page it is."""

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coffee_maker.web.origin import is_ours

# Nothing is loaded from elsewhere, nothing stands in the page itself, nobody frames it.
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # With `no-referrer` a browser hides the origin from our own forms as well.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Refuses requests that call us by a foreign name, and puts our headers on every response."""

    def __init__(self, app: ASGIApp, *, names: Collection[str]) -> None:
        self._app, self._names = app, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        app = self._app if self._named_right(Headers(scope=scope)) else _WRONG_NAME
        await app(scope, receive, with_headers)

    def _named_right(self, headers: Headers) -> bool:
        given = headers.getlist("host")
        return len(given) == 1 and is_ours(given[0], self._names)


_WRONG_NAME = PlainTextResponse(
    "This server is not known by that name. Set web.public_url to the address people use.\n",
    status_code=421,
)
