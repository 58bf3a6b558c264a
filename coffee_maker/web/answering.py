"""What a form says, handed in as a reply, and what the person is shown then."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from coffee_maker.domain.message import Receipt, Received, Reply
from coffee_maker.domain.ports import Receive
from coffee_maker.web.body import Form, field

STATUS = {
    Received.ACCEPTED: 200,
    Received.LATE: 409,
    Received.INVALID: 422,
    Received.REFUSED: 403,
    Received.UNKNOWN: 404,
}
NOTHING = "Nothing was chosen or written. The question is still open."


def said(form: Form) -> str:
    """The answer in a form: a button, options ticked, a reason to say no, or own words."""
    if "choice" in form:
        return ", ".join(form["choice"])
    if "reason" in form:
        return f"no {field(form, 'reason')}"
    return field(form, "answer") or field(form, "words")


async def hand_in(receive: Receive, question: str, text: str, *, channel: str, who: str) -> Receipt:
    """The one door of all answers; it may wait for the database, so not in the event loop.

    An empty form is no reply: a slip of the thumb must not use up one of the few tries.
    """
    if not text.strip():
        return Receipt(received=Received.INVALID, message=NOTHING)
    reply = Reply(question=question, text=text, channel=channel, who=who)
    return await run_in_threadpool(receive, reply)


async def turn_away(receive: Receive, request: Request, refusal: str, *, channel: str) -> None:
    """Have it noted that somebody who may not answer has tried to."""
    who = request.client.host if request.client else ""
    question = request.path_params.get("code", "")
    reply = Reply(question=question, text="", channel=channel, who=who, refusal=refusal)
    await run_in_threadpool(receive, reply)
