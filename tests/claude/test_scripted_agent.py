"""The scripted agent in a real terminal, with a real hook server."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest

from coffee_maker.claude.scripted.agent import command
from coffee_maker.claude.transcript import TranscriptReader
from coffee_maker.claude.transcript_folder import session_transcript
from coffee_maker.domain.usage import Tally, TokenCount
from tests.support.agent_in_pty import AgentInPty
from tests.support.hook_server import HookServer, Payload, hook_server

ALLOW = {"behavior": "allow"}


def permission(decision: Payload) -> Payload:
    return {"hookSpecificOutput": {"hookEventName": "PermissionRequest", "decision": decision}}


def before_tool(**fields: object) -> Payload:
    return {"hookSpecificOutput": {"hookEventName": "PreToolUse", **fields}}


class Stage:
    """A folder, a hook server, and agents that are started on them."""

    def __init__(self, tmp_path: Path, home: Path, hooks: HookServer) -> None:
        self.cwd, self.home, self.hooks = tmp_path / "work", home, hooks
        self.session = str(uuid4())
        self._agents: list[AgentInPty] = []
        self.cwd.mkdir()
        self._script = tmp_path / "script.json"
        self._settings = tmp_path / "settings.json"
        self._settings.write_text(json.dumps(hooks.settings()))

    def play(self, *turns: list[Any], trust: bool = False) -> AgentInPty:
        content = {"trust": trust, "tasks": [{"match": "task", "turns": list(turns)}]}
        self._script.write_text(json.dumps(content))
        return self.start("--session-id", self.session)

    def start(self, *arguments: str, ready: bool = True) -> AgentInPty:
        agent = AgentInPty(
            [*command(self._script), "--settings", str(self._settings), *arguments],
            cwd=self.cwd,
            environment={
                "HOME": str(self.home),
                "PATH": os.environ["PATH"],
                "TERM": "xterm-256color",
                "LANG": "C.UTF-8",
                "HOOK_TOKEN": "sesame",
            },
        )
        self._agents.append(agent)
        if ready:
            agent.wait_for("❯")
        return agent

    def transcript(self) -> Path:
        return session_transcript(self.home / ".claude", self.cwd, self.session)

    def results(self) -> list[str]:
        """What tools returned, according to the transcript."""
        lines = [json.loads(line) for line in self.transcript().read_text().splitlines()]
        contents = [line["message"]["content"] for line in lines if line["type"] == "user"]
        blocks = [block for content in contents if isinstance(content, list) for block in content]
        return [str(block.get("content", block.get("text"))) for block in blocks]

    def close(self) -> None:
        for agent in self._agents:
            agent.close()


@pytest.fixture
def stage(tmp_path: Path, clean_environment: Path) -> Iterator[Stage]:
    with hook_server() as hooks:
        stage = Stage(tmp_path, clean_environment, hooks)
        yield stage
        stage.close()


def test_a_turn_is_played_and_told(stage: Stage) -> None:
    """Screen, hooks, files and transcript tell of the same turn."""
    agent = stage.play(
        [
            "I begin.",
            {"write": "src/app.py", "content": "one = 1\n"},
            {"edit": "src/app.py", "old": "one", "new": "two"},
            {"append": "src/app.py", "content": "three = 3\n"},
            {"run": "cat src/app.py; pwd"},
            {"delete": "src/app.py"},
            "All done.",
        ]
    )
    agent.paste("The task:\ndo it")
    stage.hooks.wait_for("Stop")
    text = agent.wait_for("? for shortcuts")

    tools = ["PreToolUse", "PostToolUse"] * 5
    assert ["UserPromptSubmit", *tools, "Stop"] == stage.hooks.events()
    assert ["Write", "Edit", "Write", "Bash", "Bash"] == [
        seen["tool_name"] for seen in stage.hooks.seen if seen["hook_event_name"] == "PreToolUse"
    ]
    assert f"two = 1\nthree = 3\n{stage.cwd}" == stage.results()[3]
    assert not (stage.cwd / "src" / "app.py").exists()
    assert "● I begin." in text
    assert "● All done." in text


def test_hooks_are_told_what_the_real_program_tells(stage: Stage) -> None:
    """Fields, transcript path and the header with a token from the environment; no other one."""
    agent = stage.play([{"run": "echo hi", "description": "Greet"}, "Bye."])
    agent.paste("task")
    stop = stage.hooks.wait_for("Stop")
    before = stage.hooks.wait_for("PreToolUse")
    after = stage.hooks.wait_for("PostToolUse")

    common = {
        "session_id": stage.session,
        "transcript_path": str(stage.transcript()),
        "cwd": str(stage.cwd),
        "permission_mode": "default",
        "prompt_id": stop["prompt_id"],
    }
    assert before == {
        **common,
        "hook_event_name": "PreToolUse",
        "tool_name": "Bash",
        "tool_input": {"command": "echo hi", "description": "Greet"},
        "tool_use_id": before["tool_use_id"],
    }
    assert "hi" == after["tool_response"]["stdout"]
    assert before["tool_use_id"] == after["tool_use_id"]
    assert "task" == stage.hooks.wait_for("UserPromptSubmit")["prompt"]
    assert ("Bye.", False) == (stop["last_assistant_message"], stop["stop_hook_active"])
    assert {"Bearer sesame"} == set(stage.hooks.tokens)


def test_a_refusal_before_the_tool_is_obeyed(stage: Stage) -> None:
    """The tool does not run, its reason reaches the model, and the turn goes on."""
    stage.hooks.answers["PreToolUse"] = lambda _: before_tool(
        permissionDecision="deny", permissionDecisionReason="never push"
    )
    agent = stage.play([{"run": "touch done"}, "On I go."])
    agent.paste("task")

    assert "On I go." == stage.hooks.wait_for("Stop")["last_assistant_message"]
    assert ["never push"] == stage.results()
    assert not (stage.cwd / "done").exists()
    assert "PostToolUse" not in stage.hooks.events()


@pytest.mark.parametrize(
    ("decision", "done", "result"),
    [
        (ALLOW, True, "(Bash completed with no output)"),
        ({"behavior": "deny", "message": "not today"}, False, "not today"),
        ({"behavior": "allow", "updatedInput": {"command": "echo other"}}, False, "other"),
    ],
)
def test_a_permission_is_decided_by_the_hook(
    decision: Payload, done: bool, result: str, stage: Stage
) -> None:
    """Allow, deny with a reason, and allow with another input."""
    stage.hooks.answers["PermissionRequest"] = lambda _: permission(decision)
    agent = stage.play([{"run": "touch done", "permission": "ask"}])
    agent.paste("task")
    stage.hooks.wait_for("Stop")

    assert [result] == stage.results()
    assert done == (stage.cwd / "done").exists()


def test_a_permission_that_was_given_before_opens_no_dialog(stage: Stage) -> None:
    """PreToolUse may allow outright."""
    stage.hooks.answers["PreToolUse"] = lambda _: before_tool(permissionDecision="allow")
    agent = stage.play([{"run": "touch done", "permission": "ask"}])
    agent.paste("task")
    stage.hooks.wait_for("Stop")

    assert "PermissionRequest" not in stage.hooks.events()
    assert (stage.cwd / "done").exists()


def late(stage: Stage, decision: Payload) -> Callable[[Payload], Payload]:
    """A decision that comes once the person at the terminal had all the time needed."""

    def answer(_: Payload) -> Payload:
        stage.hooks.wait_for("Stop")
        return permission(decision)

    return answer


def test_a_key_at_the_terminal_wins_over_a_later_answer(stage: Stage) -> None:
    """Whoever is first has answered."""
    stage.hooks.answers["PermissionRequest"] = late(stage, {"behavior": "deny"})
    agent = stage.play([{"run": "touch done", "permission": "ask"}, "Done."])
    agent.paste("task")
    agent.wait_for("Do you want to proceed?")
    stage.hooks.wait_for("PermissionRequest")
    agent.send("1")
    stage.hooks.wait_for("Stop")

    assert (stage.cwd / "done").exists()


def test_no_at_the_terminal_ends_the_turn(stage: Stage) -> None:
    """As in the real program: nothing is told but what the screen says."""
    agent = stage.play([{"run": "touch done", "permission": "ask"}, "On."], ["Next."])
    stage.hooks.answers["PermissionRequest"] = lambda _: time.sleep(0.5)
    agent.paste("task")
    agent.wait_for("Do you want to proceed?")
    agent.send("\x1b[B\r")
    agent.wait_for("Interrupted")
    agent.paste("go on")

    assert "Next." == stage.hooks.wait_for("Stop")["last_assistant_message"]
    assert 1 == stage.hooks.events().count("Stop")
    assert not (stage.cwd / "done").exists()


CHOICE = {"choose": "Which colour?", "options": ["Red", "Blue"], "header": "Colour"}


def answer_blue(payload: Payload) -> Payload:
    updated = {**payload["tool_input"], "answers": {"Which colour?": "Blue"}}
    if payload["hook_event_name"] == "PreToolUse":
        return before_tool(permissionDecision="allow", updatedInput=updated)
    return permission({"behavior": "allow", "updatedInput": updated})


@pytest.mark.parametrize("event", ["PreToolUse", "PermissionRequest"])
def test_a_choice_is_answered_by_a_hook(event: str, stage: Stage) -> None:
    """Both hooks may choose, and the answer reaches the model."""
    stage.hooks.answers[event] = answer_blue
    agent = stage.play([CHOICE])
    agent.paste("task")
    stage.hooks.wait_for("Stop")

    asked = stage.hooks.wait_for("PreToolUse")["tool_input"]["questions"]
    options = [{"label": label, "description": ""} for label in ("Red", "Blue")]
    assert [
        {
            "question": "Which colour?",
            "header": "Colour",
            "options": options,
            "multiSelect": False,
        }
    ] == asked
    assert ['Your questions have been answered: "Which colour?"="Blue".'] == stage.results()


def test_choices_are_answered_with_keys(stage: Stage) -> None:
    """One key for one of them; several are ticked and confirmed."""
    several = {"question": "Which ones?", "options": ["a", "b", "c"], "multiple": True}
    one = {"question": "Which colour?", "options": ["Red", "Blue"]}
    stage.hooks.answers["PermissionRequest"] = late(stage, {"behavior": "deny"})
    agent = stage.play([{"choose": [one, several]}])
    agent.paste("task")
    agent.wait_for("Which colour?")
    agent.send("2")
    agent.wait_for("Which ones?")
    agent.send("13\r")
    stage.hooks.wait_for("Stop")

    answered = stage.hooks.wait_for("PostToolUse")["tool_input"]["answers"]
    assert {"Which colour?": "Blue", "Which ones?": "a, c"} == answered


def test_a_question_in_words_ends_the_turn_and_the_reply_plays_the_next(stage: Stage) -> None:
    """A free-text question is a message like any other."""
    agent = stage.play([{"ask": "Should I?"}], ["As you like."])
    agent.paste("task")
    first = stage.hooks.wait_for("Stop")
    agent.wait_for("? for shortcuts")
    agent.paste("no")

    assert "Should I?" == first["last_assistant_message"]
    assert "As you like." == stage.hooks.wait_for("Stop", times=2)["last_assistant_message"]


def test_a_stop_hook_that_blocks_goes_on_in_the_same_turn(stage: Stage) -> None:
    """Its reason takes the place of a message."""
    stage.hooks.answers["Stop"] = lambda payload: (
        None if payload["stop_hook_active"] else {"decision": "block", "reason": "tests fail"}
    )
    agent = stage.play(["Done."], ["Mended."])
    agent.paste("task")

    assert "Mended." == stage.hooks.wait_for("Stop", times=2)["last_assistant_message"]
    assert 1 == stage.hooks.events().count("UserPromptSubmit")


def test_tokens_are_counted_as_the_script_says(stage: Stage) -> None:
    """Repeated and growing lines are one answer; one without words is an answer too."""
    first = {"input": 1200, "output": 340, "cache_write_5m": 5, "cache_write_1h": 7}
    second = {"output": 3, "cache_read": 9, "web_searches": 2, "model": "claude-haiku-5-5"}
    agent = stage.play(
        [
            {"tokens": {**first, "repeat": 3, "growing": True}},
            "I begin.",
            {"run": "true"},
            {"tokens": second},
        ],
        ["Nothing counted here."],
    )
    agent.paste("task")
    stage.hooks.wait_for("Stop")
    agent.wait_for("? for shortcuts")
    agent.paste("more")
    stage.hooks.wait_for("Stop", times=2)
    told = list(TranscriptReader(stage.transcript()).read_new())

    assert {
        "claude-sonnet-5": TokenCount(**first),
        "claude-haiku-5-5": TokenCount(output=3, cache_read=9, web_searches=2),
    } == Tally(told).per_model()
    assert {stage.session} == {answer.session for answer in told}
    assert 2 == len(Tally(told).answers)


@pytest.mark.parametrize(
    ("step", "error", "message"),
    [
        ({"limit": "You've hit your limit"}, "rate_limit", "You've hit your limit"),
        ({"error": "overloaded"}, "overloaded", "API Error: overloaded"),
        ({"error": "billing_error", "message": "Too low"}, "billing_error", "Too low"),
    ],
)
def test_failures_end_the_turn_and_nothing_is_counted(
    step: Payload, error: str, message: str, stage: Stage
) -> None:
    """StopFailure names the kind, the screen shows the words, and another message may follow."""
    agent = stage.play([step, "never said"], ["Back again."])
    agent.paste("task")
    failure = stage.hooks.wait_for("StopFailure")
    assert message in agent.wait_for("? for shortcuts")
    agent.paste("go on")
    stage.hooks.wait_for("Stop")

    assert (error, message) == (failure["error"], failure["last_assistant_message"])
    assert 1 == stage.hooks.events().count("Stop")
    assert [] == list(TranscriptReader(stage.transcript()).read_new())


def test_the_limit_may_open_a_dialog(stage: Stage) -> None:
    """One version of the real program asks what to do next."""
    agent = stage.play([{"limit": "spent", "dialog": True}])
    agent.paste("task")
    agent.wait_for("Stop and wait for limit to reset")
    agent.send("\r")

    agent.wait_for("? for shortcuts")


def test_escape_stops_a_turn_and_its_command(stage: Stage) -> None:
    """Nothing of the command runs on, and no Stop is told."""
    agent = stage.play([{"run": "echo $$ > pid; sleep 60"}], ["Next."])
    agent.paste("task")
    pid_file = stage.cwd / "pid"
    agent.wait_for(lambda _: pid_file.exists() and bool(pid_file.read_text()))
    agent.send("\x1b")
    agent.wait_for("Interrupted")

    assert not psutil.pid_exists(int(pid_file.read_text()))
    assert "Stop" not in stage.hooks.events()


def test_exit_says_how_to_go_on_and_resume_does(stage: Stage) -> None:
    """A resumed session plays its next turn, in the same transcript."""
    agent = stage.play(["First."], ["Second."])
    agent.paste("task")
    stage.hooks.wait_for("Stop")
    agent.wait_for("? for shortcuts")
    agent.send("/exit\r")
    assert 0 == agent.exit_code()
    assert f"claude --resume {stage.session}" in agent.text()
    assert "prompt_input_exit" == stage.hooks.wait_for("SessionEnd")["reason"]

    stage.start("--resume", stage.session).paste("and now?")
    assert "Second." == stage.hooks.wait_for("Stop", times=2)["last_assistant_message"]


def test_a_killed_session_is_resumed_behind_the_turn_it_died_in(stage: Stage) -> None:
    """What was begun is not done twice."""
    agent = stage.play([{"crash": "SIGKILL"}], ["Second."])
    agent.paste("task")
    assert -signal.SIGKILL == agent.exit_code()
    stage.start("--resume", stage.session).paste("and now?")

    assert "Second." == stage.hooks.wait_for("Stop")["last_assistant_message"]


def test_a_crash_has_the_exit_code_of_the_script(stage: Stage) -> None:
    """Whoever watches can tell one from another."""
    agent = stage.play([{"crash": 7}])
    agent.paste("task")

    assert 7 == agent.exit_code()


def test_an_agent_that_hangs_answers_nothing_but_kill(stage: Stage) -> None:
    """Stubborn: a polite signal changes nothing."""
    agent = stage.play([{"hang": True, "stubborn": True}])
    agent.paste("task")
    stage.hooks.wait_for("UserPromptSubmit")
    time.sleep(0.2)
    os.kill(agent.pid, signal.SIGTERM)
    agent.send("\x1b")
    time.sleep(0.2)
    assert psutil.pid_exists(agent.pid)
    os.kill(agent.pid, signal.SIGKILL)

    assert -signal.SIGKILL == agent.exit_code()


def test_a_background_process_outlives_the_agent(stage: Stage) -> None:
    """So that tests can see who cleans up behind it."""
    agent = stage.play([{"background": "echo $$ > pid; exec sleep 60"}])
    agent.paste("task")
    stage.hooks.wait_for("Stop")
    pid_file = stage.cwd / "pid"
    agent.wait_for(lambda _: pid_file.exists() and bool(pid_file.read_text()))
    agent.wait_for("? for shortcuts")
    agent.send("/exit\r")
    agent.exit_code()
    left = psutil.Process(int(pid_file.read_text()))

    assert left.is_running()
    left.kill()


def test_thinking_takes_its_time(stage: Stage) -> None:
    """Meanwhile the screen says so, and what is typed waits for its turn."""
    agent = stage.play([{"think": 0.5}, "Thought."], ["Next."])
    agent.paste("task")
    agent.wait_for("esc to interrupt")
    agent.paste("go on")

    assert "Next." == stage.hooks.wait_for("Stop", times=2)["last_assistant_message"]


def test_a_prompt_that_fits_no_task_is_said(stage: Stage) -> None:
    """As is a message for which the script has no turn left."""
    agent = stage.play(["First."])
    agent.paste("something else")
    assert "No task of the script" in stage.hooks.wait_for("Stop")["last_assistant_message"]
    for times in (2, 3):
        agent.wait_for("? for shortcuts")
        agent.paste("the task")
        stage.hooks.wait_for("Stop", times=times)

    last = stage.hooks.wait_for("Stop", times=3)["last_assistant_message"]
    assert "The script has no further turn for this session." == last


@pytest.mark.parametrize(("keys", "code"), [("\r", 1), ("\x1b", 1)])
def test_a_folder_that_is_not_trusted_ends_the_session(keys: str, code: int, stage: Stage) -> None:
    """The row that leaves is preselected: a blind Enter does not let the agent in."""
    agent = stage.play(["Hello."], trust=True)
    agent.wait_for("Yes, I trust this folder")
    agent.send(keys)

    assert code == agent.exit_code()


def test_a_trusted_folder_is_worked_in(stage: Stage) -> None:
    """Move to the row, confirm, and the prompt comes up."""
    agent = stage.play(["Hello."], trust=True)
    agent.send("\x1b[B")
    agent.wait_for("❯ Yes, I trust this folder")
    agent.send("\r")
    agent.wait_for("? for shortcuts")


def test_long_pastes_are_folded_and_arrive_whole(stage: Stage) -> None:
    """The screen shows a mark; the message is the text itself, up to the last line."""
    text = "task\n" + "\n".join(f"line {n} — ü 💡" for n in range(500))
    agent = stage.play(["Read."])
    agent.send(f"\x1b[200~{text}\x1b[201~")
    agent.wait_for("[Pasted text #1 +500 lines]")
    agent.send("\r")

    assert text == stage.hooks.wait_for("UserPromptSubmit")["prompt"]


def test_hooks_that_cannot_be_reached_stop_nothing(stage: Stage) -> None:
    """As in the real program: a hook that is gone has said nothing."""
    stage.hooks.port = 1
    (stage.cwd.parent / "settings.json").write_text(json.dumps(stage.hooks.settings()))
    agent = stage.play([{"run": "touch done"}])
    agent.paste("task")

    agent.wait_for("completed with no output")
    assert (stage.cwd / "done").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--session-id", "42"], "Invalid session ID"),
        (["--resume", "00000000-0000-4000-8000-000000000000"], "No conversation found"),
        ([], "this program needs a terminal"),
        (["--settings", "none.json"], "cannot be used"),
    ],
)
def test_what_cannot_work_is_said_at_once(
    arguments: list[str], message: str, tmp_path: Path
) -> None:
    """On standard error, with exit code 1."""
    script = tmp_path / "s.toml"
    script.write_text("tasks = []")
    done = subprocess.run(
        [*command(script), *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        cwd=tmp_path,
    )

    assert (1, True) == (done.returncode, message in done.stderr), done.stderr


def test_it_needs_only_the_standard_library_and_says_its_version(tmp_path: Path) -> None:
    """Nothing that is installed is imported, whatever lies in the folder it works in."""
    script = tmp_path / "s.toml"
    script.write_text("tasks = []")
    (tmp_path / "json.py").write_text("raise SystemExit('not ours')")
    python, *rest = command(script)
    done = subprocess.run(
        [python, "-X", "importtime", *rest, "--version"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}

    assert "0.1.0-scripted (Claude Code)\n" == done.stdout
    assert not imported & {"msgspec", "pexpect", "pyte", "psutil", "click", "http.client", "json_"}
