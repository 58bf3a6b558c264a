"""Requests that wait for an answer, and the questions that people see of them."""

from dataclasses import dataclass, field

from coffee_maker.claude.hooks import HookRequest
from coffee_maker.claude.payloads import (
    before_tool,
    chosen,
    permission,
    questions,
    refusal,
    same_call,
    tool_call,
)
from coffee_maker.domain.question import DENY, Answer, AnsweredBy, QuestionKind, ToolCall
from coffee_maker.domain.session import Asking, Settled, ToolCalled

_REMEMBERED_CALLS = 200


@dataclass(slots=True)
class _Asked:
    """One PermissionRequest with its questions; released when each has its answer."""

    request: HookRequest
    call: ToolCall
    open: dict[str, Asking]
    answers: dict[str, str] = field(default_factory=dict)


class Pending:
    """What the agent waits for. Knows which tool call a permission belongs to."""

    def __init__(self, cwd: str = "") -> None:
        """`cwd`: where the session began; the agent itself may be elsewhere by now."""
        self._cwd = cwd
        self._calls: dict[str, HookRequest] = {}
        self._asked: list[_Asked] = []
        self._seen: list[HookRequest] = []

    def __bool__(self) -> bool:
        return bool(self._calls or self._asked)

    def call(self, request: HookRequest) -> ToolCalled:
        """Take in a PreToolUse."""
        call = tool_call(request.payload)
        self._calls[call.id] = request
        self._seen = [*self._seen[-_REMEMBERED_CALLS:], request]
        return ToolCalled(call=call)

    def ask(self, request: HookRequest) -> tuple[Asking, ...]:
        """Take in a PermissionRequest."""
        call = self._call_of(request)
        asked = questions(call, self._cwd)
        self._asked.append(_Asked(request, call, {one.id: one for one in asked}))
        return asked

    def answer(self, id: str, answer: Answer) -> bool:
        """Settle a call or a question; False where that is not open (any more)."""
        request = self._calls.pop(id, None)
        if request is not None:
            return request.decide(before_tool(answer))
        for asked in self._asked:
            if id in asked.open:
                return self._answer(asked, id, answer)
        return False

    def settle(self, tool_use_id: str) -> list[Settled]:
        """The call has been decided elsewhere: its open questions, which are settled now."""
        return self._forget([one for one in self._asked if one.call.id == tool_use_id])

    def give_up(self, request: HookRequest) -> list[Settled]:
        """The agent no longer waits for this request."""
        self._calls = {key: one for key, one in self._calls.items() if one is not request}
        return self._forget([one for one in self._asked if one.request is request])

    def refuse_all(self, message: str) -> None:
        """Deny whatever still waits."""
        for request in self._calls.values():
            request.decide(before_tool(Answer(value=DENY, by=AnsweredBy.DEADLINE, message=message)))
        for asked in self._asked:
            asked.request.decide(refusal(message))
        self._calls, self._asked = {}, []

    def _answer(self, asked: _Asked, id: str, answer: Answer) -> bool:
        question = asked.open.pop(id)
        if question.kind is QuestionKind.PERMISSION or not answer.value:
            self._asked.remove(asked)
            return asked.request.decide(permission(answer))
        asked.answers[question.text] = answer.value
        if asked.open:
            return asked.request.is_open
        self._asked.remove(asked)
        return asked.request.decide(chosen(asked.call, asked.answers))

    def _forget(self, settled: list[_Asked]) -> list[Settled]:
        for asked in settled:
            self._asked.remove(asked)
            # Somebody else decided; no decision of ours may come in behind it.
            asked.request.decide({})
        return [Settled(id=key) for asked in settled for key in asked.open]

    def _call_of(self, request: HookRequest) -> ToolCall:
        """A PermissionRequest does not name its call; it follows a PreToolUse that does."""
        for seen in reversed(self._seen):
            if same_call(seen.payload, request.payload):
                self._seen.remove(seen)
                return tool_call(seen.payload)
        return tool_call(request.payload)
