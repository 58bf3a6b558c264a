"""The loop round the line, with a project that is only a roadmap and work that is only told of."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from coffee_maker.autonomous.daemon import DevDaemon, Mode, NobodyWatches, Parts, Watcher
from coffee_maker.autonomous.notifier import ChannelPlan, Notifier
from coffee_maker.autonomous.plan import Planner
from coffee_maker.clock import RealClock
from coffee_maker.domain.errors import CoffeeMakerError, RemoteError, RoadmapError
from coffee_maker.domain.events import (
    DaemonPaused,
    DaemonResumed,
    DaemonStopped,
    Entry,
    Event,
    NoticeGiven,
    TaskDelivered,
    TaskFailed,
    TaskParked,
    TaskRetried,
    TaskSkipped,
    TaskStarted,
    TaskUnchanged,
)
from coffee_maker.domain.question import Answer, AnsweredBy
from coffee_maker.domain.standing import TRIES
from coffee_maker.store.store import Store
from tests.channels.conformance import FakeDoor
from tests.support.fake_channel import FakeChannel
from tests.support.fakes import FakeExecutor, FakeRepository
from tests.support.questions import question

ROADMAP = "## PRIORITY 1: a\n\n## PRIORITY 2: b\n**Depends on**: PRIORITY 1\n"
BROKEN = "<<<<<<< HEAD\n## PRIORITY 1: a\n=======\n## PRIORITY 1: b\n>>>>>>> x\n"
PARKED = TaskParked(reason="tests: 2 fail", cure="look", evidence="")
LOGGED_OUT = TaskFailed(
    error="ClaudeUnusable", message="log in", cure="c", transient=False, stops_the_line=True
)
OUTAGE = RemoteError("the remote is away", cure="wait", transient=True)


def delivered(branch: str) -> TaskDelivered:
    return TaskDelivered(pull_request="u", branch=branch, seconds=1, waited_seconds=0)


class Scene:
    """A daemon, what it looks at, and what became of it."""

    def __init__(
        self, folder: Path, *outcomes: Event | None, watcher: Watcher | None = None
    ) -> None:
        self.store = Store(folder / "journal.db", RealClock())
        self.repository = FakeRepository(ROADMAP)
        self.executor = FakeExecutor(self.store.journal, *outcomes)
        self.channel = FakeChannel()
        parts = Parts(
            planner=Planner(self.repository, self.store.journal, "ROADMAP.md"),
            journal=self.store.journal,
            executor=self.executor,
            notifier=Notifier(
                self.store.questions,
                self.store.journal,
                self.store.outbox,
                RealClock(),
                receive=FakeDoor(),
                redact=str,
                channels=[ChannelPlan(channel=self.channel)],
            ),
            clock=RealClock(),
            lock=nullcontext(),
            roadmap="ROADMAP.md",
            watch_seconds=0.01,
            questions=self.store.questions,
        )
        self.daemon = DevDaemon(parts=parts, watcher=watcher or NobodyWatches())

    def notices(self) -> list[str]:
        entries = self.store.journal.read(kinds=(NoticeGiven.kind,))
        return [e.event.message for e in entries if isinstance(e.event, NoticeGiven)]

    def reason(self) -> str:
        *_, last = self.store.journal.read(kinds=(DaemonStopped.kind,))
        assert isinstance(last.event, DaemonStopped)
        return last.event.reason


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Callable[..., Scene]]:
    made: list[Scene] = []

    def make(*outcomes: Event | None, watcher: Watcher | None = None) -> Scene:
        made.append(Scene(tmp_path, *outcomes, watcher=watcher))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


class Mender:
    """Somebody who breaks the roadmap once all is delivered, and mends it when they are told."""

    scene: Scene
    told = 0

    def show(self, entry: Entry) -> None:
        if isinstance(entry.event, TaskDelivered) and entry.task == "PRIORITY 2":
            self.scene.repository.roadmap = BROKEN
        if isinstance(entry.event, NoticeGiven):
            self.told += 1
            self.scene.repository.roadmap = ROADMAP + "## PRIORITY 3: c\n"
        if isinstance(entry.event, TaskStarted) and entry.task == "PRIORITY 3":
            self.scene.daemon.stop()

    def tick(self) -> None: ...


def test_a_roadmap_that_breaks_while_it_is_watched_is_waited_for(
    scene: Callable[..., Scene],
) -> None:
    """Somebody pushed merge marks: it is said, and when they are gone, work goes on."""
    mender = Mender()
    watched = mender.scene = scene(delivered("a"), delivered("b"), watcher=mender)

    watched.daemon.run()

    assert ["PRIORITY 1", "PRIORITY 2", "PRIORITY 3"] == watched.executor.started
    assert 1 == mender.told
    assert "merge" in watched.notices()[0]


def test_a_roadmap_that_is_broken_from_the_start_is_an_error(scene: Callable[..., Scene]) -> None:
    """Whoever has just started the daemon is there to be told."""
    broken = scene()
    broken.repository.roadmap = BROKEN

    with pytest.raises(RoadmapError):
        broken.daemon.run()


def test_an_outage_is_waited_out_and_told_each_time(scene: Callable[..., Scene]) -> None:
    """Two looks in one outage are one notice; the next outage is a new one."""
    away = scene(delivered("a"), delivered("b"))
    away.repository.fails = [OUTAGE, OUTAGE]

    assert away.daemon.run(mode=Mode.UNTIL_DONE)
    away.repository.fails = [OUTAGE]
    assert away.daemon.run(mode=Mode.UNTIL_DONE)

    assert 2 * ["the remote is away (wait)"] == away.notices()


def test_one_task_is_not_waited_for(scene: Callable[..., Scene]) -> None:
    """`--once` in a timer must end, and say why."""
    away = scene()
    away.repository.fails = [OUTAGE]

    with pytest.raises(RemoteError):
        away.daemon.run(mode=Mode.ONCE)


def test_a_worker_that_dies_is_tried_again_but_not_for_ever(scene: Callable[..., Scene]) -> None:
    """Whatever killed it may have passed; at the end it is said what waits, and why."""
    dying = scene()

    assert not dying.daemon.run(mode=Mode.UNTIL_DONE)

    assert TRIES * ["PRIORITY 1"] == dying.executor.started
    assert "PRIORITY 1 (failed: the worker ended" in dying.reason()
    assert "PRIORITY 2 (waits for PRIORITY 1)" in dying.reason()


def test_what_was_parked_is_named_at_the_end(scene: Callable[..., Scene]) -> None:
    """Nothing can be done is not nothing is left."""
    parked = scene(PARKED)

    assert not parked.daemon.run(mode=Mode.UNTIL_DONE)

    assert "PRIORITY 1 (parked: tests: 2 fail)" in parked.reason()


def test_a_task_that_is_done_is_not_done_again(scene: Callable[..., Scene]) -> None:
    """Asked for by name, it is an error that says how to have it again; nothing is spent."""
    done = scene()
    done.repository.roadmap = "## PRIORITY 1: a\n**Status**: Done\n"

    with pytest.raises(CoffeeMakerError, match="is done") as told:
        done.daemon.run(task="1")

    assert told.value.cure
    assert [] == done.executor.started


@pytest.mark.parametrize(
    ("status", "expected"), [("Planned", "PRIORITY 2"), ("Paused", "PRIORITY 1")]
)
def test_what_was_cut_off_comes_first_unless_it_was_put_off(
    scene: Callable[..., Scene], status: str, expected: str
) -> None:
    """A task that a person paused after it was cut off stays paused."""
    cut = scene(delivered("a"))
    cut.repository.roadmap = f"## PRIORITY 1: a\n\n## PRIORITY 2: b\n**Status**: {status}\n"
    cut.store.journal.append(TaskStarted(title="b", attempt=1, agent="x"), task="PRIORITY 2")

    assert cut.daemon.run(mode=Mode.ONCE)

    assert [expected] == cut.executor.started


@pytest.mark.parametrize("mode", [Mode.ONCE, Mode.UNTIL_DONE])
def test_what_stopped_the_line_is_tried_again_at_the_next_start(
    scene: Callable[..., Scene], mode: Mode
) -> None:
    """Not logged in: in that run nothing more is begun, but the task is not lost by it."""
    logged_out = scene(LOGGED_OUT, delivered("a"), delivered("b"))

    assert not logged_out.daemon.run(mode=mode)
    assert ["PRIORITY 1"] == logged_out.executor.started
    assert "log in" == logged_out.reason()

    assert logged_out.daemon.run(mode=mode)
    assert "PRIORITY 1" == logged_out.executor.started[1]


@pytest.mark.parametrize("mode", [Mode.ONCE, Mode.UNTIL_DONE])
def test_a_start_that_finds_only_what_waits_for_a_person_says_so(
    scene: Callable[..., Scene], mode: Mode
) -> None:
    """It is no success, and the reason tells how each is run again."""
    stuck = scene()
    stuck.repository.roadmap = ROADMAP + "## PRIORITY 3: c\n"
    stuck.store.journal.append(PARKED, task="PRIORITY 1")
    stuck.store.journal.append(TaskUnchanged(text="It is all there."), task="PRIORITY 3")

    assert not stuck.daemon.run(mode=mode)

    assert (
        "nothing can be done now. 2 tasks wait for you: PRIORITY 1 (parked: tests: 2 fail), "
        "PRIORITY 3 (unchanged: It is all there.); run one again with "
        "`coffee-maker run --task ID`. Later: PRIORITY 2 (waits for PRIORITY 1)"
    ) == stuck.reason()


def test_what_a_person_put_off_is_no_failure(scene: Callable[..., Scene]) -> None:
    """The roadmap says paused: nobody waits for them."""
    paused = scene()
    paused.repository.roadmap = "## PRIORITY 1: a\n**Status**: Paused\n"
    paused.store.journal.append(PARKED, task="PRIORITY 1")

    assert paused.daemon.run(mode=Mode.UNTIL_DONE)

    assert "nothing can be done now: PRIORITY 1 (paused)" == paused.reason()


class Leaver:
    """Somebody who reads the first notice and then stops the daemon."""

    scene: Scene

    def show(self, entry: Entry) -> None:
        if isinstance(entry.event, NoticeGiven):
            self.scene.daemon.stop()

    def tick(self) -> None: ...


def test_a_daemon_that_rests_says_what_waits(scene: Callable[..., Scene]) -> None:
    """Whoever comes back in the morning sees why nothing moves."""
    leaver = Leaver()
    resting = leaver.scene = scene(PARKED, watcher=leaver)

    resting.daemon.run()

    assert (
        "nothing can be done now. 1 task waits for you: PRIORITY 1 (parked: tests: 2 fail); run it "
        'again with `coffee-maker run --task "PRIORITY 1"`. '
        "Later: PRIORITY 2 (waits for PRIORITY 1)"
    ) == resting.notices()[0]


def test_a_failure_that_passed_is_forgotten(scene: Callable[..., Scene]) -> None:
    """In the end everything is delivered: that is success."""
    passing = TaskFailed(error="e", message="m", cure="", transient=True, stops_the_line=False)
    mended = scene(passing, delivered("a"), delivered("b"))

    assert mended.daemon.run(mode=Mode.UNTIL_DONE)

    assert "nothing is left to do" == mended.reason()


class Interrupter:
    """Somebody who presses Ctrl-C when the first task begins."""

    scene: Scene

    def show(self, entry: Entry) -> None:
        if isinstance(entry.event, TaskStarted):
            self.scene.daemon.stop()

    def tick(self) -> None: ...


def test_who_cuts_a_task_off_is_told_that_it_is_not_lost(scene: Callable[..., Scene]) -> None:
    """The reason names the task, and what goes on with it."""
    interrupter = Interrupter()
    cut = interrupter.scene = scene(watcher=interrupter)

    cut.daemon.run()

    assert "stopped; `coffee-maker run` goes on with PRIORITY 1" == cut.reason()


class Stopper:
    """Somebody who stops the daemon when the first task is parked."""

    scene: Scene

    def show(self, entry: Entry) -> None:
        if isinstance(entry.event, TaskParked):
            self.scene.daemon.stop()

    def tick(self) -> None: ...


@pytest.mark.parametrize(("mode", "well"), [(Mode.WATCH, True), (Mode.UNTIL_DONE, False)])
def test_who_watches_ends_well_when_stopped(
    scene: Callable[..., Scene], mode: Mode, well: bool
) -> None:
    """Or a service manager would start it again; who was to get done has a task that waits."""
    stopper = Stopper()
    stopped = stopper.scene = scene(PARKED, watcher=stopper)

    assert well is stopped.daemon.run(mode=mode)
    assert "stopped by a person" == stopped.reason()


class Gone:
    """`| head` has read its line and closed the pipe."""

    def show(self, entry: Entry) -> None:
        raise BrokenPipeError

    def tick(self) -> None: ...


def test_an_output_that_nobody_reads_is_no_mistake_of_ours(scene: Callable[..., Scene]) -> None:
    """The end is journalled with its reason."""
    piped = scene(delivered("a"), watcher=Gone())

    with pytest.raises(BrokenPipeError):
        piped.daemon.run()

    assert "whoever read its output has gone" == piped.reason()


def test_a_run_tells_people_what_became_of_it(scene: Callable[..., Scene]) -> None:
    """Each outcome, and that it has stopped, before the process ends; then nothing listens."""
    done = scene(delivered("a"), delivered("b"))

    done.daemon.run(mode=Mode.UNTIL_DONE)

    assert ["Delivered: PRIORITY 1", "Delivered: PRIORITY 2", "The daemon has stopped"] == [
        message.card.heading for message in done.channel.sent
    ]
    assert (1, 1) == (done.channel.opened, done.channel.closed)


class Answerer:
    """Somebody who answers while the daemon rests, and ends it when it looks again."""

    scene: Scene
    looks = 0

    def show(self, entry: Entry) -> None: ...

    def tick(self) -> None:
        box, looks = self.scene.store.questions, self.scene.repository.looks
        if box.open():
            box.answer("q1", Answer(value="no", by=AnsweredBy.PERSON))
            self.looks = looks
        elif looks > self.looks:
            self.scene.daemon.stop()


def test_an_answer_ends_the_rest(scene: Callable[..., Scene]) -> None:
    """A parked task may have waited for it, and not for the next look at the roadmap."""
    answerer = Answerer()
    resting = answerer.scene = scene(watcher=answerer)
    resting.repository.roadmap = "## PRIORITY 1: a\n**Status**: ✅ Complete\n"
    resting.store.questions.put(question(parked=True))
    resting.daemon._parts = replace(resting.daemon._parts, watch_seconds=60)
    begun = time.monotonic()

    resting.daemon.run()

    assert time.monotonic() - begun < 20


class Decider:
    """Somebody who writes into the journal when they see something, and in the end stops it."""

    scene: Scene

    def __init__(self, decide: Callable[[Scene, Entry], object]) -> None:
        self._decide = decide

    def show(self, entry: Entry) -> None:
        self._decide(self.scene, entry)

    def tick(self) -> None: ...


@pytest.mark.parametrize("mode", [Mode.ONCE, Mode.UNTIL_DONE])
def test_a_start_while_it_is_paused_says_so(scene: Callable[..., Scene], mode: Mode) -> None:
    """Nothing is begun, and that is no success; after `resume` all goes on."""
    paused = scene(delivered("a"), delivered("b"))
    paused.store.journal.append(DaemonPaused(by="ana"))
    paused.daemon = DevDaemon(parts=paused.daemon._parts)

    assert not paused.daemon.run(mode=mode)
    assert paused.reason().startswith("paused since ")
    assert paused.reason().endswith(" by ana: coffee-maker resume")
    assert [paused.reason()] == paused.notices()
    assert [] == paused.executor.started

    paused.store.journal.append(DaemonResumed(by="ana"))
    assert DevDaemon(parts=paused.daemon._parts).run(mode=mode)


def test_a_pause_lets_the_task_under_way_end(scene: Callable[..., Scene]) -> None:
    """The next is begun when somebody resumes, and not earlier."""

    def decide(scene: Scene, entry: Entry) -> None:
        if isinstance(entry.event, TaskStarted) and entry.task == "PRIORITY 1":
            scene.store.journal.append(DaemonPaused(by="ana"))
        if isinstance(entry.event, NoticeGiven) and entry.event.message.startswith("paused"):
            assert ["PRIORITY 1"] == scene.executor.started
            scene.store.journal.append(DaemonResumed(by="ana"))
        if isinstance(entry.event, TaskDelivered) and entry.task == "PRIORITY 2":
            scene.daemon.stop()

    decider = Decider(decide)
    watched = decider.scene = scene(delivered("a"), delivered("b"), watcher=decider)
    watched.daemon._parts = replace(watched.daemon._parts, watch_seconds=30)

    watched.daemon.run()

    assert ["PRIORITY 1", "PRIORITY 2"] == watched.executor.started


def test_a_task_that_is_skipped_under_way_is_let_go(scene: Callable[..., Scene]) -> None:
    """Its questions are withdrawn, what depends on it waits, and a retry ends the rest."""
    skipped = TaskSkipped(by="ana", reason="later")

    def decide(scene: Scene, entry: Entry) -> None:
        if isinstance(entry.event, TaskStarted) and not scene.store.questions.answer_to("q1"):
            scene.store.questions.put(question(task="PRIORITY 1"))
            scene.store.journal.append(skipped, task="PRIORITY 1")
        if isinstance(entry.event, NoticeGiven):
            scene.store.journal.append(TaskRetried(by="ana"), task="PRIORITY 1")
        if isinstance(entry.event, TaskDelivered) and entry.task == "PRIORITY 2":
            scene.daemon.stop()

    decider = Decider(decide)
    watched = decider.scene = scene(None, delivered("a"), delivered("b"), watcher=decider)
    watched.daemon._parts = replace(watched.daemon._parts, watch_seconds=30)

    watched.daemon.run()

    assert ["PRIORITY 1", "PRIORITY 1", "PRIORITY 2"] == watched.executor.started
    assert (
        "nothing can be done now: PRIORITY 1 (skipped: later), PRIORITY 2 (PRIORITY 1 was skipped)"
    ) in watched.notices()
    assert () == watched.store.questions.open()
    said = [e.event for e in watched.store.journal.read(kinds=(TaskSkipped.kind,))]
    assert [skipped, skipped] == said


def test_what_a_person_skipped_is_no_failure(scene: Callable[..., Scene]) -> None:
    """They decided it, so nothing waits for them."""
    skipped = scene()
    skipped.repository.roadmap = "## PRIORITY 1: a\n"
    skipped.store.journal.append(TaskSkipped(by="ana", reason=""), task="PRIORITY 1")

    assert skipped.daemon.run(mode=Mode.UNTIL_DONE)

    assert "nothing can be done now: PRIORITY 1 (skipped)" == skipped.reason()


def test_a_second_signal_ends_it_at_once(scene: Callable[..., Scene]) -> None:
    """Whatever it waits for; the journal says what goes on."""

    pressed: list[Entry] = []

    def decide(_: Scene, entry: Entry) -> None:
        if isinstance(entry.event, TaskStarted) and not pressed:
            pressed.append(entry)
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    decider = Decider(decide)
    cut = decider.scene = scene(watcher=decider)

    with pytest.raises(SystemExit) as ended:
        cut.daemon.run()

    assert 128 + signal.SIGTERM == ended.value.code
    assert "ended at once; `coffee-maker run` goes on where it was" == cut.reason()
    assert before == signal.getsignal(signal.SIGTERM)
