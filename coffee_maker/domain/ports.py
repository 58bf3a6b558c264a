"""The sockets in the wall: what the line needs from the rooms, and nothing more.

Every room implements some of these; only `wiring` knows which class stands behind which. Each has
a conformance suite in the tests that every implementation passes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from coffee_maker.domain.message import Receipt, Reply

if TYPE_CHECKING:  # whoever needs one socket does not wait for what the others are made of
    from collections.abc import Collection, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from coffee_maker.domain.change import (
        Change,
        PullRequest,
        PullRequestDraft,
        PullRequestState,
        Workspace,
    )
    from coffee_maker.domain.events import Entry, Event, ReplyTurnedAway
    from coffee_maker.domain.gate import Candidate, GateResult, TestOutcome
    from coffee_maker.domain.letter import Letter
    from coffee_maker.domain.message import About, Message, Sent
    from coffee_maker.domain.question import Answer, Question
    from coffee_maker.domain.session import Observation
    from coffee_maker.domain.usage import AttemptUsage


class CodingSession(Protocol):
    """One live conversation with a coding agent."""

    def observe(self, timeout_seconds: float) -> Observation | None:
        """The next thing seen, or None when nothing was for so long. Raises ClaudeError."""

    def listens(self) -> bool:
        """True where the next call may be `say`: no person types there, no turn of theirs runs.

        Else something is to be observed first; a person who is idle for long is not waited for.
        """

    def say(self, text: str) -> None:
        """Send one message. Only after Ready, TurnEnded or Failed. Raises ClaudeError."""

    def answer(self, id: str, answer: Answer) -> bool:
        """Settle a ToolCalled or Asking; False where it is settled already."""

    def close(self) -> None:
        """End it. Afterwards nothing of it runs any more. Closing twice does no harm."""


class CodingAgent(Protocol):
    """A program that can be talked to in sessions."""

    name: str

    def open(self, workspace: Workspace, *, session: str, resume: bool) -> CodingSession:
        """Start (or go on with) the session named by the UUID `session`. Raises ClaudeError."""


class Workspaces(Protocol):
    """Private clones, one per task, in which an agent may do what it likes."""

    def prepare(self, task: str, branch: str, target: str) -> Workspace:
        """The task's clone with its branch checked out, made now or found from before.

        Raises BranchTaken, RemoteError, GitError.
        """

    def collect(self, workspace: Workspace, message: str) -> Change:
        """Commit what was left uncommitted (with `message`), take the branch out of the clone."""

    def look(self, workspace: Workspace) -> Change:
        """What stands there now, uncommitted files included, as a commit that is on no branch.

        It disturbs nothing, also while the agent works there. Raises GitError.
        """

    def remove(self, workspace: Workspace) -> None:
        """Delete the clone; nothing happens where there is none."""


class Repository(Protocol):
    """The daemon's own side of the project: no agent ever writes here."""

    @property
    def base_branch(self) -> str:
        """The branch that work starts from and is merged into."""

    def notices(self, roadmap: str) -> tuple[str, ...]:
        """What a person should know: a roadmap edited but not committed, commits not pushed."""

    def refresh(self) -> None:
        """Fetch the base and its branches from the remote. Raises RemoteError."""

    def read(self, branch: str, path: str) -> str | None:
        """A file's text on a branch with its own line ends, or None where there is none."""

    def checkout(self, commit: str) -> AbstractContextManager[Path]:
        """A clean checkout of a commit, deleted at the end."""

    def commit_file(self, branch: str, path: str, text: str, message: str) -> str:
        """Put a commit with one changed file on top of a branch; its hash."""

    def contains(self, branch: str, other: str) -> bool:
        """True where everything on `other` is on `branch` as well."""

    def push(self, branch: str) -> str:
        """Push a branch; the hash that now stands on the remote. Raises RemoteError."""

    def delete_branch(self, branch: str, pushed: str = "") -> None:
        """Delete a branch, on the remote and here; nothing happens where there is none.

        `pushed` is what we pushed last, where that is known. Raises BranchTaken, and deletes
        nothing, where the remote's branch holds commits that are not ours; RemoteError.
        """

    def merged_as(self, commit: str, branch: str) -> str | None:
        """The merge commit that brought a commit into a branch, the commit itself where it came
        without one, None where the branch does not hold it.
        """


class Forge(Protocol):
    """Where pull requests live."""

    name: str

    def find(self, branch: str) -> PullRequest | None:
        """The open pull request of a branch, or the newest of the others. Raises ForgeError."""

    def submit(self, draft: PullRequestDraft, *, superseded: Collection[str] = ()) -> PullRequest:
        """Open the pull request, or bring the open one of that branch up to date.

        One that was closed is a person's decision and raises ForgeError, unless its address is
        among the `superseded`. Raises ForgeError.
        """

    def close(self, pull_request: PullRequest, comment: str) -> None:
        """Say this in the pull request, once, and close it; nothing happens where it is closed.

        Raises ForgeError, also where it is merged.
        """


class TestRunner(Protocol):
    """Runs the worked project's own tests."""

    def run(self, checkout: Path) -> TestOutcome:
        """Run them to their end or the time limit; nothing of them runs afterwards."""


class Gate(Protocol):
    """One check on a change. It looks; it changes nothing."""

    name: str

    def check(self, candidate: Candidate) -> GateResult:
        """Its verdict. Raises GateError where it could not look at all."""


Receive = Callable[[Reply], Receipt]


class Channel(Protocol):
    """One way to reach a person."""

    name: str

    def open(self, receive: Receive) -> None:
        """Begin to listen: `receive` is called, from any thread, for every reply.

        Raises ChannelError. What goes wrong afterwards is raised by `send` or mended in silence.
        """

    def send(self, message: Message) -> Sent:
        """Show it, or bring the earlier one up to date. Takes some seconds at most.

        Called by one thread at a time. Raises ChannelError.
        """

    def poll(self) -> None:
        """Look whether something was answered, where nobody calls us when it is. Never waits."""

    def close(self) -> None:
        """Stop listening, within some seconds. Closing twice does no harm."""


class Journal(Protocol):
    """The one log."""

    def append(self, event: Event, *, task: str = "") -> int:
        """Write an event so that it outlives a crash; its id. Raises StoreError."""

    def read(
        self, *, after: int = 0, task: str | None = None, kinds: Sequence[str] = ()
    ) -> Iterator[Entry]:
        """Entries in order, from behind the id `after`, of one task and some kinds if asked for."""

    def last(self) -> int:
        """The newest id, 0 where there is none. Cheap: made for being asked often."""


class QuestionBox(Protocol):
    """Questions, where processes and people meet; each gets exactly one answer.

    Whatever is done here is journalled in the same transaction, so that the two never disagree.
    """

    def put(self, question: Question, answer: Answer | None = None) -> None:
        """Open a question, or with `answer` have it settled at once and never seen open.

        One that is there already, open or settled, stays as it is.
        """

    def answer(self, id: str, answer: Answer) -> bool:
        """Settle it; False where it is settled already or unknown. The first one wins."""

    def answer_to(self, id: str) -> Answer | None:
        """Its answer, or None while it is open, and where it is unknown."""

    def find(self, name: str) -> Question | None:
        """The question of this id or code (of several with one code the newest)."""

    def open(self) -> tuple[Question, ...]:
        """All that wait for an answer, oldest first, parked ones among them."""

    def park(self, id: str, until: datetime, safe_default: str) -> bool:
        """Keep it open until then, without a session; False where it is settled or unknown."""

    def undelivered(self, task: str) -> tuple[tuple[Question, Answer | None], ...]:
        """A task's questions that the agent has no answer to yet, settled or not; oldest first."""

    def deliver(self, id: str) -> bool:
        """Note that the agent has the answer; False where that was noted before, or it is open."""

    def turn_away(self, away: ReplyTurnedAway) -> int:
        """Note a reply that did not count; how many invalid ones its question has had by now."""


class Outbox(Protocol):
    """Messages on their way to people: what is written here outlives a crash.

    A message is known by its id and its channel; putting it again changes nothing.
    """

    def cursor(self, reader: str) -> int:
        """The id of the newest journal entry that this reader has dealt with; 0 at first."""

    def put(self, letters: Sequence[Letter], *, reader: str = "", upto: int = 0) -> None:
        """Keep these, and in the same transaction note that `reader` has dealt with `upto`."""

    def due(self, channel: str, now: datetime) -> tuple[Letter, ...]:
        """What is to be sent there now: the most severe first, then the oldest."""

    def next_due(self, channel: str) -> datetime | None:
        """When the next one there is due; None where nothing waits."""

    def sent(self, letters: Sequence[Letter], about: About, sent: Sent) -> None:
        """They are told (as `about`, by one message); its references are kept. Journalled."""

    def put_off(self, letters: Sequence[Letter], until: datetime) -> None:
        """Try them again then."""

    def drop(self, letters: Sequence[Letter]) -> None:
        """They are not to be sent any more."""

    def again(self, channel: str) -> None:
        """Whatever asks an open question on this channel is to be sent once more: it forgets."""

    def reference(self, channel: str, key: str) -> str:
        """What the channel gave for this question or `thread_key(task)`; empty where nothing."""


class TokenRecords(Protocol):
    """What the journal's counted answers sum up to."""

    def per_attempt(self, task: str | None = None) -> tuple[AttemptUsage, ...]:
        """Sums per task, attempt and model, oldest first; of one task if asked for."""


class PullRequestShelf(Protocol):
    """Where the local forge keeps its pull requests."""

    def put(self, draft: PullRequestDraft) -> PullRequest:
        """Open one, or bring the open one of that branch up to date; numbers count from 1."""

    def all(self) -> tuple[PullRequest, ...]:
        """Every one, oldest first."""

    def close(self, number: int, state: PullRequestState) -> PullRequest:
        """Set an open one to merged or closed. Raises StoreError where it is not open."""


class Running(Protocol):
    """A task under way somewhere else."""

    def wait(self, timeout_seconds: float) -> bool:
        """True when it has ended, within so many seconds."""

    def stop(self) -> None:
        """Have it close what it has open, and end; nothing of it runs afterwards."""

    def kill(self) -> None:
        """End it and all that it has started, this instant; the journal is enough to go on."""


class Executor(Protocol):
    """Where tasks run: one at a time in a process of their own, or on another engine."""

    def prepare(self) -> None:
        """A task will probably be started soon: get ready for it. Doing it twice does no harm."""

    def release(self) -> None:
        """None will be started for now: let go of what was made ready."""

    def start(self, task: str) -> Running:
        """Begin to work on a task."""


class Clock(Protocol):
    """Time, as an argument."""

    def now(self) -> datetime:
        """The time of day, in UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back."""

    def sleep(self, seconds: float) -> None: ...
