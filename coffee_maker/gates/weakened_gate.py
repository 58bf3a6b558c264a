"""The gate "weakened tests": whether the change made the tests say less than they did on the base.

Two looks at it. The measured one compares how many tests ran and how many were skipped. The
written one reads the diff, and stands alone where the runner tells no numbers. Assertions that
went away, and files that decide how tests are run, are only named, for whoever reviews.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from coffee_maker.domain.change import Change, FileChange, FileState
from coffee_maker.domain.errors import GateError
from coffee_maker.domain.gate import Candidate, GateResult, TestOutcome, Verdict
from coffee_maker.gates.diff import FileDiff, read_diff
from coffee_maker.gates.head_tests import HeadTests
from coffee_maker.gates.test_files import (
    configures_tests,
    is_deliberately_a_test,
    is_test_file,
)
from coffee_maker.gates.test_languages import Language, language_of, named_test

NAME = "weakened tests"
_LINES_SHOWN = 40
_LINE_SHOWN = 160  # characters
# With these a conftest decides what is a failure, so what pytest then reports proves nothing.
_JUDGING_HOOK = re.compile(
    r"def pytest_(?:runtest_makereport|runtest_protocol|pyfunc_call|report_teststatus"
    r"|sessionfinish|unconfigure)\b|\bos\._exit\("
)


class WeakenedTestsGate:
    """Looks at the diff, and at the numbers of the run that the gate "tests" made."""

    name = NAME

    def __init__(self, tests: HeadTests) -> None:
        self._tests = tests

    def check(self, candidate: Candidate) -> GateResult:
        """Never fails to look: without a run, the diff alone is read."""
        try:
            head = self._tests.of(candidate)
        except GateError:
            head = None
        return compare(candidate.change, head, candidate.baseline)


def compare(change: Change, head: TestOutcome | None, base: TestOutcome) -> GateResult:
    """The verdict. `head` is None where the tests could not be started."""
    files = [file for file in read_diff(change.diff) if is_test_file(file.path)]
    counted = _counted(head, base)
    measured = [] if head is None else [*_fewer(head, base), *_other_command(head, base)]
    weaker = [*_gone(change, files), *measured, *_skipped(files, conditional=not counted)]
    if not counted:
        weaker += _fewer_written(files)
    notes = [*_looser(files), *_configuration(change)]
    if counted:
        notes = [*_conditional(files), *notes]
    return _said(weaker, notes, counted=counted)


def _said(weaker: list[str], notes: list[str], *, counted: bool) -> GateResult:
    shown = [*_first(weaker), *(f"for the reviewer: {note}" for note in _first(notes))]
    if weaker:
        more = f" (and {len(weaker) - 1} more)" if len(weaker) > 1 else ""
        verdict, summary = Verdict.FAILED, f"{weaker[0]}{more}"
    else:
        how = "by count and by diff" if counted else "by diff"
        verdict, summary = Verdict.PASSED, f"no test was weakened ({how})"
    return GateResult(gate=NAME, verdict=verdict, summary=summary, evidence="\n".join(shown))


def _first(lines: list[str]) -> list[str]:
    left = len(lines) - _LINES_SHOWN
    return lines[:_LINES_SHOWN] + ([f"… and {left} more"] if left > 0 else [])


def _counted(head: TestOutcome | None, base: TestOutcome) -> bool:
    return head is not None and head.collected is not None and base.collected is not None


def _fewer(head: TestOutcome, base: TestOutcome) -> Iterator[str]:
    """By the numbers of the two runs."""
    before, now = base.collected, head.collected
    if before is not None and now is None and head.passed:
        yield f"the base's run told of {before} tests, this one tells no number"
    if before is not None and now is not None and now < before:
        yield f"fewer tests: {now}, the base has {before}"
    if len(head.skipped) > len(base.skipped):
        yield f"more tests are skipped: {len(head.skipped)}, on the base {len(base.skipped)}"
        yield from (f"skipped now: {name}" for name in sorted(head.skipped - base.skipped))


def _other_command(head: TestOutcome, base: TestOutcome) -> Iterator[str]:
    if base.ran and head.ran and head.command != base.command:
        yield (
            f"the tests are run by `{head.command}` now, by `{base.command}` on the base "
            "(a person decides that: test_command in coffee_maker.toml)"
        )


def _gone(change: Change, files: list[FileDiff]) -> Iterator[str]:
    """Test files that were deleted, or renamed to what no runner collects, with their tests."""
    kept = Counter(name for file in files for name in _tests(file, (t for _, t in file.added)))
    lines = {file.path: file for file in read_diff(change.diff)}
    for file in change.files:
        if _was_a_test(file) and not _is_a_test(file):
            tests = _tests_in(lines.get(file.path))
            if file.state is not FileState.DELETED:
                yield f"{file.old_path} was renamed to {file.path}, where no test is looked for"
            elif tests is None or tests - kept:
                yield f"{file.path} was deleted{_and_with_it(tests, kept)}"


def _was_a_test(file: FileChange) -> bool:
    return is_deliberately_a_test(file.old_path or file.path)


def _is_a_test(file: FileChange) -> bool:
    return file.state is not FileState.DELETED and is_deliberately_a_test(file.path)


def _tests_in(file: FileDiff | None) -> Counter[str] | None:
    """The tests that a deleted file held; None where that cannot be told."""
    if file is None:
        return None
    tests = Counter(_tests(file, file.removed))
    asserted = any(language_of(file.path).assertion.search(line) for line in file.removed)
    return tests if tests or not asserted else None


def _and_with_it(tests: Counter[str] | None, kept: Counter[str]) -> str:
    lost = sorted((tests or Counter()) - kept)
    return f", and with it {', '.join(lost[:10])}" if lost else ""


def _tests(file: FileDiff, lines: Iterable[str]) -> Iterator[str]:
    language = language_of(file.path)
    for line in lines:
        name = named_test(line, language)
        if name is not None and not _is_comment(line, language):
            yield name


def _fewer_written(files: list[FileDiff]) -> Iterator[str]:
    """Without numbers: the tests whose lines the diff takes away, less those it brings."""
    removed = Counter(name for file in files for name in _tests(file, file.removed))
    added = Counter(name for file in files for name in _tests(file, (t for _, t in file.added)))
    fewer = removed.total() - added.total()
    if fewer > 0:
        lost = ", ".join(sorted(removed - added)[:10])
        yield f"{fewer} tests fewer in the diff: {lost}"


def _skipped(files: list[FileDiff], *, conditional: bool) -> Iterator[str]:
    """Marks that turn a test off, where the same line was not there before."""
    for file in files:
        language = language_of(file.path)
        for number, line in _new(file, language):
            if (
                language.skip.search(line)
                or (conditional and language.conditional.search(line))
                or (file.path.endswith("conftest.py") and _JUDGING_HOOK.search(line))
            ):
                yield f"{file.path}:{number}: {_shown(line)}"


def _conditional(files: list[FileDiff]) -> Iterator[str]:
    for file in files:
        language = language_of(file.path)
        for number, line in _new(file, language):
            if language.conditional.search(line) and not language.skip.search(line):
                yield f"skipped elsewhere: {file.path}:{number}: {_shown(line)}"


def _new(file: FileDiff, language: Language) -> Iterator[tuple[int, str]]:
    """Added lines that are not only moved, and no comments."""
    before = Counter(line.strip() for line in file.removed)
    for number, line in file.added:
        if before[line.strip()] > 0:
            before[line.strip()] -= 1
        elif not _is_comment(line, language):
            yield number, line


def _is_comment(line: str, language: Language) -> bool:
    stripped = line.strip()
    return stripped.startswith(language.comment) and not stripped.startswith(("//go:", "// +build"))


def _looser(files: list[FileDiff]) -> Iterator[str]:
    for file in files:
        assertion = language_of(file.path).assertion
        away = sum(bool(assertion.search(line)) for line in file.removed)
        new = sum(bool(assertion.search(line)) for _, line in file.added)
        if away > new:
            yield f"{file.path} lost assertions: {away} lines went, {new} came"


def _configuration(change: Change) -> Iterator[str]:
    for file in change.files:
        if configures_tests(file.path):
            yield f"{file.path} was {file.state}: it decides how tests are run"


def _shown(line: str) -> str:
    return line.strip()[:_LINE_SHOWN]
