"""Questions and events as cards."""

from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.domain.answers import read_answer
from coffee_maker.domain.cards import (
    DIFF_LIMIT,
    OPTION_LIMIT,
    TEXT_LIMIT,
    compose_card,
    notice_card,
    outcome,
)
from coffee_maker.domain.events import (
    AgentDid,
    ChannelFailed,
    ChannelRecovered,
    DaemonStopped,
    Entry,
    Event,
    ReplyTurnedAway,
    TaskDelivered,
    TaskFailed,
    TaskParked,
    TaskUnchanged,
)
from coffee_maker.domain.facts import Facts
from coffee_maker.domain.question import (
    ALLOW,
    DENY,
    PARK,
    Answer,
    AnsweredBy,
    Option,
    QuestionKind,
    ToolCall,
)
from tests.support.fakes import START
from tests.support.questions import question

SECRET = "hunter2-hunter2"


def plain(text: str) -> str:
    return text


def redact(text: str) -> str:
    return text.replace(SECRET, "[password]")


def entry(event: Event, task: str = "PRIORITY 2") -> Entry:
    return Entry(id=1, at=START, task=task, event=event)


def test_a_permission_says_what_is_to_be_done_and_why() -> None:
    """Branch, tool, command, what Claude says it is for, and what is known of the work."""
    given_ = {"command": "rm -rf build", "description": "Remove old builds"}
    facts = Facts(tests_passed=True, files_modified=tuple(f"f{n}.py" for n in range(7)), branch="b")
    card = compose_card(
        question(
            tool_call=ToolCall(id="c", tool="Bash", input=given_),
            facts=facts,
            options=(Option(label="allow"), Option(label="deny")),
        ),
        plain,
    )

    assert (
        ("Branch", "b"),
        ("Tool", "Bash"),
        ("Command", "rm -rf build"),
        ("Claude says it is for", "Remove old builds"),
        ("Files modified", "f0.py, f1.py, f2.py, f3.py, f4.py and 2 more"),
        ("Tests", "pass"),
    ) == card.details
    assert [("Yes", "yes"), ("No", "no")] == [(b.label, b.value) for b in card.buttons]
    assert not card.own_words
    assert "May I run `rm -rf build`?" == card.text


def test_a_choice_shows_its_options_with_their_numbers() -> None:
    """So that a number can be typed where there are no buttons, and several where that is meant."""
    options = (Option(label="SQLite", description="one file"), Option(label="PostgreSQL"))
    card = compose_card(
        question(kind=QuestionKind.CHOICE, options=options, multiple=True, text="Which?"), plain
    )

    assert "Which?\n\n1 SQLite: one file\n2 PostgreSQL\n\nSeveral may be chosen" in card.text
    assert '"1, 3"' in card.text
    assert card.own_words


def test_nothing_secret_leaves() -> None:
    """Wherever a secret stands, a kind of secret stands there; also in a button's value."""
    card = compose_card(
        question(
            "q",
            f"use {SECRET}",
            "no",
            text=f"May I use {SECRET}?",
            context={"title": SECRET, "branch": SECRET, "file": SECRET},
            diff=f"+password = {SECRET}",
            safe_default=f"use {SECRET}",
        ),
        redact,
    )

    assert SECRET not in repr(card)
    assert "1" == card.buttons[0].value
    assert "no" == card.buttons[1].value
    assert SECRET not in outcome(Answer(value=f"x {SECRET}", by=AnsweredBy.PERSON), redact)


def test_a_secret_across_the_cut_does_not_leave() -> None:
    """It is replaced before anything is cut off."""
    card = compose_card(question(text="x" * (TEXT_LIMIT - 5) + SECRET), redact)

    assert SECRET[:5] not in card.text


def test_long_texts_are_cut_with_a_mark() -> None:
    """A card fits on every channel, and says where something is missing."""
    card = compose_card(
        question("q", "l" * 1000, text="t" * 100_000, diff="d" * 100_000, safe_default="s" * 1000),
        plain,
    )

    assert "t" * TEXT_LIMIT + "\n[… cut here" in card.text
    assert "d" * DIFF_LIMIT + "\n[… cut here" in card.diff
    assert "l" * (OPTION_LIMIT - 1) + "…" == card.buttons[0].label
    assert len(card.silence) < 300


@pytest.mark.parametrize(
    ("default", "minutes", "expected"),
    [
        (DENY, 5, "Silence until 10:05 means: no"),
        (PARK, 5, "Silence until 10:05 means: the task is parked"),
        ("leave it out", 5, "Silence until 10:05 means: leave it out"),
        (DENY, 7 * 24 * 60, "Silence until 10:00 on Mon 12 Jan means: no"),
    ],
)
def test_silence_is_told_in_words_and_local_time(default: str, minutes: int, expected: str) -> None:
    """People read clocks on walls; another day is named."""
    asked = question(safe_default=default, deadline=START + timedelta(minutes=minutes))
    card = compose_card(asked, plain, zone=timezone(timedelta(hours=1)))

    assert expected == card.silence


LABELS = st.text(min_size=0, max_size=12) | st.sampled_from(
    ["1", "2", "2.", "yes", "no", "a, b", "a", "b", " a", "A", "1, 2", "", "deny", ",", "\x1b"]
)


@given(st.lists(LABELS, min_size=1, max_size=6), st.booleans())
def test_a_button_is_read_as_exactly_its_label(labels: list[str], multiple: bool) -> None:
    """Digits, commas, blanks and words that mean something elsewhere: a click is its option."""
    asked = question("q", *labels, multiple=multiple)
    card = compose_card(asked, plain, zone=UTC)

    read = [read_answer(asked, button.value)[0] for button in card.buttons]
    assert set(read) <= set(labels)
    if len(read) == len(labels):
        assert labels == read


@given(st.lists(st.sampled_from(["a", "b, c", "3", "d"]), min_size=1, max_size=4, unique=True))
def test_several_labels_are_read_whatever_they_hold(chosen: list[str]) -> None:
    """Also where a label holds a comma, or is a number itself."""
    asked = question("q", "a", "b, c", "3", "d", multiple=True)

    assert ", ".join(chosen) == read_answer(asked, ",".join(chosen))[0]


def test_a_parked_question_says_so() -> None:
    """Whoever is asked on the next day knows that nobody sits and waits."""
    assert compose_card(question(parked=True), plain).heading.startswith("Parked: ")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            Answer(value=DENY, by=AnsweredBy.PERSON, who="Ana", channel="slack"),
            'answered "no" by Ana via slack',
        ),
        (
            Answer(value=DENY, by=AnsweredBy.PERSON, who="Ana", message="use make"),
            'answered "no" ("use make") by Ana',
        ),
        (
            Answer(value=ALLOW, by=AnsweredBy.RULE, rule="commit now?"),
            'answered "yes" by a rule (commit now?)',
        ),
        (
            Answer(value=DENY, by=AnsweredBy.DEADLINE),
            'answered "no" by the deadline\'s safe default',
        ),
        (
            Answer(value="", by=AnsweredBy.NOBODY),
            "withdrawn: the session that asked has ended",
        ),
        (
            Answer(value="", by=AnsweredBy.PERSON, channel="the agent's own terminal"),
            "answered by a person via the agent's own terminal",
        ),
    ],
)
def test_an_outcome_is_one_line(answer: Answer, expected: str) -> None:
    """Who answered what, and where."""
    assert expected == outcome(answer, plain)


FAILED = TaskFailed(
    error="GitError", message="no space", cure="make some", transient=False, stops_the_line=False
)


@pytest.mark.parametrize(
    ("event", "heading"),
    [
        (
            TaskDelivered(pull_request="u", branch="b", seconds=1, waited_seconds=0),
            "Delivered: PRIORITY 2",
        ),
        (TaskParked(reason="tests: 2 fail", cure="look", evidence=""), "Parked: PRIORITY 2"),
        (FAILED, "Failed: PRIORITY 2"),
        (TaskUnchanged(text="done already"), "Unchanged: PRIORITY 2"),
        (ChannelFailed(channel="slack", error="e", cure="c"), "slack cannot be reached"),
        (ChannelRecovered(channel="slack"), "slack is back"),
        (DaemonStopped(reason="everything is done"), "The daemon has stopped"),
        (
            ReplyTurnedAway(
                question="q", channel="slack", who="Eve", received="refused", reason="r"
            ),
            "Somebody who may not answer has tried to",
        ),
    ],
)
def test_what_people_should_hear_of_has_a_card(event: Event, heading: str) -> None:
    """Outcomes, outages, and attempts to answer by whoever may not."""
    task = "PRIORITY 2" if event.kind.startswith("task") else ""
    card = notice_card(entry(event, task), plain)

    assert card is not None
    assert heading == card.heading


@pytest.mark.parametrize(
    "event",
    [
        AgentDid(text="x"),
        TaskParked(reason="a question", cure="answer", evidence="", questions=("q",)),
        ReplyTurnedAway(question="q", channel="slack", who="Ana", received="late", reason="r"),
        TaskFailed(error="e", message="m", cure="c", transient=True, stops_the_line=False),
    ],
)
def test_what_is_told_otherwise_or_tried_again_has_none(event: Event) -> None:
    """A question tells that its task waits for it; a try that broke is followed by another."""
    assert notice_card(entry(event), plain) is None


@pytest.mark.parametrize("command", ["x" * 500 + " && rm -rf /", "make\nrm -rf build"])
def test_a_command_that_is_to_be_allowed_is_seen_whole(command: str) -> None:
    """Nobody says yes to the half of a command: a long one stands in the text as well."""
    call = ToolCall(id="t", tool="Bash", input={"command": command})

    card = compose_card(question(text="May Claude do this? Bash: x…", tool_call=call), plain)

    assert command in card.text


def test_a_secret_where_the_looking_ends_does_not_leave() -> None:
    """However much was replaced before it, so that it stands within what is shown."""

    def shorten(text: str) -> str:
        return text.replace("long-secret" * 500, "[secret]").replace("hunter2-hunter2", "[secret]")

    filled = ("long-secret" * 500 + "\n") * 7
    text = filled + "x" * (40_000 - len(filled) - 8) + " hunter2-hunter2"
    card = compose_card(question(text=text), shorten)

    assert len(text) > 40_000
    assert "hunter2" not in card.text


def test_all_that_a_foreign_tool_is_given_is_seen() -> None:
    """Of a tool that nobody here knows, every argument may be the one that counts."""
    given: dict[str, object] = {"path": "a.md", "mode": "force", "to": ["production"]}
    call = ToolCall(id="t", tool="mcp__deploy__start", input=given)

    card = compose_card(question(text="May Claude use it?", tool_call=call), plain)

    assert "mode: force" in card.text
    assert "to: ['production']" in card.text
