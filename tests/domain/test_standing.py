"""How a task stands, told by the journal."""

from collections.abc import Sequence

import pytest

from coffee_maker.domain.events import (
    Entry,
    Event,
    PullRequestOpened,
    SessionOpened,
    TaskDelivered,
    TaskFailed,
    TaskParked,
    TaskRetried,
    TaskRolledBack,
    TaskSkipped,
    TaskStarted,
    TaskUnchanged,
    WorkspaceReady,
)
from coffee_maker.domain.standing import TRIES, Standing, State, standings
from tests.support.fakes import START

STARTED = TaskStarted(title="Tea", attempt=1, agent="claude")
DELIVERED = TaskDelivered(pull_request="u", branch="b", seconds=1, waited_seconds=0)
PASSING = TaskFailed(error="e", message="m", cure="c", transient=True, stops_the_line=False)
LASTING = TaskFailed(error="e", message="m", cure="c", transient=False, stops_the_line=False)
STOPPING = TaskFailed(error="e", message="m", cure="c", transient=False, stops_the_line=True)
PARKED = TaskParked(reason="r", cure="c", evidence="")
SKIPPED = TaskSkipped(by="ana", reason="later")
RETRIED = TaskRetried(by="ana")


def standing(*events: Event) -> Standing:
    entries = [Entry(id=n, at=START, task="T", event=event) for n, event in enumerate(events, 1)]
    return standings(entries)["T"]


@pytest.mark.parametrize(
    ("events", "state", "is_open"),
    [
        ([STARTED], State.UNDER_WAY, True),
        ([STARTED, DELIVERED], State.DELIVERED, False),
        ([STARTED, PARKED], State.PARKED, False),
        ([STARTED, TaskUnchanged(text="no")], State.UNCHANGED, False),
        ([STARTED, LASTING], State.FAILED, False),
        ([STARTED, PASSING], State.FAILED, True),
        ([STARTED, *[PASSING] * TRIES], State.FAILED, False),
        ([STARTED, STOPPING], State.FAILED, True),
        ([STARTED, STOPPING, STARTED, LASTING], State.FAILED, False),
        ([STARTED, *[PASSING] * (TRIES - 1), STOPPING, PASSING], State.FAILED, False),
        ([STARTED, PARKED, STARTED], State.UNDER_WAY, True),
        ([SKIPPED], State.SKIPPED, False),
        ([STARTED, SKIPPED], State.SKIPPED, False),
        ([SKIPPED, RETRIED], State.RENEWED, True),
        ([STARTED, *[PASSING] * TRIES, RETRIED], State.RENEWED, True),
        ([STARTED, *[PASSING] * TRIES, RETRIED, STARTED, PASSING], State.FAILED, True),
        ([STARTED, PARKED, SKIPPED, STARTED], State.UNDER_WAY, True),
    ],
)
def test_the_newest_word_counts(events: Sequence[Event], state: State, is_open: bool) -> None:
    """What ended may be begun again; what keeps failing waits for a person."""
    found = standing(*events)

    assert (state, is_open) == (found.state, found.is_open)


def test_everything_a_restart_needs_is_kept() -> None:
    """Branch, session and pull request come out of the journal alone."""
    found = standing(
        STARTED,
        WorkspaceReady(path="/w", branch="feature/tea", target="main", base_commit="0"),
        SessionOpened(session="s1", resumed=False),
        PullRequestOpened(number=1, url="u1", branch="feature/tea", draft=False),
    )

    assert ("feature/tea", "s1", "u1") == (found.branch, found.session, found.pull_request)


def test_tasks_come_in_the_order_of_their_beginning() -> None:
    """A reader sees the tasks as they were taken up."""
    entries = [
        Entry(id=1, at=START, task="B", event=STARTED),
        Entry(id=2, at=START, task="A", event=STARTED),
        Entry(id=3, at=START, task="B", event=DELIVERED),
    ]

    assert ["B", "A"] == list(standings(entries))


def test_what_was_never_begun_has_had_no_attempt() -> None:
    """Skipped and retried before its turn, it begins with the first."""
    assert (0, 1) == (
        standing(SKIPPED, RETRIED).attempt,
        standing(SKIPPED, RETRIED, STARTED).attempt,
    )


def test_a_task_that_was_taken_back_has_nothing_but_its_history() -> None:
    """Its number of attempts stays, and what was closed is no decision any more."""
    found = standing(
        STARTED,
        WorkspaceReady(path="/w", branch="b", target="main", base_commit="0"),
        SessionOpened(session="s1", resumed=False),
        PullRequestOpened(number=1, url="u1", branch="b", draft=False),
        TaskRetried(by="ana", superseded="u0"),
        TaskRolledBack(by="ana", branch="b", superseded="u1"),
    )

    assert ("", "", "", "") == (found.branch, found.target, found.session, found.pull_request)
    assert (1, ("u0", "u1")) == (found.attempt, found.superseded)


def test_a_skipped_task_waits_for_no_answer() -> None:
    """What it had asked was withdrawn with it."""
    parked = TaskParked(reason="r", cure="c", evidence="", questions=("q1",))

    assert () == standing(STARTED, parked, SKIPPED).questions
