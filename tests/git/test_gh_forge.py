"""gh's failures are told apart, what may pass is tried again, and no secret is told."""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from coffee_maker.domain.change import PullRequestDraft, PullRequestState
from coffee_maker.domain.errors import ForgeError
from coffee_maker.git.gh_check import check_gh
from coffee_maker.git.gh_errors import forge_error
from coffee_maker.git.gh_forge import GhForge
from coffee_maker.git.gh_program import GhProgram, GhResult
from coffee_maker.git.remote_url import RemoteUrl
from tests.support.clocks import SteppedClock
from tests.support.git_server import commit
from tests.support.github import Site, github_api
from tests.support.needs import program

REPOSITORY = RemoteUrl(host="github.com", owner="acme", name="widgets")
DRAFT = PullRequestDraft(branch="feature/x", target="main", title="feat: x", body="Why.")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """GitHub's API, with one branch to open a pull request for."""
    with github_api(tmp_path) as site:
        commit(site.repository, "feature/x", {"x.txt": "x"}, "feat: x", onto="main")
        yield site


def forge(site: Site, clock: SteppedClock, repository: RemoteUrl = REPOSITORY) -> GhForge:
    return GhForge(repository, gh=gh_program(site), clock=clock)


def gh_program(site: Site, **changed: str) -> GhProgram:
    gh = program("gh", "it is installed with the test requirements: run `make test`")
    return GhProgram({**site.environment, **changed}, program=gh)


@pytest.mark.gh
@pytest.mark.parametrize("failure", [(502, "Bad Gateway"), (403, "API rate limit exceeded")])
def test_what_may_pass_is_tried_again(site: Site, failure: tuple[int, str]) -> None:
    """Two failures of the other side's cost two pauses, and then the pull request is there."""
    site.fake.fail(*failure, times=2)
    clock = SteppedClock()
    pull = forge(site, clock).submit(DRAFT)

    assert (pull.number, pull.state) == (1, PullRequestState.OPEN)
    assert clock.monotonic() == 2.0 + 8.0


@pytest.mark.gh
def test_trying_again_has_an_end(site: Site) -> None:
    """A forge that stays broken is an error that says it may pass, after four tries."""
    site.fake.fail(503, "down", times=10)
    clock = SteppedClock()
    with pytest.raises(ForgeError, match="trouble of its own") as caught:
        forge(site, clock).find("feature/x")

    assert caught.value.transient
    assert clock.monotonic() == 2.0 + 8.0 + 30.0
    assert len(site.fake.log) == 4


@pytest.mark.gh
def test_a_break_after_opening_opens_no_second_one(site: Site) -> None:
    """Where the answer to the opening is lost, the next try finds what was opened."""

    def opened_but_unheard() -> None:
        site.fake.open("feature/x", title="feat: x", body="Why.")
        site.fake.fail(502, "Bad Gateway")

    site.fake.before["PullRequestCreate"] = opened_but_unheard
    pull = forge(site, SteppedClock()).submit(DRAFT)

    assert pull.number == 1
    assert len(site.fake.pulls) == 1


@pytest.mark.gh
@pytest.mark.parametrize("moment", ["PullRequestForBranch", "PullRequestCreate"])
def test_somebody_was_quicker(site: Site, moment: str) -> None:
    """A pull request that appears between looking and opening is brought up to date."""
    site.fake.before[moment] = lambda: site.fake.open("feature/x")
    pull = forge(site, SteppedClock()).submit(DRAFT)

    assert pull.number == 1
    assert [(p.title, p.body) for p in site.fake.pulls] == [("feat: x", "Why.")]


@pytest.mark.gh
def test_a_refused_token_is_not_tried_again(site: Site) -> None:
    """A bad token is said at once, with the command that mends it, and without the token."""
    gh = gh_program(site, GH_TOKEN="gho_" + "w" * 36)
    clock = SteppedClock()
    with pytest.raises(ForgeError, match="refused the login") as caught:
        GhForge(REPOSITORY, gh=gh, clock=clock).submit(DRAFT)

    assert "gh auth login --hostname github.com" in caught.value.cure
    assert not caught.value.transient
    assert clock.monotonic() == 0.0
    assert "w" * 36 not in str(caught.value)


@pytest.mark.gh
def test_no_login_at_all(site: Site) -> None:
    """Without any token gh is not logged in, which is told as such."""
    with pytest.raises(ForgeError, match="gh is not logged in") as caught:
        GhForge(REPOSITORY, gh=gh_program(site, GH_TOKEN=""), clock=SteppedClock()).find(
            "feature/x"
        )

    assert "gh auth login" in caught.value.cure


@pytest.mark.gh
def test_an_unknown_repository(site: Site) -> None:
    """A repository that is not there, or not ours to see, is named."""
    elsewhere = replace(REPOSITORY, name="gadgets")
    with pytest.raises(ForgeError, match=r"github.com/acme/gadgets was not found") as caught:
        forge(site, SteppedClock(), elsewhere).submit(DRAFT)

    assert "git remote -v" in caught.value.cure


@pytest.mark.gh
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"branch": "feature/nowhere"}, "the branch is not on"),
        ({"target": "nowhere"}, "the target branch is not on"),
        ({"branch": "empty"}, "nothing to review"),
        ({"draft": True}, "does not take draft"),
    ],
)
def test_what_github_will_not_open(site: Site, changed: dict[str, str], words: str) -> None:
    """GitHub's refusals are told in words that say what is missing."""
    commit(site.repository, "empty", {}, "feat: nothing", onto="main")
    site.fake.drafts = False
    if changed.get("branch") == "empty":
        commit(site.repository, "main2", {}, "x", onto="empty")
        changed = {**changed, "target": "main2"}
    with pytest.raises(ForgeError, match=words) as caught:
        forge(site, SteppedClock()).submit(replace(DRAFT, **changed))  # type: ignore[arg-type]

    assert caught.value.cure
    assert not caught.value.transient


@pytest.mark.gh
def test_a_forks_branch_of_the_same_name_is_not_ours(site: Site) -> None:
    """Somebody else's pull request from a fork is neither found nor changed."""
    site.fake.open("feature/x", from_fork=True)
    subject = forge(site, SteppedClock())

    assert subject.find("feature/x") is None
    assert [pull.title for pull in site.fake.pulls] == ["by hand"]


@pytest.mark.gh
def test_nothing_is_sent_where_nothing_changed(site: Site) -> None:
    """Submitting the same again only looks: nobody is notified of nothing."""
    subject = forge(site, SteppedClock())
    subject.submit(DRAFT)
    before = len(site.fake.log)
    subject.submit(replace(DRAFT, body="Why.\r\n"))

    assert site.fake.operations()[before:] == ["PullRequestList"]


@pytest.mark.gh
def test_doctor_on_a_good_day(site: Site) -> None:
    """gh's version and the account are told."""
    check = check_gh(gh_program(site), "github.com")

    assert check.ok
    assert check.detail.endswith("logged in to github.com as ada")
    assert check.detail.startswith("gh 2.")


@pytest.mark.gh
@pytest.mark.parametrize("token", ["", "gho_" + "w" * 36])
def test_doctor_without_a_login(site: Site, token: str) -> None:
    """No token and a bad token are both a login to mend."""
    check = check_gh(gh_program(site, GH_TOKEN=token), "github.com")

    assert not check.ok
    assert "not logged in to github.com" in check.detail
    assert "gh auth login --hostname github.com" in check.cure


def test_no_gh() -> None:
    """A missing gh is said with where to get it, by doctor and by the forge."""
    gh = GhProgram({"PATH": "/nonexistent"}, program="/nonexistent/gh")
    check = check_gh(gh, "github.com")
    with pytest.raises(ForgeError, match="cannot be run") as caught:
        GhForge(REPOSITORY, gh=gh, clock=SteppedClock()).find("feature/x")

    assert not check.ok
    assert "https://cli.github.com" in check.cure
    assert check.cure == caught.value.cure


def script(path: Path, text: str) -> str:
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)
    return str(path)


def test_a_gh_that_hangs_is_ended(tmp_path: Path) -> None:
    """The time is bounded, and what gh started itself is ended with it."""
    child = tmp_path / "child"
    hanging = script(
        tmp_path / "gh",
        "import subprocess, time, pathlib\n"
        "p = subprocess.Popen(['sleep', '60'])\n"
        f"pathlib.Path({str(child)!r}).write_text(str(p.pid))\n"
        "time.sleep(60)\n",
    )
    with pytest.raises(ForgeError, match=r"did not end within 1\.5 s") as caught:
        GhProgram({"PATH": os.environ["PATH"]}, program=hanging, seconds=1.5).run("pr", "list")

    assert caught.value.transient
    assert ended(int(child.read_text()))


def ended(pid: int) -> bool:
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_gh_gets_no_terminal_and_no_orders_from_outside(tmp_path: Path) -> None:
    """Prompts, colours, telemetry and somebody's GH_REPO or GH_HOST cannot reach a call."""
    telling = script(
        tmp_path / "gh",
        "import json, os, sys\n"
        "print(json.dumps([dict(os.environ), sys.stdin.read(), os.getcwd()]))\n",
    )
    inherited = {"GH_REPO": "evil/x", "GH_HOST": "evil.example", "GH_DEBUG": "api", "HOME": "/h"}
    said = GhProgram(inherited, program=telling).run("pr").stdout

    assert "evil" not in said
    for expected in (
        '"GH_PROMPT_DISABLED": "1"',
        '"GH_TELEMETRY": "false"',
        '"HOME": "/h"',
        '"", "/"',
    ):
        assert expected in said


def test_tokens_are_hidden_in_what_gh_says(tmp_path: Path) -> None:
    """A token in gh's output, ours or one that looks like one, never gets out."""
    telling = script(
        tmp_path / "gh", "import os\nprint('t', os.environ['GH_TOKEN'], 'ghp_' + 'a' * 36)\n"
    )
    said = GhProgram({"GH_TOKEN": "opaque-secret"}, program=telling).run("x")

    assert said.stdout == "t [hidden] [hidden]\n"


@pytest.mark.parametrize(
    ("stderr", "words", "transient"),
    [
        ("HTTP 403: You have exceeded a secondary rate limit", "too many requests", True),
        ("HTTP 429: slow down", "too many requests", True),
        ("HTTP 500: oops (https://api.github.com/graphql)", "trouble of its own", True),
        ("error connecting to api.github.com\ncheck your internet connection", "reached", True),
        ("Post: dial tcp: lookup api.github.com: no such host", "cannot be reached", True),
        ('Post "https://api.github.com/graphql": EOF', "cannot be reached", True),
        ("HTTP 403: Resource not accessible by integration", "may not do that", False),
        ("HTTP 403: Resource protected by organization SAML enforcement.", "single sign-on", False),
        ("tls: failed to verify certificate: x509: unknown authority", "not trusted", False),
        ("gh: Not Found (HTTP 404)", "was not found", False),
        ("", "said nothing", False),
        ("something new", "something new", False),
    ],
)
def test_complaints(stderr: str, words: str, transient: bool) -> None:
    """Each kind of complaint has its words and its cure, and says whether it may pass."""
    error = forge_error(GhResult(code=1, stdout="", stderr=stderr), REPOSITORY)

    assert words in str(error)
    assert transient == error.transient
    assert error.cure
    assert "{" not in f"{error}{error.cure}"
