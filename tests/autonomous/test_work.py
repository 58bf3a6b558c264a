"""Whether the agent changed the roadmap, or only we did."""

import pytest

from coffee_maker.autonomous.work import is_touched
from coffee_maker.domain.change import Change, Commit, FileChange, FileState
from coffee_maker.git.message import commit_message

TICK = commit_message("docs", subject="tick PRIORITY 1", task="PRIORITY 1")
WORK = "feat: it\n"


def diff(path: str) -> str:
    return f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-a\n+b\n"


def change(*commits: tuple[str, str]) -> Change:
    """A change of these messages and paths; as git tells it, a single commit has no diff."""
    several = len(commits) > 1
    return Change(
        branch="feature/x",
        base_commit="a" * 40,
        head_commit="b" * 40,
        commits=tuple(
            Commit(
                sha=f"{n}" * 40, message=message.rstrip("\n"), diff=diff(path) if several else ""
            )
            for n, (message, path) in enumerate(commits)
        ),
        files=tuple(
            FileChange(path=path, state=FileState.MODIFIED, insertions=1, deletions=1)
            for path in sorted({path for _, path in commits})
        ),
        diff="",
    )


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (change((WORK, "a.py")), False),
        (change((WORK, "ROADMAP.md")), True),
        (change((WORK, "a.py"), (TICK, "ROADMAP.md")), False),
        (change((WORK, "a.py"), (TICK, "ROADMAP.md"), ("fix: it", "b.py")), False),
        (change((WORK, "a.py"), (TICK, "ROADMAP.md"), ("fix: it", "ROADMAP.md")), True),
        (change((WORK, "docs/ROADMAP.md"), ("fix: it", "b.py")), False),
    ],
)
def test_our_own_ticks_are_not_the_agents_doing(made: Change, expected: bool) -> None:
    """A branch of an earlier attempt carries our ticks; a commit of the agent's is told of."""
    assert expected == is_touched("ROADMAP.md", made, but_by=TICK)
