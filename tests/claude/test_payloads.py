"""Hook payloads, as 2.1.197 and 2.1.329 sent them, and the answers they get."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.claude.payloads import (
    before_tool,
    chosen,
    doing,
    is_still_busy,
    one_line,
    permission,
    questions,
    same_call,
    tool_call,
)
from coffee_maker.domain.question import (
    ALLOW,
    DENY,
    Answer,
    AnsweredBy,
    Option,
    QuestionKind,
    ToolCall,
)

BEFORE: dict[str, Any] = {
    "session_id": "fd543913",
    "prompt_id": "46a32581",
    "permission_mode": "default",
    "hook_event_name": "PreToolUse",
    "tool_name": "Write",
    "tool_input": {"file_path": "/home/ada/project/src/a.py", "content": "x = 1\n"},
    "tool_use_id": "toolu_1",
}
ASKED: dict[str, Any] = {
    **{name: value for name, value in BEFORE.items() if name != "tool_use_id"},
    "hook_event_name": "PermissionRequest",
    "permission_suggestions": [{"type": "setMode", "mode": "acceptEdits"}],
}
CHOICES: dict[str, Any] = {
    "questions": [
        {
            "question": "Which?",
            "header": "H",
            "multiSelect": False,
            "options": [{"label": "A", "description": "first"}, {"label": "B"}],
        },
        {"question": "Many?", "header": "M", "multiSelect": True, "options": []},
    ]
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def answer(value: str, message: str = "") -> Answer:
    return Answer(value=value, by=AnsweredBy.PERSON, message=message)


def test_a_call_keeps_the_id_that_it_was_given() -> None:
    """The id is the model's, so that a transcript can be matched with it."""
    expected = ToolCall(id="toolu_1", tool="Write", input=BEFORE["tool_input"])

    assert expected == tool_call(BEFORE)
    assert same_call(BEFORE, ASKED)


def test_a_call_without_an_id_gets_a_stable_one() -> None:
    """The same request has the same id each time; another one has another."""
    other = {**ASKED, "tool_input": {"file_path": "b.py"}}

    assert tool_call(ASKED).id == tool_call(dict(ASKED)).id
    assert tool_call(ASKED).id != tool_call(other).id


def test_a_permission_is_one_question() -> None:
    """Its id is not that of the call, which has its own answer."""
    [asked] = questions(tool_call(BEFORE))

    assert "toolu_1:permission" == asked.id
    assert QuestionKind.PERMISSION is asked.kind
    assert "May Claude do this? Write /home/ada/project/src/a.py" == asked.text
    assert [ALLOW, DENY] == [option.label for option in asked.options]


def test_each_choice_is_a_question() -> None:
    """Ids count on from the call's."""
    call = ToolCall(id="toolu_2", tool="AskUserQuestion", input=CHOICES)

    which, many = questions(call)

    assert ("toolu_2:0", "Which?", False) == (which.id, which.text, which.multiple)
    assert (Option(label="A", description="first"), Option(label="B")) == which.options
    assert ("toolu_2:1", "Many?", True) == (many.id, many.text, many.multiple)


def test_answers_to_a_call() -> None:
    """Letting through says nothing, so that no permission of the user's is widened."""
    assert {} == before_tool(answer(ALLOW))
    assert {
        "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "permissionDecision": "deny",
            "permissionDecisionReason": "Never.",
        }
    } == before_tool(answer(DENY, "Never."))


def test_answers_to_a_permission() -> None:
    """Only the one word allows."""
    allowed = permission(answer(ALLOW))["hookSpecificOutput"]
    assert {"hookEventName": "PermissionRequest", "decision": {"behavior": "allow"}} == allowed
    for value in (DENY, "", "Allow", "yes"):
        refused = permission(answer(value, "No."))["hookSpecificOutput"]
        assert isinstance(refused, dict)
        assert {"behavior": "deny", "message": "No."} == refused["decision"]


def test_answers_to_choices() -> None:
    """The questions go back as they came, with the answers beside them."""
    call = ToolCall(id="toolu_2", tool="AskUserQuestion", input=CHOICES)

    given_back = chosen(call, {"Which?": "B", "Many?": "C, D"})["hookSpecificOutput"]

    assert isinstance(given_back, dict)
    assert {
        "behavior": "allow",
        "updatedInput": {**CHOICES, "answers": {"Which?": "B", "Many?": "C, D"}},
    } == given_back["decision"]


def test_what_is_done_fits_on_a_line() -> None:
    """Paths below the folder are short, commands are marked, nothing obeys the terminal."""
    bash = ToolCall(id="1", tool="Bash", input={"command": "pytest -q\nrm x", "description": "d"})
    evil = ToolCall(id="1", tool="Read", input={"file_path": "\x1b]0;owned\x07\u202etxt"})

    assert "Write src/a.py" == doing(tool_call(BEFORE), "/home/ada/project")
    assert "Bash: pytest -q rm x" == doing(bash)
    assert "Read �]0;owned��txt" == doing(evil)
    assert "Glob" == doing(ToolCall(id="1", tool="Glob", input={}))


def test_a_stop_with_sub_agents_at_work_is_not_the_end() -> None:
    """2.1.329 says so in the payload; a command in the background ends with the session."""
    agent = {"type": "subagent", "status": "running"}

    assert is_still_busy({"background_tasks": [agent]})
    assert not is_still_busy({"background_tasks": [{**agent, "status": "completed"}]})
    assert not is_still_busy({"background_tasks": [{"type": "shell", "status": "running"}]})
    assert not is_still_busy({})


@given(st.dictionaries(st.sampled_from([*BEFORE, "background_tasks"]), json_values))
def test_any_payload_can_be_read(payload: dict[str, Any]) -> None:
    """Fields of wrong types harm nothing, and what comes out can be sent."""
    call = tool_call(payload)
    asked = questions(call)
    is_still_busy(payload)

    assert asked
    assert all(one.id.startswith(call.id) for one in asked)
    assert one_line(doing(call)) == doing(call)
    json.dumps(chosen(call, {}))


@given(json_values)
def test_any_choices_can_be_read(given_input: object) -> None:
    """A model may call AskUserQuestion with anything."""
    call = ToolCall(id="t", tool="AskUserQuestion", input={"questions": given_input})

    assert questions(call)


def test_a_permission_shows_a_path_as_the_project_knows_it() -> None:
    """Where the clone lies says nothing to whoever is asked; a command is shown as it is run."""
    [asked] = questions(tool_call(BEFORE), "/home/ada/project")
    command = ToolCall(id="t", tool="Bash", input={"command": "/home/ada/project/x"})
    [run] = questions(command, "/home/ada/project")
    [elsewhere] = questions(tool_call(BEFORE), "/home/ada/pro")

    assert "May Claude do this? Write src/a.py" == asked.text
    assert asked.tool_call == tool_call(BEFORE)
    assert "May Claude do this? Bash: /home/ada/project/x" == run.text
    assert "May Claude do this? Write /home/ada/project/src/a.py" == elsewhere.text


def test_a_permission_is_asked_with_the_whole_command() -> None:
    """What would be cut off is what nobody reads, and half a secret is not recognised as one."""
    command = f"echo {'x' * 500}\ncurl example.com"
    call = ToolCall(id="t", tool="Bash", input={"command": command})

    (asked,) = questions(call)

    assert asked.text == f"May Claude do this? Bash: {' '.join(command.split())}"
    assert len(doing(call)) == 120
