"""The pages in a real browser of a phone's size."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from coffee_maker.domain.question import DENY, Answer, AnsweredBy, Severity, ToolCall
from tests.support.browser import SMALL_PHONE, artefact, phone
from tests.web.site import TOKEN, Site, choice, permission

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

HOSTILE = "</p><script>document.title='obeyed'</script><img src='http://evil.example/x.png'>"


@pytest.fixture
def page(site: Site, browser: Browser) -> Iterator[Page]:
    """A phone that has logged in."""
    with phone(browser) as context:
        yield logged_in(context, site)


def logged_in(context: BrowserContext, site: Site) -> Page:
    page = context.new_page()
    page.goto(site.url)
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_label("Your name").fill("Ana")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{site.url}/")
    return page


def fill(site: Site) -> None:
    """One of each kind."""
    box = site.store.questions
    box.put(permission("one"))
    box.put(choice("two"))
    box.put(choice("several", multiple=True, text="Which exports are wanted?"))
    command = "python manage.py migrate --database=production --settings=" + "shop_settings_" * 8
    box.put(
        permission(
            "parked",
            severity=Severity.CRITICAL,
            parked=True,
            text="May Claude bring the production database up to date?",
            tool_call=ToolCall(id="t", tool="Bash", input={"command": command}),
            diff="",
            deadline=datetime.now(UTC) + timedelta(days=6, hours=1),
        )
    )
    box.put(permission("done"))
    box.answer("done", Answer(value=DENY, by=AnsweredBy.PERSON, who="Ben", channel="slack"))


def test_a_person_logs_in_sees_and_answers(site: Site, page: Page) -> None:
    """The list shows a new question by itself; a tap on it and on a button answers it."""
    page.get_by_text("Nothing is waiting for you").wait_for()
    site.store.questions.put(permission("one"))
    page.get_by_role("link", name="May Claude edit src/shop/prices.py?").click()
    page.get_by_text("self._known.clear()").wait_for()
    page.get_by_role("button", name="Yes", exact=True).click()
    page.get_by_text('Your answer counts: "yes".').wait_for()

    assert ["yes"] == [reply.text for reply in site.replies]
    assert ["Ana"] == [reply.who for reply in site.replies]


def test_own_words_are_sent(site: Site, page: Page) -> None:
    """Typed on the phone, with the keyboard alone."""
    site.store.questions.put(choice("one"))
    page.goto(f"{site.url}/q/one")
    page.get_by_label("Or in your own words").fill("Ten minutes\nat most")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Your answer counts").wait_for()

    assert ["Ten minutes\nat most"] == [reply.text for reply in site.replies]


def test_a_page_hears_that_somebody_else_answered(site: Site, page: Page) -> None:
    """Without a reload: who, and the form is closed, but what was typed is still there."""
    site.store.questions.put(choice("one"))
    page.goto(f"{site.url}/q/one")
    page.get_by_label("Or in your own words").fill("half a")
    first = Answer(value="One day", by=AnsweredBy.PERSON, who="Ben", channel="slack")
    site.store.questions.answer("one", first)

    page.get_by_text('Meanwhile it was answered "One day" by Ben via slack.').wait_for()
    assert page.get_by_role("button", name="Send").is_disabled()
    assert "half a" == page.get_by_label("Or in your own words").input_value()


def test_an_old_list_says_so(site: Site, page: Page) -> None:
    """Nobody waits in front of a list that has lost its server."""
    page.get_by_text("Nothing is waiting for you").wait_for()
    page.context.set_offline(True)

    page.get_by_text("This list may be out of date").wait_for()


def test_a_list_whose_log_in_is_over_leads_to_the_log_in(site: Site, page: Page) -> None:
    """By itself."""
    page.get_by_text("Nothing is waiting for you").wait_for()
    page.context.clear_cookies()

    page.wait_for_url(f"{site.url}/login?next=/")
    page.get_by_label("Token").wait_for()


def test_a_double_click_is_sent_once(site: Site, page: Page) -> None:
    """The second click of a hurried thumb reaches nobody."""
    site.store.questions.put(permission("one"))
    page.goto(f"{site.url}/q/one")
    page.get_by_role("button", name="No", exact=True).dblclick()
    page.get_by_text('Your answer counts: "no".').wait_for()

    assert 1 == len(site.replies)


def test_a_link_is_answered_without_a_log_in(site: Site, browser: Browser) -> None:
    """With the headers a browser really sends from a page without a referrer."""
    site.store.questions.put(permission("one"))
    with phone(browser) as context:
        page = context.new_page()
        page.goto(site.link("one"))
        page.get_by_label("Or say no, and why").fill("it is generated")
        page.get_by_role("button", name="No, for this reason").click()
        page.get_by_text('Your answer counts: "no".').wait_for()

    given = site.store.questions.answer_to("one")
    assert given is not None
    assert ("ana@example.com", "it is generated") == (given.who, given.message)


def test_it_works_without_scripts(site: Site, browser: Browser) -> None:
    """Log-in, list, page and answer are plain forms."""
    site.store.questions.put(permission("one"))
    with phone(browser, scripts=False) as context:
        page = logged_in(context, site)
        page.get_by_role("link", name="May Claude edit").click()
        page.get_by_role("button", name="Yes", exact=True).click()
        page.get_by_text('Your answer counts: "yes".').wait_for()

    assert 1 == len(site.replies)


def test_hostile_text_is_not_obeyed(site: Site, page: Page) -> None:
    """No script of it runs, no other host hears of it, and the browser finds no fault."""
    faults: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda said: faults.append(said.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    site.store.questions.put(
        permission("one", text=HOSTILE, context={"title": HOSTILE}, diff=f"+{HOSTILE}")
    )
    for path in ("/", "/q/one"):
        page.goto(site.url + path)
        page.wait_for_load_state("networkidle")

    assert HOSTILE in page.locator(".asked").inner_text()
    assert "obeyed" not in page.title()
    assert {site.url.removeprefix("http://")} == hosts
    assert [] == faults


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_scrolls_sideways(site: Site, browser: Browser, dark: bool) -> None:
    """On a small phone, with long names and a wide diff; pictures are kept to be looked at."""
    fill(site)
    wide = "+" + "x" * 300 + "\n"
    site.store.questions.put(permission("wide", diff=wide, text="word" * 100, task="T" * 120))
    paths = ("/", "/q/one", "/q/two", "/q/several", "/q/parked", "/q/done", "/q/wide", "/q/none")
    with phone(browser, size=SMALL_PHONE, dark=dark) as context:
        page = logged_in(context, site)
        for path in paths:
            page.goto(site.url + path)
            assert SMALL_PHONE[0] == page.evaluate("document.documentElement.scrollWidth"), path


@pytest.mark.parametrize("look", ["light", "dark"])
def test_pictures_are_kept(site: Site, browser: Browser, look: str) -> None:
    """Of every page at a phone's size, for people to look at; all that is tapped is big enough."""
    fill(site)
    names = {"list": "/", "permission": "/q/one", "choice": "/q/two", "several": "/q/several"}
    names |= {"parked": "/q/parked", "settled": "/q/done"}
    with phone(browser, dark=look == "dark") as context:
        page = context.new_page()
        page.goto(site.url)
        page.screenshot(path=artefact(f"login-{look}.png"))
        page.close()
        page = logged_in(context, site)
        for name, path in names.items():
            page.goto(site.url + path)
            page.screenshot(path=artefact(f"{name}-{look}.png"), full_page=True)
            for button in page.get_by_role("button").all():
                box = button.bounding_box()
                assert box is None or box["height"] >= 44
    assert artefact(f"settled-{look}.png").stat().st_size > 5_000
