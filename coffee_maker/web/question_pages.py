"""The pages for those who have logged in: the list, and each question."""

import hashlib

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from coffee_maker.domain.message import Received
from coffee_maker.domain.ports import Receive
from coffee_maker.web.answering import STATUS, hand_in, said
from coffee_maker.web.body import field, read_form
from coffee_maker.web.login import LogIn
from coffee_maker.web.pages import Pages
from coffee_maker.web.refusal import not_found
from coffee_maker.web.sessions import Session
from coffee_maker.web.view import QuestionView, Viewer

CHANNEL = "web"


class QuestionPages:
    """What is open, what was answered, and the forms to answer with."""

    def __init__(self, viewer: Viewer, receive: Receive, log_in: LogIn, pages: Pages) -> None:
        self._viewer, self._receive = viewer, receive
        self._log_in, self._pages = log_in, pages

    async def list(self, request: Request, session: Session) -> Response:  # noqa: ARG002
        """The open questions, and what was answered lately."""
        state = await run_in_threadpool(self._state)  # first, so that a change is not missed
        waiting, count = await run_in_threadpool(self._viewer.open)
        lately = await run_in_threadpool(self._viewer.lately)
        return self._pages.page(
            "list.html", session=session, waiting=waiting, count=count, lately=lately, state=state
        )

    async def list_state(self, request: Request, session: Session) -> Response:  # noqa: ARG002
        """Whether the list has changed, for the script."""
        return JSONResponse({"state": await run_in_threadpool(self._state)})

    async def show(self, request: Request, session: Session) -> Response:
        """One question. Looking at it answers nothing."""
        return self._page(session, await self._found(request))

    async def state(self, request: Request, session: Session) -> Response:  # noqa: ARG002
        """How it was settled, for the script; empty while it is open."""
        return JSONResponse({"state": (await self._found(request)).settled})

    async def answer(self, request: Request, session: Session) -> Response:
        """Hand in what the form says."""
        form = await read_form(request)
        self._log_in.check_form(request, session, form)
        shown, text = await self._found(request), said(form)
        receipt = await hand_in(self._receive, shown.id, text, channel=CHANNEL, who=session.name)
        after = await self._found(request)
        words = field(form, "words") if receipt.received is Received.INVALID else ""
        return self._page(
            session, after, status=STATUS[receipt.received], receipt=receipt, words=words
        )

    def _page(
        self, session: Session, shown: QuestionView, *, status: int = 200, **facts: object
    ) -> Response:
        facts = {"receipt": None, "words": "", **facts}
        address = f"/q/{shown.code}"
        return self._pages.page(
            "question.html", status=status, session=session, q=shown, address=address, **facts
        )

    async def _found(self, request: Request) -> QuestionView:
        shown = await run_in_threadpool(self._viewer.find, request.path_params["code"])
        if shown is None:
            raise not_found()
        return shown

    def _state(self) -> str:
        return hashlib.sha256(self._viewer.version().encode()).hexdigest()[:16]
