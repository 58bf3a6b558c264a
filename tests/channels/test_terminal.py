"""Asking in the daemon's own window, over a real pseudo-terminal."""

import os
import pty
import termios
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from coffee_maker.channels.prompt_box import WIDTH, prompt_box
from coffee_maker.channels.terminal import TerminalChannel
from coffee_maker.domain.question import (
    ALLOW,
    DENY,
    Answer,
    AnsweredBy,
    Option,
    Question,
    QuestionKind,
    ToolCall,
)
from tests.support.fakes import START, FakeClock

GOLDEN = Path(__file__).parent / "golden"


def question(
    id: str = "1", kind: QuestionKind = QuestionKind.PERMISSION, **given: object
) -> Question:
    return Question(
        id=id,
        task="PRIORITY 2",
        kind=kind,
        text="Bash: rm -rf build",
        safe_default=DENY,
        asked_at=START,
        deadline=START + timedelta(minutes=5),
        context={"title": "Analytics ☕ für alle", "branch": "feature/analytics"},
        **given,  # type: ignore[arg-type]
    )


class Held:
    """A view that only notes when it has to stand back."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def hold(self) -> None:
        self.calls.append("hold")

    def go_on(self) -> None:
        self.calls.append("go on")


class Window:
    """Somebody at a terminal."""

    def __init__(self) -> None:
        self.theirs, ours = pty.openpty()
        self.keyboard = os.fdopen(ours)
        self.written: list[str] = []
        self.screen = Held()
        self.channel = TerminalChannel(self.keyboard, self.written.append, self.screen, FakeClock())

    def types(self, text: str) -> None:
        os.write(self.theirs, text.encode())


@pytest.fixture
def window() -> Iterator[Window]:
    opened = Window()
    yield opened
    os.close(opened.theirs)
    opened.keyboard.close()


def test_a_typed_line_is_the_answer(window: Window) -> None:
    """The question is shown, the view stands back, and yes is yes."""
    window.channel.ask(question())
    assert () == window.channel.answers()

    window.types("yes\n")
    ((asked, answer),) = window.channel.answers()

    assert ("1", ALLOW, AnsweredBy.PERSON) == (asked, answer.value, answer.by)
    assert "rm -rf build" in window.written[0]
    assert ["hold"] == window.screen.calls


def test_half_a_line_is_no_answer_yet(window: Window) -> None:
    """Only the Enter key answers."""
    window.channel.ask(question())
    window.types("ye")

    assert () == window.channel.answers()


def test_rubbish_is_refused_with_the_way_out(window: Window) -> None:
    """The person is told what would be an answer, and may try again."""
    window.channel.ask(question())
    window.types("maybe\n")

    assert () == window.channel.answers()
    assert "answer yes / no [reason]" in window.written[-1]

    window.types("no use make\n")
    ((_, answer),) = window.channel.answers()
    assert (DENY, "use make") == (answer.value, answer.message)


def test_the_next_question_waits_for_its_turn(window: Window) -> None:
    """Two questions are shown one after the other, and told apart."""
    first, second = question("1"), question("2")
    window.channel.ask(first)
    window.channel.ask(second)
    window.types("y\n")
    ((asked, answer),) = window.channel.answers()
    window.channel.settle(first, answer)
    window.types("n\n")
    ((other, _),) = window.channel.answers()

    assert ("1", "2") == (asked, other)
    assert ["hold"] == window.screen.calls


@pytest.mark.parametrize("value", [ALLOW, DENY])
def test_an_answer_is_left_to_the_log_to_tell(window: Window, value: str) -> None:
    """Yes or no, from here or elsewhere: the log says it once, and the view goes on."""
    asked = question()
    window.channel.ask(asked)
    shown = len(window.written)
    window.channel.settle(
        asked, Answer(value=value, by=AnsweredBy.PERSON, who="Ana", channel="Slack")
    )

    assert [] == window.written[shown:]
    assert ["hold", "go on"] == window.screen.calls


def test_the_log_finds_a_line_of_its_own(window: Window) -> None:
    """What the journal says while nobody has typed is not glued to the prompt."""
    window.channel.ask(question())
    window.types("maybe\n")
    window.channel.answers()

    assert [True, True] == [text.endswith("\n") for text in window.written]


def test_what_was_typed_before_a_question_answers_nothing(window: Window) -> None:
    """A line for the last question, or for nobody, is no answer to one that was not seen yet."""
    window.types("yes\n")
    window.channel.ask(question("1"))
    assert () == window.channel.answers()

    window.channel.ask(question("2"))
    window.types("yes\nyes\n")
    ((asked, answer),) = window.channel.answers()
    window.channel.settle(question("1"), answer)

    assert "1" == asked
    assert () == window.channel.answers()


def test_the_box_fits_into_a_narrow_window(window: Window) -> None:
    """No line of it is broken by the terminal."""
    termios.tcsetwinsize(window.theirs, (24, 38))
    window.channel.ask(question())

    box = [
        line for line in window.written[0].splitlines() if line[:1] in "┌│├└" and "☕" not in line
    ]
    assert {38} == {len(line) for line in box[1:]}


def test_a_window_that_was_closed_answers_nothing(window: Window) -> None:
    """The daemon goes on without its keyboard."""
    window.channel.ask(question())
    os.close(os.dup2(os.open(os.devnull, os.O_RDONLY), window.theirs))
    window.theirs = os.open(os.devnull, os.O_RDONLY)

    assert () == window.channel.answers()


def test_the_box_is_as_it_was_drawn() -> None:
    """Task, question, answers and what silence means, in a box that is straight."""
    options = (Option(label="SQLite", description="one file"), Option(label="PostgreSQL"))
    box = prompt_box(question(kind=QuestionKind.CHOICE, options=options), START)

    assert (GOLDEN / "choice.txt").read_text() == box + "\n"


def test_the_box_says_what_a_command_is_for() -> None:
    """The agent's own description of a call stands below it, on one line and harmless."""
    given = {"command": "rm -rf build", "description": "Remove old\n\x1b[2Jbuilds"}
    call = ToolCall(id="c", tool="Bash", input=given)
    lines = prompt_box(question(tool_call=call), START).splitlines()

    asked = next(number for number, line in enumerate(lines) if "Bash: rm -rf build" in line)
    assert "Claude says: Remove old" in lines[asked + 1]
    assert "\x1b" not in lines[asked + 1]


def test_text_cannot_leave_the_box() -> None:
    """Escape sequences, line tricks and endless text are shown, not obeyed."""
    from dataclasses import replace

    evil = replace(question(), text="\x1b[2J\x1b[H\u202egpj.exe\r" + "x" * 10_000)
    box = prompt_box(evil, START)

    assert "\x1b" not in box
    assert "\\x1b[2J" in box
    assert "\\u202e" in box
    assert len(box.splitlines()) < 50
    assert all(len(line) == WIDTH + 4 for line in box.splitlines()[6:])
