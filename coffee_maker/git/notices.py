"""What a person should know about their checkout, because the daemon does not see it."""

from coffee_maker.git.checkout import Checkout
from coffee_maker.git.mirror import Mirror


def read_notices(checkout: Checkout, mirror: Mirror, roadmap: str, base: str) -> tuple[str, ...]:
    """One line each: roadmap edits that are not committed, commits not pushed, a merge under way.

    Raises GitError.
    """
    notices = (
        _roadmap_edits(checkout, roadmap, base),
        _not_pushed(checkout, mirror, base),
        _under_way(checkout),
    )
    return tuple(notice for notice in notices if notice)


def _roadmap_edits(checkout: Checkout, roadmap: str, base: str) -> str:
    state = checkout.state_of(roadmap)
    if not state:
        return ""
    if state == "??":
        return f"{roadmap} is not committed yet; it is read from the branch {base}"
    return f"{roadmap} has edits that are not committed; it is read from the branch {base}"


def _not_pushed(checkout: Checkout, mirror: Mirror, base: str) -> str:
    mine, theirs = checkout.head(base), mirror.theirs(base)
    if mine is None or theirs is None or mirror.commit(mine) is None:
        return ""
    number = mirror.count(theirs, mine)
    if not number:
        return ""
    commits = "1 commit that is" if number == 1 else f"{number} commits that are"
    return f"your {base} has {commits} not pushed; the daemon does not see them"


def _under_way(checkout: Checkout) -> str:
    what = checkout.under_way()
    return f"{what} is under way in your checkout; the daemon leaves it alone" if what else ""
