"""Facts found out beside the session: by the real git room, the real gates, and a thread."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from coffee_maker.autonomous.measured_facts import MeasuredFacts
from coffee_maker.autonomous.measuring import Measuring
from coffee_maker.domain.change import Workspace
from coffee_maker.domain.facts import MEASURED, Facts
from coffee_maker.domain.gate import TestOutcome
from coffee_maker.domain.roadmap import Deliverable, Priority, Status
from coffee_maker.gates.deliverables_gate import DeliverablesGate
from coffee_maker.gates.head_tests import HeadTests
from coffee_maker.gates.secrets_gate import SecretsGate
from coffee_maker.gates.weakened_gate import WeakenedTestsGate
from coffee_maker.git.manager import GitManager
from tests.support.git_server import git
from tests.support.project import BRANCH, TASK, project_with_remote, write

ALL = frozenset(MEASURED)
GREEN = TestOutcome(command="test -e ok", exit_code=0, seconds=0.0, output="")
PRIORITY = Priority(
    id=TASK,
    title="Greet",
    status=Status.PLANNED,
    line=1,
    end_line=2,
    body="",
    deliverables=(Deliverable(text="greet.py", done=False, line=2),),
)


@dataclass
class CountedTests:
    """Tests that pass where there is a file `ok`; how often they ran."""

    runs: list[Path] = field(default_factory=list)
    command: str = "test -e ok"

    def run(self, checkout: Path) -> TestOutcome:
        self.runs.append(checkout)
        code = 0 if (checkout / "ok").exists() else 1
        return TestOutcome(command=self.command, exit_code=code, seconds=0.0, output="")


class Scene:
    """A workspace, and what is found out about it."""

    def __init__(self, folder: Path) -> None:
        self.manager: GitManager = project_with_remote(folder).ready()
        self.workspace: Workspace = self.manager.prepare(TASK, BRANCH, "main")
        self.tests = CountedTests()
        head = HeadTests(self.tests)
        self.facts = MeasuredFacts(
            self.workspace,
            priority=PRIORITY,
            baseline=GREEN,
            workspaces=self.manager,
            repository=self.manager,
            tests=head,
            gates=[WeakenedTestsGate(head), SecretsGate(), DeliverablesGate()],
        )

    def write(self, **files: str) -> None:
        write(self.workspace.path, {name.replace("_py", ".py"): t for name, t in files.items()})

    def commit(self) -> None:
        git("add", "--all", cwd=self.workspace.path)
        git("commit", "--quiet", "-m", "feat: greet", cwd=self.workspace.path)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_what_is_not_committed_is_tested_too(scene: Scene) -> None:
    """All facts speak of the files as they stand; the branch is not ready before the commit."""
    scene.write(ok="", greet_py="a\nb\n")

    facts = scene.facts.measure(ALL)

    assert (
        Facts(
            tests_passed=True,
            changes_valid=True,
            branch_ready=False,
            changed_lines=2,
            files_modified=("greet.py", "ok"),
        )
        == facts
    )


def test_asking_again_costs_no_second_run(scene: Scene) -> None:
    """One run serves the fact and the gates that look at the tests."""
    scene.write(ok="")
    scene.commit()
    scene.facts.measure(ALL)

    facts = scene.facts.measure(ALL)

    assert facts.branch_ready is True
    assert 1 == len(scene.tests.runs)


def test_committing_what_was_tested_costs_no_second_run(scene: Scene) -> None:
    """The files are the same."""
    scene.write(ok="")
    scene.facts.measure(frozenset({"tests_passed"}))
    scene.commit()

    assert scene.facts.measure(frozenset({"tests_passed"})).tests_passed is True
    assert 1 == len(scene.tests.runs)


def test_a_change_is_tested_anew(scene: Scene) -> None:
    """What passed before is no proof of what stands there now."""
    scene.write(ok="")
    assert scene.facts.measure(ALL).tests_passed is True
    (scene.workspace.path / "ok").unlink()
    scene.write(greet_py="x\n")

    facts = scene.facts.measure(ALL)

    assert (False, False) == (facts.tests_passed, facts.branch_ready)


def test_only_what_is_needed_is_measured(scene: Scene) -> None:
    """The number of lines is known without a run of the tests."""
    scene.write(ok="", greet_py="a\n")

    facts = scene.facts.measure(frozenset({"changed_lines"}))

    assert (None, None, 1) == (facts.tests_passed, facts.changes_valid, facts.changed_lines)
    assert [] == scene.tests.runs


def test_nothing_changed_is_no_valid_change(scene: Scene) -> None:
    """However green the tests are."""
    facts = scene.facts.measure(ALL)

    assert (False, False, 0) == (facts.changes_valid, facts.branch_ready, facts.changed_lines)


def test_a_secret_makes_a_change_invalid(scene: Scene) -> None:
    """A gate that finds fault is heard on the way already."""
    scene.write(ok="", key_py='aws = "AKIA' + 'Z7Q3M5N2P4R6S8T9"\n')

    assert scene.facts.measure(ALL).changes_valid is False


def test_where_no_tests_are_known_it_is_not_known(scene: Scene) -> None:
    """None is neither passed nor failed, and a branch about which it is None is not ready."""
    scene.tests.command = ""
    scene.write(ok="")
    scene.commit()

    facts = scene.facts.measure(ALL)

    assert (None, True, None) == (facts.tests_passed, facts.changes_valid, facts.branch_ready)


def test_what_cannot_be_looked_at_is_not_known(scene: Scene) -> None:
    """A rebase that is not ended raises in the git room, and nowhere else."""
    (scene.workspace.path / ".git" / "rebase-merge").mkdir()

    assert Facts() == scene.facts.measure(ALL)


@pytest.fixture
def sleeper() -> Iterator[list[int]]:
    """Where a measurement leaves the exit code of the program that it waits for."""
    codes: list[int] = []
    yield codes
    assert codes


def test_closing_ends_what_is_measured(sleeper: list[int]) -> None:
    """An hour of tests is not waited for when nobody wants to know any more."""
    started = threading.Event()

    def measure(needs: frozenset[str]) -> Facts:
        running = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
        started.set()
        sleeper.append(running.wait())
        return Facts()

    measuring: Measuring[str] = Measuring(measure)
    measuring.add("q", "asked", ALL)
    assert started.wait(20)
    begun = time.monotonic()

    measuring.close()

    assert time.monotonic() - begun < 8
    assert not measuring
