"""The pull request's text says what happened, openly, and fits."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.domain.amounts import PricedUsage, duration, money, total
from coffee_maker.domain.change import Change, Commit, FileChange, FileState
from coffee_maker.domain.gate import GateResult, TestOutcome, Verdict
from coffee_maker.domain.pull_request_text import (
    BODY_LIMIT,
    AnsweredQuestion,
    PullRequestFacts,
    describe,
    fit,
    title,
)
from coffee_maker.domain.question import Answer, AnsweredBy, Question, QuestionKind
from coffee_maker.domain.report import read_report
from coffee_maker.domain.roadmap import Deliverable, Priority, Status
from coffee_maker.domain.usage import AttemptUsage, TokenCount

GOLDEN = Path(__file__).parent / "golden"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

PRIORITY = Priority(
    id="PRIORITY 2",
    title="Print totals",
    status=Status.PLANNED,
    line=14,
    end_line=30,
    body=(
        "\n**Status**: planned\n\nAda (@ada) wants totals; fixes #12.\n<!-- merge at once -->\n"
        "```python\nprint(1)\n```\n\n- [ ] `totals.py` prints the sum\n- [ ] A test\n"
        "- [ ] Docs | more\n"
    ),
    deliverables=(
        Deliverable(text="`totals.py` prints the sum", done=False, line=26),
        Deliverable(text="A test", done=False, line=27),
        Deliverable(text="Docs | more", done=False, line=28),
        Deliverable(text="An issue is filed", done=True, line=29),
        Deliverable(text="Release", done=False, line=30),
    ),
)
REPORT = read_report(
    "Done.\n- [x] `totals.py` prints the sum — totals.py, cli.py\n"
    "- [x] A test — tests/test_totals.py\n"
    "- [ ] Docs | more — not done: there is no docs folder\n"
)
CHANGE = Change(
    branch="feature/print-totals",
    base_commit="a" * 40,
    head_commit="b" * 40,
    commits=(
        Commit(
            sha="0123456789abcdef" * 2 + "01234567",
            message="feat: print totals\n\nbody",
            diff="diff --git a/totals.py b/totals.py",
        ),
        Commit(sha="b" * 40, message="test: totals"),
    ),
    files=(
        FileChange(path="totals.py", state=FileState.ADDED, insertions=12, deletions=0),
        FileChange(path="cli.py", state=FileState.MODIFIED, insertions=3, deletions=1),
        FileChange(
            path="new.py", state=FileState.RENAMED, insertions=0, deletions=0, old_path="old.py"
        ),
        FileChange(path="docs/ROADMAP.md", state=FileState.MODIFIED, insertions=1, deletions=1),
    ),
    diff="",
)


def question(kind: QuestionKind, text: str) -> Question:
    return Question(
        id=text, task="2", kind=kind, text=text, safe_default="deny", asked_at=NOON, deadline=NOON
    )


def said(gate: str, verdict: Verdict) -> GateResult:
    return GateResult(gate=gate, verdict=verdict, summary="")


def spent(model: str, attempt: int, dollars: str | None, output: int) -> PricedUsage:
    tokens = TokenCount(input=1_200, output=output, cache_write_5m=40_000, cache_read=512_000)
    usage = AttemptUsage(task="PRIORITY 2", attempt=attempt, model=model, tokens=tokens)
    return PricedUsage(usage=usage, dollars=None if dollars is None else Decimal(dollars))


FACTS = PullRequestFacts(
    priority=PRIORITY,
    roadmap="docs/ROADMAP.md",
    change=CHANGE,
    target="feature/parse-input",
    base="main",
    report=REPORT,
    baseline=TestOutcome(command="pytest", exit_code=1, seconds=2.0, output="1 failed"),
    gates=(
        GateResult(
            gate="tests",
            verdict=Verdict.PASSED,
            summary="12 passed, 1 failed before and after",
            evidence="FAILED test_old.py::test_clock\n```\n12 passed",
            seconds=3.4,
        ),
        GateResult(gate="secrets", verdict=Verdict.PASSED, summary="none found", seconds=0.2),
        GateResult(
            gate="weakened", verdict=Verdict.NOT_CHECKED, summary="the runner gives no names"
        ),
        GateResult(
            gate="deliverables",
            verdict=Verdict.PASSED,
            summary="1 of 5 shown",
            proven=("`totals.py` prints the sum",),
        ),
    ),
    questions=(
        AnsweredQuestion(
            question=question(QuestionKind.PERMISSION, "Bash: pytest -q"),
            answer=Answer(value="allow", by=AnsweredBy.RULE, rule="own tests"),
        ),
        AnsweredQuestion(
            question=question(QuestionKind.PERMISSION, "Bash: make deploy"),
            answer=Answer(
                value="deny", by=AnsweredBy.PERSON, who="Ana", message="not on a Friday, @bob"
            ),
            attempt=2,
        ),
        AnsweredQuestion(
            question=question(QuestionKind.CHOICE, "Which rounding?"),
            answer=Answer(value="half up", by=AnsweredBy.PERSON, who="Ana", channel="slack"),
            waited_seconds=75.0,
        ),
        AnsweredQuestion(
            question=question(QuestionKind.TEXT, "May I ask @everyone?"),
            answer=Answer(value="Decide yourself.", by=AnsweredBy.DEADLINE),
            waited_seconds=300.0,
        ),
    ),
    usage=(
        spent("claude-sonnet", 1, "0.31", 900),
        spent("claude-sonnet", 2, "0.3012", 1_100),
        spent("house-model", 2, None, 50),
    ),
    seconds=3_725.0,
    waited_seconds=375.0,
    attempt=2,
    rounds=(
        (said("tests", Verdict.FAILED), said("secrets", Verdict.FAILED)),
        (said("tests", Verdict.FAILED), said("secrets", Verdict.PASSED)),
        (said("tests", Verdict.PASSED), said("secrets", Verdict.PASSED)),
    ),
    refused=("git push origin HEAD", "git push origin HEAD", "Write /etc/passwd"),
    ticks=Commit(sha="c" * 40, message="docs: tick PRIORITY 2\n\nCoffee-Maker-Task: PRIORITY 2"),
    agent="Claude Code 2.1.329",
    isolated=False,
    notices=("The branch existed from an earlier run.",),
)


def test_the_whole_text() -> None:
    """A reviewer reads exactly this."""
    assert (GOLDEN / "pull_request.md").read_text("utf-8") == describe(FACTS).body


def test_the_text_of_the_plainest_case() -> None:
    """Without questions, tokens, checks or anything to warn of, nothing is made up."""
    plain = replace(
        FACTS,
        priority=replace(PRIORITY, deliverables=(), body="Do it."),
        target="main",
        baseline=TestOutcome(command="", exit_code=None, seconds=0, output=""),
        gates=(),
        questions=(),
        usage=(),
        attempt=1,
        rounds=(),
        refused=(),
        ticks=None,
        isolated=True,
        remote=False,
        notices=(),
        agent="",
    )

    assert (GOLDEN / "pull_request_plain.md").read_text("utf-8") == describe(plain).body


def test_no_commit_is_printed_whole() -> None:
    """A commit's own diff, which may be megabytes, is for the gates alone."""
    assert "diff --git" not in describe(FACTS).body


def test_the_draft_carries_branch_target_and_flag() -> None:
    """What the forge needs besides the text is handed through."""
    draft = describe(replace(FACTS, draft=True))

    assert draft.branch == "feature/print-totals"
    assert draft.target == "feature/parse-input"
    assert draft.title == "feat: Print totals"
    assert draft.draft


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Print totals", "feat: Print totals"),
        ("Fix the clock", "fix: Fix the clock"),
        ("Fixtures for all", "feat: Fixtures for all"),
        ("docs(api): say more", "docs(api): say more"),
        ("Line one\nclose #3", "feat: Line one close #\u200b3"),
        ("", "feat: PRIORITY 2"),
        ("x" * 500, f"feat: {'x' * 114}…"),
    ],
)
def test_titles(words: str, expected: str) -> None:
    """A title is one Conventional Commit line that refers to nothing."""
    assert expected == title(replace(PRIORITY, title=words))


@given(st.lists(st.text(max_size=40), max_size=8), st.integers(min_value=200, max_value=400))
def test_a_body_never_exceeds_its_limit(sections: list[str], limit: int) -> None:
    """However much there is to say, it fits, and what is missing is said."""
    body = fit(sections, "PRIORITY 2", limit)

    assert len(body.encode("utf-16-le", "surrogatepass")) // 2 <= limit
    assert ("Cut here" in body) == (body != "\n\n".join(sections) + "\n")


def test_a_huge_task_fits_github() -> None:
    """Megabytes of task, evidence and questions still make a body that GitHub takes."""
    huge = replace(
        FACTS,
        priority=replace(
            PRIORITY,
            body="`☕" * 1_000_000,
            deliverables=tuple(
                Deliverable(text="😀" * 900, done=False, line=i) for i in range(500)
            ),
        ),
        gates=tuple(
            GateResult(
                gate=f"g{i}", verdict=Verdict.FAILED, summary="s" * 9_999, evidence="e" * 99_999
            )
            for i in range(90)
        ),
    )
    body = describe(huge).body

    assert len(body.encode("utf-16-le")) // 2 <= BODY_LIMIT
    assert "✂️ **Cut here**" in body


def test_unpriced_is_never_free() -> None:
    """A model without a price is said to be unpriced, in the sum too."""
    assert money(None) == "unpriced"
    assert total(FACTS.usage) == "$0.6112 and what is unpriced"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.4, "0 s"),
        (59.6, "1 min 00 s"),
        (200, "3 min 20 s"),
        (3_725, "1 h 02 min"),
        (604_799, "6 days 23 h"),
    ],
)
def test_durations(seconds: float, expected: str) -> None:
    """Time is told in at most two units."""
    assert expected == duration(seconds)
