"""A pull request shelf that forgets everything at the end of the test."""

from dataclasses import asdict, replace

from coffee_maker.domain.change import PullRequest, PullRequestDraft, PullRequestState
from coffee_maker.domain.errors import StoreError


class MemoryShelf:
    """The port `PullRequestShelf`, in memory."""

    def __init__(self) -> None:
        self._pulls: list[PullRequest] = []

    def put(self, draft: PullRequestDraft) -> PullRequest:
        number = next(
            (p.number for p in self._pulls if p.branch == draft.branch and _is_open(p)),
            len(self._pulls) + 1,
        )
        pull = PullRequest(
            number=number,
            url=f"coffee-maker review show {number}",
            state=PullRequestState.OPEN,
            **asdict(draft),
        )
        self._pulls[number - 1 : number] = [pull]
        return pull

    def all(self) -> tuple[PullRequest, ...]:
        return tuple(self._pulls)

    def close(self, number: int, state: PullRequestState) -> PullRequest:
        known = next((p for p in self._pulls if p.number == number and _is_open(p)), None)
        if known is None:
            raise StoreError(f"pull request {number} is not open")
        closed = replace(known, state=state)
        self._pulls[number - 1] = closed
        return closed


def _is_open(pull: PullRequest) -> bool:
    return pull.state is PullRequestState.OPEN
