"""What a hook's payload says, and what its answer looks like. Pure: dictionaries in and out.

The format was read off Claude Code 2.1.197 and 2.1.329. Payloads carry text that a model wrote:
each field is checked before it is believed to be of its type.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from coffee_maker.domain.question import ALLOW, DENY, Answer, Option, QuestionKind, ToolCall
from coffee_maker.domain.session import Asking

HOOKS = (
    *("UserPromptSubmit", "PreToolUse", "PermissionRequest", "PostToolUse", "PostToolUseFailure"),
    *("Notification", "Stop", "StopFailure", "SessionEnd"),
)
DECIDED = frozenset({"PreToolUse", "PermissionRequest"})  # the agent waits for our word
ASK_USER = "AskUserQuestion"
_DOING_LENGTH = 120
_SUBJECTS = ("file_path", "notebook_path", "command", "url", "pattern", "query", "description")

Payload = Mapping[str, object]
Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One sub-question of an AskUserQuestion call."""

    question: str
    options: tuple[Option, ...]
    multiple: bool


def event_of(payload: Payload) -> str:
    return text_in(payload, "hook_event_name")


def text_in(payload: Payload, name: str) -> str:
    value = payload.get(name)
    return value if isinstance(value, str) else ""


def tool_call(payload: Payload) -> ToolCall:
    """The tool call that a payload is about.

    PermissionRequest does not name it: then its id is made of the prompt and the arguments, so that
    it stays the same when it is asked again.
    """
    given = payload.get("tool_input")
    arguments = given if isinstance(given, dict) else {}
    tool = text_in(payload, "tool_name")
    named = text_in(payload, "tool_use_id")
    if not named:
        said = json.dumps([payload.get("prompt_id"), tool, arguments], sort_keys=True)
        named = f"call-{hashlib.sha256(said.encode()).hexdigest()[:16]}"
    return ToolCall(id=named, tool=tool, input=arguments)


def same_call(payload: Payload, other: Payload) -> bool:
    """True where two payloads are about a call of the same tool, agent and arguments."""
    return all(payload.get(k) == other.get(k) for k in ("agent_id", "tool_name", "tool_input"))


def choices(call: ToolCall) -> tuple[Choice, ...]:
    """The sub-questions of an AskUserQuestion call; those that are not well formed are left out."""
    asked = call.input.get("questions")
    if call.tool != ASK_USER or not isinstance(asked, list):
        return ()
    return tuple(
        Choice(
            question=one["question"],
            options=_options(one.get("options")),
            multiple=one.get("multiSelect") is True,
        )
        for one in asked
        if isinstance(one, dict) and isinstance(one.get("question"), str)
    )


def questions(call: ToolCall, cwd: str = "") -> tuple[Asking, ...]:
    """What a person is asked about a call that needs leave: one question, or one per choice.

    A path below `cwd` is shown as it stands in there; a command line as it would be run.
    """
    folder = "" if "command" in call.input else cwd
    return tuple(
        Asking(
            id=f"{call.id}:{index}",
            kind=QuestionKind.CHOICE,
            text=choice.question,
            options=choice.options,
            multiple=choice.multiple,
            tool_call=call,
        )
        for index, choice in enumerate(choices(call))
    ) or (
        Asking(
            id=f"{call.id}:permission",
            kind=QuestionKind.PERMISSION,
            # Whole: half a secret would not be recognised, and what stands behind the cut not read.
            text=f"May Claude do this? {doing(call, folder, length=None)}",
            options=(Option(label=ALLOW), Option(label=DENY)),
            tool_call=call,
        ),
    )


def doing(call: ToolCall, cwd: str = "", *, length: int | None = _DOING_LENGTH) -> str:
    """One line on what a call does, fit for a terminal: `Write src/a.py`, `Bash: pytest -q`.

    It has at most `length` characters; None: as many as it takes.
    """
    subject = next((text_in(call.input, name) for name in _SUBJECTS if name in call.input), "")
    if cwd:
        subject = subject.removeprefix(f"{cwd.rstrip('/')}/")
    between = ": " if "command" in call.input else " "
    return one_line(f"{call.tool}{between}{subject}" if subject else call.tool, length)


def one_line(text: str, length: int | None = _DOING_LENGTH) -> str:
    """Text on one line of at most so many characters, without anything a terminal would obey."""
    shown = "".join(c if c.isprintable() else " " if c.isspace() else "�" for c in text)
    shown = " ".join(shown.split())
    return shown if length is None or len(shown) <= length else f"{shown[: length - 1]}…"


def is_still_busy(stop: Payload) -> bool:
    """True where a Stop leaves sub-agents at work, after which the agent goes on by itself."""
    tasks = stop.get("background_tasks")
    return isinstance(tasks, list) and any(
        isinstance(task, dict)
        and task.get("type") == "subagent"
        and task.get("status") == "running"
        for task in tasks
    )


def before_tool(answer: Answer) -> Json:
    """The answer to PreToolUse: a denial, or nothing, so that the usual permissions follow."""
    if answer.value == ALLOW:
        return {}
    return _output(
        "PreToolUse",
        permissionDecision="deny",
        permissionDecisionReason=answer.message or "Not allowed here.",
    )


def permission(answer: Answer) -> Json:
    """The answer to a PermissionRequest; anything but `allow` denies."""
    if answer.value == ALLOW:
        return _output("PermissionRequest", decision={"behavior": "allow"})
    return refusal(answer.message)


def refusal(message: str) -> Json:
    decision = {"behavior": "deny", "message": message or "Not allowed here."}
    return _output("PermissionRequest", decision=decision)


def chosen(call: ToolCall, answers: Mapping[str, str]) -> Json:
    """The answer to AskUserQuestion: `answers` maps each question to its label, labels or text."""
    updated = {**call.input, "answers": dict(answers)}
    return _output("PermissionRequest", decision={"behavior": "allow", "updatedInput": updated})


def _output(event: str, **fields: object) -> Json:
    return {"hookSpecificOutput": {"hookEventName": event, **fields}}


def _options(given: object) -> tuple[Option, ...]:
    if not isinstance(given, list):
        return ()
    return tuple(
        Option(label=text_in(one, "label"), description=text_in(one, "description"))
        for one in given
        if isinstance(one, dict) and text_in(one, "label")
    )
