"""The daemon inside somebody else's program."""

import json
import subprocess
import sys
from pathlib import Path

from coffee_maker.cli.demo import make_sample

PROGRAM = """
from coffee_maker.autonomous.daemon import DevDaemon, Mode

daemon = DevDaemon(
    roadmap_path="ROADMAP.md", auto_approve=True, create_prs=True, model="any", project={project!r}
)
print("delivered:", daemon.run(mode=Mode.ONCE))
"""


def test_the_daemon_is_an_object_that_runs(tmp_path: Path) -> None:
    """As in the founding documents; and files beside the program cannot pose as our modules."""
    project = make_sample(tmp_path / "demo")
    for name in ("coffee_maker.py", "secrets.py", "click.py"):
        (tmp_path / name).write_text("raise SystemExit('not this one')\n")

    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM.format(project=str(project))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert ("delivered: True\n", "") == (done.stdout, done.stderr)


HANDLED = """
from coffee_maker.autonomous.daemon import DevDaemon, Mode
from coffee_maker.autonomous.message_handler import MessageHandler

asked = []

def commit(context):
    asked.append((context.tests_passed, context.changes_valid, context.files_modified))
    return "yes" if context.changes_valid else "no"

handler = MessageHandler(
    auto_respond_rules={{"commit now?": commit}},
    notify_user_patterns=[r"API key"],
    log_all_interactions=True,
    interaction_log_dir={logs!r},
)
daemon = DevDaemon(message_handler=handler, project={project!r})
print("delivered:", daemon.run(mode=Mode.ONCE), asked)
"""

ASKING = """
[[tasks]]
match = ""
turns = [
  [
    { write = "timer/stop.py", content = "def stop() -> None:\\n    print('stopped')\\n" },
    { ask = "Tests passed. Should I commit these changes?" },
  ],
  [
    { run = "git add -A && git commit -qm 'feat: stop'" },
    { say = "- [x] Understand `3m` and `2h` — timer/stop.py" },
  ],
]
"""


def test_functions_of_the_program_answer_with_measured_facts(tmp_path: Path) -> None:
    """A rule in Python is asked in its own process, and every exchange is a file afterwards."""
    project = make_sample(tmp_path / "demo")
    (tmp_path / "script.toml").write_text(ASKING)
    (project / "coffee_maker.toml").write_text(
        f'[agent]\nkind = "scripted"\nscript = "{tmp_path}/script.toml"\n'
    )
    logs = tmp_path / "logs"

    done = subprocess.run(
        [sys.executable, "-P", "-c", HANDLED.format(project=str(project), logs=str(logs))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert "" == done.stderr
    assert "(True, True, ('timer/stop.py',))" in done.stdout
    written = [json.loads(file.read_text()) for file in sorted(logs.iterdir())]
    (exchange,) = [one for one in written if "commit" in one["question_from_claude"]]
    assert "auto_respond_rule: commit now?" == exchange["response_method"]
    assert "yes" == exchange["response_from_python"]
    assert exchange["context"]["changes_valid"]
    assert not exchange["user_notified"]


ANSWERING = """
from coffee_maker.autonomous.daemon import DevDaemon
from coffee_maker.autonomous.message_handler import MessageHandler
from coffee_maker.domain.events import QuestionAnswered

asked = []

def answer(ctx):
    asked.append((ctx.task, ctx.tests_passed))
    return "no, it need not"

handler = MessageHandler({{"should it?": answer}}, [r"API key"])
daemon = DevDaemon(auto_approve=True, message_handler=handler, project={project!r})
daemon.run(task="PRIORITY 3")
answers = [e.event.answer for e in daemon._journal.read(kinds=(QuestionAnswered.kind,))]
print(asked, [(a.by.value, a.rule, a.value) for a in answers])
"""


def test_functions_of_whoever_embeds_it_answer(tmp_path: Path) -> None:
    """The agent asks in its own process, and the function in this one answers it, on facts."""
    project = make_sample(tmp_path / "demo")

    done = subprocess.run(
        [sys.executable, "-P", "-c", ANSWERING.format(project=str(project))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    said = "[('PRIORITY 3', True)] [('rule', 'should it?', 'no, it need not')]"
    assert (f"{said}\n", "") == (done.stdout, done.stderr)
