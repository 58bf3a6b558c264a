"""What holds for every request, through the real server."""

import http.client
import socket

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.domain.visible import visible
from coffee_maker.web.body import BODY_AT_MOST
from coffee_maker.web.origin import from_our_page, is_ours
from coffee_maker.web.pages import Pages
from tests.web.reading import words
from tests.web.site import TOKEN, Site

PAGES = Pages("webshop")
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("path", ["/login", "/health", "/nowhere", "/a/x", "/", "/questions.json"])
def test_every_response_has_the_headers(standing: Site, path: str) -> None:
    """Nothing is loaded from elsewhere, framed, guessed or kept."""
    headers = requests.get(standing.url + path, allow_redirects=False).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert ("DENY", "nosniff", "no-store") == (
        headers["X-Frame-Options"],
        headers["X-Content-Type-Options"],
        headers["Cache-Control"],
    )
    assert "Server" not in headers


def test_what_never_changes_is_kept(standing: Site) -> None:
    """Style and script are named by what is in them, so a phone loads them once."""
    page = requests.get(f"{standing.url}/login").text
    style = page.partition('rel="stylesheet" href="')[2].partition('"')[0]

    kept = requests.get(standing.url + style)

    assert "immutable" in kept.headers["Cache-Control"]
    assert "text/css" in kept.headers["Content-Type"]
    assert 404 == requests.get(f"{standing.url}/static/..%2fapp.py").status_code


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8642", "127.0.0.1.evil.example"])
def test_a_name_that_is_not_ours_is_refused(standing: Site, host: str) -> None:
    """A stranger's name can be made to lead to this machine: that page sees nothing of ours."""
    refused = standing.logged_in().get(standing.url, headers={"Host": host})

    assert 421 == refused.status_code
    assert "webshop" not in refused.text


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1:8642", True),
        ("localhost", True),
        ("LOCALHOST:1", True),
        ("[::1]:8642", True),
        ("192.168.1.7:8642", True),
        ("coffee.example.com", True),
        ("coffee.example.com.", True),
        ("coffee.example.com.evil", False),
        ("evil", False),
        ("", False),
        ("127.0.0.1@evil", False),
        ("localhost/evil", False),
        ("[::1", False),
    ],
)
def test_which_names_are_ours(host: str, *, ours: bool) -> None:
    """Those that were set, this machine's own, and every address."""
    assert ours is is_ours(host, {"localhost", "coffee.example.com"})


@pytest.mark.parametrize(
    ("origin", "site", "ours"),
    [
        (None, "", True),
        (None, "cross-site", False),
        ("http://127.0.0.1:1", "same-origin", True),
        ("http://127.0.0.1:2", "", False),
        ("http://127.0.0.1", "", False),
        ("https://coffee.example.com", "", True),
        ("http://coffee.example.com", "", False),
        ("null", "same-origin", True),
        ("null", "", False),
        ("null", "cross-site", False),
        ("file://127.0.0.1:1", "", False),
        ("http://[", "", False),
    ],
)
def test_which_forms_are_ours(origin: str | None, site: str, *, ours: bool) -> None:
    """By what a browser says of the page that sent it."""
    found = from_our_page(
        origin=origin, site=site, host="127.0.0.1:1", public_url="https://coffee.example.com/"
    )

    assert ours is found


def test_a_long_body_is_refused(standing: Site) -> None:
    """Whether its length is told or not; the server goes on."""
    long = b"token=" + b"x" * BODY_AT_MOST
    headers = {"Content-Type": FORM}

    told = requests.post(f"{standing.url}/login", data=long, headers=headers)
    untold = requests.post(f"{standing.url}/login", data=iter([long]), headers=headers)

    assert (413, 413) == (told.status_code, untold.status_code)
    assert "at most 64 kB" in words(told.text)
    assert 200 == requests.get(f"{standing.url}/health").status_code


def test_a_body_that_never_ends_is_cut_off(standing: Site) -> None:
    """Megabytes without an end are not read, and not kept."""
    connection = http.client.HTTPConnection(standing.url.removeprefix("http://"), timeout=10)
    connection.putrequest("POST", "/login")
    connection.putheader("Content-Type", FORM)
    connection.putheader("Content-Length", str(10**12))
    connection.endheaders()

    assert 413 == connection.getresponse().status
    connection.close()


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"token=%FF%FE", FORM, 400),
        ("token=ü".encode("latin-1"), FORM, 400),
        (b"&".join(b"a=1" for _ in range(200)), FORM, 400),
        (b'{"token": "x"}', "application/json", 415),
        (b"token=x", "text/plain", 415),
        (b"", FORM, 403),
    ],
)
def test_a_body_that_cannot_be_read_is_told(
    standing: Site, body: bytes, kind: str, status: int
) -> None:
    """Wrong encoding, too many fields, another kind, nothing at all."""
    told = requests.post(f"{standing.url}/login", data=body, headers={"Content-Type": kind})

    assert status == told.status_code
    assert "<h1>" in told.text


def test_rubbish_does_not_stop_the_server(standing: Site) -> None:
    """Bytes that are no HTTP, and a connection that ends in the middle."""
    host, port = standing.url.removeprefix("http://").split(":")
    for rubbish in (b"\x16\x03\x01\x02", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"POST"):
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(rubbish)

    assert {"status": "ok"} == requests.get(f"{standing.url}/health").json()


def test_an_error_of_a_program_is_json(standing: Site) -> None:
    """And a wrong method is told as such."""
    told = requests.get(f"{standing.url}/api/nothing")
    wrong = requests.post(f"{standing.url}/health")

    assert (404, "there is nothing here") == (told.status_code, told.json()["error"])
    assert 405 == wrong.status_code


def test_a_broken_store_is_told_and_not_shown(site: Site) -> None:
    """The page says what to do; where the store is stays on the machine where it is a secret."""
    person = site.logged_in()
    site.store.close()

    told = person.get(site.url)

    assert told.status_code in {500, 503}
    assert "Traceback" not in told.text
    assert "DENY" == told.headers["X-Frame-Options"]


def test_the_log_in_page_gives_nothing_away(standing: Site) -> None:
    """Not the token, not what is asked."""
    page = requests.get(f"{standing.url}/login").text

    assert TOKEN not in page
    assert "prices" not in page


@given(st.text(max_size=200))
def test_any_text_is_shown_as_it_is(text: str) -> None:
    """No text becomes markup, and none acts on the reader's screen."""
    page = bytes(PAGES.message(200, text, "").body).decode()
    shown = page.partition("<h1>")[2].partition("</h1>")[0]

    assert not set(shown) & set("<>\"'")
    assert " ".join(visible(text).encode(errors="replace").decode().split()) == words(
        f"<main>{shown}"
    )
