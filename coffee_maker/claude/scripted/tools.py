"""The scripted agent's tools: what a step asks for as a tool call, and the doing of it."""

import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from coffee_maker.claude.scripted.script import Step

Input = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a tool returned: text for the model, a structure for hooks, and whether it failed."""

    text: str
    response: object
    failed: bool = False


def tool_call(step: Step, cwd: Path) -> tuple[str, Input]:
    """The tool and its input, as Claude Code would name them."""
    path = cwd / str(step.value)
    match step.verb:
        case "write":
            return "Write", {"file_path": str(path), "content": step.text("content")}
        case "append":
            return "Write", {"file_path": str(path), "content": _text(path) + step.text("content")}
        case "edit":
            old, new = step.text("old"), step.text("new")
            return "Edit", {"file_path": str(path), "old_string": old, "new_string": new}
        case "choose":
            return "AskUserQuestion", {"questions": step.value}
        case "use":
            given = step.rest.get("input")
            return str(step.value), dict(given) if isinstance(given, dict) else {}
    return "Bash", _command(step)


def _command(step: Step) -> Input:
    command, description = str(step.value), "Run a command"
    if step.verb == "delete":
        command, description = f"rm -rf -- {shlex.quote(command)}", f"Delete {command}"
    call: Input = {"command": command, "description": step.text("description", description)}
    if step.verb == "background":
        call["run_in_background"] = True
    return call


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def use_tool(
    tool: str, given: Input, *, cwd: Path, step: Step, waiting: Callable[[], None]
) -> Done:
    """Do it. `waiting` is called again and again while a command runs, and may raise."""
    result = step.text("result", "done")
    done = Done(text=result, response=result)
    try:
        match tool:
            case "Write":
                done = _write(Path(str(given["file_path"])), str(given["content"]))
            case "Edit":
                done = _edit(given)
            case "Bash" if given.get("run_in_background"):
                done = _background(str(given["command"]), cwd)
            case "Bash":
                limit = float(str(step.rest.get("timeout", 600)))
                done = _run(str(given["command"]), cwd, limit, waiting)
            case "AskUserQuestion":
                done = _answered(given)
    except (OSError, UnicodeError, KeyError) as error:
        return Done(text=str(error), response=str(error), failed=True)
    return done


def _write(path: Path, content: str) -> Done:
    before = _text(path) if path.exists() else None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    made = "created" if before is None else "updated"
    response: Input = {
        "type": "create" if before is None else "update",
        "filePath": str(path),
        "content": content,
        "structuredPatch": [],
        "originalFile": before,
        "userModified": False,
    }
    return Done(text=f"File {made} successfully at: {path}", response=response)


def _edit(given: Input) -> Done:
    path = Path(str(given["file_path"]))
    old, new = str(given["old_string"]), str(given["new_string"])
    before = path.read_text(encoding="utf-8")
    if old not in before:
        return Done(text=f"String to replace not found in {path}", response="", failed=True)
    path.write_text(before.replace(old, new, 1), encoding="utf-8")
    response = {"filePath": str(path), "oldString": old, "newString": new, "replaceAll": False}
    return Done(text=f"The file {path} has been updated successfully.", response=response)


def _start(command: str, cwd: Path, output: IO[bytes] | int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["/bin/sh", "-c", command],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env={**os.environ, "CLAUDECODE": "1"},
        start_new_session=True,  # as the real program does: a command has a group of its own
    )


def _background(command: str, cwd: Path) -> Done:
    started = _start(command, cwd, subprocess.DEVNULL)
    text = f"Command running in background with ID: {started.pid}"
    started.returncode = 0  # it is meant to outlive us: no warning that nobody waited for it
    return Done(text=text, response={"stdout": text, "stderr": "", "interrupted": False})


def _run(command: str, cwd: Path, limit: float, waiting: Callable[[], None]) -> Done:
    # A file, not a pipe: a pipe ends only when everything that inherited it has ended.
    with tempfile.TemporaryFile() as output:
        process = _start(command, cwd, output)
        code = _wait(process, limit, waiting)
        output.seek(0)
        text = output.read().decode("utf-8", "replace").rstrip("\n")
    response = {"stdout": text, "stderr": "", "interrupted": code is None, "isImage": False}
    if code == 0:
        return Done(text=text or "(Bash completed with no output)", response=response)
    what = f"Exit code {code}" if code is not None else f"Command timed out after {limit:g} s"
    return Done(text=f"{what}\n{text}".rstrip(), response=response, failed=True)


def _wait(
    process: subprocess.Popen[bytes], limit: float, waiting: Callable[[], None]
) -> int | None:
    left = limit
    try:
        while left > 0:
            try:
                return process.wait(0.02)
            except subprocess.TimeoutExpired:
                left -= 0.02
                waiting()
    except BaseException:
        _end(process)
        raise
    _end(process)
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _answered(given: Input) -> Done:
    answers = given.get("answers")
    pairs = answers if isinstance(answers, dict) else {}
    spoken = ", ".join(f'"{question}"="{answer}"' for question, answer in pairs.items())
    return Done(
        text=f"Your questions have been answered: {spoken}.",
        response={"questions": given.get("questions"), "answers": pairs},
    )
