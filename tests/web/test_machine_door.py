"""Answers from programs, signed, through the real server."""

import itertools
import json
import time
from pathlib import Path

import pytest
import requests

from coffee_maker.channels.webhooks.signed import payload, signature
from coffee_maker.domain.events import ReplyTurnedAway
from coffee_maker.domain.message import About, Button, Card, Message
from coffee_maker.domain.question import ALLOW, Answer, AnsweredBy
from coffee_maker.web.refusal import Refusal
from coffee_maker.web.signature import HEADER, SignatureCheck, sign
from tests.support.clocks import SteppedClock
from tests.web.site import SECRET, Site, permission

QUESTIONS = Path(__file__).parents[2] / "docs" / "questions.md"


_SECONDS_AGO = itertools.count()


def post(
    site: Site, body: bytes, *, code: str = "one", header: str | None = None, kind: str = "json"
) -> requests.Response:
    # Each at a second of its own: the same words of the same second are the same request.
    at = int(time.time()) - next(_SECONDS_AGO) % 200
    header = sign(SECRET, at, body) if header is None else header
    return requests.post(
        f"{site.url}/api/questions/{code}/answer",
        data=body,
        headers={HEADER: header, "Content-Type": f"application/{kind}"},
    )


def test_a_signed_answer_counts(site: Site) -> None:
    """By the question's code, with a name for whoever decided."""
    site.store.questions.put(permission("one"))
    code = permission("one").code
    body = json.dumps({"answer": "yes", "who": "deploy bot", "question": code}).encode()

    told = post(site, body, code=code)

    expected = Answer(value=ALLOW, by=AnsweredBy.PERSON, who="deploy bot", channel="webhook")
    assert (200, "accepted") == (told.status_code, told.json()["received"])
    assert expected == site.store.questions.answer_to("one")


def test_the_documented_request_counts(site: Site) -> None:
    """As it stands there: address, headers and body, with a code and a signature of one's own."""
    documented = QUESTIONS.read_text().split("```text\nPOST ")[1].split("```")[0]
    site.store.questions.put(permission("one"))
    code = permission("one").code
    head, _, body = documented.replace("h7kq2m", code).partition("\n\n")
    path, *lines = head.splitlines()
    body, headers = body.strip(), dict(line.split(": ") for line in lines)
    signed = sign(SECRET, int(time.time()), body.encode())
    assert "t=SECONDS,v1=HEX" == headers[HEADER]

    told = requests.post(f"{site.url}{path}", data=body, headers={**headers, HEADER: signed})

    assert (200, "accepted") == (told.status_code, told.json()["received"])


def test_what_does_not_count_is_told(site: Site) -> None:
    """Unknown, no answer, and late, each with its status."""
    site.store.questions.put(permission("one"))

    told = [
        post(site, b'{"question": "zzzzzz", "answer": "yes"}', code="zzzzzz"),
        post(site, b'{"question": "one", "answer": "perhaps"}'),
        post(site, b'{"question": "one", "answer": "no"}'),
        post(site, b'{"question": "one", "answer": "yes" }'),
    ]

    assert [(404, "unknown"), (422, "invalid"), (200, "accepted"), (409, "late")] == [
        (response.status_code, response.json()["received"]) for response in told
    ]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        "t=abc,v1=def",
        "v1=0",
        "t=1",
        "t=99999999999999999999,v1=00",
        sign("other", 1_800_000_000, b'{"answer": "yes"}'),
        sign(SECRET, 1, b'{"answer": "yes"}'),
        sign(SECRET, 99_999_999_999, b'{"answer": "yes"}'),
        sign(SECRET, 1_800_000_000, b'{"answer": "no"}'),
    ],
)
def test_without_a_good_signature_nothing_counts(standing: Site, header: str) -> None:
    """None, another key's, another body's, an old one, one from the future."""
    refused = post(standing, b'{"question": "one", "answer": "yes"}', header=header)

    assert 401 == refused.status_code
    assert [] == standing.replies


def test_the_same_request_counts_once(site: Site) -> None:
    """Whoever listened on the way cannot send it again, nor to another question."""
    for name in ("one", "two"):
        site.store.questions.put(permission(name))
    body = b'{"question": "one", "answer": "yes"}'
    header = sign(SECRET, int(time.time()), body)

    statuses = [post(site, body, code=c, header=header).status_code for c in ("one", "one", "two")]

    assert [200, 409, 409] == statuses
    assert site.store.questions.answer_to("two") is None


def test_one_that_was_sent_again_elsewhere_answers_nothing(site: Site) -> None:
    """Not even where nobody remembers the first one, as after a restart."""
    for name in ("one", "two"):
        site.store.questions.put(permission(name))

    told = post(site, b'{"question": "one", "answer": "yes"}', code="two")

    assert 400 == told.status_code
    assert site.store.questions.answer_to("two") is None


def test_a_refused_signature_is_noted(site: Site) -> None:
    """People hear of it like of everybody else who may not answer."""
    site.store.questions.put(permission("one"))

    post(site, b'{"question": "one", "answer": "yes"}', header="t=1,v1=00")

    (reply,) = site.refused
    assert ("one", "webhook", "127.0.0.1") == (reply.question, reply.channel, reply.who)
    (entry,) = site.store.journal.read(kinds=(ReplyTurnedAway.kind,))
    assert isinstance(entry.event, ReplyTurnedAway)
    assert ("refused", "The signature is wrong.") == (entry.event.received, entry.event.reason)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"yes",
        b"[]",
        b"{}",
        b'{"answer": "yes"}',
        b'{"question": "one", "answer": 1}',
        b'{"question": "one", "answer": "yes", "who": []}',
        b'{"answer": "yes", "question": "two"}',
        '{"answer": "ü"}'.encode("latin-1"),
        b'{"answer": "\xed\xa0\x80"}',
        b"[" * 60_000,
    ],
)
def test_a_body_that_is_no_answer_is_refused(standing: Site, body: bytes) -> None:
    """Signed as it may be; what is wrong with it is told."""
    refused = post(standing, body)

    assert 400 == refused.status_code
    assert refused.json()["error"]
    assert [] == standing.replies


def test_half_a_pair_in_an_answer_harms_nothing(site: Site) -> None:
    """JSON can spell what no text holds."""
    site.store.questions.put(permission("one", text="?"))

    assert 422 == post(site, b'{"question": "one", "answer": "\\ud800"}').status_code


def test_what_we_send_ourselves_is_no_answer(standing: Site) -> None:
    """Our own webhook signs alike; whoever sends one of its messages back answers nothing."""
    card = Card(heading="x", text="May I?", code="one", buttons=(Button(label="Yes", value="yes"),))
    message = Message(id="ask:one", about=About.ASK, card=card, question="one")
    body = json.dumps(payload(message, "2026-01-05T09:00:00+00:00")).encode()

    refused = post(standing, body, header=signature(SECRET, int(time.time()), body))

    assert (400, '"answer" must be a text') == (refused.status_code, refused.json()["error"])
    assert [] == standing.replies


def test_another_kind_of_body_is_refused(standing: Site) -> None:
    """A browser's form cannot be taken for JSON."""
    assert 415 == post(standing, b'{"answer": "yes"}', kind="x-www-form-urlencoded").status_code


def test_a_long_body_is_refused(standing: Site) -> None:
    """Before its signature is looked at."""
    assert 413 == post(standing, b" " * 70_000).status_code


def test_signatures_are_good_for_five_minutes() -> None:
    """Both ways, and what was seen is remembered at least as long."""
    clock = SteppedClock()
    check, begin = SignatureCheck(SECRET, clock), int(clock.now().timestamp())
    ahead = sign(SECRET, begin + 300, b"x")
    check.check(ahead, b"x")
    clock.sleep(599)

    with pytest.raises(Refusal) as again:
        check.check(ahead, b"x")
    with pytest.raises(Refusal) as old:
        check.check(sign(SECRET, begin + 298, b"y"), b"y")

    assert (409, 401) == (again.value.status, old.value.status)
