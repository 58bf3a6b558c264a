"""Answers from programs: JSON, signed with the secret of the generic webhook."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from coffee_maker.domain.ports import Receive
from coffee_maker.web.answering import STATUS, hand_in
from coffee_maker.web.body import read_body, read_object
from coffee_maker.web.refusal import Refusal
from coffee_maker.web.signature import HEADER, SignatureCheck

CHANNEL = "webhook"
_WHO_AT_MOST = 100  # characters


class MachineDoor:
    """`POST /api/questions/CODE/answer` with `{"answer": "yes"}`.

    `who` may name whoever decided. `question` may repeat the code; then it must be the same one,
    so that whoever signs it can bind the answer to its question.
    """

    def __init__(self, receive: Receive, check: SignatureCheck) -> None:
        self._receive, self._check = receive, check

    async def answer(self, request: Request) -> Response:
        """Hand in the answer; what became of it as JSON, with a status to match."""
        body = await read_body(request)
        self._check.check(request.headers.get(HEADER, ""), body)
        said, code = read_object(request, body), request.path_params["code"]
        answer, who = _text(said, "answer"), _text(said, "who", "")[:_WHO_AT_MOST]
        if _text(said, "question", code) != code:
            raise Refusal(400, "the question in the body is not the one in the address")
        receipt = await hand_in(self._receive, code, answer, channel=CHANNEL, who=who)
        told = {"received": receipt.received, "message": receipt.message}
        return JSONResponse(told, status_code=STATUS[receipt.received])


def _text(said: dict[str, Any], name: str, otherwise: str | None = None) -> str:
    value = said.get(name, otherwise)
    if not isinstance(value, str):
        raise Refusal(400, f'"{name}" must be a text', cure='send {"answer": "..."}')
    return value
