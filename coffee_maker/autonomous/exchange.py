"""One turn with a live session: something is said, and seen through to its end."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace

from coffee_maker.autonomous.guard import Guard
from coffee_maker.autonomous.open_questions import OpenQuestions
from coffee_maker.autonomous.prompt import with_answers
from coffee_maker.domain.events import (
    AgentDid,
    KeyboardReleased,
    KeyboardTaken,
    LimitReached,
    NoticeGiven,
    PromptSent,
    SessionReady,
    TokensCounted,
    ToolChecked,
    TurnFinished,
)
from coffee_maker.domain.facts import Facts
from coffee_maker.domain.ports import CodingSession, Journal
from coffee_maker.domain.question import (
    ALLOW,
    DENY,
    Answer,
    AnsweredBy,
    Question,
    QuestionKind,
    ToolCall,
)
from coffee_maker.domain.report import asks_something
from coffee_maker.domain.rules import subject
from coffee_maker.domain.session import (
    Asking,
    Doing,
    Failed,
    HandedBack,
    Lost,
    Noticed,
    Observation,
    Paused,
    Ready,
    Settled,
    TakenOver,
    ToolCalled,
    TurnEnded,
    Used,
)

WAITING_SECONDS = 0.025  # how soon a person's answer is noticed
IDLE_SECONDS = 1.0

Ending = TurnEnded | Paused | Failed | Lost


class Exchange:
    """Talks with one session on behalf of one attempt at one task."""

    def __init__(
        self,
        session: CodingSession,
        *,
        id: str,
        task: str,
        attempt: int,
        context: Mapping[str, str],
        guard: Guard,
        questions: OpenQuestions,
        journal: Journal,
    ) -> None:
        self._session, self._id = session, id
        self._task, self._attempt, self._context = task, attempt, context
        self._guard, self._questions, self._journal = guard, questions, journal
        self._settled: dict[str, Answer] = {}
        # What is said next answers these: a question of this session's, and others from before it.
        self._answering = ""
        self._meanwhile: Sequence[tuple[Question, Answer]] = ()
        self.was_heard = False  # a session that has heard a prompt can be resumed

    def until_ready(self) -> Ready | Ending:
        """Wait for the agent to have started, or to say that it cannot."""
        while True:
            seen = self._next()
            if isinstance(seen, Ready):
                self._journal.append(
                    SessionReady(session=self._id, version=seen.version), task=self._task
                )
                return seen
            if isinstance(seen, Ending):
                return seen

    def turn(self, text: str) -> Ending:
        """Say something; whatever is asked on the way is answered. How the turn ended.

        The first time, the answers that came while there was no session are said as well; a
        session that had stopped for an answer is told nothing before it is there. Raises
        SessionParked.
        """
        if not self.was_heard:
            waited = self._wait_where_it_stopped()
            if waited is not None:
                return waited
            text = self._with_what_came_meanwhile(text)
        while True:
            stopped = self._until_it_listens()
            if stopped is not None:
                return stopped
            self._say(text)
            ending = self._ending()
            if not isinstance(ending, TurnEnded) or not asks_something(ending.text):
                return ending
            answer = self._answer_to(ending.text)
            if not isinstance(answer, Answer):
                return answer
            text = answer.value

    def drain(self) -> None:
        """Count what a closed session still has to tell, and let go of what it has asked."""
        self._questions.let_go()
        while (seen := self._session.observe(0)) is not None:
            if isinstance(seen, Used):
                self._count(seen)
            self._tell_of_the_keyboard(seen)

    def _until_it_listens(self) -> Ending | None:
        """A person may type at the agent's terminal: their turn is seen through before ours."""
        while not self._session.listens():
            seen = self._next()
            if isinstance(seen, Lost | Paused | Failed):
                return seen
        return None

    def _say(self, text: str) -> None:
        self._journal.append(PromptSent(session=self._id, text=text), task=self._task)
        self._session.say(text)
        self.was_heard = True
        self._questions.told(self._meanwhile)
        self._questions.deliver(self._unique(self._answering))
        self._answering, self._meanwhile = "", ()

    def _wait_where_it_stopped(self) -> Ending | None:
        """A resumed session whose last turn ended with an open question waits for that answer."""
        text = self._questions.stopped_for(self._task, self._id)
        answer = self._answer_to(text) if text else None
        # Its answer is said with all others that came meanwhile, and is noted as said there.
        return None if isinstance(answer, Answer) else answer

    def _with_what_came_meanwhile(self, text: str) -> str:
        self._meanwhile = self._questions.came_meanwhile(self._task)
        return with_answers(text, self._meanwhile)

    def _ending(self) -> Ending:
        while True:
            seen = self._next()
            if isinstance(seen, Ending):
                return seen

    def _answer_to(self, text: str) -> Answer | Ending:
        """A turn that ended with a question: its answer is the next thing to say.

        An ending that comes first is that of a turn which somebody began at the agent's terminal.
        """
        # A resumed session begins to count anew: a number would be given the answer of before.
        asking = Asking(id=f"text-{uuid.uuid4().hex}", kind=QuestionKind.TEXT, text=text)
        answer = self._take(asking)
        while answer is None:
            seen = self._next()
            if isinstance(seen, TurnEnded):
                self._questions.withdraw(self._unique(asking.id))
            if isinstance(seen, Ending):
                return seen
            answer = self._settled.pop(asking.id, None)
        self._answering = asking.id
        return answer

    def _next(self) -> Observation | None:
        """The next observation, with everything done that does not end a turn."""
        waiting = self._questions.is_waiting
        seen = self._session.observe(WAITING_SECONDS if waiting else IDLE_SECONDS)
        match seen:
            case ToolCalled(call=call):
                self._check(call)
            case Asking():
                answer = self._take(seen)
                if answer is not None:
                    self._give(seen.id, answer)
            case Settled():
                self._questions.withdraw(self._unique(seen.id))
            case Used():
                self._count(seen)
            case Doing(text=text):
                self._journal.append(AgentDid(text=text), task=self._task)
            case TurnEnded(text=text):
                self._journal.append(TurnFinished(text=text), task=self._task)
            case Paused(until=until, message=message):
                self._journal.append(LimitReached(until=until, message=message), task=self._task)
        self._tell_of_the_keyboard(seen)
        self._pass_on()
        return seen

    def _tell_of_the_keyboard(self, seen: Observation | None) -> None:
        match seen:
            case TakenOver(who=who):
                taken = KeyboardTaken(session=self._id, who=who)
                self._journal.append(taken, task=self._task)
            case HandedBack(who=who, why=why):
                released = KeyboardReleased(session=self._id, who=who, why=why)
                self._journal.append(released, task=self._task)
            case Noticed(text=text):
                self._journal.append(NoticeGiven(message=text), task=self._task)

    def _pass_on(self) -> None:
        if not self._questions.is_waiting:
            return
        own = self._unique("")
        for key, answer in self._questions.settled():
            asked = key.removeprefix(own)
            self._settled[asked] = answer
            self._give(asked, answer)

    def _give(self, asked: str, answer: Answer) -> None:
        """Hand it to the session. One that is gone took nothing: the next one will be given it."""
        if self._session.answer(asked, answer):
            self._questions.deliver(self._unique(asked))

    def _take(self, asking: Asking) -> Answer | None:
        call = asking.tool_call
        unique = replace(
            asking,
            id=self._unique(asking.id),
            followed=self._guard.followed(call) if call else None,
        )
        facts = Facts(
            inside_workspace=self._guard.is_inside(call) if call else None,
            branch=self._context.get("branch", ""),
        )
        return self._questions.take(unique, task=self._task, context=self._context, facts=facts)

    def _unique(self, id: str) -> str:
        """A session may number its questions as it likes; outside they are told apart for ever."""
        return f"{self._id}/{id}"

    def _check(self, call: ToolCall) -> None:
        rule = self._guard.check(call)
        answer = Answer(
            value=DENY if rule else ALLOW,
            by=AnsweredBy.NEVER,
            message=rule.message if rule else "",
            rule=rule.name if rule else "",
        )
        self._journal.append(
            ToolChecked(
                tool=call.tool, subject=subject(call), allowed=rule is None, rule=answer.rule
            ),
            task=self._task,
        )
        self._session.answer(call.id, answer)

    def _count(self, used: Used) -> None:
        event = TokensCounted(attempt=self._attempt, answer=used.answer)
        self._journal.append(event, task=self._task)
