"""The page behind a signed link in a mail or a chat: one question, without a log-in.

Mail scanners and chats open every link they see, so opening it answers nothing; the form does.
The link itself is what a stranger's page cannot know, so its form needs no other token.
"""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from coffee_maker.domain.message import Received
from coffee_maker.domain.ports import Receive
from coffee_maker.links import Claim, LinkRefused, Signer
from coffee_maker.web.answering import STATUS, hand_in, said, turn_away
from coffee_maker.web.body import field, read_form
from coffee_maker.web.pages import Pages
from coffee_maker.web.refusal import Refusal
from coffee_maker.web.view import QuestionView, Viewer

SOMEBODY = "a link's holder"
# The address is the permission: it must not be told to anybody, not even to ourselves.
_UNTOLD = {"Referrer-Policy": "no-referrer"}


class LinkPages:
    """One question for whoever holds a link to it that is at most `seconds` old."""

    def __init__(
        self, viewer: Viewer, receive: Receive, signer: Signer, pages: Pages, *, seconds: float
    ) -> None:
        self._viewer, self._receive, self._signer = viewer, receive, signer
        self._pages, self._seconds = pages, seconds

    async def show(self, request: Request) -> Response:
        """The question. Looking at it answers nothing."""
        _, shown = await self._found(request)
        return self._page(request, shown)

    async def state(self, request: Request) -> Response:
        """How it was settled, for the script; empty while it is open."""
        _, shown = await self._found(request)
        return JSONResponse({"state": shown.settled}, headers=_UNTOLD)

    async def answer(self, request: Request) -> Response:
        """Hand in what the form says, in the name of whoever got the link."""
        try:
            claim, shown = await self._found(request)
        except Refusal as error:
            await turn_away(self._receive, request, str(error), channel="link")
            raise
        form = await read_form(request)
        receipt = await hand_in(
            self._receive,
            shown.id,
            said(form),
            channel=f"{claim.channel} link",
            who=claim.who or SOMEBODY,
        )
        _, after = await self._found(request)
        words = field(form, "words") if receipt.received is Received.INVALID else ""
        status = STATUS[receipt.received]
        return self._page(request, after, status=status, receipt=receipt, words=words)

    def _page(
        self, request: Request, shown: QuestionView, *, status: int = 200, **facts: object
    ) -> Response:
        facts = {"receipt": None, "words": "", **facts}
        address = f"/a/{request.path_params['token']}"
        page = self._pages.page("question.html", status=status, q=shown, address=address, **facts)
        page.headers.update(_UNTOLD)
        return page

    async def _found(self, request: Request) -> tuple[Claim, QuestionView]:
        try:
            claim = self._signer.read(request.path_params["token"], seconds=self._seconds)
        except LinkRefused as error:
            raise Refusal(403, str(error), cure=error.cure) from error
        shown = await run_in_threadpool(self._viewer.find, claim.question)
        if shown is None or shown.id != claim.question:
            raise Refusal(404, "the question of this link is gone", cure="there is nothing to do")
        return claim, shown
