"""Where the local forge keeps its pull requests."""

from coffee_maker.domain.change import PullRequest, PullRequestDraft, PullRequestState
from coffee_maker.domain.errors import StoreError
from coffee_maker.store.codec import decode, encode, storable
from coffee_maker.store.database import Database, Row


class SqlPullRequestShelf:
    """The port `PullRequestShelf`. A request's `url` is the command that shows it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, draft: PullRequestDraft) -> PullRequest:
        """Open one, or bring the open one of that branch up to date; numbers count from 1."""
        branch, text = storable(draft.branch), encode(draft)
        with self._database.writing():
            opened = self._database.rows(
                "SELECT number FROM pull_requests WHERE branch = ? AND state = 'open'", (branch,)
            )
            if opened:
                number = opened[0][0]
                self._database.change(
                    "UPDATE pull_requests SET draft = ? WHERE number = ?", (text, number)
                )
            else:
                newest = self._database.rows("SELECT COALESCE(MAX(number), 0) FROM pull_requests")
                number = newest[0][0] + 1
                self._database.change(
                    "INSERT INTO pull_requests (number, branch, state, draft) VALUES (?, ?, ?, ?)",
                    (number, branch, PullRequestState.OPEN.value, text),
                )
            return self._get(number)

    def all(self) -> tuple[PullRequest, ...]:
        """Every one, oldest first."""
        rows = self._database.rows("SELECT number, state, draft FROM pull_requests ORDER BY number")
        return tuple(_pull_request(row) for row in rows)

    def close(self, number: int, state: PullRequestState) -> PullRequest:
        """Set an open one to merged or closed. Raises StoreError where it is not open."""
        with self._database.writing():
            closed = self._database.change(
                "UPDATE pull_requests SET state = ? WHERE number = ? AND state = 'open'",
                (state.value, number),
            )
            if not closed:
                raise StoreError(
                    f"pull request {number} is not open",
                    cure="`coffee-maker review list` shows all.",
                )
            return self._get(number)

    def _get(self, number: int) -> PullRequest:
        (row,) = self._database.rows(
            "SELECT number, state, draft FROM pull_requests WHERE number = ?", (number,)
        )
        return _pull_request(row)


def _pull_request(row: Row) -> PullRequest:
    number, state, text = row
    draft = decode(text, PullRequestDraft)
    return PullRequest(
        number=number,
        url=f"coffee-maker review show {number}",
        branch=draft.branch,
        target=draft.target,
        title=draft.title,
        body=draft.body,
        state=PullRequestState(state),
        draft=draft.draft,
    )
