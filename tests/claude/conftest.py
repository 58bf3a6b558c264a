"""A real Claude Code in a folder of its own, answered by a scripted API."""

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from coffee_maker.claude.environment import MARKER
from coffee_maker.claude.interface import ClaudeCLIInterface
from coffee_maker.claude.session import ClaudeSession
from coffee_maker.domain.change import Workspace
from coffee_maker.domain.question import ALLOW, Answer, AnsweredBy
from coffee_maker.domain.session import (
    Asking,
    Failed,
    Lost,
    Observation,
    Paused,
    Ready,
    ToolCalled,
    TurnEnded,
    Used,
)
from coffee_maker.domain.usage import Tally
from coffee_maker.processes import marked
from tests.support.messages_api import MessagesAPI, prepare_home
from tests.support.needs import CLAUDE_VERSIONS, claude_code

Endings = (TurnEnded, Paused, Failed, Lost)


def allow() -> Answer:
    return Answer(value=ALLOW, by=AnsweredBy.RULE)


@dataclass
class Talk:
    """A session and everything that was seen of it; tools are let through unless told otherwise."""

    session: ClaudeSession
    id: str
    cwd: Path
    seen: list[Observation] = field(default_factory=list)
    check: Callable[[ToolCalled], Answer] = lambda _: allow()

    def until(self, *kinds: type[Observation], seconds: float = 40) -> Observation:
        """The next observation of one of these kinds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            seen = self.session.observe(0.5)
            if seen is None:
                continue
            self.seen.append(seen)
            if isinstance(seen, ToolCalled):
                self.session.answer(seen.call.id, self.check(seen))
            if isinstance(seen, kinds):
                return seen
            assert not isinstance(seen, Lost), seen.screen
        raise AssertionError(f"none of {kinds} came; seen: {self.seen}")

    def ready(self) -> "Talk":
        self.until(Ready)
        return self

    def asked(self) -> Asking:
        seen = self.until(Asking)
        assert isinstance(seen, Asking)
        return seen

    def ended(self) -> Observation:
        """How the turn ends, with everything that is asked on the way allowed."""
        while True:
            seen = self.until(Asking, *Endings)
            if not isinstance(seen, Asking):
                return seen
            self.session.answer(seen.id, allow())

    def close(self) -> Tally:
        """Close it; all that it used."""
        self.session.close()
        while (seen := self.session.observe(0)) is not None:
            self.seen.append(seen)
        return Tally(seen.answer for seen in self.seen if isinstance(seen, Used))


Start = Callable[..., Talk]


@pytest.fixture
def api() -> Iterator[MessagesAPI]:
    with MessagesAPI() as server:
        yield server


@pytest.fixture(params=CLAUDE_VERSIONS)
def claude(request: pytest.FixtureRequest) -> Path:
    return claude_code(request.param)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def start(
    claude: Path, api: MessagesAPI, project: Path, tmp_path: Path, clean_environment: Path
) -> Iterator[Start]:
    """Opens sessions; at the end they are closed, and nothing of them may run."""
    prepare_home(clean_environment)
    talks: list[Talk] = []

    def open_session(*, plan: bool = False, id: str = "", resume: bool = False) -> Talk:
        agent = ClaudeCLIInterface(
            [str(claude)], state_dir=tmp_path / "state", environment=api.environment(plan=plan)
        )
        named = id or str(uuid.uuid4())
        workspace = Workspace(
            task="1", path=project, branch="feature/one", target="main", base_commit="0" * 40
        )
        session = agent.open(workspace, session=named, resume=resume)
        talks.append(Talk(session, named, project))
        return talks[-1]

    yield open_session
    for talk in talks:
        talk.close()
        assert [] == marked((MARKER, talk.id))
