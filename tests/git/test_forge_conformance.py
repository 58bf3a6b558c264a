"""What the line may rely on, whichever forge stands behind the port."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from coffee_maker.domain.change import PullRequest, PullRequestDraft, PullRequestState
from coffee_maker.domain.errors import ForgeError
from coffee_maker.domain.ports import Forge, PullRequestShelf
from coffee_maker.git.gh_forge import GhForge
from coffee_maker.git.gh_program import GhProgram
from coffee_maker.git.local_forge import LocalForge
from coffee_maker.git.remote_url import RemoteUrl
from coffee_maker.store.store import Store
from tests.support.clocks import SteppedClock
from tests.support.git_server import commit
from tests.support.github import github_api
from tests.support.needs import program
from tests.support.shelf import MemoryShelf

DRAFT = PullRequestDraft(
    branch="feature/x", target="main", title="feat: x", body="Why: because.\n\n☕ **yes**\n"
)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A forge, and what a person can do behind its back."""

    forge: Forge
    end: Callable[[int, PullRequestState], None]
    comments: Callable[[int], list[str]]


@pytest.fixture(params=[pytest.param("gh", marks=pytest.mark.gh), "local", "local on SQLite"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Each implementation in turn, with the branches `feature/x` and `feature/y` pushed."""
    if request.param != "gh":
        with ExitStack() as stack:
            on_disk = request.param == "local on SQLite"
            shelf: PullRequestShelf = (
                stack.enter_context(Store(tmp_path / "s.db", SteppedClock())).pull_requests
                if on_disk
                else MemoryShelf()
            )
            yield Stage(
                forge=LocalForge(shelf),
                end=lambda number, state: set_state(shelf, number, state),
                comments=lambda number: local_comments(shelf.all()[number - 1]),
            )
        return
    gh = program("gh", "it is installed with the test requirements: run `make test`")
    with github_api(tmp_path) as site:
        for branch in ("feature/x", "feature/y"):
            commit(site.repository, branch, {"x.txt": branch}, f"feat: {branch}", onto="main")
        yield Stage(
            forge=GhForge(
                RemoteUrl(host="github.com", owner="acme", name="widgets"),
                gh=GhProgram(site.environment, program=gh),
                clock=SteppedClock(),
            ),
            end=lambda number, state: setattr(site.fake.pulls[number - 1], "state", state.name),
            comments=lambda number: site.fake.pulls[number - 1].comments,
        )
        assert site.fake.schema_warnings == []


def local_comments(pull: PullRequest) -> list[str]:
    return [said.strip() for said in pull.body.split("\n---\n\n")[1:]]


def set_state(shelf: PullRequestShelf, number: int, state: PullRequestState) -> None:
    if state is not PullRequestState.OPEN:
        shelf.close(number, state)


def test_an_unknown_branch_has_none(stage: Stage) -> None:
    """Nothing was opened, so nothing is found."""
    assert stage.forge.find("feature/x") is None


def test_it_is_opened_once(stage: Stage) -> None:
    """Submitting the same twice opens one pull request, and says the same both times."""
    first, second = stage.forge.submit(DRAFT), stage.forge.submit(DRAFT)

    assert first == second
    assert first.state is PullRequestState.OPEN
    assert (first.number, first.branch, first.target) == (1, "feature/x", "main")


def test_what_was_submitted_is_found(stage: Stage) -> None:
    """Title, body and flag come back as they went in; another branch is not mixed up with it."""
    stage.forge.submit(replace(DRAFT, branch="feature/y", title="feat: y"))
    submitted = stage.forge.submit(DRAFT)
    found = stage.forge.find("feature/x")

    assert submitted == found
    assert found is not None
    assert DRAFT.body == found.body
    assert DRAFT.title == found.title
    assert "1" in found.url or "2" in found.url


def test_a_new_text_replaces_the_old_one(stage: Stage) -> None:
    """The open pull request is brought up to date: title, body and target."""
    stage.forge.submit(DRAFT)
    changed = replace(DRAFT, title="feat: better", body="Another reason.", target="feature/y")
    submitted = stage.forge.submit(changed)
    found = stage.forge.find("feature/x")

    assert submitted == found
    assert found is not None
    assert (found.number, found.title, found.body, found.target) == (
        1,
        "feat: better",
        "Another reason.",
        "feature/y",
    )


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            "😀" * 8_000 + "é\u200b\n\n```\n`$(touch /tmp/x)` \"quoted\" 'too'\n```", id="emoji"
        ),
        pytest.param("x" * 65_536, id="64 KB"),
        pytest.param("--body\n-d @-\n", id="like options"),
        pytest.param("", id="empty"),
    ],
)
def test_a_body_goes_through_whole(stage: Stage, body: str) -> None:
    """Whatever stands in a body arrives, at the size limit too, new or changed."""
    stage.forge.submit(replace(DRAFT, body=body))
    opened = found(stage.forge)
    stage.forge.submit(replace(DRAFT, body="in between"))
    stage.forge.submit(replace(DRAFT, body=body))

    assert body == opened.body
    assert body == found(stage.forge).body


def test_titles_like_options(stage: Stage) -> None:
    """A title that looks like an option, or holds what no argument can, is a title."""
    stage.forge.submit(replace(DRAFT, title="--draft `x` $HOME é"))

    assert found(stage.forge).title == "--draft `x` $HOME é"


def test_a_draft_becomes_ready_and_stays_so(stage: Stage) -> None:
    """A draft is opened as one, made ready when asked to, and never taken back."""
    flags = [
        stage.forge.submit(replace(DRAFT, draft=draft)).draft and found(stage.forge).draft
        for draft in (True, True, False, True)
    ]

    assert flags == [True, True, False, False]


def test_a_merged_one_is_left_alone(stage: Stage) -> None:
    """What is merged is returned as merged; nothing new is opened."""
    stage.forge.submit(DRAFT)
    stage.end(1, PullRequestState.MERGED)
    again = stage.forge.submit(replace(DRAFT, title="feat: again"))

    assert (again.number, again.state, again.title) == (1, PullRequestState.MERGED, "feat: x")


def test_a_closed_one_is_a_decision(stage: Stage) -> None:
    """What a person closed is neither reopened nor opened anew; the error says what to do."""
    stage.forge.submit(DRAFT)
    stage.end(1, PullRequestState.CLOSED)
    with pytest.raises(ForgeError, match="closed without merging") as caught:
        stage.forge.submit(DRAFT)

    assert "reopen" in caught.value.cure
    assert not caught.value.transient
    assert found(stage.forge).state is PullRequestState.CLOSED


def test_closing_says_why_once(stage: Stage) -> None:
    """Closed twice, it is closed and commented on once; afterwards nothing is open."""
    pull = stage.forge.submit(DRAFT)

    stage.forge.close(pull, "Taken back ☕ by `ana`.")
    stage.forge.close(pull, "Taken back ☕ by `ana`.")

    assert found(stage.forge).state is PullRequestState.CLOSED
    assert ["Taken back ☕ by `ana`."] == stage.comments(1)


def test_a_comment_that_is_there_is_not_repeated(stage: Stage) -> None:
    """Whoever was killed between comment and close has said it already."""
    pull = stage.forge.submit(DRAFT)
    stage.forge.close(pull, "Taken back.")
    stage.end(1, PullRequestState.OPEN)

    stage.forge.close(pull, "Taken back.")

    assert ["Taken back."] == stage.comments(1)


def test_a_merged_one_is_not_closed(stage: Stage) -> None:
    """It is an error that names what takes a merge back."""
    pull = stage.forge.submit(DRAFT)
    stage.end(1, PullRequestState.MERGED)

    with pytest.raises(ForgeError, match="merged") as caught:
        stage.forge.close(pull, "Taken back.")

    assert "git revert" in caught.value.cure
    assert [] == stage.comments(1)


def test_a_closed_one_that_is_superseded_is_no_decision(stage: Stage) -> None:
    """A new one is opened beside it; the old one stays closed."""
    first = stage.forge.submit(DRAFT)
    stage.end(1, PullRequestState.CLOSED)

    second = stage.forge.submit(DRAFT, superseded=(first.url,))

    assert (2, PullRequestState.OPEN) == (second.number, second.state)
    assert second == stage.forge.submit(DRAFT, superseded=(first.url,))


def found(forge: Forge) -> PullRequest:
    pull = forge.find("feature/x")
    assert pull is not None
    return pull
