"""Logging in, and staying or not staying so."""

from pathlib import Path

import pytest
import requests

from coffee_maker.domain.events import ReplyTurnedAway
from coffee_maker.domain.message import Received
from coffee_maker.web.attempts import Attempts
from coffee_maker.web.sessions import SESSION_SECONDS, Sessions
from tests.support.clocks import SteppedClock
from tests.web.reading import form_token, words
from tests.web.site import TOKEN, Site, serve


def enter(site: Site, token: str = TOKEN, **headers: str) -> requests.Response:
    data = {"token": token, "name": "Ana", "next": "/q/abc"}
    return requests.post(f"{site.url}/login", data=data, headers=headers, allow_redirects=False)


def test_the_token_opens_the_door(standing: Site) -> None:
    """The cookie is out of scripts' and other sites' reach, ends, and holds no token."""
    entered = enter(standing)
    cookie = entered.headers["Set-Cookie"]

    assert (303, "/q/abc") == (entered.status_code, entered.headers["Location"])
    for part in ("HttpOnly", "SameSite=strict", f"Max-Age={SESSION_SECONDS}", "Path=/"):
        assert part in cookie
    assert "Secure" not in cookie
    assert TOKEN not in cookie


def test_over_https_the_cookie_is_sent_by_https_alone(standing: Site) -> None:
    """A proxy on this machine says that it was https."""
    assert "Secure" in enter(standing, **{"X-Forwarded-Proto": "https"}).headers["Set-Cookie"]


def test_the_public_address_means_https_too(tmp_path: Path) -> None:
    """Also where the proxy does not say so."""
    with serve(tmp_path, public_url="https://coffee.example.com") as site:
        entered = enter(site, Host="coffee.example.com", Origin="https://coffee.example.com")

    assert 303 == entered.status_code
    assert "Secure" in entered.headers["Set-Cookie"]


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", TOKEN[:-1], "ü\u0000"])
def test_a_wrong_token_does_not(site: Site, token: str) -> None:
    """It is told, and no cookie is given."""
    refused = enter(site, token)

    assert 403 == refused.status_code
    assert "That is not the token." in words(refused.text)
    assert "Set-Cookie" not in refused.headers


def test_whoever_guesses_has_to_wait(site: Site) -> None:
    """After ten wrong ones even the right one waits, and how long is told."""
    for _ in range(10):
        enter(site, "wrong")

    refused = enter(site)

    assert 429 == refused.status_code
    assert 0 < int(refused.headers["Retry-After"]) <= 60


def test_wrong_tokens_are_journalled(site: Site) -> None:
    """With where they came from, of a flood only some, and never the token that was tried."""
    for _ in range(8):
        enter(site, "wr0ng-guess")

    away = [entry.event for entry in site.store.journal.read(kinds=(ReplyTurnedAway.kind,))]
    expected = ReplyTurnedAway(
        question="",
        channel="web",
        who="127.0.0.1",
        received=Received.REFUSED,
        reason="A log-in with a wrong token.",
    )
    assert [expected] * 5 == away


def test_waiting_ends() -> None:
    """So many failures within so many seconds; others do not suffer for it."""
    clock = SteppedClock()
    attempts = Attempts(clock, limit=2, seconds=60)
    attempts.failed("a")
    clock.sleep(20)
    attempts.failed("a")

    assert (40, 0) == (attempts.wait_seconds("a"), attempts.wait_seconds("b"))
    clock.sleep(40)
    assert 0 == attempts.wait_seconds("a")


def test_attempts_are_forgotten_before_they_fill_the_memory() -> None:
    """However many addresses somebody has."""
    attempts = Attempts(SteppedClock(), limit=1, seconds=60)
    for number in range(3000):
        attempts.failed(str(number))

    assert (0, 60) == (attempts.wait_seconds("0"), attempts.wait_seconds("2999"))


@pytest.mark.parametrize("after", ["//evil.example", "https://evil.example", "/\\evil", "/logout"])
def test_the_log_in_leads_nowhere_else(standing: Site, after: str) -> None:
    """An address with another place to go on to leads to the list."""
    data = {"token": TOKEN, "next": after}
    entered = requests.post(f"{standing.url}/login", data=data, allow_redirects=False)

    assert "/" == entered.headers["Location"]


def test_another_sites_form_does_not_log_in(standing: Site) -> None:
    """Nobody is logged in under somebody else's name without knowing."""
    assert 403 == enter(standing, Origin="https://evil.example").status_code


def test_logging_out_ends_the_cookie(standing: Site) -> None:
    """Also for whoever kept a copy of it."""
    person = standing.logged_in()
    kept = person.cookies.get_dict()
    page = person.get(standing.url).text

    person.post(f"{standing.url}/logout", data={"form_token": form_token(page)})

    left = requests.get(standing.url, cookies=kept, allow_redirects=False)
    assert 303 == left.status_code


def test_a_log_out_needs_our_form(standing: Site) -> None:
    """A stranger's page cannot log anybody out."""
    person = standing.logged_in()

    assert 403 == person.post(f"{standing.url}/logout", data={"x": ""}).status_code
    assert 200 == person.get(standing.url).status_code


def test_cookies_are_bound_to_the_token() -> None:
    """A new token ends every log-in; a changed cookie is none; two projects share no cookie."""
    one, other = Sessions("one"), Sessions("other")
    cookie = one.begin("Ana")
    session = one.read(cookie)

    assert session is not None
    assert "Ana" == session.name
    assert other.read(cookie) is None
    assert [None, None, None] == [one.read(c) for c in ("", cookie[:-1], "x" + cookie)]
    assert one.cookie != other.cookie
