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
    read_project,
)

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
