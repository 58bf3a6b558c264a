"""The local forge's shelf, on each kind of database."""

import pytest

from coffee_maker.clock import RealClock
from coffee_maker.domain.change import PullRequest, PullRequestDraft, PullRequestState
from coffee_maker.domain.errors import StoreError
from coffee_maker.store.store import Store
from tests.store.workers import in_processes, put_pull_requests


def draft(branch: str = "feature/cache", title: str = "feat: cache prices") -> PullRequestDraft:
    return PullRequestDraft(
        branch=branch, target="main", title=title, body="Why\0\udce9", draft=True
    )


def test_a_pull_request_is_kept_as_it_was_put(store: Store) -> None:
    """It has a number from 1, is open, and its address is the command that shows it."""
    expected = PullRequest(
        number=1,
        url="coffee-maker review show 1",
        branch="feature/cache",
        target="main",
        title="feat: cache prices",
        body="Why\0\ufffd",
        state=PullRequestState.OPEN,
        draft=True,
    )

    assert expected == store.pull_requests.put(draft())
    assert (expected,) == store.pull_requests.all()


def test_a_branch_has_one_open_pull_request(store: Store) -> None:
    """Putting it again brings it up to date; another branch gets the next number."""
    store.pull_requests.put(draft())
    again = store.pull_requests.put(draft(title="feat: cache all prices"))
    other = store.pull_requests.put(draft("feature/other"))

    assert (1, "feat: cache all prices") == (again.number, again.title)
    assert 2 == other.number
    assert (again, other) == store.pull_requests.all()


def test_a_closed_one_makes_way_for_the_next(store: Store) -> None:
    """Merged and closed ones stay on the shelf as they were; the branch may come again."""
    store.pull_requests.put(draft())
    merged = store.pull_requests.close(1, PullRequestState.MERGED)
    second = store.pull_requests.put(draft(title="again"))
    closed = store.pull_requests.close(2, PullRequestState.CLOSED)

    assert PullRequestState.MERGED is merged.state
    assert 2 == second.number
    assert (merged, closed) == store.pull_requests.all()


@pytest.mark.parametrize("number", [1, 2, 0, -1])
def test_only_an_open_one_can_be_closed(store: Store, number: int) -> None:
    """One that is closed already, or was never there, is an error that says what to do."""
    store.pull_requests.put(draft())
    store.pull_requests.close(1, PullRequestState.MERGED)
    with pytest.raises(StoreError, match=f"pull request {number} is not open") as caught:
        store.pull_requests.close(number, PullRequestState.CLOSED)

    assert "coffee-maker review list" in caught.value.cure
    assert [kept.state for kept in store.pull_requests.all()] == [PullRequestState.MERGED]


def test_processes_share_numbers_and_branches(where: str) -> None:
    """Eight processes that put one branch and one of their own make nine, numbered 1 to 9."""
    in_processes(put_pull_requests, where)
    with Store(where, RealClock()) as store:
        kept = store.pull_requests.all()

        assert list(range(1, 10)) == [one.number for one in kept]
        assert 9 == len({one.branch for one in kept})
