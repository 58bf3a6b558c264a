"""A remote's address is understood in every spelling, and gives no secret away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.git.remote_url import RemoteUrl, parse_remote

NAME = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,20}", fullmatch=True)
HOST = st.from_regex(r"[a-z][a-z0-9-]{0,10}(\.[a-z]{2,8}){1,2}", fullmatch=True)
FORM = st.sampled_from(
    [
        "https://{host}/{owner}/{name}",
        "https://{host}/{owner}/{name}.git",
        "https://{host}:8443/{owner}/{name}.git/",
        "https://user:secret@{host}/{owner}/{name}.git",
        "http://{host}/{owner}/{name}.git",
        "ssh://git@{host}/{owner}/{name}.git",
        "ssh://git@{host}:2222/{owner}/{name}",
        "git@{host}:{owner}/{name}.git",
        "{host}:{owner}/{name}",
        "git@{host}:/{owner}/{name}.git",
        "git://{host}/{owner}/{name}.git",
        "  https://{host}/{owner}/{name}.git\n",
    ]
)


@given(FORM, HOST, NAME, NAME)
def test_every_spelling_names_the_same(form: str, host: str, owner: str, name: str) -> None:
    """Host, owner and name come out of each form that git takes."""
    url = form.format(host=host, owner=owner, name=name)

    assert RemoteUrl(host=host, owner=owner, name=name) == parse_remote(url)


@given(st.text() | st.text(alphabet="ab:/@.-[]%?#\\ "))
def test_anything_else_is_none_and_never_an_error(url: str) -> None:
    """Whatever stands in a git config, reading it does not break, and names stay names."""
    remote = parse_remote(url)

    if remote is not None:
        assert not any(character in f"{remote.owner}{remote.name}" for character in "/@:\\ ?#")
        assert not remote.owner.startswith("-")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/srv/git/widgets.git",
        "../widgets",
        "./a:b/c",
        "file:///srv/git/acme/widgets.git",
        "https://github.com/acme",
        "https://gitlab.example/group/sub/widgets.git",
        "https://github.com/acme/widgets/pull/3",
        "https://[::1/acme/widgets",
        "ext::sh -c evil%/acme/widgets",
        "git@github.com:acme/../widgets",
        "git@github.com:--exec=evil/widgets",
        "https:///acme/widgets",
    ],
)
def test_what_is_no_forge(url: str) -> None:
    """Paths, other transports and deeper addresses are not a forge's repository."""
    assert parse_remote(url) is None


def test_the_other_doors_lead_to_the_same_house() -> None:
    """GitHub's ssh over port 443 is github.com; the case of a host does not count."""
    expected = RemoteUrl(host="github.com", owner="acme", name="widgets")

    assert expected == parse_remote("ssh://git@ssh.github.com:443/acme/widgets.git")
    assert expected == parse_remote("https://GitHub.com/acme/widgets")
    assert str(expected) == "github.com/acme/widgets"
