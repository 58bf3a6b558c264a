"""Pull requests without a forge: kept on a shelf, looked at with `coffee-maker review`."""

from collections.abc import Collection
from dataclasses import replace

from coffee_maker.domain.change import PullRequest, PullRequestDraft, PullRequestState
from coffee_maker.domain.ports import PullRequestShelf
from coffee_maker.git.submission import as_draft, choose, may_be_closed, refuse_closed


class LocalForge:
    """The port `Forge`. The branch must have been pushed before `submit`."""

    name = "local"

    def __init__(self, shelf: PullRequestShelf) -> None:
        self._shelf = shelf

    def find(self, branch: str) -> PullRequest | None:
        """The open pull request of a branch, or the newest of the others."""
        return choose(self._of(branch))

    def submit(self, draft: PullRequestDraft, *, superseded: Collection[str] = ()) -> PullRequest:
        """Open the pull request, or bring the open one of that branch up to date.

        One that is merged is returned as it is. One that is ready for review stays so. Raises
        ForgeError where a person rejected it, and its address is not among the `superseded`.
        """
        known = choose(self._of(draft.branch), superseded=superseded)
        if known is None:
            return self._shelf.put(draft)
        refuse_closed(
            known, cure=f"`coffee-maker review reopen {known.number}` opens it again as a new one"
        )
        if known.state is PullRequestState.MERGED:
            return known
        return self._shelf.put(replace(draft, draft=known.draft and draft.draft))

    def close(self, pull_request: PullRequest, comment: str) -> None:
        """Write the comment under its text and close it; nothing happens where it is closed.

        Raises ForgeError where it is merged.
        """
        known = next(p for p in self._shelf.all() if p.number == pull_request.number)
        if not may_be_closed(known):
            return
        below = f"\n\n---\n\n{comment.strip()}\n"
        if not known.body.endswith(below):
            self._shelf.put(replace(as_draft(known), body=known.body.rstrip() + below))
        self._shelf.close(known.number, PullRequestState.CLOSED)

    def _of(self, branch: str) -> list[PullRequest]:
        return [pull for pull in self._shelf.all() if pull.branch == branch]
