"""What was sent along with a request, read with a limit and in one encoding."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request

from coffee_maker.web.refusal import Refusal

BODY_AT_MOST = 64 * 1024  # bytes
_FIELDS_AT_MOST = 100

Form = Mapping[str, list[str]]


async def read_body(request: Request) -> bytes:
    """The whole body. Raises Refusal (413) as soon as it is too long."""
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > BODY_AT_MOST:
        raise _too_long()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_AT_MOST:
            raise _too_long()
    return bytes(body)


async def read_form(request: Request) -> Form:
    """The fields of a form. Raises Refusal: 413, 415 for another kind of body, 400."""
    _expect(request, "application/x-www-form-urlencoded")
    body = await read_body(request)
    try:
        return parse_qs(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_FIELDS_AT_MOST,
        )
    except ValueError as error:
        raise Refusal(400, "the form is not written in UTF-8, or has too many fields") from error


def field(form: Form, name: str) -> str:
    """The first value of a field without space around it; empty where there is none."""
    return form.get(name, [""])[0].replace("\r\n", "\n").strip()


def read_object(request: Request, body: bytes) -> dict[str, Any]:
    """A JSON object. Raises Refusal: 415 for another kind of body, 400 where it cannot be read."""
    _expect(request, "application/json")
    try:
        said = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "the body is not JSON in UTF-8") from error
    if not isinstance(said, dict):
        raise Refusal(
            400, "the body is not a JSON object", cure='send {"question": "CODE", "answer": "..."}'
        )
    return said


def _expect(request: Request, kind: str) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != kind:
        raise Refusal(415, f"the body must be {kind}")


def _too_long() -> Refusal:
    return Refusal(413, f"that is too long: at most {BODY_AT_MOST // 1024} kB are read")
