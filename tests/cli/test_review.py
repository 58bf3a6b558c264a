"""`coffee-maker review` shows, merges and rejects, and lets no foreign text act on the screen."""

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coffee_maker.cli.review import _shown, review
from coffee_maker.domain.change import PullRequestDraft
from coffee_maker.domain.errors import ForgeError
from coffee_maker.git.local_review import LocalReview
from coffee_maker.git.review_repository import ReviewRepository
from tests.support.git_server import bare_repository, commit
from tests.support.shelf import MemoryShelf


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    """A remote with a branch to review."""
    repository = bare_repository(tmp_path / "upstream.git")
    commit(repository, "feature/x", {"x.txt": "é\x1b]0;evil\x07\n"}, "feat: x", onto="main")
    return repository


@pytest.fixture
def local(upstream: Path, tmp_path: Path) -> LocalReview:
    """One open pull request, one rejected, seen from a checkout."""
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "clone", "--quiet", str(upstream), str(checkout)], check=True)
    shelf = MemoryShelf()
    for branch, draft in (("feature/old", False), ("feature/x", True)):
        shelf.put(
            PullRequestDraft(
                branch=branch,
                target="main",
                title=f"feat: {branch} \x1b[2J☕",
                body="Why.\n\u202e",
                draft=draft,
            )
        )
    local = LocalReview(shelf, ReviewRepository(checkout))
    local.reject(1, "too old")
    return local


def run(local: LocalReview, *arguments: str) -> Result:
    return CliRunner().invoke(review, arguments, obj=local)


def test_list(local: LocalReview) -> None:
    """Newest first, a line each, and nothing in it moves the cursor."""
    assert run(local, "list").output.splitlines() == [
        "#2    open    draft: feat: feature/x \\x1b[2J☕  (feature/x → main)",
        "#1    closed  feat: feature/old \\x1b[2J☕  (feature/old → main)",
    ]


def test_list_for_programs(local: LocalReview) -> None:
    """JSON has every field, unchanged."""
    newest, _ = json.loads(run(local, "list", "--json").output)

    assert newest == {
        "number": 2,
        "url": "coffee-maker review show 2",
        "branch": "feature/x",
        "target": "main",
        "title": "feat: feature/x \x1b[2J☕",
        "body": "Why.\n\u202e",
        "state": "open",
        "draft": True,
    }


def test_an_empty_list_says_what_to_do(tmp_path: Path) -> None:
    """Where there is nothing yet, the command that makes one is named."""
    empty = LocalReview(MemoryShelf(), ReviewRepository(tmp_path))

    assert "coffee-maker run --once" in run(empty, "list").output


def test_show(local: LocalReview) -> None:
    """The text is shown, and the next commands under it."""
    lines = run(local, "show", "2").output.splitlines()

    assert lines[2:4] == ["Why.", "\\u202e"]
    assert lines[-2:] == [
        "coffee-maker review diff 2    see what it changes",
        "coffee-maker review merge 2   merge it into main",
    ]
    assert json.loads(run(local, "show", "2", "--json").output)["number"] == 2


def test_a_piped_diff_is_a_patch(local: LocalReview, upstream: Path, tmp_path: Path) -> None:
    """Without a terminal the bytes are git's own: `git apply` takes them."""
    patch = run(local, "diff", "2").stdout_bytes
    target = tmp_path / "elsewhere"
    subprocess.run(["git", "clone", "--quiet", str(upstream), str(target)], check=True)
    subprocess.run(["git", "apply", "-"], cwd=target, input=patch, check=True)

    assert (target / "x.txt").read_bytes() == "é\x1b]0;evil\x07\n".encode()


def test_a_diff_on_a_terminal_only_has_colours() -> None:
    """Colours pass, everything else that could act on a terminal is spelled out."""
    assert _shown("\x1b[32m+\x1b[m\x1b]0;evil\x07\x1b[2Ja\tb\n") == (
        "\x1b[32m+\x1b[m\\x1b]0;evil\\x07\\x1b[2Ja\tb\n"
    )


def test_merge_and_merge_again(local: LocalReview) -> None:
    """The commit is named; the second time it is said that it was merged already."""
    first, second = run(local, "merge", "2"), run(local, "merge", "2")

    assert first.output.startswith("Merged pull request 2 into main: ")
    assert second.output == "Pull request 2 is merged into main already.\n"


def test_reject_and_reopen(local: LocalReview) -> None:
    """Rejecting needs a reason; reopening gives a new number."""
    assert run(local, "reject", "2").exit_code == 2
    assert run(local, "reject", "2", "--reason", "no").output == (
        "Rejected pull request 2; the branch feature/x stays.\n"
    )
    assert run(local, "reopen", "2").output == (
        "Opened again as pull request 3: coffee-maker review show 3\n"
    )


def test_errors_reach_the_top(local: LocalReview) -> None:
    """An error raised on purpose is left to the one place that tells errors."""
    assert isinstance(run(local, "merge", "9").exception, ForgeError)


def test_what_is_no_number_is_told_so(local: LocalReview) -> None:
    """With the way to the numbers; one that is copied with its # is one."""
    wrong, zero = run(local, "show", "foo"), run(local, "show", "0")

    assert "'foo' is not the number of a pull request; `coffee-maker review list`" in wrong.output
    assert (2, 2) == (wrong.exit_code, zero.exit_code)
    assert run(local, "show", "2").output == run(local, "show", "#2").output
