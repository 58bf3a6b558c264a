"""Candidates made of a few words, for tests of gates."""

from collections.abc import Sequence
from pathlib import Path

from coffee_maker.domain.change import Change, Commit, FileChange, FileState
from coffee_maker.domain.gate import Candidate, TestOutcome
from coffee_maker.domain.report import read_report
from coffee_maker.domain.roadmap import Deliverable, Priority, Status

GREEN = TestOutcome(command="make test", exit_code=0, seconds=1.0, output="")


def outcome(
    *,
    command: str = "pytest",
    exit_code: int | None = 0,
    failing: Sequence[str] = (),
    skipped: Sequence[str] = (),
    collected: int | None = None,
    detailed: bool = True,
    timed_out: bool = False,
    doubt: str = "",
    output: str = "some output",
) -> TestOutcome:
    return TestOutcome(
        command=command,
        exit_code=exit_code,
        seconds=2.0,
        output=output,
        timed_out=timed_out,
        detailed=detailed,
        collected=collected,
        failing=frozenset(failing),
        skipped=frozenset(skipped),
        doubt=doubt,
    )


def change(
    files: Sequence[FileChange | str] = (), *, diff: str = "", messages: Sequence[str] = ()
) -> Change:
    """A change of files; a mere path stands for a file that was added."""
    return Change(
        branch="feature/x",
        base_commit="b" * 40,
        head_commit="c" * 40,
        commits=tuple(
            Commit(sha=f"{number:040x}", message=text) for number, text in enumerate(messages)
        ),
        files=tuple(file_change(file) if isinstance(file, str) else file for file in files),
        diff=diff,
    )


def file_change(
    path: str, state: FileState = FileState.ADDED, *, old_path: str | None = None
) -> FileChange:
    return FileChange(path=path, state=state, insertions=1, deletions=0, old_path=old_path)


def diff_of(path: str, *, added: Sequence[str] = (), removed: Sequence[str] = ()) -> str:
    """The diff of one file in which these lines went and those came."""
    old, new = f"-1,{len(removed)}", f"+1,{len(added)}"
    lines = [
        f"diff --git a/{path} b/{path}",
        f"--- a/{path}",
        f"+++ b/{path}",
        f"@@ {old} {new} @@",
    ]
    return "\n".join(
        [*lines, *(f"-{line}" for line in removed), *(f"+{line}" for line in added), ""]
    )


def candidate(
    made: Change,
    *,
    deliverables: Sequence[tuple[str, bool]] = (),
    report: str = "",
    baseline: TestOutcome = GREEN,
    checkout: Path = Path("/nowhere"),
) -> Candidate:
    listed = tuple(
        Deliverable(text=text, done=done, line=number)
        for number, (text, done) in enumerate(deliverables, start=2)
    )
    return Candidate(
        priority=Priority(
            id="PRIORITY 1",
            title="Anything",
            status=Status.PLANNED,
            line=1,
            end_line=9,
            body="",
            deliverables=listed,
        ),
        checkout=checkout,
        change=made,
        report=read_report(report),
        baseline=baseline,
    )
