"""Whether a change makes the tests say less."""

from collections.abc import Sequence

import pytest

from coffee_maker.domain.change import FileState
from coffee_maker.domain.gate import GateResult, TestOutcome
from coffee_maker.gates.test_files import configures_tests, is_test_file
from coffee_maker.gates.weakened_gate import compare
from tests.gates.candidates import change, diff_of, file_change, outcome

COUNTED = outcome(collected=5, skipped=["s"])
BLIND = outcome(detailed=False)
OTHER_COMMAND = (
    "the tests are run by `true` now, by `pytest` on the base "
    "(a person decides that: test_command in coffee_maker.toml)"
)
DELETED, RENAMED, MODIFIED = FileState.DELETED, FileState.RENAMED, FileState.MODIFIED


def look(
    path: str,
    *,
    added: Sequence[str] = (),
    removed: Sequence[str] = (),
    state: FileState = MODIFIED,
    old_path: str | None = None,
    head: TestOutcome = BLIND,
    base: TestOutcome = BLIND,
    more: str = "",
) -> GateResult:
    diff = diff_of(path, added=added, removed=removed) + more
    return compare(change([file_change(path, state, old_path=old_path)], diff=diff), head, base)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("tests/test_a.py", "@pytest.mark.skip(reason='later')"),
        ("tests/test_a.py", "@pytest.mark.xfail"),
        ("tests/test_a.py", "    pytest.skip('flaky')"),
        ("tests/test_a.py", "@unittest.skip('x')"),
        ("tests/test_a.py", "        self.skipTest('x')"),
        ("tests/test_a.py", "@unittest.skipIf(True, 'x')"),
        ("tests/test_a.py", "pytestmark = pytest.mark.skip"),
        ("tests/conftest.py", "collect_ignore = ['test_a.py']"),
        ("tests/conftest.py", "def pytest_runtest_makereport(item, call):"),
        ("conftest.py", "    os._exit(0)"),
        ("src/sum.test.ts", "it.only('adds', () => {"),
        ("src/sum.test.ts", "describe.skip('sums', () => {"),
        ("__tests__/sum.js", "xit('adds', () => {"),
        ("test/sum.js", "  this.skip()"),
        ("sum.test.mjs", "test('adds', { skip: true }, () => {"),
        ("sum_test.go", '\tt.Skip("later")'),
        ("src/lib.rs", "    #[ignore]"),
        ("src/test/java/SumTest.java", "    @Disabled"),
        ("spec/sum_spec.rb", "  xit 'adds' do"),
        ("SumTests.cs", '    [Fact(Skip = "later")]'),
        ("tests/SumTest.php", "        $this->markTestSkipped('x');"),
    ],
)
def test_a_test_that_is_turned_off_is_found(path: str, line: str) -> None:
    """Each language's own ways, in the lines that the change adds, with the place."""
    result = look(path, added=["x", line])

    assert ("failed", f"{path}:2: {line.strip()}") == (result.verdict, result.summary)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("src/reader.py", "    reader.skip(3)"),
        ("tests/test_a.py", "    reader.skip(3)"),
        ("tests/test_a.py", "# pytest.mark.skip would be wrong"),
        ("src/app.ts", "db.user.findMany({ skip: 10, take: 5 })"),
        ("src/app.test.ts", "db.user.findMany({ skip: 10, take: 5 })"),
        ("docs/testing.md", "@pytest.mark.skip"),
        ("src/main.go", "t.Skip()"),
    ],
)
def test_look_alikes_are_left_alone(path: str, line: str) -> None:
    """Other code, comments and other files may say such words."""
    assert "passed" == look(path, added=[line]).verdict


def test_a_marker_that_only_moved_is_not_new() -> None:
    """The same line went and came."""
    line = "@pytest.mark.skip"

    assert "passed" == look("tests/test_a.py", added=["x", f"    {line}"], removed=[line]).verdict


def test_a_conditional_skip_is_measured_where_it_can_be() -> None:
    """It weakens nothing that ran here; without numbers nobody knows."""
    line = "@pytest.mark.skipif(sys.platform == 'win32', reason='x')"
    measured = look("tests/test_a.py", added=[line], head=COUNTED, base=COUNTED)

    assert "passed" == measured.verdict
    assert f"for the reviewer: skipped elsewhere: tests/test_a.py:1: {line}" == measured.evidence
    assert "failed" == look("tests/test_a.py", added=[line]).verdict


@pytest.mark.parametrize(
    ("head", "summary"),
    [
        (outcome(collected=4), "fewer tests: 4, the base has 5"),
        (
            outcome(collected=5, skipped=["s", "t"]),
            "more tests are skipped: 2, on the base 1 (and 1 more)",
        ),
        (BLIND, "the base's run told of 5 tests, this one tells no number"),
        (
            outcome(command="true", collected=5),
            OTHER_COMMAND,
        ),
    ],
)
def test_the_numbers_of_the_run_count(head: TestOutcome, summary: str) -> None:
    """Fewer tests, more skipped ones, and a command that tells less."""
    result = compare(change(["src/a.py"]), head, COUNTED)

    assert ("failed", summary) == (result.verdict, result.summary)


def test_more_tests_are_welcome() -> None:
    """Nothing is said against a suite that grows."""
    grown = outcome(collected=9, skipped=["s"])
    result = look("tests/test_b.py", added=["def test_x():"], head=grown, base=COUNTED)

    assert ("passed", "no test was weakened (by count and by diff)") == (
        result.verdict,
        result.summary,
    )


def test_a_deleted_test_file_is_found() -> None:
    """With the tests that went with it."""
    lines = ["def test_one(): pass", "def test_two(): pass"]
    result = look("tests/test_a.py", removed=lines, state=DELETED)

    assert "failed" == result.verdict
    assert result.evidence.startswith("tests/test_a.py was deleted, and with it test_one, test_two")


def test_tests_that_moved_to_another_file_are_no_loss() -> None:
    """Every test of the deleted file is in another one."""
    lines = ["def test_one(): assert 1"]
    moved = diff_of("tests/unit/test_b.py", added=lines)

    assert "passed" == look("tests/test_a.py", removed=lines, state=DELETED, more=moved).verdict


@pytest.mark.parametrize(
    ("new", "verdict"), [("tests/unit/test_a.py", "passed"), ("tests/old_a.txt", "failed")]
)
def test_a_rename_must_stay_a_test(new: str, verdict: str) -> None:
    """Of equal strength is fine; to a name that no runner collects is not."""
    assert verdict == look(new, state=RENAMED, old_path="tests/test_a.py").verdict


def test_without_numbers_the_lines_are_counted() -> None:
    """A renamed test is no loss; one that is gone is."""
    removed = ["def test_one():", "def test_two():"]
    renamed = look("tests/test_a.py", removed=removed, added=["def test_1():", "def test_2():"])
    fewer = look("tests/test_a.py", removed=removed, added=["def test_1():"])
    rust = look("src/lib.rs", removed=["    #[test]", "    #[test]"], added=["    #[test]"])

    assert "passed" == renamed.verdict
    assert "1 tests fewer in the diff: test_one, test_two" == fewer.summary
    assert "1 tests fewer in the diff: #[test]" == rust.summary


def test_lost_assertions_are_named() -> None:
    """They may have good reasons, so a reviewer is told."""
    result = look(
        "tests/test_a.py", removed=["    assert a == 1", "    assert b"], added=["    x()"]
    )

    assert (
        "passed",
        "for the reviewer: tests/test_a.py lost assertions: 2 lines went, 0 came",
    ) == (
        result.verdict,
        result.evidence,
    )


def test_files_that_decide_how_tests_run_are_named() -> None:
    """A changed conftest is for a person to look at."""
    result = look("tests/conftest.py", added=["import os"])

    assert (
        "for the reviewer: tests/conftest.py was modified: it decides how tests are run"
        == result.evidence
    )


@pytest.mark.parametrize(
    ("path", "is_test"),
    [
        ("test_a.py", True),
        ("pkg/tests/helpers.py", True),
        ("tests/data.json", False),
        ("src/contest.py", False),
        ("src/latest.js", False),
        ("src/a.spec.tsx", True),
        ("cmd/main_test.go", True),
        ("src/testing.go", False),
        ("src/main/java/Contest.java", False),
        ("app/src/test/kotlin/Helpers.kt", True),
        ("docs/tests.md", False),
    ],
)
def test_test_files_are_told_by_their_paths(path: str, is_test: bool) -> None:
    """By the habits of each language, and not by a word in the middle."""
    assert is_test == is_test_file(path)


def test_configuration_is_told_by_its_path() -> None:
    """Where the tests' runner reads its settings."""
    assert configures_tests("jest.config.ts")
    assert configures_tests("sub/conftest.py")
    assert not configures_tests("src/config.ts")
