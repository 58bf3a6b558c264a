"""The whole line with the real Claude Code: a roadmap of three priorities, three pull requests."""

import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from coffee_maker.autonomous.daemon import DevDaemon, Mode
from coffee_maker.cli.demo import make_sample
from coffee_maker.domain.events import QuestionAnswered, TaskDelivered, ToolChecked
from coffee_maker.domain.question import AnsweredBy
from coffee_maker.domain.usage import TokenCount
from coffee_maker.roadmap.parser import RoadmapParser
from coffee_maker.rooms import open_store
from coffee_maker.wiring import daemon_parts
from tests.end_to_end.test_scripted_line import TASKS, events, git
from tests.support.github import github
from tests.support.messages_api import MessagesAPI, Usage, prepare_home, says, uses
from tests.support.needs import CLAUDE_VERSIONS, claude_code
from tests.support.snapshot import snapshot

pytestmark = [pytest.mark.claude, pytest.mark.timeout(180)]

SETTINGS = """\
state_dir = "{state}"

[agent]
command = "{claude}"
pass_environment = ["ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"]

[questions]
auto_approve = true

[gates]
test_command = "true"
"""


def report(priority: int, *files: str) -> str:
    """The last message that a task's own deliverables ask for."""
    texts = {
        1: (
            '`seconds("1h 30m")` understands hours, minutes and seconds together',
            "A test for every unit",
        ),
        2: ("A function `words(seconds)` that says it in words", "A test for it"),
        3: ("`python -m timer DURATION` counts down to zero", "A test that does not wait"),
    }
    lines = [f"- [x] {text} — {file}" for text, file in zip(texts[priority], files, strict=True)]
    return "Done.\n\n" + "\n".join(lines)


def play(api: MessagesAPI) -> None:
    """What the model says to each task, and what it claims to have used."""
    for number in (1, 2, 3):
        code, test = f"timer/part{number}.py", f"tests/test_part{number}.py"
        api.script(
            uses("Write", file_path=code, content="x = 1\n", usage=Usage(input=900, output=70)),
            uses("Write", file_path=test, content="# a test\n", usage=Usage(cache_read=4000)),
            uses(
                "Bash",
                command=f"git add -A && git commit -qm 'feat: part {number}'",
                usage=Usage(output=90, cache_write_5m=700),
            ),
            uses("Bash", command="git push origin HEAD", usage=Usage(output=11)),
            says(report(number, code, test), usage=Usage(output=123)),
            when=f"roadmap: PRIORITY {number}.",
        )


@pytest.fixture(params=CLAUDE_VERSIONS)
def claude(request: pytest.FixtureRequest) -> Path:
    return claude_code(request.param)


@pytest.fixture
def api() -> Iterator[MessagesAPI]:
    with MessagesAPI() as serving:
        os.environ.update(serving.environment())
        yield serving


def prepare(folder: Path, claude: Path, home: Path) -> Path:
    prepare_home(home)
    project = make_sample(folder)
    (project / "coffee_maker.toml").write_text(
        SETTINGS.format(state=folder / "state", claude=claude)
    )
    return project


def ours() -> list[str]:
    """Processes that this test started and that still run."""
    return [child.name() for child in psutil.Process().children(recursive=True)]


def test_three_priorities_become_three_pull_requests(
    tmp_path: Path, claude: Path, api: MessagesAPI, clean_environment: Path
) -> None:
    """Real CLI, real git: ticks on the branches, exact tokens, an untouched dirty checkout."""
    project = prepare(tmp_path / "demo", claude, clean_environment)
    play(api)
    (project / "timer" / "duration.py").write_text("half an idea\n")
    before, running = snapshot(project), ours()

    assert DevDaemon(parts=daemon_parts(project)).run(mode=Mode.UNTIL_DONE)

    assert before == snapshot(project)
    assert running == ours()
    assert [] == api.overruns
    with open_store(project) as store:
        pulls = store.pull_requests.all()
        delivered = [e.task for e in store.journal.read(kinds=(TaskDelivered.kind,))]
        used = sum((u.tokens for u in store.tokens.per_attempt()), TokenCount())
        refused = [e.subject for e in events(store, ToolChecked) if not e.allowed]
        voices = {e.answer.by for e in events(store, QuestionAnswered)}
    assert TASKS == delivered
    assert ["main", "main", pulls[0].branch] == [pull.target for pull in pulls]
    assert ["git push origin HEAD"] * 3 == refused
    assert voices <= {AnsweredBy.RULE, AnsweredBy.AUTO_APPROVE}
    sent = api.total()
    assert (sent.input, sent.output, sent.cache_read, sent.cache_write_5m) == (
        used.input,
        used.output,
        used.cache_read,
        used.cache_write_5m,
    )
    for task, pull in zip(TASKS, pulls, strict=True):
        text = git(project.parent / "origin.git", "show", f"{pull.branch}:ROADMAP.md") + "\n"
        found = RoadmapParser().parse(text, "ROADMAP.md").find(task)
        assert found is not None
        assert all(item.done for item in found.deliverables)


@pytest.mark.gh
def test_pull_requests_on_github(tmp_path: Path, api: MessagesAPI, clean_environment: Path) -> None:
    """Real Claude Code, real gh, a real push over HTTPS: an open, described pull request."""
    claude = claude_code(CLAUDE_VERSIONS[-1])
    project = prepare(tmp_path / "demo", claude, clean_environment)
    play(api)
    with github(tmp_path, project.parent / "origin.git") as site:
        os.environ.update(site.environment)
        prepare_home(Path(os.environ["HOME"]))
        git(project, "remote", "set-url", "origin", site.url)

        assert DevDaemon(parts=daemon_parts(project)).run(task="PRIORITY 1")
        assert DevDaemon(parts=daemon_parts(project)).run(mode=Mode.ONCE)

    first, second = site.fake.pulls
    assert ("main", "main") == (first.base, second.base)
    assert "timer/part1.py" in first.body
    assert "timer/part2.py" in second.body
    # Claude Code itself looks for its own updates; git and gh reach for nobody but GitHub.
    assert [] == [host for host in site.refused if not host.endswith(".claude.ai:443")]
    assert [] == site.fake.schema_warnings
