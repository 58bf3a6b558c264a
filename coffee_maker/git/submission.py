"""What both forges decide alike when a branch is submitted that has pull requests already."""

from collections.abc import Collection, Iterable

from coffee_maker.domain.change import PullRequest, PullRequestDraft, PullRequestState
from coffee_maker.domain.errors import ForgeError


def choose(
    known: Iterable[PullRequest],
    *,
    target: str | None = None,
    superseded: Collection[str] = (),
) -> PullRequest | None:
    """The open one (of several, the one with that target), or the newest of the others.

    Closed ones whose address is among the `superseded` are as if they had never been.
    """

    def rank(pull: PullRequest) -> tuple[bool, bool, int]:
        is_open = pull.state is PullRequestState.OPEN
        return (is_open, is_open and pull.target == target, pull.number)

    def counts(pull: PullRequest) -> bool:
        return pull.state is not PullRequestState.CLOSED or pull.url not in superseded

    return max(filter(counts, known), key=rank, default=None)


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


def as_draft(pull: PullRequest) -> PullRequestDraft:
    """What it says, as it would be submitted again."""
    return PullRequestDraft(
        branch=pull.branch,
        target=pull.target,
        title=pull.title,
        body=pull.body,
        draft=pull.draft,
    )


def may_be_closed(known: PullRequest) -> bool:
    """False where there is nothing to close any more. Raises ForgeError where it is merged."""
    if known.state is PullRequestState.MERGED:
        raise ForgeError(
            f"pull request {known.number} is merged: {known.url}",
            cure="take its merge commit back: git revert -m 1 COMMIT",
        )
    return known.state is PullRequestState.OPEN


def _plain(body: str) -> str:
    return body.replace("\r\n", "\n").rstrip()
