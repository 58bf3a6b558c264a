"""The one door through which every answer of a person comes in, on whatever way."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from coffee_maker import plugins
from coffee_maker.domain.answers import InvalidAnswer, read_answer
from coffee_maker.domain.cards import outcome
from coffee_maker.domain.errors import ConfigError
from coffee_maker.domain.events import ReplyTurnedAway
from coffee_maker.domain.message import Receipt, Received, Reply
from coffee_maker.domain.ports import Clock, QuestionBox
from coffee_maker.domain.question import (
    ALLOW,
    DENY,
    PARK,
    Answer,
    AnsweredBy,
    Question,
    QuestionKind,
)
from coffee_maker.domain.visible import one_line

TEXT_LIMIT = 10_000  # characters of a reply
NAME_LIMIT = 200  # of a question's name, and of a person's
JOURNALLED_AT_MOST = 30  # replies per channel and minute that are not to a question's credit
_LOOK_SECONDS = 0.05

Validation = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserResponse:
    """What came of waiting. `value` is what a person would have typed, the safe default after
    `timed_out`; `valid`: the validation that was asked for says so. `elapsed_time` in seconds.
    """

    value: str
    valid: bool
    timed_out: bool
    elapsed_time: float


class InputHandler:
    """Takes replies from any thread of any process: the question box decides which one counts.

    A reply that does not count is journalled, and whoever sent it is told why. So that a flood of
    rubbish cannot fill the journal, of those that are unknown, refused or late only
    `JOURNALLED_AT_MOST` per channel and minute are; all are told. `redact` is the gate's own
    unless another is given.
    """

    def __init__(
        self,
        box: QuestionBox,
        clock: Clock,
        *,
        timeout: float = 300,
        validation_rules: Mapping[str, Validation] | None = None,
        retry_on_invalid: bool = True,
        max_retries: int = 3,
        redact: Callable[[str], str] | None = None,
    ) -> None:
        self._box, self._clock = box, clock
        self._timeout, self._rules = timeout, dict(validation_rules or {})
        self._tries = max_retries if retry_on_invalid else 1
        self._given_redact = redact
        self._wanted: dict[str, str] = {}  # the validation that a question is waited for with
        self._flood = _Flood(clock)

    def receive(self, reply: Reply) -> Receipt:
        """Judge a reply; where it is an answer, and the first one, the question is settled."""
        name, text = one_line(reply.question, NAME_LIMIT), _clean(reply.text)
        question = self._box.find(reply.question[: 2 * NAME_LIMIT])
        if reply.refusal:  # whoever may not answer does not learn either what may be answered
            return self._refused(reply, question.id if question else name)
        if question is None:
            reason = f'There is no question "{name}". `coffee-maker inbox list` shows what is open.'
            return self._turned_away(reply, name, Received.UNKNOWN, reason)
        if self._box.answer_to(question.id) is not None:
            return self._late(reply, question)
        try:
            value, message = self._read(question, text)
        except InvalidAnswer as error:
            return self._invalid(reply, question, self._why(question, text, error))
        answer = Answer(
            value=value,
            message=message,
            by=AnsweredBy.PERSON,
            who=one_line(reply.who, NAME_LIMIT),
            channel=reply.channel,
        )
        if not self._box.answer(question.id, answer):
            return self._late(reply, question)
        return Receipt(received=Received.ACCEPTED, message=self._thanks(question, answer))

    def wait_for_input(
        self, notification_id: str, timeout: float | None = None, validation: str = ""
    ) -> UserResponse:
        """Wait for a question's answer, `timeout` seconds at most (else those of the handler).

        While it is waited for, replies that come through this handler must pass the validation
        rule of that name. Raises ConfigError where there is no such rule, or no such question.
        """
        question = self._box.find(notification_id)
        if question is None:
            raise ConfigError(f'there is no question "{one_line(notification_id, NAME_LIMIT)}"')
        if validation and validation not in self._rules:
            known = ", ".join(sorted(self._rules)) or "none"
            raise ConfigError(
                f'there is no validation rule "{validation}"', cure=f"the rules are: {known}"
            )
        self._wanted[question.id] = validation
        begun = self._clock.monotonic()
        end = begun + (self._timeout if timeout is None else timeout)
        try:
            while (answer := self._box.answer_to(question.id)) is None:
                left = end - self._clock.monotonic()
                if left <= 0:
                    break
                self._clock.sleep(min(_LOOK_SECONDS, left))
        finally:
            self._wanted.pop(question.id, None)
        value = _as_typed(question, question.safe_default if answer is None else answer.value)
        return UserResponse(
            value=value,
            valid=answer is not None and self._passes(validation, value),
            timed_out=answer is None or answer.by is AnsweredBy.DEADLINE,
            elapsed_time=self._clock.monotonic() - begun,
        )

    def _read(self, question: Question, text: str) -> tuple[str, str]:
        value, message = read_answer(question, text)
        rule = self._wanted.get(question.id, "")
        if not self._passes(rule, text.strip()):
            raise InvalidAnswer("that is not what is asked for", cure=f"answer {rule}")
        return value, message

    def _passes(self, rule: str, value: str) -> bool:
        return not rule or bool(self._rules[rule](value))

    def _why(self, question: Question, text: str, error: InvalidAnswer) -> str:
        """What is wrong with it. The reason cuts what was typed, so that is redacted before."""
        try:
            self._read(question, self._safe(text))
        except InvalidAnswer as safe:
            error = safe
        return self._safe(_sentence(str(error)))

    def _invalid(self, reply: Reply, question: Question, why: str) -> Receipt:
        if not reply.text.strip():  # a slip of the thumb uses up no try
            return Receipt(received=Received.INVALID, message=f"{why} {what_answers(question)}")
        left = self._tries - self._box.turn_away(_away(reply, question.id, Received.INVALID, why))
        if left > 0 or question.safe_default == PARK:
            # Where silence parks, the deadline does that; until then nothing is lost by trying.
            tries = self._tries_left(question, left)
            return Receipt(
                received=Received.INVALID, message=f"{why} {what_answers(question)}{tries}"
            )
        default = Answer(
            value=question.safe_default,
            by=AnsweredBy.INVALID,
            message="Nobody gave an answer that could be read." if _permits(question) else "",
        )
        if not self._box.answer(question.id, default):
            return self._late(reply, question)
        said = self._safe(_as_typed(question, question.safe_default))
        return Receipt(
            received=Received.INVALID,
            message=f"{why} That was the last try, so the safe default counts: {said}",
        )

    def _tries_left(self, question: Question, left: int) -> str:
        if question.safe_default == PARK:
            return ""
        counted = f"{left} tries are" if left > 1 else "1 try is"
        said = one_line(self._safe(_as_typed(question, question.safe_default)))
        return f" {counted} left; then the safe default counts: {said}."

    def _late(self, reply: Reply, question: Question) -> Receipt:
        answer = self._box.answer_to(question.id)
        how = outcome(answer, self._safe) if answer is not None else "settled"
        reason = f"This question is closed already: {how}. Your reply changes nothing."
        return self._turned_away(reply, question.id, Received.LATE, reason)

    def _refused(self, reply: Reply, name: str) -> Receipt:
        reason = _sentence(self._safe(reply.refusal))
        return self._turned_away(reply, name, Received.REFUSED, reason)

    def _turned_away(self, reply: Reply, name: str, received: Received, reason: str) -> Receipt:
        if self._flood.lets_through(reply.channel):
            self._box.turn_away(_away(reply, name, received, reason))
        return Receipt(received=received, message=reason)

    def _thanks(self, question: Question, answer: Answer) -> str:
        said = one_line(self._safe(_as_typed(question, answer.value)))
        # Nobody knows here whether a daemon runs.
        goes_on = " The task goes on with it as soon as `coffee-maker run` is running."
        reopens = goes_on if question.parked else ""
        return f'Your answer counts: "{said}".{reopens}'

    def _safe(self, text: str) -> str:
        if self._given_redact is None:  # by name: the scan takes long to import
            self._given_redact = plugins.load("coffee_maker.gates.secrets:redact")
        return self._given_redact(text)


def what_answers(question: Question) -> str:
    """A sentence that says what would be an answer; nothing of the question's own text is in it."""
    if _permits(question):
        return "Answer yes or no; behind a no you may say why."
    count = len(question.options)
    if not count:
        return "Answer in your own words."
    some = ", or several numbers with commas between them" if question.multiple else ""
    return f"Answer with a number from 1 to {count}{some}, an option's text, or your own words."


def _permits(question: Question) -> bool:
    return question.kind is QuestionKind.PERMISSION


def _as_typed(question: Question, value: str) -> str:
    return {ALLOW: "yes", DENY: "no"}.get(value, value) if _permits(question) else value


def _away(reply: Reply, name: str, received: Received, reason: str) -> ReplyTurnedAway:
    return ReplyTurnedAway(
        question=name,
        channel=reply.channel,
        who=one_line(reply.who, NAME_LIMIT),
        received=received.value,
        reason=reason,
    )


def _clean(text: str) -> str:
    """At most so much of a reply, without characters that act on whoever prints it."""
    kept = text[:TEXT_LIMIT].replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in kept if sign in "\n\t" or not _acts(sign)).strip()


def _acts(sign: str) -> bool:
    """True for control characters and halves of a pair, which cannot be stored either."""
    return sign < " " or "\x7f" <= sign <= "\x9f" or "\ud800" <= sign <= "\udfff"


def _sentence(text: str) -> str:
    said = one_line(text).rstrip(".")
    return f"{said[:1].upper()}{said[1:]}."


class _Flood:
    """Lets so many through per channel and minute, and no more."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._times: dict[str, deque[float]] = {}

    def lets_through(self, channel: str) -> bool:
        now = self._clock.monotonic()
        with self._lock:
            times = self._times.setdefault(channel, deque())
            while times and times[0] <= now - 60:
                times.popleft()
            if len(times) >= JOURNALLED_AT_MOST:
                return False
            times.append(now)
            return True
