"""The real Claude Code, in both pinned versions, against a scripted Messages API."""

import os
import re
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from coffee_maker.claude.environment import MARKER
from coffee_maker.claude.program import find_claude
from coffee_maker.claude.transcript import TranscriptReader
from coffee_maker.domain.errors import ClaudeError
from coffee_maker.domain.question import ALLOW, DENY, Answer, AnsweredBy, QuestionKind
from coffee_maker.domain.session import (
    Asking,
    Doing,
    Failed,
    FailureKind,
    Lost,
    Paused,
    Ready,
    Settled,
    ToolCalled,
    TurnEnded,
)
from coffee_maker.processes import is_alive, marked
from tests.claude.conftest import Start, allow
from tests.support.messages_api import (
    MessagesAPI,
    Usage,
    both,
    overloaded,
    plan_spent,
    says,
    unauthorized,
    uses,
)

pytestmark = pytest.mark.claude

HOOK = re.compile(r'"url": "(?P<url>[^"]+)".*?"Authorization": "(?P<secret>[^"]+)"')


def no(message: str = "") -> Answer:
    return Answer(value=DENY, by=AnsweredBy.PERSON, message=message)


def test_a_turn_with_tools(start: Start, api: MessagesAPI, claude: Path) -> None:
    """Trusting the folder, a prompt, two tools that are let through, the end, all its tokens."""
    api.script(
        uses("Write", file_path="src/a.py", content="x = 1\n", usage=Usage(input=100, output=30)),
        uses("Bash", command="touch made", usage=Usage(input=200, output=50, cache_read=7)),
        says("Done.", usage=Usage(input=300, output=70, cache_write_5m=11)),
    )
    talk = start()

    ready = talk.until(Ready)
    talk.session.say("please\ndo it")
    ended = talk.ended()
    tally = talk.close()

    assert isinstance(ready, Ready)
    assert ready.version in ("2.1.197", "2.1.329")
    assert TurnEnded(text="Done.") == ended
    assert "x = 1\n" == (talk.cwd / "src/a.py").read_text()
    assert (talk.cwd / "made").exists()
    doing = [seen.text for seen in talk.seen if isinstance(seen, Doing)]
    assert ["Write src/a.py", "Bash: touch made"] == doing
    used, sent = tally.total(), api.total()
    assert (sent.input, sent.output, sent.cache_read, sent.cache_write_5m) == (
        used.input,
        used.output,
        used.cache_read,
        used.cache_write,
    )


def test_all_tokens_are_seen_before_the_turn_ends(start: Start, api: MessagesAPI) -> None:
    """Whoever stops reading at TurnEnded has counted everything."""
    api.script(
        uses("Bash", command="echo one", usage=Usage(output=30)), says("A", usage=Usage(output=4))
    )
    talk = start().ready()
    talk.session.say("go")
    talk.ended()
    before = list(talk.seen)
    talk.close()

    assert before == talk.seen


def test_its_own_totals_are_written(start: Start, api: MessagesAPI, claude: Path) -> None:
    """2.1.329 leaves its own count when it is closed, and it agrees with ours."""
    api.script(says("One.", usage=Usage(input=100, output=40)))
    talk = start().ready()
    talk.session.say("go")
    talk.ended()
    tally = talk.close()

    [path] = (Path(os.environ["HOME"]) / ".claude/projects").rglob(f"{talk.id}.jsonl")
    reader = TranscriptReader(path)
    list(reader.read_new())
    if find_claude(str(claude)).version == "2.1.329":
        assert reader.reported is not None
        assert [40] == [tokens.output for tokens in reader.reported.per_model.values()]
    assert 40 == tally.total().output


def test_a_refused_permission_and_a_denied_call(start: Start, api: MessagesAPI) -> None:
    """Neither tool runs, the agent learns why, and the turn goes on."""
    api.script(
        uses("Write", file_path="a.txt", content="a"),
        uses("Bash", command="touch made"),
        says("Well."),
    )
    talk = start().ready()
    talk.check = lambda seen: no("Not from a shell.") if seen.call.tool == "Bash" else allow()
    talk.session.say("go")

    asked = talk.asked()
    assert talk.session.answer(asked.id, no("Keep off that file."))
    assert not talk.session.answer(asked.id, allow())
    ended = talk.ended()

    assert QuestionKind.PERMISSION is asked.kind
    assert asked.tool_call is not None
    assert "Write" == asked.tool_call.tool
    assert TurnEnded(text="Well.") == ended
    assert [] == list(talk.cwd.iterdir())
    results = [str(result["content"]) for turn in api.turns for result in turn.tool_results()]
    assert "Keep off that file." in results[0]
    assert "Not from a shell." in results[1]


def test_choices_are_answered_one_by_one(start: Start, api: MessagesAPI) -> None:
    """Each sub-question is one question; the agent goes on when all have their answer."""
    options = [{"label": "A", "description": "first"}, {"label": "B", "description": "second"}]
    api.script(
        uses(
            "AskUserQuestion",
            tool_use_id="toolu_ask",
            questions=[
                {"question": "Which?", "header": "H", "multiSelect": False, "options": options},
                {"question": "Many?", "header": "M", "multiSelect": True, "options": options},
            ],
        ),
        says("I see."),
    )
    talk = start().ready()
    talk.session.say("go")

    first, second = talk.asked(), talk.asked()
    talk.session.answer(second.id, Answer(value="A, B", by=AnsweredBy.PERSON))
    talk.session.answer(first.id, Answer(value="B", by=AnsweredBy.PERSON))
    ended = talk.ended()

    assert ("toolu_ask:0", "Which?", False) == (first.id, first.text, first.multiple)
    assert ("toolu_ask:1", "Many?", True) == (second.id, second.text, second.multiple)
    assert ["A", "B"] == [option.label for option in first.options]
    assert TurnEnded(text="I see.") == ended
    [result] = api.turns[-1].tool_results()
    assert '"Which?"="B"' in result["content"]
    assert '"Many?"="A, B"' in result["content"]


def test_a_question_in_words_is_answered_by_the_next_prompt(start: Start, api: MessagesAPI) -> None:
    """Texts that look like commands arrive as texts; none of them runs anything."""
    api.script(says("Which folder?"), says("And then?"), says("Good."))
    talk = start().ready()

    talk.session.say("go")
    assert TurnEnded(text="Which folder?") == talk.ended()
    talk.session.say("!touch run")
    assert TurnEnded(text="And then?") == talk.ended()
    talk.session.say(" /exit")
    assert TurnEnded(text="Good.") == talk.ended()

    assert [] == list(talk.cwd.iterdir())
    assert ["> !touch run", "> /exit"] == [turn.texts()[-1] for turn in api.turns[1:]]


def test_a_long_prompt_arrives_whole(start: Start, api: MessagesAPI) -> None:
    """20 KB of many lines, wide characters and escape sequences: one message, nothing else."""
    lines = "\n".join(f"line {n} é ☕ {'x' * 60}" for n in range(260))
    api.script(says("Read."))
    talk = start().ready()

    talk.session.say(f"BEGIN\x1b[201~\r\x1b[Z\n{lines}\nEND")
    ended = talk.ended()

    assert TurnEnded(text="Read.") == ended
    assert len(lines.encode()) > 18_000
    assert f"BEGIN[201~\n[Z\n{lines}\nEND" in api.turns[0].texts()[-1]


def test_saying_something_while_it_works_is_an_error(start: Start, api: MessagesAPI) -> None:
    """A prompt is only taken when the agent waits for one."""
    talk = start()

    with pytest.raises(ClaudeError, match="starting"):
        talk.session.say("go")


def test_a_spent_plan_pauses(start: Start, api: MessagesAPI) -> None:
    """The time of the reset is told to the minute, one request was made, no dialog was answered."""
    reset = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=2, minutes=7)
    api.script(plan_spent(int(reset.timestamp())))
    talk = start(plan=True).ready()
    talk.session.say("go")

    ended = talk.ended()

    assert isinstance(ended, Paused)
    assert reset == ended.until
    assert 1 == len(api.turns)


def test_a_refused_key_stops_at_once(start: Start, api: MessagesAPI) -> None:
    """A login failure after three requests, not eleven, and within seconds."""
    api.script(*[unauthorized()] * 12)
    talk = start().ready()
    talk.session.say("go")

    ended = talk.ended()

    assert isinstance(ended, Failed)
    assert FailureKind.LOGIN is ended.kind
    assert len(api.turns) <= 3


def test_a_busy_service_is_no_limit(start: Start, api: MessagesAPI) -> None:
    """529 again and again is `overloaded`; afterwards the session takes the next prompt."""
    api.script(*[overloaded()] * 3, says("Better."))
    talk = start().ready()
    talk.session.say("go")

    ended = talk.ended()
    talk.session.say("once more")

    assert isinstance(ended, Failed)
    assert FailureKind.OVERLOADED is ended.kind
    assert TurnEnded(text="Better.") == talk.ended()


def test_a_killed_session_is_resumed(start: Start, api: MessagesAPI) -> None:
    """A SIGKILL is seen as Lost; the same session goes on with all it knew."""
    api.script(says("One.", usage=Usage(output=40)), says("Two.", usage=Usage(output=2)))
    talk = start().ready()
    talk.session.say("the first prompt")
    talk.ended()
    os.kill(talk.session.pid, signal.SIGKILL)
    lost = talk.until(Lost)
    talk.close()

    again = start(id=talk.id, resume=True).ready()
    again.session.say("the second prompt")
    ended = again.ended()

    assert isinstance(lost, Lost)
    assert -signal.SIGKILL == lost.exit_code
    assert TurnEnded(text="Two.") == ended
    assert any("the first prompt" in text for text in api.turns[-1].texts())
    assert 42 == again.close().total().output


def test_nothing_survives_close(start: Start, api: MessagesAPI) -> None:
    """Not the program, not a command that detached itself, and not the hooks' door."""
    api.script(uses("Bash", command="setsid sleep 300 >/dev/null 2>&1 & echo started"), says("Ok."))
    talk = start().ready()
    pid = talk.session.pid
    talk.session.say("go")
    talk.ended()
    detached = [process for process in marked((MARKER, talk.id)) if process.name() == "sleep"]

    talk.close()
    talk.session.close()

    assert 1 == len(detached)
    assert not is_alive(detached[0])
    assert not psutil.pid_exists(pid)
    assert talk.session.observe(0) is None


def test_close_releases_what_waits(start: Start, api: MessagesAPI) -> None:
    """A session that is closed over an open question ends at once, and the tool does not run."""
    api.script(uses("Write", file_path="a.txt", content="a"), says("Well."))
    talk = start().ready()
    talk.session.say("go")
    asked = talk.asked()

    began = time.monotonic()
    talk.close()

    assert time.monotonic() - began < 5
    assert not talk.session.answer(asked.id, allow())
    assert [] == list(talk.cwd.iterdir())


def test_two_questions_are_open_at_once(start: Start, api: MessagesAPI) -> None:
    """Sub-agents ask side by side; each gets its own answer, and their tokens count."""
    api.script(
        both(
            uses("Agent", description="one", prompt="SUB-ONE", subagent_type="general-purpose"),
            uses("Agent", description="two", prompt="SUB-TWO", subagent_type="general-purpose"),
        ),
        says("Both are done."),
        when="go now",
    )
    api.script(uses("Write", file_path="one.txt", content="1"), says("1"), when="SUB-ONE")
    api.script(uses("Write", file_path="two.txt", content="2"), says("2"), when="SUB-TWO")
    talk = start().ready()
    talk.session.say("go now")

    asked = [talk.asked(), talk.asked()]
    for one in asked:
        assert one.tool_call is not None
        wanted = str(one.tool_call.input["file_path"]).endswith("one.txt")
        talk.session.answer(one.id, allow() if wanted else no("Only one."))
    ended = talk.ended()
    tally = talk.close()

    assert 2 == len({one.id for one in asked})
    assert TurnEnded(text="Both are done.") == ended
    assert ["one.txt"] == [path.name for path in talk.cwd.iterdir()]
    assert api.total().output == tally.total().output


def test_an_answer_at_the_terminal_settles_the_question(start: Start, api: MessagesAPI) -> None:
    """Who answers on the screen first has answered; a later word of ours changes nothing."""
    api.script(uses("Write", file_path="a.txt", content="a"), says("Thanks."))
    talk = start().ready()
    talk.session.say("go")
    asked = talk.asked()

    settled = None
    while not isinstance(settled, Settled | TurnEnded):
        if "Do you want" in talk.session.screen and settled is None:
            talk.session.type_key("enter")  # a second time where the first came too early
        settled = talk.session.observe(1)

    assert Settled(id=asked.id) == settled
    assert not talk.session.answer(asked.id, no())
    assert TurnEnded(text="Thanks.") == talk.ended()
    assert "a" == (talk.cwd / "a.txt").read_text()


def test_a_guessed_secret_is_refused(start: Start, api: MessagesAPI, tmp_path: Path) -> None:
    """The settings hold the secret where only this user reads; without it the door stays shut."""
    talk = start().ready()
    [settings] = (tmp_path / "state").rglob("settings.json")
    found = HOOK.search(settings.read_text())
    assert found is not None

    def post(secret: str) -> str:
        command = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST"]
        forged = '{"hook_event_name": "Stop", "last_assistant_message": "forged"}'
        header = f"Authorization: {secret}"
        sent = subprocess.run(
            [*command, "-H", header, "-d", forged, found["url"]],
            capture_output=True,
            text=True,
            check=True,
        )
        return sent.stdout

    assert "403" == post("Bearer guessed")
    assert "200" == post(found["secret"])
    assert talk.session.observe(0.2) is None
    assert 0o600 == settings.stat().st_mode & 0o777
    assert 0o700 == settings.parent.stat().st_mode & 0o777


def test_the_agent_sees_a_built_environment(start: Start, api: MessagesAPI) -> None:
    """No token of ours reaches a command that the agent runs, nor a marker of another session."""
    os.environ |= {"GH_TOKEN": "made-up", "SSH_AUTH_SOCK": "/nowhere", "CLAUDECODE": "1"}
    api.script(uses("Bash", command="env > seen.txt; git config credential.helper"), says("Ok."))
    talk = start().ready()
    talk.session.say("go")
    talk.ended()

    seen = (talk.cwd / "seen.txt").read_text()
    assert f"COFFEE_MAKER_SESSION={talk.id}" in seen
    assert "GH_TOKEN" not in seen
    assert "SSH_AUTH_SOCK" not in seen


def test_every_ask_has_a_call_before_it(start: Start, api: MessagesAPI) -> None:
    """A permission carries the id of the call that was checked, so that both can be told as one."""
    api.script(uses("Bash", tool_use_id="toolu_x", command="touch made"), says("Ok."))
    talk = start().ready()
    talk.session.say("go")
    asked = talk.asked()
    talk.session.answer(asked.id, Answer(value=ALLOW, by=AnsweredBy.PERSON))
    talk.ended()

    [called] = [seen.call for seen in talk.seen if isinstance(seen, ToolCalled)]
    assert "toolu_x" == called.id
    assert isinstance(asked, Asking)
    assert called == asked.tool_call
