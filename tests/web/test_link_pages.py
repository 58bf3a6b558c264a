"""Signed links, through the real server: no log-in, one question, one answer."""

import time
from pathlib import Path

import pytest
import requests

from coffee_maker.domain.message import Reply
from coffee_maker.domain.question import ALLOW, DENY, Answer, AnsweredBy
from coffee_maker.links import Signer
from tests.web.reading import words
from tests.web.site import Site, choice, permission, serve


def test_a_link_shows_the_question_and_the_form_answers_it(site: Site) -> None:
    """In the name of whoever got the link, and on the way it was sent."""
    site.store.questions.put(permission("one"))
    link = site.link("one")

    shown = requests.get(link)
    answered = requests.post(link, data={"answer": "yes"}, headers={"Origin": "null"})

    expected = Answer(
        value=ALLOW, by=AnsweredBy.PERSON, who="ana@example.com", channel="email link"
    )
    assert "May Claude edit src/shop/prices.py?" in words(shown.text)
    assert "no-referrer" == shown.headers["Referrer-Policy"]
    assert 'Your answer counts: "yes".' in words(answered.text)
    assert expected == site.store.questions.answer_to("one")


def test_a_link_without_a_name_is_somebodys(site: Site) -> None:
    """A chat's link can be opened by all who are there."""
    site.store.questions.put(permission("one"))

    requests.post(site.link("one", channel="slack", who=""), data={"answer": "no"})

    expected = [Reply(question="one", text="no", channel="slack link", who="a link's holder")]
    assert expected == site.replies


def test_opening_a_link_answers_nothing(standing: Site) -> None:
    """Mail scanners open every link, some with a question mark behind it."""
    link = standing.link("one")
    for _ in range(5):
        requests.get(link)
        requests.head(link)
        requests.get(f"{link}?answer=yes", headers={"User-Agent": "scanner"})
        requests.get(f"{link}/state.json")

    assert [] == standing.replies
    assert standing.store.questions.answer_to("one") is None


def test_a_link_is_good_for_one_answer(site: Site) -> None:
    """The second is told that it is late, and who was first."""
    site.store.questions.put(permission("one"))
    link = site.link("one")
    requests.post(link, data={"answer": "no"})

    again = requests.post(link, data={"answer": "yes"})
    seen = requests.get(link)

    said = 'answered "no" by ana@example.com via email link'
    assert (409, 200) == (again.status_code, seen.status_code)
    assert said in words(again.text)
    assert said in words(seen.text).replace("Answered", "answered")
    assert "<form" not in seen.text
    given = site.store.questions.answer_to("one")
    assert given is not None
    assert DENY == given.value


def test_a_link_is_bound_to_its_question(site: Site) -> None:
    """It does not answer another, whatever the form says."""
    site.store.questions.put(permission("one"))
    site.store.questions.put(choice("two"))

    requests.post(site.link("one"), data={"answer": "yes", "question": "two"})

    assert site.store.questions.answer_to("two") is None


def test_a_link_to_nothing_says_so(site: Site) -> None:
    """As after the store was deleted; and a code is no id."""
    site.store.questions.put(permission("one"))

    gone = [requests.get(site.link(name)).status_code for name in ("two", permission("one").code)]

    assert [404, 404] == gone


@pytest.mark.parametrize("answer", [None, {"answer": "yes"}])
def test_a_forged_link_is_refused(standing: Site, answer: dict[str, str] | None) -> None:
    """Changed, cut, made with another key, or for another purpose."""
    token = standing.link("one").rpartition("/")[2]
    forged = [token[:-2], "x" + token, Signer("other").sign("one", "email", "ana"), "x", "%00", "ü"]

    for wrong in forged:
        link = f"{standing.url}/a/{wrong}"
        refused = requests.post(link, data=answer) if answer else requests.get(link)
        assert 403 == refused.status_code
        assert "This link is not valid" in words(refused.text)
        assert "no-referrer" == refused.headers["Referrer-Policy"]
    assert [] == standing.replies


def test_an_old_link_is_refused(tmp_path: Path) -> None:
    """It says that it has expired, and what to do."""
    with serve(tmp_path, link_seconds=0) as site:
        site.store.questions.put(permission("one"))
        link = site.link("one")
        time.sleep(1.1)  # links are dated in whole seconds
        refused = requests.post(link, data={"answer": "yes"})

    assert 403 == refused.status_code
    assert "This link has expired Answer in a newer message." in words(refused.text)
    assert [] == site.replies


def test_the_page_hears_that_it_was_settled_elsewhere(site: Site) -> None:
    """Its script asks by the same link."""
    site.store.questions.put(permission("one"))
    state = f"{site.link('one')}/state.json"
    before = requests.get(state).json()
    first = Answer(value=DENY, by=AnsweredBy.PERSON, who="Ben", channel="slack")
    site.store.questions.answer("one", first)

    after = requests.get(state).json()

    assert [{"state": ""}, {"state": 'answered "no" by Ben via slack'}] == [before, after]


def test_an_answer_by_a_link_that_is_none_is_noted(site: Site) -> None:
    """Changed or too old, it answers nothing, and people hear of the attempt; looking is none."""
    site.store.questions.put(permission("one"))
    changed = f"{site.url}/a/{Signer('another key').sign('one', 'email', 'ana@example.com')}"
    looked, tried = requests.get(changed), requests.post(changed, data={"answer": "yes"})

    assert (403, 403) == (looked.status_code, tried.status_code)
    assert [] == site.replies
    assert [("link", "this link is not valid")] == [(r.channel, r.refusal) for r in site.refused]
