"""Which command runs a project's tests.

What the user configured comes first. Otherwise the project's files tell, what they state before
what they only suggest:

1. pytest, where a file configures it
2. npm, where `scripts.test` is more than npm's own placeholder
3. cargo, where there is a Cargo.toml
4. go, where there is a go.mod
5. make, where a Makefile has a target `test`
6. unittest, where all test files are written for it, and the Python has no pytest
7. pytest, where there are files that it would collect
"""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from coffee_maker.domain.check import Check
from coffee_maker.domain.own_environment import without_own_environment

CURE = "set test_command in coffee_maker.toml"
_READ = (
    "package.json",
    "pyproject.toml",
    "setup.cfg",
    "tox.ini",
    "GNUmakefile",
    "makefile",
    "Makefile",
)
_READ_AT_MOST = 1_000_000  # characters; a larger file configures nothing that people wrote
_PYTEST_SECTIONS = {
    "pyproject.toml": re.compile(r"^\s*\[tool\.pytest(?:\.ini_options)?\]", re.MULTILINE),
    "setup.cfg": re.compile(r"^\[tool:pytest\]", re.MULTILINE),
    "tox.ini": re.compile(r"^\[pytest\]", re.MULTILINE),
}
_MAKE_TARGET = re.compile(
    r"^(?:[\w.%/-]+[ \t]+)*test(?:[ \t]+[\w.%/-]+)*[ \t]*::?(?!=)", re.MULTILINE
)
_NPM_PLACEHOLDER = "no test specified"
_TEST_FOLDERS = ("test", "tests")
_IMPORTS_UNITTEST = re.compile(r"^[ \t]*(?:import|from)[ \t]+unittest\b", re.MULTILINE)
_TEST_CASE = re.compile(r"^[ \t]*class[ \t]+\w+\([^)]*TestCase\b", re.MULTILINE)
_FOR_PYTEST = re.compile(
    r"^(?:async[ ]+)?def[ ]+test|^[ \t]*(?:import|from)[ ]+pytest\b", re.MULTILINE
)
_COLLECTED_BY_PYTEST = re.compile(r"(?:tests?/(?:.+/)?)?(?:test_[^/]*|[^/]*_test)\.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCommand:
    """How the tests are run. `reason` says in words why; `is_pytest`: it is pytest and no other.

    A line of the user's own is run by `sh -c`, because it is theirs and may use all a shell can;
    a command that was found in the project's files is a list of arguments and meets no shell.
    """

    __test__ = False

    argv: tuple[str, ...]
    reason: str
    line: str = ""
    is_pytest: bool = False

    @property
    def text(self) -> str:
        """As a person would type it."""
        return self.line or shlex.join(self.argv)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFiles:
    """What the search looks at: paths with `/`, and the text of the few files that configure.

    `unittests`: those of the paths whose tests unittest can run, all of them.
    """

    paths: frozenset[str]
    texts: dict[str, str] = field(default_factory=dict)
    unittests: frozenset[str] = frozenset()


def configured(command: str | Sequence[str]) -> TestCommand | None:
    """The user's own command, a line for the shell or a list of arguments; None where empty."""
    reason = "test_command in the settings"
    if isinstance(command, str):
        line = command.strip()
        return TestCommand(argv=("sh", "-c", line), line=line, reason=reason) if line else None
    return TestCommand(argv=tuple(command), reason=reason) if command else None


def has_pytest(python: str) -> bool:
    """Whether this Python could run pytest, where the tests are run."""
    asked = "import importlib.util as u, sys; sys.exit(u.find_spec('pytest') is None)"
    try:
        done = subprocess.run(
            [python, "-c", asked],
            env=without_own_environment(os.environ),
            capture_output=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def find_test_command(
    files: ProjectFiles,
    *,
    python: str = "python3",
    can_pytest: Callable[[str], bool] = has_pytest,
) -> TestCommand | None:
    """The command that the project's own files name, in the order above.

    `can_pytest` is asked only where it matters: of files that unittest could run as well.
    """
    return (
        _pytest_configured(files, python)
        or _npm(files)
        or _cargo(files)
        or _go(files)
        or _make(files)
        or _unittest(files, python, can_pytest)
        or _pytest_suggested(files, python)
    )


def read_project(checkout: Path) -> ProjectFiles:
    """The names in the checkout's top folder and in its test folders, and what configures."""
    names = {path.name for path in checkout.iterdir()}
    tests = (
        path.relative_to(checkout).as_posix()
        for folder in _TEST_FOLDERS
        if folder in names
        for path in (checkout / folder).rglob("*.py")
    )
    texts = {name: _text(checkout / name) for name in _READ if name in names}
    paths = frozenset(names).union(tests)
    unittests = (path for path in _collected(paths) if is_unittest(_text(checkout / path)))
    return ProjectFiles(paths=paths, texts=texts, unittests=frozenset(unittests))


def check_test_command(
    checkout: Path, *, command: str | Sequence[str] = "", python: str = "python3"
) -> Check:
    """Whether tests can be run here: a command is known, and its program is there."""
    found = configured(command) or find_test_command(read_project(checkout), python=python)
    if found is None:
        return Check(name="tests", ok=False, detail="no test command found", cure=CURE)
    detail = f"`{found.text}` ({found.reason})"
    missing = _missing(found, python)
    if missing:
        return Check(name="tests", ok=False, detail=f"{detail}, but {missing}", cure=_mend(found))
    return Check(name="tests", ok=True, detail=detail)


def _pytest_configured(files: ProjectFiles, python: str) -> TestCommand | None:
    for name in ("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml"):
        if name in files.paths:
            return _pytest(python, f"found {name}")
    for name, section in _PYTEST_SECTIONS.items():
        if found := section.search(files.texts.get(name, "")):
            return _pytest(python, f"found {found[0].strip()} in {name}")
    return None


def is_unittest(text: str) -> bool:
    """Whether unittest runs every test in a file. `unittest.mock` is used with pytest as well."""
    written_for_it = _IMPORTS_UNITTEST.search(text) and _TEST_CASE.search(text)
    return bool(written_for_it) and not _FOR_PYTEST.search(text)


def _collected(paths: frozenset[str]) -> list[str]:
    return sorted(path for path in paths if _COLLECTED_BY_PYTEST.fullmatch(path))


def _unittest(
    files: ProjectFiles, python: str, can_pytest: Callable[[str], bool]
) -> TestCommand | None:
    """Where it misses none of the tests: a run that leaves some out must not look green."""
    tests = _collected(files.paths)
    if not tests or not files.unittests.issuperset(tests):
        return None
    start = _start_of_discovery(files, tests)
    if start is None or can_pytest(python):
        return None
    where = ("discover", "-s", start) if start else ()
    reason = f"found {tests[0]}, written for unittest; {python} has no pytest"
    return TestCommand(argv=(python, "-m", "unittest", *where), reason=reason)


def _start_of_discovery(files: ProjectFiles, tests: list[str]) -> str | None:
    """The folder from which unittest finds all of these, empty for the top; None: there is none.

    It takes files that begin with `test`, in folders that are packages.
    """
    if not all(PurePosixPath(path).name.startswith("test") for path in tests):
        return None
    for start in ("", *_TEST_FOLDERS):
        if all(_is_discovered(files, PurePosixPath(path), PurePosixPath(start)) for path in tests):
            return start
    return None


def _is_discovered(files: ProjectFiles, path: PurePosixPath, start: PurePosixPath) -> bool:
    if not path.is_relative_to(start):
        return False
    between = path.relative_to(start).parents
    return all(str(start / f / "__init__.py") in files.paths for f in between if f.name)


def _pytest_suggested(files: ProjectFiles, python: str) -> TestCommand | None:
    tests = _collected(files.paths)
    return _pytest(python, f"found {tests[0]}") if tests else None


def _pytest(python: str, reason: str) -> TestCommand:
    return TestCommand(argv=(python, "-m", "pytest"), reason=reason, is_pytest=True)


def _npm(files: ProjectFiles) -> TestCommand | None:
    try:
        test = json.loads(files.texts.get("package.json", ""))["scripts"]["test"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(test, str) or not test.strip() or _NPM_PLACEHOLDER in test:
        return None
    # CI=true keeps the JavaScript runners from watching for changes for ever.
    argv = ("env", "CI=true", "npm", "test")
    return TestCommand(argv=argv, reason="found scripts.test in package.json")


def _cargo(files: ProjectFiles) -> TestCommand | None:
    if "Cargo.toml" not in files.paths:
        return None
    # Without it cargo ends at the first crate that fails, and the other failures stay unknown.
    return TestCommand(argv=("cargo", "test", "--no-fail-fast"), reason="found Cargo.toml")


def _go(files: ProjectFiles) -> TestCommand | None:
    if "go.mod" not in files.paths:
        return None
    return TestCommand(argv=("go", "test", "./..."), reason="found go.mod")


def _make(files: ProjectFiles) -> TestCommand | None:
    for name in ("GNUmakefile", "makefile", "Makefile"):
        if _MAKE_TARGET.search(files.texts.get(name, "")):
            return TestCommand(argv=("make", "test"), reason=f"found {name} target `test`")
    return None


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_READ_AT_MOST)
    except OSError:
        return ""


def _missing(command: TestCommand, python: str) -> str:
    program = _program(command)
    # Asked of the shell, which has commands of its own (`cd`, `exec`).
    asked = ["sh", "-c", 'command -v "$1"', "sh", program]
    seen = without_own_environment(os.environ)
    if program and subprocess.run(asked, env=seen, capture_output=True, check=False).returncode:
        return f"there is no program {program}"
    if command.is_pytest and not has_pytest(python):
        return f"{python} has no pytest"
    return ""


def _program(command: TestCommand) -> str:
    """The program that is started first, empty where only a shell could tell."""
    words = command.line.split() if command.line else command.argv
    first = next((word for word in words if word != "env" and "=" not in word), "")
    return first if not command.line or re.fullmatch(r"[\w.+-]+", first) else ""


def _mend(command: TestCommand) -> str:
    if command.is_pytest:
        examples = '".venv/bin/python -m pytest" or "python3 -m unittest"'
        return f"install pytest for that Python, or {CURE}, such as {examples}"
    return f"install it, or {CURE}"
