"""Pull requests without a forge: kept on a shelf, looked at with `coffee-maker review`."""

from dataclasses import replace

from coffee_maker.domain.change import PullRequest, PullRequestDraft, PullRequestState
from coffee_maker.domain.ports import PullRequestShelf
from coffee_maker.git.submission import choose, refuse_closed


class LocalForge:
    """The port `Forge`. The branch must have been pushed before `submit`."""

    name = "local"

    def __init__(self, shelf: PullRequestShelf) -> None:
        self._shelf = shelf

    def find(self, branch: str) -> PullRequest | None:
        """The open pull request of a branch, or the newest of the others."""
        return choose(pull for pull in self._shelf.all() if pull.branch == branch)

    def submit(self, draft: PullRequestDraft) -> PullRequest:
        """Open the pull request, or bring the open one of that branch up to date.

        One that is merged is returned as it is. One that is ready for review stays so. Raises
        ForgeError where a person rejected it.
        """
        known = self.find(draft.branch)
        if known is None:
            return self._shelf.put(draft)
        refuse_closed(
            known, cure=f"`coffee-maker review reopen {known.number}` opens it again as a new one"
        )
        if known.state is PullRequestState.MERGED:
            return known
        return self._shelf.put(replace(draft, draft=known.draft and draft.draft))
