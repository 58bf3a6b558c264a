"""Asking in the daemon's own window, over a real pseudo-terminal."""

import os
import pty
import termios
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from coffee_maker.channels.prompt_box import WIDTH, prompt_box
from coffee_maker.channels.terminal import TerminalChannel
from coffee_maker.domain.cards import compose_card
from coffee_maker.domain.message import About, Card, Message, Receipt, Received
from coffee_maker.domain.question import DENY, Option, Question, QuestionKind, ToolCall
from tests.channels.conformance import FakeDoor
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


def card(asked: Question) -> Card:
    return compose_card(asked, lambda text: text, zone=UTC)


def ask(id: str = "1", **given: object) -> Message:
    asked = question(id, **given)  # type: ignore[arg-type]
    return Message(id=f"ask:{id}", about=About.ASK, card=card(asked), question=id)


def settled(id: str, outcome: str) -> Message:
    return replace(ask(id), about=About.SETTLED, outcome=outcome)


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
        self.door = FakeDoor()
        self.channel.open(self.door)

    def typed(self) -> list[tuple[str, str]]:
        """Which question was answered, and how, in the order of it."""
        self.channel.poll()
        return [(reply.question, reply.text) for reply in self.door.replies]

    def types(self, text: str) -> None:
        os.write(self.theirs, text.encode())


@pytest.fixture
def window() -> Iterator[Window]:
    opened = Window()
    yield opened
    os.close(opened.theirs)
    opened.keyboard.close()


def test_a_typed_line_is_the_answer(window: Window) -> None:
    """The question is shown, the view stands back, and the line goes in by the one door."""
    window.channel.send(ask())
    assert [] == window.typed()

    window.types("no, use make\n")

    assert [("1", "no, use make")] == window.typed()
    assert "rm -rf build" in window.written[0]
    assert ["hold"] == window.screen.calls
    assert ("terminal", "") == (window.door.replies[0].channel, window.door.replies[0].refusal)


def test_half_a_line_is_no_answer_yet(window: Window) -> None:
    """Only the Enter key answers."""
    window.channel.send(ask())
    window.types("ye")

    assert [] == window.typed()


def test_rubbish_is_refused_with_the_way_out(window: Window) -> None:
    """The person is told why it is none, what would be an answer, and may try again."""
    window.door.receipt = Receipt(received=Received.INVALID, message="Answer yes or no.")
    window.channel.send(ask())
    window.types("maybe\n")
    window.channel.poll()

    assert "Answer yes or no.\nType your answer, then Enter:\n" == window.written[-1]

    window.types("no\n")
    assert ["maybe", "no"] == [text for _, text in window.typed()]


def test_whoever_comes_late_is_told_who_was_first(window: Window) -> None:
    """Nothing is asked again then."""
    late = 'This question is closed already: answered "no" by Ana via slack.'
    window.door.receipt = Receipt(received=Received.LATE, message=late)
    window.channel.send(ask())
    window.types("yes\n")
    window.channel.poll()

    assert f"{late}\n" == window.written[-1]


def test_the_next_question_waits_for_its_turn(window: Window) -> None:
    """Two questions are shown one after the other, and told apart."""
    window.channel.send(ask("1"))
    window.channel.send(ask("2"))
    assert 1 == len(window.written)

    window.types("y\n")
    window.channel.poll()
    window.channel.send(settled("1", 'answered "yes" by Ada via terminal'))
    window.types("n\n")

    assert [("1", "y"), ("2", "n")] == window.typed()
    assert ["hold"] == window.screen.calls


def test_an_answer_from_elsewhere_is_one_line_below_the_box(window: Window) -> None:
    """Who answered what, and where; then the view goes on."""
    window.channel.send(ask())
    shown = len(window.written)
    window.channel.send(settled("1", 'answered "no" by Ana via slack'))

    assert ['Answered "no" by Ana via slack.\n'] == window.written[shown:]
    assert ["hold", "go on"] == window.screen.calls


def test_one_that_was_not_shown_yet_is_settled_in_silence(window: Window) -> None:
    """The box on the screen stays the one that is answered."""
    window.channel.send(ask("1"))
    window.channel.send(ask("2"))
    shown = len(window.written)
    window.channel.send(settled("2", "answered"))
    window.channel.send(settled("3", "answered"))

    assert [] == window.written[shown:]
    assert ["hold"] == window.screen.calls


def test_a_question_that_is_parked_is_shown_anew(window: Window) -> None:
    """What silence means has changed; its place in the line has not."""
    window.channel.send(ask("1"))
    window.channel.send(ask("1", parked=True))
    window.types("yes\n")

    assert "PARKED: CLAUDE ASKS" in window.written[-1]
    assert [("1", "yes")] == window.typed()


def test_notices_are_left_to_the_log(window: Window) -> None:
    """The log above the box says them once."""
    window.channel.send(Message(id="event:1", about=About.NOTICE, card=Card(heading="x", text="y")))

    assert [] == window.written
    assert [] == window.screen.calls


def test_the_log_finds_a_line_of_its_own(window: Window) -> None:
    """What the journal says while nobody has typed is not glued to the prompt."""
    window.door.receipt = Receipt(received=Received.INVALID, message="No.")
    window.channel.send(ask())
    window.types("maybe\n")
    window.channel.poll()

    assert [True, True] == [text.endswith("\n") for text in window.written]


def test_what_was_typed_before_a_question_answers_nothing(window: Window) -> None:
    """A line for the last question, or for nobody, is no answer to one that was not seen yet."""
    window.types("yes\n")
    window.channel.send(ask("1"))
    assert [] == window.typed()

    window.channel.send(ask("2"))
    window.types("yes\nyes\n")
    window.channel.poll()
    window.channel.send(settled("1", "answered"))

    assert [("1", "yes")] == window.typed()


def test_closing_gives_the_window_back(window: Window) -> None:
    """Nothing is asked any more, and doing it twice does no harm."""
    window.channel.send(ask())
    window.channel.close()
    window.channel.close()
    window.types("yes\n")

    assert [] == window.typed()
    assert ["hold", "go on"] == window.screen.calls


def test_the_box_fits_into_a_narrow_window(window: Window) -> None:
    """No line of it is broken by the terminal."""
    termios.tcsetwinsize(window.theirs, (24, 38))
    window.channel.send(ask())

    box = [
        line for line in window.written[0].splitlines() if line[:1] in "┌│├└" and "☕" not in line
    ]
    assert {38} == {len(line) for line in box[1:]}


def test_a_window_that_was_closed_answers_nothing(window: Window) -> None:
    """The daemon goes on without its keyboard."""
    window.channel.send(ask())
    os.close(os.dup2(os.open(os.devnull, os.O_RDONLY), window.theirs))
    window.theirs = os.open(os.devnull, os.O_RDONLY)

    assert [] == window.typed()


def test_the_box_is_as_it_was_drawn() -> None:
    """Task, question, answers and what silence means, in a box that is straight."""
    options = (Option(label="SQLite", description="one file"), Option(label="PostgreSQL"))
    box = prompt_box(card(question(kind=QuestionKind.CHOICE, options=options)), START)

    assert (GOLDEN / "choice.txt").read_text() == box + "\n"


def test_the_box_says_what_a_command_is_for() -> None:
    """The agent's own description of a call stands below it, on one line and harmless."""
    given = {"command": "rm -rf build", "description": "Remove old\n\x1b[2Jbuilds"}
    call = ToolCall(id="c", tool="Bash", input=given)
    lines = prompt_box(card(question(tool_call=call)), START).splitlines()

    said = next(line for line in lines if "Claude says it is for" in line)
    assert "Remove old" in said
    assert "\x1b" not in said


def test_text_cannot_leave_the_box() -> None:
    """Escape sequences, line tricks and endless text are shown, not obeyed."""
    text = "\x1b[2J\x1b[H\u202egpj.exe\r" + "x" * 10_000
    box = prompt_box(replace(card(question()), text=text), START)
    whole = prompt_box(card(replace(question(), text=text)), START)

    for shown in (box, whole):
        assert "\x1b" not in shown
        assert "\\x1b[2J" in shown
        assert "\\u202e" in shown
        assert len(shown.splitlines()) < 70
        assert all(len(line) == WIDTH + 4 for line in shown.splitlines()[7:])


def test_a_long_diff_is_cut_in_the_box() -> None:
    """A window has only so many lines; what is left out is said."""
    diff = "".join(f"+line {number}\n" for number in range(100))
    box = prompt_box(card(question(diff=diff)), START)

    assert "line 19" in box
    assert "line 20" not in box
    assert "… 80 more lines" in box
