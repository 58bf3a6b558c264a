"""What a person does with the pull requests that are kept locally."""

from dataclasses import dataclass, replace

from coffee_maker.domain.change import PullRequest, PullRequestState
from coffee_maker.domain.errors import ForgeError
from coffee_maker.domain.ports import PullRequestShelf
from coffee_maker.git.review_repository import MovedOn, ReviewRepository
from coffee_maker.git.submission import as_draft, choose

_TRIES = 3  # of a merge whose target somebody else keeps moving


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What became of a merge. `commit` is None where the branch had been merged before."""

    pull_request: PullRequest
    target: str
    commit: str | None


class LocalReview:
    """Looks at, merges and rejects what lies on the shelf.

    Every method that takes a number raises ForgeError where there is no such pull request; those
    that look at branches also RemoteError and GitError.
    """

    def __init__(self, shelf: PullRequestShelf, repository: ReviewRepository) -> None:
        self._shelf = shelf
        self._repository = repository

    def all(self) -> tuple[PullRequest, ...]:
        """Every one, newest first."""
        return self._shelf.all()[::-1]

    def show(self, number: int) -> PullRequest:
        """One of them."""
        for pull in self._shelf.all():
            if pull.number == number:
                return pull
        raise ForgeError(
            f"there is no pull request {number}", cure="`coffee-maker review list` shows all"
        )

    def diff(self, number: int, *, colour: bool = False) -> bytes:
        """What it changes, as `git diff` prints it; still so after it was merged."""
        pull = self.show(number)
        target = self._landed(pull.target)
        tips = self._tips(target, pull.branch)
        return self._repository.diff(tips[target], tips[pull.branch], colour=colour)

    def merge(self, number: int) -> Merged:
        """Merge it upstream with a merge commit. Never forces anything; doing it twice is safe.

        One that builds on a merged pull request goes where that one went. Raises ForgeError: it
        was rejected, builds on one that is not merged, conflicts, or the work tree is not clean.
        """
        pull = self.show(number)
        if pull.state is PullRequestState.MERGED:
            return Merged(pull_request=pull, target=self._landed(pull.target), commit=None)
        if pull.state is PullRequestState.CLOSED:
            raise ForgeError(
                f"pull request {number} was rejected",
                cure=f"`coffee-maker review reopen {number}` opens it again as a new one",
            )
        target = self._target(pull)
        commit = self._merged(pull, target)
        done = self._shelf.close(number, PullRequestState.MERGED)
        return Merged(pull_request=done, target=target, commit=commit)

    def reject(self, number: int, reason: str) -> PullRequest:
        """Close it without merging; the reason is written under its text."""
        pull = self._open(number)
        said = f"{pull.body.rstrip()}\n\n---\n\n**Rejected:** {reason.strip()}\n"
        self._shelf.put(replace(as_draft(pull), body=said))
        return self._shelf.close(number, PullRequestState.CLOSED)

    def reopen(self, number: int) -> PullRequest:
        """Open a rejected one again; it gets a new number."""
        pull = self.show(number)
        if pull.state is not PullRequestState.CLOSED:
            raise ForgeError(f"pull request {number} is {pull.state}; only a rejected one reopens")
        newest = choose(p for p in self._shelf.all() if p.branch == pull.branch)
        if newest is not None and newest.number != number:
            raise ForgeError(
                f"pull request {number} has a successor: {newest.number}",
                cure=f"coffee-maker review show {newest.number}",
            )
        return self._shelf.put(as_draft(pull))

    def _open(self, number: int) -> PullRequest:
        pull = self.show(number)
        if pull.state is not PullRequestState.OPEN:
            raise ForgeError(f"pull request {number} is {pull.state} already")
        return pull

    def _merged(self, pull: PullRequest, target: str) -> str | None:
        message = f"Merge pull request {pull.number}: {pull.title}"
        for tries_left in reversed(range(_TRIES)):
            tips = self._tips(target, pull.branch)
            branch = tips[pull.branch]
            if self._repository.contains(tips[target], branch):
                return None
            try:
                return self._repository.merge(target, tips[target], branch, message)
            except MovedOn:
                if not tries_left:
                    raise
        return None

    def _tips(self, target: str, branch: str) -> dict[str, str]:
        tips = self._repository.tips(target, branch)
        for name in (target, branch):
            if name not in tips:
                raise ForgeError(
                    f"there is no branch {name} upstream any more",
                    cure=f"push it again, or reject the pull request of {branch}",
                )
        return tips

    def _target(self, pull: PullRequest) -> str:
        below = self._of_branch(pull.target)
        if below is None:
            return pull.target
        if below.state is PullRequestState.OPEN:
            raise ForgeError(
                f"pull request {pull.number} builds on {below.number}, which is not merged yet",
                cure=f"coffee-maker review merge {below.number}",
            )
        if below.state is PullRequestState.CLOSED:
            raise ForgeError(
                f"pull request {pull.number} builds on {below.number}, which was rejected",
                cure=f"reject it as well, or reopen the other: coffee-maker review reopen "
                f"{below.number}",
            )
        return self._landed(pull.target)

    def _landed(self, branch: str) -> str:
        """Where a branch's commits are to be found: itself, or where its pull request went."""
        below = self._of_branch(branch)
        merged = below is not None and below.state is PullRequestState.MERGED
        return self._landed(below.target) if below is not None and merged else branch

    def _of_branch(self, branch: str) -> PullRequest | None:
        return choose(pull for pull in self._shelf.all() if pull.branch == branch)
