"""The pages for those who have logged in, through the real server."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import requests

from coffee_maker.domain.message import Reply
from coffee_maker.domain.question import ALLOW, DENY, Answer, AnsweredBy
from tests.web.reading import form_token, words
from tests.web.site import Site, choice, permission


def answer(
    person: requests.Session, url: str, data: dict[str, str | list[str]], **headers: str
) -> requests.Response:
    """What a form of the page sends."""
    token = form_token(person.get(url).text)
    return person.post(url, data={"form_token": token} | data, headers=headers)


def test_the_list_shows_what_waits_and_what_was_answered(site: Site) -> None:
    """Open questions lead to their pages; settled ones say how."""
    site.store.questions.put(permission("open"))
    site.store.questions.put(choice("done"))
    answered = Answer(value="One day", by=AnsweredBy.PERSON, who="Ana", channel="slack")
    site.store.questions.answer("done", answered)

    page = site.logged_in().get(site.url)

    assert 200 == page.status_code
    assert "One question is waiting" in words(page.text)
    assert f'href="/q/{permission("open").code}"' in page.text
    assert 'answered "One day" by Ana via slack' in words(page.text)


def test_what_a_rule_answered_is_not_on_the_list(site: Site) -> None:
    """A hundred routine answers would hide the few that matter."""
    routine = Answer(value=ALLOW, by=AnsweredBy.RULE, rule="Bash(npm test:*)")
    site.store.questions.put(permission("routine"), routine)

    assert "Answered lately" not in site.logged_in().get(site.url).text


def test_the_lists_state_changes_with_the_questions(site: Site) -> None:
    """The script learns from it that the list is another one."""
    person, states = site.logged_in(), []
    for step in (
        lambda: None,
        lambda: site.store.questions.put(permission("one")),
        lambda: site.store.questions.park("one", datetime.now(UTC) + timedelta(days=1), DENY),
        lambda: site.store.questions.answer("one", Answer(value=DENY, by=AnsweredBy.DEADLINE)),
    ):
        step()
        states.append(person.get(f"{site.url}/questions.json").json()["state"])

    assert len(states) == len(set(states[:3])) + 1
    assert states[0] == states[3]


def test_a_page_shows_the_whole_question(standing: Site) -> None:
    """Task, title, text, details, the change, what silence means."""
    text = words(standing.logged_in().get(f"{standing.url}/q/one").text)

    for part in (
        "PRIORITY 3 Cache the prices of the supplier",
        "May Claude edit src/shop/prices.py?",
        "feature/priority-3-cache",
        "+ self._known[article] = self._ask_the_supplier(",
        "means: no",
        f"coffee-maker inbox answer {permission('one').code}",
    ):
        assert part in text


def test_a_button_answers(site: Site) -> None:
    """The answer counts, in the name of whoever logged in, and the page says so."""
    site.store.questions.put(permission("one"))

    shown = answer(site.logged_in("Ana"), f"{site.url}/q/one", {"answer": "yes"})

    expected = Answer(value=ALLOW, by=AnsweredBy.PERSON, who="Ana", channel="web")
    assert expected == site.store.questions.answer_to("one")
    assert 200 == shown.status_code
    assert 'Your answer counts: "yes".' in words(shown.text)


def test_a_no_can_have_a_reason(site: Site) -> None:
    """Claude is told why."""
    site.store.questions.put(permission("one"))

    answer(site.logged_in(), f"{site.url}/q/one", {"reason": "this file is\r\ngenerated"})

    given = site.store.questions.answer_to("one")
    assert given is not None
    assert (DENY, "this file is\ngenerated") == (given.value, given.message)


def test_own_words_answer_a_choice(site: Site) -> None:
    """What is none of the options is an answer as well, in any script."""
    site.store.questions.put(choice("one"))

    answer(site.logged_in(), f"{site.url}/q/one", {"words": "Fünf Minuten, 五分 ☕"})

    given = site.store.questions.answer_to("one")
    assert given is not None
    assert "Fünf Minuten, 五分 ☕" == given.value


def test_several_options_can_be_ticked(site: Site) -> None:
    """Ticked options are one answer."""
    site.store.questions.put(choice("one", multiple=True))

    answer(site.logged_in(), f"{site.url}/q/one", {"choice": ["One hour", "For ever"]})

    given = site.store.questions.answer_to("one")
    assert given is not None
    assert "One hour, For ever" == given.value


def test_a_late_answer_is_told_who_was_first(site: Site) -> None:
    """It changes nothing, and whoever gave it learns why."""
    site.store.questions.put(permission("one"))
    person = site.logged_in()
    token = form_token(person.get(f"{site.url}/q/one").text)
    first = Answer(value=DENY, by=AnsweredBy.PERSON, who="Ben", channel="slack")
    site.store.questions.answer("one", first)

    late = person.post(f"{site.url}/q/one", data={"form_token": token, "answer": "yes"})

    assert 409 == late.status_code
    assert 'answered "no" by Ben via slack' in words(late.text)
    assert first == site.store.questions.answer_to("one")


def test_what_is_no_answer_is_explained_and_asked_again(site: Site) -> None:
    """The form stands there again, and the question is still open."""
    site.store.questions.put(permission("one"))

    wrong = answer(site.logged_in(), f"{site.url}/q/one", {"words": "perhaps"})

    assert 422 == wrong.status_code
    assert "neither yes nor no" in words(wrong.text)
    assert 'value="yes"' in wrong.text
    assert site.store.questions.answer_to("one") is None


@pytest.mark.parametrize(
    "form", [{"words": "  \r\n "}, {"answer": ""}, {"x": "y"}, {"choice": [""]}]
)
def test_an_empty_form_is_no_reply(site: Site, form: dict[str, str | list[str]]) -> None:
    """A slip of the thumb uses up none of the tries, however often it happens."""
    site.store.questions.put(choice("one", multiple=True))
    person = site.logged_in()

    statuses = {answer(person, f"{site.url}/q/one", form).status_code for _ in range(4)}

    assert {422} == statuses
    assert [] == site.replies
    assert site.store.questions.answer_to("one") is None


def test_two_clicks_at_once_answer_once(site: Site) -> None:
    """One is accepted, the others are told that they are late."""
    site.store.questions.put(permission("one"))
    person = site.logged_in()
    data = {"form_token": form_token(person.get(f"{site.url}/q/one").text), "answer": "yes"}
    cookies = person.cookies.get_dict()

    def click(_: int) -> int:
        return requests.post(f"{site.url}/q/one", data=data, cookies=cookies).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(click, range(8)))

    assert [200, *[409] * 7] == statuses


def test_looking_answers_nothing(standing: Site) -> None:
    """Whatever stands in the address, and with whatever method but POST."""
    person = standing.logged_in()
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE"):
        person.request(method, f"{standing.url}/q/one?answer=yes")

    assert [] == standing.replies
    assert standing.store.questions.answer_to("one") is None


def test_an_unknown_question_is_not_found(standing: Site) -> None:
    """The words are those of every other address that leads nowhere."""
    person = standing.logged_in()

    unknown = person.get(f"{standing.url}/q/zzzzzz")
    nowhere = person.get(f"{standing.url}/nowhere")

    assert (404, 404) == (unknown.status_code, nowhere.status_code)
    assert words(unknown.text) == words(nowhere.text)


def test_without_a_log_in_nothing_is_seen(standing: Site) -> None:
    """A question that is there and one that is not look the same: both lead to the log-in."""
    seen = [
        requests.get(f"{standing.url}/q/{name}", allow_redirects=False) for name in ("one", "two")
    ]

    assert [(303, "/login?next=/q/one"), (303, "/login?next=/q/two")] == [
        (page.status_code, page.headers["Location"]) for page in seen
    ]
    assert 401 == requests.get(f"{standing.url}/questions.json").status_code
    assert 401 == requests.post(f"{standing.url}/q/one", data={"answer": "yes"}).status_code
    assert [] == standing.replies


def test_a_form_from_elsewhere_is_refused(standing: Site) -> None:
    """Another site's form, one without our token, and one with another log-in's."""
    person, other = standing.logged_in(), standing.logged_in()
    url = f"{standing.url}/q/one"
    others = form_token(other.get(url).text)

    refused = [
        answer(person, url, {"answer": "yes"}, Origin="https://evil.example"),
        answer(person, url, {"answer": "yes"}, Origin="null"),
        answer(person, url, {"answer": "yes"}, **{"Sec-Fetch-Site": "cross-site"}),
        person.post(url, data={"answer": "yes"}),
        person.post(url, data={"answer": "yes", "form_token": "ü"}),
        person.post(url, data={"answer": "yes", "form_token": others}),
    ]

    assert [403] * 6 == [response.status_code for response in refused]
    assert [] == standing.replies


def test_our_own_form_is_taken(site: Site) -> None:
    """With the headers that a browser sends along."""
    site.store.questions.put(permission("one"))
    headers = {"Origin": site.url, "Sec-Fetch-Site": "same-origin"}

    shown = answer(site.logged_in(), f"{site.url}/q/one", {"answer": "no"}, **headers)

    assert 200 == shown.status_code
    assert [Reply(question="one", text="no", channel="web", who="")] == site.replies


def test_hostile_text_is_shown_and_not_obeyed(site: Site) -> None:
    """Markup is text, and characters that would turn the line round are spelled out."""
    text = "<script>alert(1)</script><img src=x onerror=alert(2)> \u202eevil\u202c {{ 7 * 7 }}"
    hostile = permission(
        "one",
        text=text,
        task='"><b>task',
        context={"title": "</title><script>", "note": "<iframe src=//evil.example>"},
        diff=f"+{text}",
    )
    site.store.questions.put(hostile)

    page = site.logged_in().get(f"{site.url}/q/one").text

    assert 1 == page.count("<script")  # ours
    assert not any(tag in page for tag in ("<img src=x", "<iframe", "<b>"))
    assert "\u202e" not in page
    assert text.replace("\u202e", "\\u202e").replace("\u202c", "\\u202c") in words(page)


def test_secrets_are_not_shown(site: Site) -> None:
    """Neither in the text nor in the change nor on the list."""
    key = "AKIA" + "Q3EGRXV7KPLM2WZ4"
    site.store.questions.put(permission("one", text=f"Use {key}?", diff=f"+key = '{key}'\n"))
    person = site.logged_in()

    assert not any(key in person.get(f"{site.url}{path}").text for path in ("/", "/q/one"))
