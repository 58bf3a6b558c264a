"""Talking with the agent, whatever comes between."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from coffee_maker.autonomous.conversation import Conversation
from coffee_maker.autonomous.exchange import Exchange
from coffee_maker.autonomous.guard import Guard
from coffee_maker.autonomous.open_questions import OpenQuestions, SessionParked
from coffee_maker.autonomous.prompt import GO_ON
from coffee_maker.domain.change import Workspace
from coffee_maker.domain.errors import ClaudeError, ClaudeUnusable
from coffee_maker.domain.events import QuestionAsked
from coffee_maker.domain.facts import Facts
from coffee_maker.domain.policy import GO_ON as CARRY_ON
from coffee_maker.domain.policy import Policy
from coffee_maker.domain.ports import CodingSession
from coffee_maker.domain.question import ALLOW, DENY, Answer, AnsweredBy, QuestionKind, ToolCall
from coffee_maker.domain.session import (
    Asking,
    Doing,
    Failed,
    FailureKind,
    HandedBack,
    Lost,
    Noticed,
    Observation,
    Paused,
    Settled,
    TakenOver,
    ToolCalled,
    TurnEnded,
    Used,
)
from coffee_maker.domain.usage import CountedAnswer, TokenCount
from coffee_maker.store.store import Store
from tests.support.fakes import START, FakeAgent, FakeClock

DONE = TurnEnded(text="- [x] all — a.py")
LOST = Lost(exit_code=1, screen="Segmentation fault")


class Scene:
    """A conversation with sessions that were written down beforehand."""

    def __init__(self, folder: Path, *sessions: Sequence[Observation], session: str = "") -> None:
        self.clock = FakeClock()
        self.store = Store(folder / "journal.db", self.clock)
        self.agent = FakeAgent(self.clock, *sessions)
        self.questions = OpenQuestions(
            box=self.store.questions,
            clock=self.clock,
            policy=Policy([], auto_approve=True),
            measure=lambda _: Facts(),
            park_days=7,
        )
        workspace = Workspace(
            task="PRIORITY 1", path=folder, branch="feature/x", target="main", base_commit="0" * 40
        )

        def start(opened: CodingSession, id: str) -> Exchange:
            return Exchange(
                opened,
                id=id,
                task="PRIORITY 1",
                attempt=1,
                context={},
                guard=Guard(folder),
                questions=self.questions,
                journal=self.store.journal,
            )

        self.conversation = Conversation(
            agent=self.agent,
            workspace=workspace,
            start_exchange=start,
            journal=self.store.journal,
            clock=self.clock,
            session=session,
        )

    def kinds(self) -> list[str]:
        return [entry.event.kind for entry in self.store.journal.read()]


@pytest.fixture
def scenes(tmp_path: Path) -> Iterator[list[Scene]]:
    made: list[Scene] = []
    yield made
    for scene in made:
        scene.store.close()


def test_a_turn_is_one_prompt_and_its_last_message(tmp_path: Path) -> None:
    """What the agent said last comes back; every step is in the journal; the session is closed."""
    scene = Scene(tmp_path, [Doing(text="Write a.py"), DONE])

    with scene.conversation as agent:
        assert DONE.text == agent.begin("do it")

    assert [
        "session.opened",
        "session.ready",
        "prompt.sent",
        "agent.did",
        "turn.finished",
        "session.closed",
    ] == scene.kinds()
    assert [["do it"]] == [session.said for session in scene.agent.sessions]
    assert [1] == [session.closed for session in scene.agent.sessions]


def test_a_tool_on_the_never_list_is_refused_and_told_why(tmp_path: Path) -> None:
    """A push is denied with the reason; another tool passes without an opinion of ours."""
    push = ToolCall(id="t1", tool="Bash", input={"command": "git push"})
    test = ToolCall(id="t2", tool="Bash", input={"command": "make test"})
    scene = Scene(tmp_path, [ToolCalled(call=push), ToolCalled(call=test), DONE])

    scene.conversation.begin("do it")

    (first, denied), (second, passed) = scene.agent.sessions[0].answered
    assert ("t1", DENY) == (first, denied.value)
    assert "Pushing is done for you" in denied.message
    assert ("t2", ALLOW) == (second, passed.value)


def test_a_question_at_the_end_of_a_turn_is_answered_in_the_session(tmp_path: Path) -> None:
    """A turn that ends in a question is not over: its answer is typed."""
    scene = Scene(tmp_path, [TurnEnded(text="Tabs or spaces?"), DONE])

    assert DONE.text == scene.conversation.begin("do it")
    assert ["do it", CARRY_ON] == scene.agent.sessions[0].said


def test_a_person_may_take_their_time(tmp_path: Path) -> None:
    """While a person thinks, other tool calls are decided; then the answer reaches the session."""
    critical = "I found an API key. Shall I commit it?"
    asks = Asking(id="q1", kind=QuestionKind.CHOICE, text=critical)
    other = ToolCall(id="t2", tool="Read", input={"file_path": "a.py"})
    scene = Scene(tmp_path, [asks, ToolCalled(call=other), Settled(id="none"), DONE])

    scene.conversation.begin("do it")
    (question,) = scene.store.questions.open()
    assert "/q1." in question.id
    assert ["t2"] == [asked for asked, _ in scene.agent.sessions[0].answered]


def test_a_rule_answers_one_while_a_person_thinks_about_another(tmp_path: Path) -> None:
    """Two sub-agents ask at once: neither waits for the other's answer."""
    critical = Asking(id="q1", kind=QuestionKind.CHOICE, text="Shall I print the password?")
    call = ToolCall(id="q2", tool="Bash", input={"command": "make"})
    routine = Asking(id="q2", kind=QuestionKind.PERMISSION, text="Bash: make", tool_call=call)
    scene = Scene(tmp_path, [critical, routine, DONE])

    scene.conversation.begin("do it")

    assert ["q2"] == [asked for asked, _ in scene.agent.sessions[0].answered]
    assert [critical.text] == [question.text for question in scene.store.questions.open()]


def test_a_limit_is_waited_out_and_the_same_session_goes_on(tmp_path: Path) -> None:
    """The session is closed meanwhile, and resumed after the reset."""
    until = START + timedelta(hours=3)
    scene = Scene(tmp_path, [Paused(until=until, message="limit")], [DONE])

    assert DONE.text == scene.conversation.begin("do it")

    (first, _), (second, resumed) = scene.agent.opened
    assert (first, True) == (second, resumed)
    assert scene.clock.now() > until
    assert [GO_ON] == scene.agent.sessions[1].said
    assert [1, 0] == [session.closed for session in scene.agent.sessions]


def test_a_lost_session_is_resumed(tmp_path: Path) -> None:
    """The agent died in the middle of its work: the same session goes on."""
    scene = Scene(tmp_path, [LOST], [DONE])

    assert DONE.text == scene.conversation.begin("do it")
    assert [False, True] == [resume for _, resume in scene.agent.opened]


def test_a_session_that_cannot_be_resumed_is_begun_anew(tmp_path: Path) -> None:
    """A cut-off session that is gone makes way for a new one with the whole prompt."""
    scene = Scene(tmp_path, [LOST], [DONE], session="11111111-1111-1111-1111-111111111111")
    scene.agent.greets = False  # it dies before it is ready

    assert DONE.text == scene.conversation.begin("the whole task")
    (old, first), (new, second) = scene.agent.opened
    assert (True, False) == (first, second)
    assert old != new
    assert ["the whole task"] == scene.agent.sessions[1].said


def test_a_session_that_keeps_dying_is_given_up(tmp_path: Path) -> None:
    """There is an end to reviving, and the error shows the last screen."""
    scene = Scene(tmp_path, [LOST], [LOST], [LOST])

    with pytest.raises(ClaudeError, match="Segmentation fault"):
        scene.conversation.begin("do it")


def test_a_busy_service_is_tried_again_ever_more_slowly(tmp_path: Path) -> None:
    """An overload is nobody's fault: the same session asks again after growing pauses."""
    busy = Failed(kind=FailureKind.OVERLOADED, message="529")
    scene = Scene(tmp_path, [busy, busy, DONE])

    assert DONE.text == scene.conversation.begin("do it")
    assert [20.0, 40.0] == [seconds for seconds in scene.clock.slept if seconds > 1]


@pytest.mark.parametrize("kind", [FailureKind.LOGIN, FailureKind.BILLING])
def test_what_only_a_person_can_mend_stops_the_line(tmp_path: Path, kind: FailureKind) -> None:
    """A refused key is not tried again: no other task would fare better."""
    scene = Scene(tmp_path, [Failed(kind=kind, message="Invalid API key")])

    with pytest.raises(ClaudeUnusable, match="Invalid API key") as told:
        scene.conversation.begin("do it")

    assert told.value.stops_the_line
    assert told.value.cure


def test_tokens_are_counted_also_those_told_after_the_end(tmp_path: Path) -> None:
    """What a closed session still has to tell is not lost."""
    answer = CountedAnswer(
        key="msg_1", model="m", tokens=TokenCount(output=5), at=START, session="s"
    )
    scene = Scene(tmp_path, [DONE, Used(answer=answer)])

    with scene.conversation as agent:
        agent.begin("do it")

    (usage,) = scene.store.tokens.per_attempt()
    assert 5 == usage.tokens.output


def test_an_answer_given_while_waiting_reaches_the_agent(tmp_path: Path) -> None:
    """A person answers after a while, and the session is told in their words."""
    asked = TurnEnded(text="Which password shall I use?")
    scene = Scene(tmp_path, [asked])
    given = Answer(value="none, leave it out", by=AnsweredBy.PERSON, who="ana")
    session_of = scene.agent.sessions

    def answer_after_a_minute(seconds: float) -> None:
        scene.clock.seconds += seconds
        for question in scene.store.questions.open():
            if scene.clock.seconds > 60:
                scene.store.questions.answer(question.id, given)
                session_of[0].tell(DONE)

    scene.clock.sleep = answer_after_a_minute  # type: ignore[method-assign]

    assert DONE.text == scene.conversation.begin("do it")
    assert ["do it", given.value] == session_of[0].said
    assert 60 < scene.clock.seconds < 62


def test_an_answer_counts_for_the_question_it_was_given_to(tmp_path: Path) -> None:
    """A session that was resumed asks something else: it is not given the answer of before."""
    first, second = TurnEnded(text="Which password?"), TurnEnded(text="Which API key?")
    scene = Scene(tmp_path, [first, LOST], [second, LOST], [DONE])

    assert DONE.text == scene.conversation.begin("do it")

    asked = [e.event.question for e in scene.store.journal.read(kinds=(QuestionAsked.kind,))
             if isinstance(e.event, QuestionAsked)]  # fmt: skip
    assert ["Which password?", "Which API key?"] == [question.text for question in asked]


def test_what_a_session_asked_before_it_died_is_asked_once(tmp_path: Path) -> None:
    """The revived session asks the same: it is the same question, and its answer is for both."""
    asks = Asking(id="q1", kind=QuestionKind.CHOICE, text="Shall I print the password?")
    scene = Scene(tmp_path, [asks, LOST], [replace(asks, id="q9"), DONE])

    with scene.conversation as agent:
        agent.begin("do it")

    asked = list(scene.store.journal.read(kinds=(QuestionAsked.kind,)))
    assert 1 == len(asked)
    assert not scene.questions.is_waiting


def test_answers_that_came_while_there_was_no_session_are_told(tmp_path: Path) -> None:
    """The first words of the next session say what was asked, and what the answer is."""
    asks = Asking(id="q1", kind=QuestionKind.CHOICE, text="Shall I print the password?")
    scene = Scene(tmp_path, [asks, Paused(until=START, message="limit")], [DONE])
    given = Answer(value="no, never", by=AnsweredBy.PERSON, who="ana")
    sleep = scene.clock.sleep

    def answer_meanwhile(seconds: float) -> None:
        for question in scene.store.questions.open():
            if scene.agent.sessions[0].closed:
                scene.store.questions.answer(question.id, given)
        sleep(seconds)

    scene.clock.sleep = answer_meanwhile  # type: ignore[method-assign]
    scene.conversation.begin("do it")

    (said,) = scene.agent.sessions[1].said
    assert "You asked:\n```\nShall I print the password?\n```" in said
    assert "The answer is: no, never" in said
    assert said.endswith(GO_ON)


def test_silence_parks_and_the_answer_goes_on(tmp_path: Path) -> None:
    """The session is closed with its question open; resumed, it first waits where it stopped."""
    asked = TurnEnded(text="Which password shall I use?")
    scene = Scene(tmp_path, [asked])

    with pytest.raises(SessionParked) as parked, scene.conversation as agent:
        agent.begin("do it")

    (question,) = scene.store.questions.open()
    assert [question.id] == [one.id for one in parked.value.questions]
    assert question.parked
    assert [1] == [session.closed for session in scene.agent.sessions]


def test_an_agent_that_dies_while_a_person_thinks_is_revived(tmp_path: Path) -> None:
    """Waiting for a person does not hide that the session is gone."""
    asked = TurnEnded(text="Which password shall I use?")
    scene = Scene(tmp_path, [asked, LOST], [DONE])

    assert DONE.text == scene.conversation.begin("do it")
    assert () == scene.store.questions.open()
    assert [] == scene.agent.sessions[1].said


def test_nothing_is_said_while_a_person_has_the_keyboard(tmp_path: Path) -> None:
    """Their turn is seen through, and who it was stands in the journal; then it is our turn."""
    scene = Scene(
        tmp_path,
        [
            TakenOver(who="ana at pts/1"),
            Noticed(text="the recording stops"),
            TurnEnded(text="theirs"),
            HandedBack(who="ana at pts/1", why=""),
            DONE,
        ],
    )

    with scene.conversation as agent:
        assert DONE.text == agent.begin("do it")

    assert [
        "session.opened",
        "session.ready",
        "keyboard.taken",
        "notice.given",
        "turn.finished",
        "keyboard.released",
        "prompt.sent",
        "turn.finished",
        "session.closed",
    ] == scene.kinds()


def test_a_session_that_is_lost_under_a_persons_hands(tmp_path: Path) -> None:
    """It is resumed like any other; they are told when they look."""
    scene = Scene(tmp_path, [TakenOver(who="ana"), LOST], [DONE])

    with scene.conversation as agent:
        assert DONE.text == agent.begin("do it")

    assert [[], ["do it"]] == [session.said for session in scene.agent.sessions]
