"""The straight line: how one priority becomes a pull request.

`Line.deliver` tells the story once, from top to bottom. Every step is journalled, and every step
first asks the world what is already true, so that beginning again after a crash is the normal way
and not a special one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from coffee_maker.autonomous.conversation import Conversation
from coffee_maker.autonomous.exchange import Exchange
from coffee_maker.autonomous.guard import Guard
from coffee_maker.autonomous.measured_facts import MeasuredFacts
from coffee_maker.autonomous.open_questions import OpenQuestions, SessionParked
from coffee_maker.autonomous.prompt import first_prompt
from coffee_maker.autonomous.record import Record
from coffee_maker.domain.attempt_times import AttemptTime
from coffee_maker.domain.change import Change, Commit, PullRequest, Workspace
from coffee_maker.domain.errors import GateError
from coffee_maker.domain.events import (
    BaselineMeasured,
    BranchPushed,
    CommitFound,
    Event,
    GateChecked,
    NoticeGiven,
    PhaseEntered,
    PullRequestOpened,
    RoadmapTicked,
    TaskDelivered,
    TaskParked,
    TaskUnchanged,
    WorkspaceReady,
)
from coffee_maker.domain.gate import Candidate, GateResult, TestOutcome, Verdict
from coffee_maker.domain.policy import Policy
from coffee_maker.domain.ports import (
    Clock,
    CodingAgent,
    CodingSession,
    Forge,
    Gate,
    Journal,
    QuestionBox,
    Repository,
    TestRunner,
    Workspaces,
)
from coffee_maker.domain.pull_request_secrets import without_secrets
from coffee_maker.domain.pull_request_text import PullRequestFacts, describe
from coffee_maker.domain.question import Question
from coffee_maker.domain.report import read_report
from coffee_maker.domain.roadmap import Priority, Status
from coffee_maker.domain.rules import Rule
from coffee_maker.gates.check import check_all
from coffee_maker.gates.diff import read_diff
from coffee_maker.gates.feedback import feedback
from coffee_maker.gates.head_tests import HeadTests
from coffee_maker.gates.secrets import redact
from coffee_maker.git.branch_name import branch_name
from coffee_maker.git.message import commit_message
from coffee_maker.roadmap.tracker import ProgressTracker

Outcome = TaskDelivered | TaskParked | TaskUnchanged


class Phase(StrEnum):
    """The steps of the line, as people see them."""

    WORKSPACE = "workspace"
    BASELINE = "tests on the base"
    SESSION = "Claude at work"
    GATES = "gates"
    PUBLISH = "push and pull request"


@dataclass(frozen=True, kw_only=True)
class Rooms:
    """What the line works with, built in `wiring`. Without a forge, branches are only pushed.

    `head_tests` are those on a change, measured once for all of `gates`.
    `park_days`: how long a parked question waits. `has_remote`: False where the branches stay in
    the user's own repository.
    """

    agent: CodingAgent
    workspaces: Workspaces
    repository: Repository
    tests: TestRunner
    head_tests: HeadTests
    gates: Sequence[Gate]
    forge: Forge | None
    questions: QuestionBox
    policy: Policy
    park_days: float
    journal: Journal
    record: Record
    clock: Clock
    has_remote: bool


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """What one attempt is about. `session`: that of an attempt that was cut off, to go on with.

    `superseded`: the addresses of closed pull requests that do not stand in its way.
    """

    priority: Priority
    attempt: int
    target: str
    roadmap: str
    rounds: int
    never: Sequence[Rule] = ()
    session: str = ""
    superseded: Sequence[str] = ()


class Line:
    """Delivers one assignment."""

    def __init__(self, assignment: Assignment, rooms: Rooms) -> None:
        self._job, self._rooms = assignment, rooms
        self._task = assignment.priority.id

    def deliver(self) -> Outcome:
        """From the roadmap's words to an open pull request. Raises CoffeeMakerError."""
        workspace = self._prepare()
        baseline = self._measure(workspace)
        questions = self._questions(workspace, baseline)
        try:
            return self._deliver(workspace, baseline, questions)
        except SessionParked as parked:
            return _waits_for_answers(parked.questions)
        finally:
            questions.close()

    def _deliver(
        self, workspace: Workspace, baseline: TestOutcome, questions: OpenQuestions
    ) -> Outcome:
        with self._conversation(workspace, questions) as agent:
            said = agent.begin(first_prompt(self._job.priority, workspace, self._job.roadmap))
            for number in range(1, self._job.rounds + 2):
                change = self._collect(workspace)
                if change.is_empty:
                    return TaskUnchanged(text=said)
                results = self._check(change, said, baseline, number)
                if not _failed(results):
                    break
                if number > self._job.rounds:
                    return _parked(results, workspace)
                said = agent.ask(feedback(results))
        change, ticks = self._tick(workspace, change, results)
        self._push(workspace)
        opened = self._open_pull_request(
            workspace, change, ticks, results, baseline=baseline, said=said
        )
        took = self._took()
        return TaskDelivered(
            pull_request=opened.url if opened else "",
            branch=workspace.branch,
            seconds=took.wall_seconds,
            waited_seconds=took.waited_seconds,
        )

    def _took(self) -> AttemptTime:
        now = self._rooms.clock.now()
        return self._rooms.record.time(self._task, self._job.attempt, now)

    def _prepare(self) -> Workspace:
        self._enter(Phase.WORKSPACE)
        priority = self._job.priority
        workspace = self._rooms.workspaces.prepare(
            self._task, branch_name(priority), self._job.target
        )
        self._note(
            WorkspaceReady(
                path=str(workspace.path),
                branch=workspace.branch,
                target=workspace.target,
                base_commit=workspace.base_commit,
            )
        )
        return workspace

    def _measure(self, workspace: Workspace) -> TestOutcome:
        """The tests on the base, before the agent begins: what is red already is not its doing."""
        self._enter(Phase.BASELINE)
        known = self._rooms.record.baseline(workspace.base_commit)
        if known is not None:
            return known
        with self._rooms.repository.checkout(workspace.base_commit) as checkout:
            outcome = self._run_tests(checkout)
        self._note(BaselineMeasured(commit=workspace.base_commit, outcome=outcome))
        return outcome

    def _run_tests(self, checkout: Path) -> TestOutcome:
        try:
            return self._rooms.tests.run(checkout)
        except GateError as error:
            if error.stops_the_line:
                raise
            # Not a reason to stop: the gate will say in the pull request that nothing was tested.
            self._note(NoticeGiven(message=f"{error}: {error.cure}"))
            return TestOutcome(command="", exit_code=None, seconds=0.0, output=str(error))

    def _questions(self, workspace: Workspace, baseline: TestOutcome) -> OpenQuestions:
        rooms = self._rooms
        facts = MeasuredFacts(
            workspace,
            priority=self._job.priority,
            baseline=baseline,
            workspaces=rooms.workspaces,
            repository=rooms.repository,
            tests=rooms.head_tests,
            gates=rooms.gates,
        )
        return OpenQuestions(
            box=rooms.questions,
            clock=rooms.clock,
            policy=rooms.policy,
            measure=facts.measure,
            park_days=rooms.park_days,
        )

    def _conversation(self, workspace: Workspace, questions: OpenQuestions) -> Conversation:
        self._enter(Phase.SESSION)

        def start_exchange(session: CodingSession, id: str) -> Exchange:
            return Exchange(
                session,
                id=id,
                task=self._task,
                attempt=self._job.attempt,
                context={"title": self._job.priority.title, "branch": workspace.branch},
                guard=Guard(workspace.path, self._job.never),
                questions=questions,
                journal=self._rooms.journal,
            )

        return Conversation(
            agent=self._rooms.agent,
            workspace=workspace,
            start_exchange=start_exchange,
            journal=self._rooms.journal,
            clock=self._rooms.clock,
            session=self._job.session,
        )

    def _collect(self, workspace: Workspace) -> Change:
        self._enter(Phase.GATES)
        leftovers = commit_message(
            "chore", subject="commit what was left uncommitted", task=self._task
        )
        change = self._rooms.workspaces.collect(workspace, leftovers)
        known = self._rooms.record.commits(self._task)
        for commit in change.commits:
            if commit.sha not in known:
                self._note(CommitFound(sha=commit.sha, subject=commit.subject))
        return change

    def _check(
        self, change: Change, said: str, baseline: TestOutcome, round: int
    ) -> tuple[GateResult, ...]:
        with self._rooms.repository.checkout(change.head_commit) as checkout:
            candidate = Candidate(
                priority=self._job.priority,
                checkout=checkout,
                change=change,
                report=read_report(said),
                baseline=baseline,
            )
            results = check_all(self._rooms.gates, candidate)
        for result in results:
            self._note(GateChecked(result=result, round=round))
        return results

    def _tick(
        self, workspace: Workspace, change: Change, results: Sequence[GateResult]
    ) -> tuple[Change, Commit | None]:
        """Tick what was proven, on the branch, so that merging it ticks the base as well.

        It is the roadmap as people wrote it that is ticked: what the agent may have changed in it
        is not kept. The change, noting that, and the commit, if one was needed.
        """
        self._enter(Phase.PUBLISH)
        tracker, repository, path = ProgressTracker(), self._rooms.repository, self._job.roadmap
        written = repository.read(workspace.target, path)
        if written is None:
            return change, None
        proven = tuple(text for result in results for text in result.proven)
        ticked = tracker.tick(written, self._task, proven)
        ticked = tracker.set_status(ticked, self._task, Status.DONE)
        message = commit_message("docs", subject=f"tick {self._task}", task=self._task)
        left = repository.read(workspace.branch, path)
        if left not in (written, ticked) and is_touched(path, change, but_by=message):
            notice = f"what the agent changed in {path} was put back"
            self._note(NoticeGiven(message=notice))
            change = replace(change, notes=(*change.notes, notice))
        commit = repository.commit_file(workspace.branch, path, ticked, message)
        self._note(RoadmapTicked(commit=commit, deliverables=proven))
        is_new = commit != change.head_commit
        return change, Commit(sha=commit, message=message) if is_new else None

    def _push(self, workspace: Workspace) -> None:
        commit = self._rooms.repository.push(workspace.branch)
        self._note(BranchPushed(branch=workspace.branch, commit=commit))

    def _open_pull_request(
        self,
        workspace: Workspace,
        change: Change,
        ticks: Commit | None,
        results: Sequence[GateResult],
        *,
        baseline: TestOutcome,
        said: str,
    ) -> PullRequest | None:
        if self._rooms.forge is None:
            return None
        record, attempt, took = self._rooms.record, self._job.attempt, self._took()
        facts = PullRequestFacts(
            priority=self._job.priority,
            roadmap=self._job.roadmap,
            change=change,
            target=workspace.target,
            base=self._rooms.repository.base_branch,
            report=read_report(said),
            baseline=baseline,
            gates=tuple(results),
            questions=record.questions(self._task),
            usage=record.usage(self._task),
            seconds=took.wall_seconds,
            waited_seconds=took.waited_seconds,
            attempt=attempt,
            rounds=record.rounds(self._task, attempt),
            refused=record.refused(self._task, attempt),
            ticks=ticks,
            agent=self._rooms.agent.name,
            isolated=False,
            remote=self._rooms.has_remote,
            notices=change.notes,
            draft=any(result.verdict is Verdict.NOT_CHECKED for result in results),
        )
        opened = self._rooms.forge.submit(
            describe(without_secrets(facts, redact)), superseded=self._job.superseded
        )
        self._note(
            PullRequestOpened(
                number=opened.number, url=opened.url, branch=opened.branch, draft=opened.draft
            )
        )
        return opened

    def _enter(self, phase: Phase) -> None:
        self._note(PhaseEntered(phase=phase.value))

    def _note(self, event: Event) -> None:
        self._rooms.journal.append(event, task=self._task)


def is_touched(path: str, change: Change, *, but_by: str) -> bool:
    """True where a commit of the change touches a file, other than those with that message.

    A roadmap also differs from its base by our own ticks of an earlier attempt.
    """
    commits = [commit for commit in change.commits if commit.message.strip() != but_by.strip()]
    if len(change.commits) < 2:  # then its own diff is the change's, and was not read again
        names = {name for file in change.files for name in (file.path, file.old_path)}
        return bool(commits) and path in names
    return any(file.path == path for commit in commits for file in read_diff(commit.diff))


def _failed(results: Sequence[GateResult]) -> list[GateResult]:
    return [result for result in results if result.verdict is Verdict.FAILED]


def _parked(results: Sequence[GateResult], workspace: Workspace) -> TaskParked:
    failed = _failed(results)
    return TaskParked(
        reason="; ".join(f"{result.gate}: {result.summary}" for result in failed),
        cure=f"look at {workspace.path}, then run it again: "
        f"coffee-maker run --task {workspace.task!r}",
        evidence="\n\n".join(result.evidence for result in failed),
    )


def _waits_for_answers(questions: Sequence[Question]) -> TaskParked:
    first = questions[0]
    return TaskParked(
        reason=f"waits for an answer: {' '.join(first.text.split())[:200]}",
        cure="; ".join(
            f"answer it: coffee-maker inbox answer {question.code}" for question in questions
        ),
        evidence="\n\n".join(question.text for question in questions),
        questions=tuple(question.id for question in questions),
    )
