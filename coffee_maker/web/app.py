"""The one HTTP door: its addresses, and how a request that fails is told."""

import json
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from coffee_maker.clock import RealClock
from coffee_maker.domain.errors import CoffeeMakerError
from coffee_maker.domain.ports import Clock, Journal, QuestionBox, Receive
from coffee_maker.links import Signer
from coffee_maker.web.guard import SECURITY_HEADERS, Guard
from coffee_maker.web.link_pages import LinkPages
from coffee_maker.web.login import LogIn
from coffee_maker.web.machine_door import MachineDoor
from coffee_maker.web.origin import host_name, public_origin
from coffee_maker.web.pages import Pages
from coffee_maker.web.question_pages import QuestionPages
from coffee_maker.web.refusal import Refusal
from coffee_maker.web.sessions import Sessions
from coffee_maker.web.signature import SignatureCheck
from coffee_maker.web.view import Viewer

LINK_SECONDS = 7 * 24 * 3600.0


def create_app(
    *,
    box: QuestionBox,
    receive: Receive,
    signer: Signer,
    token: str,
    project: str,
    redact: Callable[[str], str],
    journal: Journal | None = None,
    clock: Clock | None = None,
    host: str = "127.0.0.1",
    public_url: str = "",
    link_seconds: float = LINK_SECONDS,
    webhook_secret: str = "",
) -> Starlette:
    """The application. `receive` is the one door for answers, called from worker threads.

    Whoever has `token` may log in; whoever has a link of `signer`'s that is at most `link_seconds`
    old may answer its question. `host` and `public_url`: the names it may be called by, beside
    `localhost` and addresses. Without a `webhook_secret` programs cannot answer; without a
    `journal` the list does not say what was answered lately.
    """
    clock = clock or RealClock()
    pages = Pages(project)
    viewer = Viewer(box, journal, redact, clock)
    log_in = LogIn(Sessions(token), pages, clock, public_url, receive)
    asked = QuestionPages(viewer, receive, log_in, pages)
    linked = LinkPages(viewer, receive, signer, pages, seconds=link_seconds)
    routes = [
        Route("/", log_in.required(asked.list)),
        Route("/questions.json", log_in.required(asked.list_state)),
        Route("/q/{code}.json", log_in.required(asked.state)),
        Route("/q/{code}", log_in.required(asked.show)),
        Route("/q/{code}", log_in.required(asked.answer), methods=["POST"]),
        Route("/a/{token}/state.json", linked.state),
        Route("/a/{token}", linked.show),
        Route("/a/{token}", linked.answer, methods=["POST"]),
        Route("/login", log_in.show),
        Route("/login", log_in.submit, methods=["POST"]),
        Route("/logout", log_in.required(log_in.leave), methods=["POST"]),
        Route("/health", _health),
        Route("/static/{name}", pages.static),
    ]
    if webhook_secret:
        door = MachineDoor(receive, SignatureCheck(webhook_secret, clock))
        routes.append(Route("/api/questions/{code}/answer", door.answer, methods=["POST"]))
    names = {"localhost", host.casefold(), host_name(public_origin(public_url).partition("//")[2])}
    tell = _Teller(pages, log_in)
    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, names=frozenset(names - {""}))],
        exception_handlers={
            CoffeeMakerError: tell.ours,
            HTTPException: tell.http,
            Exception: tell.anything,
        },
    )


async def _health(request: Request) -> Response:  # noqa: ARG001 - the framework's signature
    return JSONResponse({"status": "ok"})


class _Teller:
    """Errors, as JSON for programs and as a page for people."""

    def __init__(self, pages: Pages, log_in: LogIn) -> None:
        self._pages, self._log_in = pages, log_in

    async def ours(self, request: Request, error: Exception) -> Response:
        """What was refused on purpose, or could not be done now."""
        cure = error.cure if isinstance(error, CoffeeMakerError) else ""
        status = error.status if isinstance(error, Refusal) else 503
        return self._told(request, status, str(error), cure)

    async def http(self, request: Request, error: Exception) -> Response:
        """No such address, or not with that method."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        what = "there is nothing here" if status == 404 else "that cannot be done here"
        response = self._told(request, status, what, "look at the list of open questions")
        response.headers.update((isinstance(error, HTTPException) and error.headers) or {})
        return response

    async def anything(self, request: Request, error: Exception) -> Response:  # noqa: ARG002
        """A fault of ours; what it was stays on the machine."""
        response = self._told(request, 500, "something went wrong here", "try again")
        response.headers.update(SECURITY_HEADERS)
        return response

    def _told(self, request: Request, status: int, what: str, cure: str) -> Response:
        path = request.url.path
        if path.startswith("/api/") or path.endswith(".json"):
            told = json.dumps({"error": what, "cure": cure}, ensure_ascii=True)
            return Response(told, status_code=status, media_type="application/json")
        heading = what[:1].upper() + what[1:]
        response = self._pages.message(status, heading, cure, session=self._log_in.session(request))
        if path.startswith("/a/"):
            response.headers["Referrer-Policy"] = "no-referrer"
        return response
