"""Logging in with the token that `coffee-maker web` prints, and out again."""

import hmac
import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from coffee_maker.domain.ports import Clock, Receive
from coffee_maker.web.answering import turn_away
from coffee_maker.web.attempts import Attempts
from coffee_maker.web.body import Form, field, read_form
from coffee_maker.web.origin import from_our_page, host_name
from coffee_maker.web.pages import Pages
from coffee_maker.web.refusal import Refusal
from coffee_maker.web.sessions import SESSION_SECONDS, Session, Sessions

_OUR_PATH = re.compile(r"/(q/[A-Za-z0-9_.-]{1,100})?")
_FROM_ONE, _FROM_ALL, _SECONDS = 10, 200, 60
_NOTED = 5  # wrong log-ins that are journalled in so many seconds

Page = Callable[[Request], Awaitable[Response]]
PageFor = Callable[[Request, Session], Awaitable[Response]]


class LogIn:
    """Who may see the questions. `public_url`: the https address that people use, or empty.

    `receive` is told of wrong tokens, of some a minute at most.
    """

    def __init__(
        self, sessions: Sessions, pages: Pages, clock: Clock, public_url: str, receive: Receive
    ) -> None:
        self._sessions, self._pages, self._public_url = sessions, pages, public_url
        self._receive, self._noted = receive, Attempts(clock, limit=_NOTED, seconds=_SECONDS)
        self._from_one = Attempts(clock, limit=_FROM_ONE, seconds=_SECONDS)
        self._from_all = Attempts(clock, limit=_FROM_ALL, seconds=_SECONDS)

    def session(self, request: Request) -> Session | None:
        """The log-in that a request belongs to, or None."""
        return self._sessions.read(request.cookies.get(self._sessions.cookie, ""))

    def required(self, page: PageFor) -> Page:
        """The page for those who have logged in; others are led to the log-in."""

        async def serve(request: Request) -> Response:
            session = self.session(request)
            if session is not None:
                return await page(request, session)
            if request.url.path.endswith(".json"):
                raise Refusal(401, "log in first")
            if request.method == "POST":
                raise Refusal(401, "your log-in is over", cure="log in, then answer again")
            return RedirectResponse(f"/login?next={request.url.path}", status_code=303)

        return serve

    def check_form(self, request: Request, session: Session, form: Form) -> None:
        """Raises Refusal (403) where a form was not sent by a page of ours."""
        self._check_origin(request)
        given = field(form, "form_token").encode(errors="replace")
        if not hmac.compare_digest(given, session.form_token.encode()):
            raise Refusal(403, "this form is not from your log-in", cure="open the page again")

    async def show(self, request: Request) -> Response:
        """The form."""
        after = _ours(request.query_params.get("next", ""))
        if self.session(request) is not None:
            return RedirectResponse(after, status_code=303)
        return self._pages.page("login.html", after=after, wrong="")

    async def submit(self, request: Request) -> Response:
        """Log in, or say what is wrong. Whoever guesses has to wait."""
        self._check_origin(request)
        form = await read_form(request)
        after = _ours(field(form, "next"))
        address = request.client.host if request.client else ""
        wait = max(self._from_one.wait_seconds(address), self._from_all.wait_seconds(""))
        if wait > 0:
            refused = self._form_again(after, f"too many wrong tokens; try again in {wait:.0f} s")
            refused.status_code, refused.headers["Retry-After"] = 429, f"{wait:.0f}"
            return refused
        if not self._sessions.matches(field(form, "token")):
            self._from_one.failed(address)
            self._from_all.failed("")
            await self._note(request)
            return self._form_again(after, "that is not the token")
        return self._enter(request, after, name=field(form, "name"))

    async def leave(self, request: Request, session: Session) -> Response:
        """Log out."""
        self.check_form(request, session, await read_form(request))
        self._sessions.end(session)
        response = RedirectResponse("/login", status_code=303)
        response.delete_cookie(self._sessions.cookie, httponly=True, samesite="strict")
        return response

    async def _note(self, request: Request) -> None:
        if self._noted.wait_seconds("") > 0:
            return
        self._noted.failed("")
        await turn_away(self._receive, request, "a log-in with a wrong token", channel="web")

    def _form_again(self, after: str, wrong: str) -> Response:
        return self._pages.page("login.html", status=403, after=after, wrong=wrong)

    def _enter(self, request: Request, after: str, *, name: str) -> Response:
        response = RedirectResponse(after, status_code=303)
        response.set_cookie(
            self._sessions.cookie,
            self._sessions.begin(name),
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="strict",
            secure=self._over_https(request),
        )
        return response

    def _over_https(self, request: Request) -> bool:
        if request.url.scheme == "https":
            return True
        # A proxy that does not say so: then it is known by the name it was asked for.
        public = self._public_url.partition("://")
        host = host_name(request.headers.get("host", ""))
        return public[0] == "https" and host == host_name(public[2].partition("/")[0])

    def _check_origin(self, request: Request) -> None:
        if not from_our_page(
            origin=request.headers.get("origin"),
            site=request.headers.get("sec-fetch-site", ""),
            host=request.headers.get("host", ""),
            public_url=self._public_url,
        ):
            raise Refusal(
                403,
                "this form was sent from another site",
                cure="open the page here; behind a proxy, set web.public_url to its address",
            )


def _ours(path: str) -> str:
    """A path of ours to go on to; whatever else was asked for leads to the list."""
    return path if _OUR_PATH.fullmatch(path) else "/"
