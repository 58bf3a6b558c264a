"""What reviewers decided about delivered tasks: the forge knows it, the journal does not."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from coffee_maker.domain.change import PullRequest, PullRequestState
from coffee_maker.domain.errors import ForgeError
from coffee_maker.domain.ports import Forge
from coffee_maker.domain.standing import Standing, State


def reviewed(
    known: Mapping[str, Standing], tasks: Iterable[str], forge: Forge, base: str
) -> tuple[dict[str, Standing], tuple[str, ...]]:
    """The standings with those of `tasks` brought up to date, and what a person should know.

    A merged task has no branch any more, but for one that was merged into a branch which itself
    still waits. Where the forge cannot be asked, everything stays as the journal tells it.
    """
    after = dict(known)
    try:
        for task in tasks:
            pull = forge.find(known[task].branch)
            if pull is not None:
                after[task] = _decided(known[task], pull, forge, base)
    except ForgeError as error:
        cure = f" ({error.cure})" if error.cure else ""
        return dict(known), (f"nobody could tell what was merged or rejected: {error}{cure}",)
    return after, ()


def _decided(standing: Standing, pull: PullRequest, forge: Forge, base: str) -> Standing:
    if pull.state is PullRequestState.MERGED:
        landed = _landed(pull, forge, base)
        return replace(standing, state=State.MERGED, branch="" if landed == base else landed)
    if pull.state is PullRequestState.CLOSED and pull.url not in standing.superseded:
        reopen = (
            f"coffee-maker review reopen {pull.number}"
            if forge.name == "local"
            else f"gh pr reopen {pull.url}"
        )
        return replace(
            standing,
            state=State.REJECTED,
            reason=f"pull request {pull.number} was closed without merging",
            cure=f"open it again with `{reopen}`, say in the roadmap what is to be different, "
            f'then `coffee-maker run --task "{standing.task}"`; or have it done anew: '
            f'coffee-maker retry "{standing.task}"',
        )
    return standing


def _landed(pull: PullRequest, forge: Forge, base: str) -> str:
    """Where its commits are: its target, or where that went when it was merged itself."""
    if pull.target == base:
        return base
    below = forge.find(pull.target)
    merged = below is not None and below.state is PullRequestState.MERGED
    return _landed(below, forge, base) if below is not None and merged else pull.target
