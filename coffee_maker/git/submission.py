"""What both forges decide alike when a branch is submitted that has pull requests already."""

from collections.abc import Iterable

from coffee_maker.domain.change import PullRequest, PullRequestDraft, PullRequestState
from coffee_maker.domain.errors import ForgeError


def choose(known: Iterable[PullRequest], *, target: str | None = None) -> PullRequest | None:
    """The open one (of several, the one with that target), or the newest of the others."""

    def rank(pull: PullRequest) -> tuple[bool, bool, int]:
        is_open = pull.state is PullRequestState.OPEN
        return (is_open, is_open and pull.target == target, pull.number)

    return max(known, key=rank, default=None)


def differs(known: PullRequest, draft: PullRequestDraft) -> bool:
    """True where a reader of the pull request would see a change; line ends are not one."""
    seen = (known.title, known.target, _plain(known.body))
    return seen != (draft.title, draft.target, _plain(draft.body))


def refuse_closed(known: PullRequest, *, cure: str) -> None:
    """Raise ForgeError for what was closed without merging: a person's decision stays."""
    if known.state is PullRequestState.CLOSED:
        raise ForgeError(
            f"pull request {known.number} of {known.branch} was closed without merging", cure=cure
        )


def _plain(body: str) -> str:
    return body.replace("\r\n", "\n").rstrip()
