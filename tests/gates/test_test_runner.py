"""Real projects are made, and their real test runners run."""

import os
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from coffee_maker.domain.errors import GateError
from coffee_maker.domain.gate import TestOutcome
from coffee_maker.gates.environment import child_environment
from coffee_maker.gates.test_runner import ProjectTests
from tests.support.needs import program

TEST_A = """\
    import pytest

    def test_good(): pass
    def test_bad(): assert 1 == 2
    @pytest.mark.skip
    def test_off(): pass
    """


def project(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return folder


def run(folder: Path, command: str = "", *, timeout: float = 60) -> TestOutcome:
    tests = ProjectTests(command=command, python=sys.executable, timeout_seconds=timeout)
    return tests.run(folder)


def test_pytest_is_known_by_name(tmp_path: Path) -> None:
    """Collected, failing and skipped come by node id, and nothing is left in the checkout."""
    folder = project(tmp_path, {"pytest.ini": "[pytest]\n", "tests/test_a.py": TEST_A})
    outcome = run(folder)

    assert (1, True, 3) == (outcome.exit_code, outcome.detailed, outcome.collected)
    assert {"tests/test_a.py::test_bad"} == outcome.failing
    assert {"tests/test_a.py::test_off"} == outcome.skipped
    assert f"{sys.executable} -m pytest" == outcome.command
    assert [] == list(folder.rglob("*.xml"))


def test_every_failure_is_known_although_the_project_stops_at_the_first(tmp_path: Path) -> None:
    """`-x` and a module that cannot be imported would hide what else fails."""
    folder = project(
        tmp_path,
        {
            "pytest.ini": "[pytest]\naddopts = -x -q -p no:randomly\n",
            "test_a.py": "def test_1(): assert 0\ndef test_2(): assert 0\n",
            "test_b.py": "import surely_not_there\n",
        },
    )

    assert {"test_a.py::test_1", "test_a.py::test_2", "test_b.py"} == run(folder).failing


def test_pytest_through_make_is_known_as_well(tmp_path: Path) -> None:
    """Two runs of pytest in one command, neither of which we started, add up."""
    makefile = f"test:\n\t-{sys.executable} -m pytest -q one\n\t{sys.executable} -m pytest -q two\n"
    folder = project(
        tmp_path,
        {"Makefile": makefile, "one/test_a.py": TEST_A, "two/test_b.py": "def test_b(): pass\n"},
    )
    outcome = run(folder, "make test")

    assert (0, True, 4) == (outcome.exit_code, outcome.detailed, outcome.collected)
    assert {"one/test_a.py::test_bad"} == outcome.failing
    assert not outcome.passed


@pytest.mark.parametrize(
    ("conftest", "doubt"),
    [
        ("def pytest_sessionfinish(session): session.exitstatus = 0", "names 1 failing"),
        ("import os\ndef pytest_runtest_logreport(report): os._exit(0)", "left no report"),
    ],
)
def test_a_forged_exit_code_is_not_believed(tmp_path: Path, conftest: str, doubt: str) -> None:
    """A conftest that makes pytest end with 0 does not make the tests pass."""
    files = {"pytest.ini": "[pytest]\n", "test_a.py": TEST_A}
    folder = project(tmp_path, {**files, "conftest.py": conftest})
    outcome = run(folder)

    assert (0, False) == (outcome.exit_code, outcome.passed)
    assert doubt in outcome.doubt


def test_unittest_is_known_by_name(tmp_path: Path) -> None:
    """Where there is no report, names come out of what the runner prints."""
    test = """\
        import unittest

        class T(unittest.TestCase):
            def test_good(self): pass
            def test_bad(self): self.fail()
        """
    folder = project(tmp_path, {"test_a.py": test})
    outcome = run(folder, f"{sys.executable} -m unittest")

    assert (1, True, 2) == (outcome.exit_code, outcome.detailed, outcome.collected)
    assert {"test_bad (test_a.T.test_bad)"} == outcome.failing


def test_node_is_known_by_name(tmp_path: Path) -> None:
    """npm test is found and run without waiting for changes."""
    program("npm", "install Node.js")
    files = {
        "package.json": '{"scripts": {"test": "node --test"}}',
        "a.test.js": "const test = require('node:test')\n"
        "test('good', () => {})\ntest('bad', () => { throw new Error(process.env.CI) })\n",
    }
    outcome = run(project(tmp_path, files))

    assert (1, True, 2) == (outcome.exit_code, outcome.detailed, outcome.collected)
    assert ["bad"] == [name.split()[-1] for name in outcome.failing]
    assert "env CI=true npm test" == outcome.command


def test_without_a_command_nothing_runs(tmp_path: Path) -> None:
    """A project without tests is an outcome, not an error."""
    assert not run(tmp_path).ran


@pytest.mark.parametrize("command", ["surely-no-such-program --all", ["surely-no-such-program"]])
def test_a_missing_program_is_an_error_with_a_cure(tmp_path: Path, command: str) -> None:
    """It could not look, which is not the same as tests that fail."""
    with pytest.raises(GateError) as caught:
        run(tmp_path, command)

    assert "surely-no-such-program" in str(caught.value)
    assert "set test_command in coffee_maker.toml" in caught.value.cure
    assert caught.value.stops_the_line


def test_python_without_pytest_is_an_error_with_a_cure(tmp_path: Path) -> None:
    """The commonest reason why a found command does not start."""
    bare = tmp_path / "bare"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    bare.chmod(0o755)
    folder = project(tmp_path / "project", {"pytest.ini": "[pytest]\n"})

    with pytest.raises(GateError) as caught:
        ProjectTests(python=str(bare)).run(folder)

    assert caught.value.cure.startswith(f"install pytest for {bare}")
    assert not caught.value.stops_the_line


def test_a_hanging_test_is_ended(tmp_path: Path) -> None:
    """The limit is the runner's, and what was printed until then is there to be read."""
    files = {"Makefile": "test:\n\t@echo waiting for godot\n\t@sleep 300\n"}
    outcome = run(project(tmp_path, files), timeout=0.5)

    assert (True, None, False) == (outcome.timed_out, outcome.exit_code, outcome.passed)
    assert "waiting for godot" in outcome.output


def test_the_tests_see_no_credentials(tmp_path: Path, clean_environment: Path) -> None:
    """What is not on the list is not passed on; what the user names is."""
    secrets = {"GH_TOKEN": "x", "ANTHROPIC_API_KEY": "x", "SSH_AUTH_SOCK": "x", "CI": "true"}
    os.environ.update(secrets, GIT_DIR="/x", DATABASE_URL="sqlite://", LC_ALL="C.UTF-8")
    tests = ProjectTests(command="env", passed=["DATABASE_URL"])
    seen = dict(line.split("=", 1) for line in tests.run(tmp_path).output.splitlines())

    assert not {*secrets, "GIT_DIR"} & set(seen)
    assert ("sqlite://", "C.UTF-8") == (seen["DATABASE_URL"], seen["LC_ALL"])
    assert (str(clean_environment), "dumb") == (seen["HOME"], seen["TERM"])
    assert not Path(seen["TMPDIR"]).exists()


def test_the_users_own_pytest_options_stay(tmp_path: Path) -> None:
    """A folder with a space in its name does not break the options."""
    made = child_environment(
        {"PYTEST_ADDOPTS": "-v"},
        run="r",
        temporary=tmp_path,
        report=Path("/a b/junit.xml"),
        passed=["PYTEST_ADDOPTS"],
    )

    assert made["PYTEST_ADDOPTS"].startswith("-v --junitxml='/a b/junit.xml' ")


def test_the_tests_do_not_get_our_python(tmp_path: Path) -> None:
    """What they call python3 is the user's, not the one that coffee_maker is installed in."""
    path = f"{sys.prefix}/bin:/usr/bin:/bin"
    made = child_environment(
        {"PATH": path}, run="r", temporary=tmp_path, report=tmp_path / "junit.xml"
    )

    assert "/usr/bin:/bin" == made["PATH"]


def test_the_code_of_the_checkout_is_tested(tmp_path: Path) -> None:
    """Also where the user's environment has the project installed from somewhere else."""
    elsewhere = project(tmp_path / "other", {"sums/__init__.py": "WHERE = 'elsewhere'\n"})
    files = {
        "src/sums/__init__.py": "WHERE = 'here'\n",
        "test_a.py": "import sums\nprint(sums.WHERE)",
    }
    folder = project(tmp_path / "checkout", files)
    os.environ["PYTHONPATH"] = str(elsewhere)
    tests = ProjectTests(command=[sys.executable, "test_a.py"], passed=["PYTHONPATH"])

    assert "here\n" == tests.run(folder).output
