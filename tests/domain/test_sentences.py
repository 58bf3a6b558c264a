"""Events as sentences."""

import os
import time
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.domain.events import (
    EVENT_TYPES,
    BaselineMeasured,
    CommitFound,
    Event,
    GateChecked,
    KeyboardReleased,
    KeyboardTaken,
    LimitReached,
    PullRequestOpened,
    QuestionAnswered,
    QuestionParked,
    TaskDelivered,
    TaskFailed,
    TaskParked,
    TokensCounted,
    ToolChecked,
)
from coffee_maker.domain.gate import GateResult, TestOutcome, Verdict
from coffee_maker.domain.question import Answer, AnsweredBy
from coffee_maker.domain.sentences import LIMIT, sentence
from coffee_maker.domain.usage import CountedAnswer, TokenCount
from tests.support.facts import events, facts

AT = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize("kind", sorted(EVENT_TYPES))
def test_every_kind_has_a_sentence(kind: str) -> None:
    """No type of event was forgotten, whatever its fields hold."""

    @given(event=facts(EVENT_TYPES[kind]))
    def says_something(event: Event) -> None:
        assert sentence(event) or kind == "notice.given"

    says_something()


@given(event=events())
def test_a_sentence_is_one_safe_line(event: Event) -> None:
    """No control or bidirectional character gets through, and it is never too long."""
    told = sentence(event)

    assert set() == {c for c in told if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}}
    assert len(told) <= LIMIT


@given(bad=st.sampled_from("\x1b\x07\x00\x9b\u202e\u2066\u2028\x7f"))
def test_what_acts_on_a_terminal_is_spelled_out(bad: str) -> None:
    """An escape sequence in a commit's subject is shown, not carried out."""
    assert bad not in sentence(CommitFound(sha="a" * 40, subject=f"fix{bad}[2J: it"))


def outcome(
    exit_code: int | None, command: str = "pytest", *, timed_out: bool = False, output: str = ""
) -> Event:
    tests = TestOutcome(
        command=command, exit_code=exit_code, seconds=1, output=output, timed_out=timed_out
    )
    return BaselineMeasured(commit="0123456789abcdef", outcome=tests)


def answered(by: AnsweredBy, waited: float = 0, **told: str) -> Event:
    answer = Answer(value="allow", by=by, **told)
    return QuestionAnswered(question="q", answer=answer, waited_seconds=waited)


SAID = [
    (KeyboardTaken(session="s", who="ana at pts/1"), "ana at pts/1 took over the agent's keyboard"),
    (
        KeyboardReleased(session="s", who="ana", why=""),
        "ana handed the agent's keyboard back",
    ),
    (
        KeyboardReleased(session="s", who="ana", why="no key was pressed for 300 seconds"),
        "The agent's keyboard was taken back from ana: no key was pressed for 300 seconds",
    ),
    (outcome(None, command=""), "No test command was found for the base 0123456789"),
    (
        outcome(None, command="", output="the tests cannot be started: no pytest"),
        "Nothing was tested on the base 0123456789: the tests cannot be started: no pytest",
    ),
    (outcome(0), "The tests pass on the base 0123456789: pytest"),
    (outcome(1), "The tests fail on the base 0123456789 already: pytest"),
    (
        outcome(None, timed_out=True),
        "The tests ran out of time on the base 0123456789 already: pytest",
    ),
    (
        ToolChecked(tool="Bash", subject="git push", allowed=False, rule="any push"),
        "Bash was refused by any push: git push",
    ),
    (
        ToolChecked(tool="Read", subject="a.py", allowed=True, rule=""),
        "Claude wants to use Read (not on the never list): a.py",
    ),
    (
        ToolChecked(tool="TodoWrite", subject="", allowed=True, rule=""),
        "Claude wants to use TodoWrite (not on the never list)",
    ),
    (
        TokensCounted(
            attempt=1,
            answer=CountedAnswer(
                key="k",
                model="opus",
                tokens=TokenCount(input=1200, output=34, cache_write_5m=5, cache_read=6000),
                at=AT,
                session="s",
            ),
        ),
        "opus answered: 1,200 tokens in, 34 out, 5 written to the cache, 6,000 read from it",
    ),
    (
        answered(AnsweredBy.PERSON, 65, who="Ana", channel="Slack"),
        "Answered by Ana via Slack after 1 min 05 s: allow",
    ),
    (answered(AnsweredBy.RULE, rule="run tests"), "Answered by a rule (run tests): allow"),
    (
        answered(AnsweredBy.DEADLINE, 300),
        "Answered by the deadline's safe default after 5 min 00 s: allow",
    ),
    (LimitReached(until=None, message="hm"), "The account's limit is reached: hm"),
    (
        GateChecked(
            result=GateResult(gate="tests", verdict=Verdict.FAILED, summary="2 fail"), round=1
        ),
        "Gate tests failed: 2 fail",
    ),
    (
        GateChecked(
            result=GateResult(gate="tests", verdict=Verdict.NOT_CHECKED, summary="?"), round=2
        ),
        "Gate tests not checked, round 2: ?",
    ),
    (
        answered(AnsweredBy.NOBODY),
        "A question was withdrawn: the session that asked has ended",
    ),
    (
        TaskDelivered(pull_request="", branch="b", seconds=2, waited_seconds=0),
        "Delivered in 2 s: the branch b, without a pull request",
    ),
    (
        PullRequestOpened(number=7, url="https://x/7", branch="b", draft=True),
        "The draft pull request 7 is open: https://x/7",
    ),
    (
        TaskDelivered(pull_request="https://x/7", branch="b", seconds=62, waited_seconds=4),
        "Delivered in 1 min 02 s, 4 s of it waiting for a person: https://x/7",
    ),
    (
        TaskParked(reason="a gate fails", cure="look at the evidence", evidence="…"),
        "Parked: a gate fails — what to do: look at the evidence",
    ),
    (
        TaskFailed(
            error="ClaudeUnusable",
            message="not logged in",
            cure="run claude login",
            transient=False,
            stops_the_line=True,
        ),
        "Failed, and no other task can go on: not logged in — what to do: run claude login",
    ),
]


@pytest.mark.parametrize(("event", "expected"), SAID)
def test_what_is_said(event: Event, expected: str) -> None:
    """The words depend on what happened."""
    assert expected == sentence(event)


def test_times_are_told_by_the_clock_on_the_wall() -> None:
    """As the log's own times are, and so without a zone."""
    os.environ["TZ"] = "IST-5:30"
    time.tzset()
    try:
        said = [
            sentence(LimitReached(until=AT, message="5-hour limit")),
            sentence(QuestionParked(question="q1", until=AT)),
            sentence(LimitReached(until=datetime.max.replace(tzinfo=UTC), message="never")),
        ]
    finally:
        del os.environ["TZ"]
        time.tzset()

    assert "The account's limit is reached until 2026-11-21 00:00: 5-hour limit" == said[0]
    assert "A question was parked: its answer counts until 2026-11-21 00:00" == said[1]
    assert "The account's limit is reached until 9999-12-31 23:59 UTC: never" == said[2]
