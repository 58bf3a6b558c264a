"""Answers from programs: JSON, signed with the secret of the generic webhook."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from coffee_maker.domain.ports import Receive
from coffee_maker.web.answering import STATUS, hand_in, turn_away
from coffee_maker.web.body import read_body, read_object
from coffee_maker.web.refusal import Refusal
from coffee_maker.web.signature import HEADER, SignatureCheck

CHANNEL = "webhook"
_WHO_AT_MOST = 100  # characters


class MachineDoor:
    """`POST /api/questions/CODE/answer` with `{"question": "CODE", "answer": "yes"}`.

    `who` may name whoever decided. `question` is the same code once more: the signature is over
    the body alone, and whoever listened must not be able to send it to another question.
    """

    def __init__(self, receive: Receive, check: SignatureCheck) -> None:
        self._receive, self._check = receive, check

    async def answer(self, request: Request) -> Response:
        """Hand in the answer; what became of it as JSON, with a status to match."""
        body = await read_body(request)
        try:
            self._check.check(request.headers.get(HEADER, ""), body)
        except Refusal as error:
            await turn_away(self._receive, request, str(error), channel=CHANNEL)
            raise
        said, code = read_object(request, body), request.path_params["code"]
        answer, who = _text(said, "answer"), _text(said, "who", "")[:_WHO_AT_MOST]
        if _text(said, "question") != code:
            raise Refusal(400, "the question in the body is not the one in the address")
        receipt = await hand_in(self._receive, code, answer, channel=CHANNEL, who=who)
        told = {"received": receipt.received, "message": receipt.message}
        return JSONResponse(told, status_code=STATUS[receipt.received])


def _text(said: dict[str, Any], name: str, otherwise: str | None = None) -> str:
    value = said.get(name, otherwise)
    if not isinstance(value, str):
        cure = 'send {"question": "CODE", "answer": "..."}'
        raise Refusal(400, f'"{name}" must be a text', cure=cure)
    return value
