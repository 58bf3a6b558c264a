"""Which command runs a project's tests."""

import json
import sys
from pathlib import Path

import pytest

from coffee_maker.gates.test_command import (
    ProjectFiles,
    check_test_command,
    configured,
    find_test_command,
    is_unittest,
    read_project,
)
from coffee_maker.gates.test_runner import ProjectTests

NPM = json.dumps({"scripts": {"test": "jest"}})
NPM_DEFAULT = json.dumps({"scripts": {"test": 'echo "Error: no test specified" && exit 1'}})
MAKE = "all: build\n\ntest: all\n\tpytest\n"


def files(*paths: str, **texts: str) -> ProjectFiles:
    named = {name.replace("_", "."): text for name, text in texts.items()}
    return ProjectFiles(paths=frozenset({*paths, *named}), texts=named)


@pytest.mark.parametrize(
    ("project", "command", "reason"),
    [
        (files("pytest.ini"), "python3 -m pytest", "found pytest.ini"),
        (
            files(pyproject_toml="[tool.pytest.ini_options]\n"),
            "python3 -m pytest",
            "found [tool.pytest.ini_options] in pyproject.toml",
        ),
        (
            files(setup_cfg="[tool:pytest]\n"),
            "python3 -m pytest",
            "found [tool:pytest] in setup.cfg",
        ),
        (files(package_json=NPM), "env CI=true npm test", "found scripts.test in package.json"),
        (files("Cargo.toml"), "cargo test --no-fail-fast", "found Cargo.toml"),
        (files("go.mod"), "go test ./...", "found go.mod"),
        (files(Makefile=MAKE), "make test", "found Makefile target `test`"),
        (files("tests/test_a.py"), "python3 -m pytest", "found tests/test_a.py"),
        (files("test_a.py"), "python3 -m pytest", "found test_a.py"),
    ],
)
def test_the_projects_own_files_name_it(project: ProjectFiles, command: str, reason: str) -> None:
    """Each kind of project gets its command, and the reason in words."""
    found = find_test_command(project)

    assert found is not None
    assert (command, reason) == (found.text, found.reason)


@pytest.mark.parametrize(
    "project",
    [
        files("README.md"),
        files(package_json=NPM_DEFAULT),
        files(package_json="{not json"),
        files(package_json="[]"),
        files(pyproject_toml="[tool.ruff]\n"),
        files(Makefile=".PHONY: test\ntest := 1\nlatest: x\n\techo\n"),
        files("tests/helpers.py", "tests/conftest.py"),
    ],
)
def test_without_a_sign_there_is_none(project: ProjectFiles) -> None:
    """Placeholders, broken files and look-alikes are no test command."""
    assert find_test_command(project) is None


def test_what_is_stated_comes_before_what_is_suggested() -> None:
    """A Makefile with `test` outranks test files that merely lie there, not a configuration."""
    suggested = files("tests/test_a.py", Makefile=MAKE)
    stated = files("tests/test_a.py", "pytest.ini", Makefile=MAKE, package_json=NPM)

    assert "make test" == getattr(find_test_command(suggested), "text", None)
    assert "python3 -m pytest" == getattr(find_test_command(stated), "text", None)


@pytest.mark.parametrize(
    ("paths", "command"),
    [
        (["test_a.py"], "py -m unittest"),
        (["tests/test_a.py"], "py -m unittest discover -s tests"),
        (
            ["test/test_a.py", "test/in/test_b.py", "test/in/__init__.py"],
            "py -m unittest discover -s test",
        ),
        (["tests/test_a.py", "tests/__init__.py", "test_b.py"], "py -m unittest"),
        (["tests/test_a.py", "test_b.py"], "py -m pytest"),
        (["tests/in/test_a.py"], "py -m pytest"),
        (["a_test.py"], "py -m pytest"),
    ],
)
def test_unittest_runs_what_it_would_find(paths: list[str], command: str) -> None:
    """Without pytest, and only where it would find every one of the tests."""
    project = ProjectFiles(paths=frozenset(paths), unittests=frozenset(paths))
    found = find_test_command(project, python="py", can_pytest=lambda _: False)

    assert command == getattr(found, "text", None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import unittest\nclass A(unittest.TestCase):\n    def test_a(self): ...\n", True),
        ("from unittest import TestCase\nclass A(Base, TestCase): ...\n", True),
        ("from unittest import mock\ndef test_a(): ...\n", False),
        ("from unittest import mock\nclass TestA:\n    def test_a(self): ...\n", False),
        ("import unittest\nclass A(unittest.TestCase): ...\ndef test_b(): ...\n", False),
        ("import unittest\nimport pytest\nclass A(unittest.TestCase): ...\n", False),
        ("from django.test import TestCase\nclass A(TestCase): ...\n", False),
    ],
)
def test_only_what_unittest_runs_whole_is_for_it(text: str, expected: bool) -> None:
    """A test that it would leave out must not be taken for one that passed."""
    assert expected is is_unittest(text)


def test_pytest_comes_before_unittest() -> None:
    """Where it is there, and where a test is written for it."""
    both = ProjectFiles(paths=frozenset({"test_a.py"}), unittests=frozenset({"test_a.py"}))
    one = ProjectFiles(paths=both.paths | {"test_b.py"}, unittests=both.unittests)

    there = find_test_command(both, can_pytest=lambda _: True)
    needed = find_test_command(one, can_pytest=lambda _: False)

    assert "python3 -m pytest" == getattr(there, "text", None)
    assert "python3 -m pytest" == getattr(needed, "text", None)


@pytest.mark.parametrize("folder", [".", "tests"])
def test_unittest_is_found_in_a_checkout_and_runs(tmp_path: Path, folder: str) -> None:
    """With a Python that has no pytest: read, found, and run to its end."""
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    bare.chmod(0o755)
    checkout = tmp_path / "checkout"
    (checkout / folder).mkdir(parents=True)
    (checkout / folder / "test_a.py").write_text(
        "import unittest\n\n\nclass A(unittest.TestCase):\n"
        "    def test_it(self):\n        print('it ran')\n"
    )

    outcome = ProjectTests(python=str(bare)).run(checkout)

    assert 0 == outcome.exit_code
    assert "it ran" in outcome.output
    assert check_test_command(checkout, python=str(bare)).ok


def test_doctor_tells_of_unittest(tmp_path: Path) -> None:
    """For tests that are said to be pytest's and are not."""
    (tmp_path / "pytest.ini").touch()

    bare = tmp_path / "python3"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    bare.chmod(0o755)

    assert "python3 -m unittest" in check_test_command(tmp_path, python=str(bare)).cure


def test_the_users_own_line_is_run_by_a_shell() -> None:
    """A line may use all a shell can; a list meets no shell; nothing is nothing."""
    line, listed = configured(" cd app && make check "), configured(["make", "check it"])

    assert line is not None
    assert listed is not None
    assert ("sh", "-c", "cd app && make check") == line.argv
    assert "make 'check it'" == listed.text
    assert configured("  ") is None


def test_a_project_is_read_from_its_checkout(tmp_path: Path) -> None:
    """Test files below the test folders are seen, and only known files are opened."""
    (tmp_path / "tests" / "unit").mkdir(parents=True)
    (tmp_path / "tests" / "unit" / "test_a.py").touch()
    (tmp_path / "Makefile").write_text(MAKE)
    (tmp_path / "package.json").symlink_to("/nowhere")

    read = read_project(tmp_path)

    assert "tests/unit/test_a.py" in read.paths
    assert {"Makefile": MAKE, "package.json": ""} == read.texts


def test_doctor_says_what_to_do(tmp_path: Path) -> None:
    """No command, a missing program and a Python without pytest each have their cure."""
    none = check_test_command(tmp_path)
    program = check_test_command(tmp_path, command="surely-no-such-program --all")
    fine = check_test_command(tmp_path, command="cd . && true")
    (tmp_path / "pytest.ini").touch()
    ours = check_test_command(tmp_path, python=sys.executable)
    no_python = check_test_command(tmp_path, python="surely-no-python")

    assert (False, "no test command found") == (none.ok, none.detail)
    assert "set test_command in coffee_maker.toml" == none.cure
    assert not program.ok
    assert "there is no program surely-no-such-program" in program.detail
    assert (True, True, False) == (fine.ok, ours.ok, no_python.ok)
