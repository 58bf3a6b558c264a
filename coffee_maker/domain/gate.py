"""What the gates look at and what they say."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the journal needs verdicts alone: every short command would wait for the rest
    from coffee_maker.domain.change import Change
    from coffee_maker.domain.report import Report
    from coffee_maker.domain.roadmap import Priority


class Verdict(StrEnum):
    """A gate's word. `NOT_CHECKED` is said in the pull request and never counts as passed."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestOutcome:
    """One run of the project's own tests on one commit.

    `command` is what was run, or empty where none was found. `exit_code` is None where it did not
    end by itself (`timed_out`) or nothing ran. `detailed`: `failing` names every failure there
    was. `collected` is how many tests there were, None where nothing told it; `skipped` holds the
    names that were told. `doubt` says why an exit code of 0 is not believed. `output` is its tail.
    """

    __test__ = False  # not a test class, whatever its name suggests to pytest

    command: str
    exit_code: int | None
    seconds: float
    output: str
    timed_out: bool = False
    detailed: bool = False
    collected: int | None = None
    failing: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()
    doubt: str = ""

    @property
    def ran(self) -> bool:
        return bool(self.command)

    @property
    def passed(self) -> bool:
        return self.exit_code == 0 and not self.timed_out and not self.doubt


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A change that wants to become a pull request.

    `checkout` is a clean checkout of `change.head_commit` that nobody else uses; `baseline` is the
    tests' outcome on `change.base_commit`, before the agent began.
    """

    priority: Priority
    checkout: Path
    change: Change
    report: Report
    baseline: TestOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """One gate's verdict. `summary` is one line; `evidence` is what a person or the agent needs."""

    gate: str
    verdict: Verdict
    summary: str
    evidence: str = ""
    seconds: float = 0.0
    proven: tuple[str, ...] = field(default=())  # texts of deliverables shown to be done
