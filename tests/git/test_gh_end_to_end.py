"""From a clone to an open pull request with the real git and the real gh, and nobody else."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from coffee_maker.domain.change import PullRequestDraft, PullRequestState
from coffee_maker.git.gh_check import check_gh
from coffee_maker.git.gh_forge import GhForge
from coffee_maker.git.gh_program import GhProgram
from coffee_maker.git.remote_url import parse_remote
from tests.support.clocks import SteppedClock
from tests.support.git_server import git
from tests.support.github import Site, github
from tests.support.needs import program

pytestmark = pytest.mark.gh


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """GitHub behind the proxy."""
    with github(tmp_path) as site:
        yield site


def run(site: Site, *command: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, cwd=cwd, env=dict(site.environment), capture_output=True, text=True, check=False
    )


def test_push_and_pull_request(site: Site, tmp_path: Path) -> None:
    """Cloned, committed, pushed and opened over HTTPS; no other host was asked for anything."""
    clone = tmp_path / "clone"
    assert run(site, "git", "clone", "--quiet", site.url, str(clone), cwd=tmp_path).returncode == 0
    (clone / "x.txt").write_text("x" * 2_000_000)  # more than git sends in one piece
    for command in (
        ("git", "switch", "--quiet", "-c", "feature/x"),
        ("git", "add", "x.txt"),
        ("git", "commit", "--quiet", "-m", "feat: x"),
        ("git", "push", "--quiet", "origin", "feature/x"),
    ):
        done = run(site, *command, cwd=clone)
        assert (done.returncode, done.stderr) == (0, "")
    repository = parse_remote(site.url)
    assert repository is not None
    gh = GhProgram(site.environment, program=program("gh", "run `make test`"))
    forge = GhForge(repository, gh=gh, clock=SteppedClock())
    pull = forge.submit(
        PullRequestDraft(branch="feature/x", target="main", title="feat: x", body="Why ☕")
    )

    assert pull == forge.find("feature/x")
    assert pull.url == "https://github.com/acme/widgets/pull/1"
    assert pull.state is PullRequestState.OPEN
    assert git("rev-parse", "feature/x", cwd=site.repository) == git("rev-parse", "HEAD", cwd=clone)
    assert check_gh(gh, "github.com").ok
    assert site.refused == []
    assert site.fake.schema_warnings == []


def test_a_push_without_the_right_token_is_refused(site: Site, tmp_path: Path) -> None:
    """The far side asks for the token as GitHub does, so a test cannot pass without one."""
    environment = {**site.environment, "GH_TOKEN": "gho_" + "w" * 36}
    done = subprocess.run(
        ["git", "ls-remote", site.url],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 128
    assert "Authentication failed" in done.stderr


def test_other_hosts_are_refused_and_recorded(site: Site, tmp_path: Path) -> None:
    """Whoever asks for another host is turned away, and the test can see it."""
    done = run(site, "git", "ls-remote", "https://elsewhere.example/x.git", cwd=tmp_path)

    assert done.returncode == 128
    assert site.refused == ["elsewhere.example:443"]
