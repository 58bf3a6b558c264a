"""Which command runs a project's tests.

What the user configured comes first. Otherwise the project's files tell, what they state before
what they only suggest:

1. pytest, where a file configures it
2. npm, where `scripts.test` is more than npm's own placeholder
3. cargo, where there is a Cargo.toml
4. go, where there is a go.mod
5. make, where a Makefile has a target `test`
6. pytest, where there are files that it would collect
"""

import json
import re
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coffee_maker.domain.check import Check

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
    """What the search looks at: paths with `/`, and the text of the few files that configure."""

    paths: frozenset[str]
    texts: dict[str, str] = field(default_factory=dict)


def configured(command: str | Sequence[str]) -> TestCommand | None:
    """The user's own command, a line for the shell or a list of arguments; None where empty."""
    reason = "test_command in the settings"
    if isinstance(command, str):
        line = command.strip()
        return TestCommand(argv=("sh", "-c", line), line=line, reason=reason) if line else None
    return TestCommand(argv=tuple(command), reason=reason) if command else None


def find_test_command(files: ProjectFiles, *, python: str = "python3") -> TestCommand | None:
    """The command that the project's own files name, in the order above."""
    return (
        _pytest_configured(files, python)
        or _npm(files)
        or _cargo(files)
        or _go(files)
        or _make(files)
        or _pytest_suggested(files, python)
    )


def read_project(checkout: Path) -> ProjectFiles:
    """The names in the checkout's top folder and in its test folders, and what configures."""
    names = {path.name for path in checkout.iterdir()}
    tests = (
        path.relative_to(checkout).as_posix()
        for folder in ("test", "tests")
        if folder in names
        for path in (checkout / folder).rglob("*.py")
    )
    texts = {name: _text(checkout / name) for name in _READ if name in names}
    return ProjectFiles(paths=frozenset(names).union(tests), texts=texts)


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


def _pytest_suggested(files: ProjectFiles, python: str) -> TestCommand | None:
    tests = sorted(path for path in files.paths if _COLLECTED_BY_PYTEST.fullmatch(path))
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
    if program and subprocess.run(asked, capture_output=True, check=False).returncode != 0:
        return f"there is no program {program}"
    if command.is_pytest and not _has_pytest(python):
        return f"{python} has no pytest"
    return ""


def _program(command: TestCommand) -> str:
    """The program that is started first, empty where only a shell could tell."""
    words = command.line.split() if command.line else command.argv
    first = next((word for word in words if word != "env" and "=" not in word), "")
    return first if not command.line or re.fullmatch(r"[\w.+-]+", first) else ""


def _has_pytest(python: str) -> bool:
    asked = "import importlib.util as u, sys; sys.exit(u.find_spec('pytest') is None)"
    try:
        done = subprocess.run([python, "-c", asked], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _mend(command: TestCommand) -> str:
    if command.is_pytest:
        return f"install pytest for that Python, or {CURE} (such as .venv/bin/python -m pytest)"
    return f"install it, or {CURE}"
