"""One session of the scripted agent: messages come in, the turns of the script are played."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeVar
from uuid import uuid4

from coffee_maker.claude.scripted.dialog import (
    Dialog,
    choice_dialog,
    limit_dialog,
    permission_dialog,
    trust_dialog,
)
from coffee_maker.claude.scripted.hooks import Hooks, Payload, decision
from coffee_maker.claude.scripted.record import Record
from coffee_maker.claude.scripted.script import Script, Step
from coffee_maker.claude.scripted.terminal import Key, Terminal, input_rows
from coffee_maker.claude.scripted.tools import Done, tool_call, use_tool

T = TypeVar("T")
_MOST_STOP_HOOK_ROUNDS = 8
_DENIED = "The user doesn't want to proceed with this tool use. The tool use was rejected."


class Interrupted(Exception):
    """The person at the terminal stopped the turn."""


class Left(Exception):
    """The person at the terminal ended the session."""


class Refused(Exception):
    """A tool call was not allowed; the text says why, for the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What every hook is told about the session."""

    session: str
    cwd: Path
    mode: str


class Player:
    """Plays a script in a terminal, and says so to hooks and transcript as Claude Code does."""

    def __init__(
        self,
        *,
        script: Script,
        terminal: Terminal,
        record: Record,
        hooks: Hooks,
        identity: Identity,
        place: tuple[int | None, int],
        banner: list[str],
    ) -> None:
        self._script = script
        self._terminal = terminal
        self._record = record
        self._hooks = hooks
        self._identity = identity
        self._task, self._turn = place
        self._log = banner
        self._box = ""
        self._queue: list[str] = []
        self._busy = False
        self._dialog: Dialog | None = None
        self._prompt_id = ""
        self._said = ""

    def trusted(self) -> bool:
        """Ask whether the folder is trusted; nothing happens before that."""
        return self._pick(trust_dialog(str(self._identity.cwd))) == [1]

    def run(self) -> None:
        """Until `/exit`."""
        while (message := self._next_message()) is not None:
            self._busy = True
            try:
                self._play(message)
            except Interrupted:
                self._log.append("  ⎿  Interrupted · What should Claude do instead?")
                self._record.user([{"type": "text", "text": "[Request interrupted by user]"}])
            self._busy = False
            self._record.finish()
        self._prompt_id = str(uuid4())
        self._hooks.send(self._payload("SessionEnd", reason="prompt_input_exit"))

    # keys and picture

    def _next_message(self) -> str | None:
        while not self._queue:
            self._draw()
            try:
                self._take(self._terminal.keys(3600))
            except Left:
                return None
        message = self._queue.pop(0)
        return None if message.strip() in {"/exit", "/quit"} else message

    def _take(self, keys: Iterable[Key]) -> None:
        for key in keys:
            if key.name in {"escape", "interrupt"}:
                if self._busy:
                    raise Interrupted
                if key.name == "interrupt" and not self._box:
                    raise Left
                self._box = ""
            elif key.name == "backspace":
                self._box = self._box[:-1]
            elif key.name == "enter" and self._box.strip():
                self._queue.append(self._box)
                self._box = ""
            elif key.name == "text":
                self._box += key.text

    def _pump(self, seconds: float) -> None:
        before = self._box
        self._take(self._terminal.keys(seconds))
        if self._box != before:
            self._draw()

    def _draw(self) -> None:
        rule = self._terminal.rule()
        if self._dialog:
            below = [rule, *self._dialog.rows()]
        else:
            hint = "esc to interrupt" if self._busy else "? for shortcuts"
            working = ["", "✻ Working…"] if self._busy else []
            foot = f"  {self._identity.mode} mode on · {hint}"
            below = [*working, rule, *input_rows(self._box), rule, foot]
        self._terminal.draw(self._log, below)

    def _pick(self, dialog: Dialog, until: Callable[[], bool] = lambda: False) -> list[int] | None:
        """Rows picked in a dialog; None where `until` came true first."""
        self._dialog = dialog
        try:
            while not until():
                self._draw()
                for key in self._terminal.keys(3600):
                    picked = dialog.press(key)
                    if picked is not None:
                        return picked
        finally:
            self._dialog = None
            self._draw()
        return None

    # hooks

    def _payload(self, event: str, **fields: object) -> Payload:
        return {
            "session_id": self._identity.session,
            "transcript_path": str(self._record.path),
            "cwd": str(self._identity.cwd),
            "prompt_id": self._prompt_id,
            "permission_mode": self._identity.mode,
            "hook_event_name": event,
            **fields,
        }

    def _aside(self, work: Callable[[], T]) -> list[T]:
        """Do something beside the keyboard; its result will be in the list."""
        result: list[T] = []

        def run() -> None:
            result.append(work())
            self._terminal.wake()

        threading.Thread(target=run, daemon=True).start()
        return result

    def _hook(self, event: str, **fields: object) -> Payload:
        """Tell of an event and wait for the answer; Esc ends the wait."""
        payload = self._payload(event, **fields)
        answers = self._aside(lambda: self._hooks.send(payload))
        while not answers:
            self._pump(3600)
        return decision(answers[0])

    # turns

    def _play(self, message: str) -> None:
        self._prompt_id = str(uuid4())
        self._log += ["", *(f"{'❯' if n == 0 else ' '} {line}" for n, line in _lines(message))]
        self._record.user(message, permissionMode=self._identity.mode)
        self._draw()
        self._hook("UserPromptSubmit", prompt=message)
        for rounds in range(_MOST_STOP_HOOK_ROUNDS + 1):
            self._said = ""
            if not self._steps(self._next_turn(message)):
                return
            answer = self._hook(
                "Stop",
                stop_hook_active=rounds > 0,
                last_assistant_message=self._said,
                background_tasks=[],
                session_crons=[],
            )
            if answer.get("decision") != "block":
                return
            message = str(answer.get("reason", ""))
            self._record.user(f"Stop hook feedback:\n{message}", isMeta=True)

    def _next_turn(self, message: str) -> tuple[Step, ...]:
        if self._task is None:
            self._task = self._script.find(message)
        if self._task is None:
            return (_say("No task of the script matches this prompt."),)
        turns = self._script.tasks[self._task].turns
        self._turn += 1
        self._record.place(self._task, self._turn)
        if self._turn > len(turns):
            return (_say("The script has no further turn for this session."),)
        return turns[self._turn - 1]

    def _steps(self, steps: tuple[Step, ...]) -> bool:
        """Play one turn; False where it failed, so that it does not end like others."""
        for step in steps:
            if self._step(step):
                self._record.finish()
                return False
            self._draw()
        self._record.finish()
        return True

    def _step(self, step: Step) -> bool:
        match step.verb:
            case "say" | "ask":
                self._say(str(step.value))
            case "think":
                end = time.monotonic() + float(str(step.value))
                while (left := end - time.monotonic()) > 0:
                    self._pump(left)
            case "tokens" if isinstance(step.value, dict):
                self._record.begin(step.value)
            case "limit":
                self._fail("rate_limit", str(step.value))
                if step.rest.get("dialog"):
                    self._pick(limit_dialog())
                return True
            case "error":
                kind = str(step.value)
                self._fail(kind, step.text("message", f"API Error: {kind}"))
                return True
            case "hang":
                _hang(stubborn=bool(step.rest.get("stubborn")))
            case "crash":
                _crash(step.value)
            case _:
                self._use(step)
        return False

    def _say(self, text: str) -> None:
        self._said = text
        self._log += ["", *(f"{'●' if n == 0 else ' '} {line}" for n, line in _lines(text))]
        self._record.assistant({"type": "text", "text": text})

    def _fail(self, kind: str, text: str) -> None:
        self._log += ["", f"  ⎿  {text}"]
        self._record.failure(kind, text)
        self._draw()
        self._hook("StopFailure", error=kind, last_assistant_message=text)

    # tools

    def _use(self, step: Step) -> None:
        tool, given = tool_call(step, self._identity.cwd)
        call = f"toolu_{uuid4().hex[:24]}"
        self._record.assistant({"type": "tool_use", "id": call, "name": tool, "input": given})
        subject = step.value if isinstance(step.value, str) else "…"
        self._log += ["", f"● {tool}({subject[:60]})"]
        self._draw()
        about: Payload = {"tool_name": tool, "tool_use_id": call}
        asks = step.rest.get("permission", "ask" if step.verb == "use" else "none") == "ask"
        try:
            given = self._allowed(tool, given, about, asks=asks or step.verb == "choose")
        except Refused as refusal:
            self._result(call, Done(text=str(refusal), response="", failed=True))
            return
        except Interrupted:
            self._result(call, Done(text=_DENIED, response="", failed=True))
            raise
        begun = time.monotonic()
        done = use_tool(
            tool, given, cwd=self._identity.cwd, step=step, waiting=lambda: self._pump(0)
        )
        self._result(call, done)
        about |= {"tool_input": given, "duration_ms": round(1000 * (time.monotonic() - begun))}
        if done.failed:
            self._hook("PostToolUseFailure", error=done.text, is_interrupt=False, **about)
        else:
            self._hook("PostToolUse", tool_response=done.response, **about)

    def _result(self, call: str, done: Done) -> None:
        shown = done.text.splitlines()[:3] or [""]
        self._log += [f"  ⎿  {'Error: ' if done.failed else ''}{shown[0]}", *shown[1:]]
        content: dict[str, object] = {
            "tool_use_id": call,
            "type": "tool_result",
            "content": done.text,
            "is_error": done.failed,
        }
        self._record.user([content], toolUseResult=done.response)

    def _allowed(self, tool: str, given: Payload, about: Payload, *, asks: bool) -> Payload:
        """The input to use the tool with. Raises Refused, or Interrupted for No at the terminal."""
        answer = self._hook("PreToolUse", tool_input=given, **about)
        given = _updated(answer, given)
        verdict = answer.get("permissionDecision")
        if verdict == "deny" or answer.get("decision") == "block":
            reason = answer.get("permissionDecisionReason") or answer.get("reason")
            raise Refused(str(reason or _DENIED))
        asks = asks and (self._identity.mode != "bypassPermissions" or tool == "AskUserQuestion")
        if verdict == "allow" or not (asks or verdict == "ask"):
            return given
        return self._asked(tool, given)

    def _asked(self, tool: str, given: Payload) -> Payload:
        payload = self._payload("PermissionRequest", tool_name=tool, tool_input=given)
        answers = self._aside(lambda: self._hooks.send(payload))

        def decided() -> bool:
            return bool(answers and decision(answers[0]).get("behavior"))

        picked = self._answers_picked(tool, given, decided)
        if picked is not None:
            return picked
        answer = decision(answers[0])
        if answer["behavior"] == "allow":
            return _updated(answer, given)
        if answer.get("interrupt"):
            raise Interrupted
        raise Refused(str(answer.get("message") or _DENIED))

    def _answers_picked(
        self, tool: str, given: Payload, decided: Callable[[], bool]
    ) -> Payload | None:
        """What was picked at the terminal; None where a hook was first."""
        if tool != "AskUserQuestion":
            picked = self._pick(permission_dialog(tool, given), decided)
            if picked not in (None, [0]):
                raise Interrupted
            return None if picked is None else given
        answers: dict[str, str] = {}
        questions = given["questions"]
        for question in questions if isinstance(questions, list) else []:
            dialog = choice_dialog(question)
            picked = self._pick(dialog, decided)
            if picked is None:
                return None
            if not picked:
                raise Interrupted
            answers[str(question["question"])] = ", ".join(dialog.options[n] for n in picked)
        return {**given, "answers": answers}


def _say(text: str) -> Step:
    return Step(verb="say", value=text, rest={})


def _lines(text: str) -> list[tuple[int, str]]:
    return list(enumerate(text.split("\n")))


def _updated(answer: Payload, given: Payload) -> Payload:
    updated = answer.get("updatedInput")
    return dict(updated) if isinstance(updated, dict) else given


def _hang(*, stubborn: bool) -> NoReturn:
    if stubborn:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
    while True:
        time.sleep(3600)


def _crash(how: object) -> NoReturn:
    if isinstance(how, str):
        os.kill(os.getpid(), signal.Signals[how])
        time.sleep(1)
    os._exit(how if isinstance(how, int) else 1)
