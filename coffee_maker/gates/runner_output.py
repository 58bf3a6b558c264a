"""Names of failing tests out of what the usual runners print, so that a red base can be told apart.

Each reader answers None where the output is not of its runner. It says `whole` only where the
names it found are as many as the failures that the runner itself counts.
"""

import re
from collections.abc import Callable, Sequence

from coffee_maker.gates.junit import TestReport

Reader = Callable[[str], TestReport | None]

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


def read_output(output: str) -> TestReport | None:
    """What the output tells, None where it is of no runner known here, or of several."""
    text = _COLOUR.sub("", output).replace("\r\n", "\n")
    told = [report for reader in READERS if (report := reader(text)) is not None]
    return told[0] if len(told) == 1 else None


def _report(
    *, collected: int | None, failing: Sequence[str], counted: int, skipped: Sequence[str] = ()
) -> TestReport:
    return TestReport(
        collected=collected,
        failing=frozenset(failing),
        skipped=frozenset(skipped),
        whole=len(failing) == counted,
    )


def _sum(pattern: str, text: str) -> int:
    return sum(int(number) for number in re.findall(pattern, text, re.MULTILINE))


def read_pytest(text: str) -> TestReport | None:
    """pytest whose report was out of reach: its short summary and its last line."""
    last = re.findall(
        r"^=+ (?:.*, )?(?:\d+ (?:passed|failed|errors?)).* in [\d.]+s.*=+$", text, re.MULTILINE
    )
    if not last:
        return None
    counts = {word: _sum(rf"(\d+) {word}\b", "\n".join(last)) for word in _PYTEST_WORDS}
    failing = re.findall(r"^(?:FAILED|ERROR) (\S+(?:::.*?)?)(?: - .*)?$", text, re.MULTILINE)
    return _report(
        collected=sum(counts.values()) - counts["errors?"],
        failing=failing,
        counted=counts["failed"] + counts["errors?"],
    )


_PYTEST_WORDS = ("passed", "failed", "skipped", "xfailed", "xpassed", "errors?")


def read_unittest(text: str) -> TestReport | None:
    """unittest: a heading for each failure, and "Ran 3 tests" at the end."""
    ran = re.findall(r"^Ran (\d+) tests? in [\d.]+s$", text, re.MULTILINE)
    if not ran:
        return None
    named = re.findall(r"^={70}\n(?:FAIL|ERROR|UNEXPECTED SUCCESS): (.+)$", text, re.MULTILINE)
    skipped = re.findall(r"^(\S+ \(\S+\))(?:\n.*)? \.\.\. skipped ", text, re.MULTILINE)
    last = "\n".join(re.findall(r"^FAILED \(.*\)$", text, re.MULTILINE))
    counted = _sum(r"(?:failures|errors|unexpected successes)=(\d+)", last)
    return _report(collected=sum(map(int, ran)), failing=named, counted=counted, skipped=skipped)


def read_cargo(text: str) -> TestReport | None:
    """cargo test: a line for each test, under the name of its binary."""
    results = re.findall(
        r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;", text, re.MULTILINE
    )
    if not results:
        return None
    failing: list[str] = []
    skipped: list[str] = []
    binary = ""
    for line in text.splitlines():
        if begins := re.match(r"\s+(?:Running (?:unittests )?(\S+)|(Doc-tests \S+))", line):
            binary = begins[1] or begins[2]
        elif found := re.match(r"test (.+?)(?: - should panic)? \.\.\. (FAILED|ignored)", line):
            # The line of a doc test moves with every edit above it.
            name = f"{binary} {re.sub(r' [(]line [0-9]+[)]', '', found[1])}".strip()
            (failing if found[2] == "FAILED" else skipped).append(name)
    ended_early = "to rerun pass" in text and not re.search(
        r"^error: \d+ targets? failed:", text, re.MULTILINE
    )
    counted = sum(int(failed) for _, failed, _ in results)
    return _report(
        collected=sum(int(number) for result in results for number in result),
        failing=failing,
        counted=-1 if ended_early or "error: could not compile" in text else counted,
        skipped=skipped,
    )


def read_go(text: str) -> TestReport | None:
    """go test: the failures of a package stand before the line that sums it up."""
    packages = re.findall(r"^(?:ok|FAIL|\?|---)[ \t]+\t?\S+\t.*$", text, re.MULTILINE)
    if not packages:
        return None
    failing: list[str] = []
    skipped: list[str] = []
    waiting: list[tuple[str, str]] = []
    explained = True
    for line in text.splitlines():
        if found := re.match(r"\s*--- (FAIL|SKIP): (\S+) \(", line):
            waiting.append((found[1], found[2]))
        elif found := re.match(r"(ok|FAIL)[ ]*\t(\S+)(.*)$", line):
            named = [f"{found[2]} {name}" for kind, name in waiting if kind == "FAIL"]
            skipped += [f"{found[2]} {name}" for kind, name in waiting if kind == "SKIP"]
            explained = explained and (found[1] == "ok" or bool(named)) and "failed]" not in line
            failing += named
            waiting = []
    broke_off = re.search(r"^panic: ", text, re.MULTILINE) is not None
    whole = explained and not waiting and not broke_off
    return _report(
        collected=None, failing=failing, counted=len(failing) if whole else -1, skipped=skipped
    )


def read_node(text: str) -> TestReport | None:
    """node --test, as TAP or as its own kind of list; suites are not counted among the tests."""
    counts = dict(re.findall(r"^(?:#|ℹ) (tests|fail|cancelled) (\d+)$", text, re.MULTILINE))
    if "tests" not in counts or "fail" not in counts:
        return None
    failing = _spec_failures(text) if "ℹ tests" in text else _tap_failures(text)
    return _report(
        collected=int(counts["tests"]),
        failing=failing,
        counted=int(counts["fail"]) + int(counts.get("cancelled", 0)),
        skipped=[
            name.strip() for name in re.findall(r"^ *ok \d+ - (.*) # SKIP", text, re.MULTILINE)
        ],
    )


def _tap_failures(text: str) -> list[str]:
    """`not ok` lines under the names of the subtests they stand in."""
    failing: list[str] = []
    parents: dict[int, str] = {}
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if found := re.match(r"( *)# Subtest: (.*)$", line):
            parents[len(found[1])] = found[2]
        elif found := re.match(r"( *)not ok \d+ - (.*?)(?: # TODO.*)?$", line):
            details = "\n".join(lines[number : number + 5])
            if "# TODO" not in line and "type: 'suite'" not in details:
                above = [name for depth, name in sorted(parents.items()) if depth < len(found[1])]
                failing.append(" > ".join([*above, found[2]]))
    return failing


def _spec_failures(text: str) -> list[str]:
    listed = text.partition("✖ failing tests:")[2]
    found = re.findall(r"^test at (.+?):\d+:\d+\n✖ (.+?)(?: \([\d.]+ms\))?$", listed, re.MULTILINE)
    return [f"{file} {name}" for file, name in found]


def read_jest(text: str) -> TestReport | None:
    """jest: "● suite › test" for each failure, told again at the end where there are many."""
    totals = re.findall(r"^Tests: +(.*?)(\d+) total$", text, re.MULTILINE)
    if not totals or "Test Suites:" not in text:
        return None
    body = text.partition("Summary of all failing tests")[0]
    failing, file = [], ""
    for line in body.splitlines():
        if begins := re.match(r"\s*(?:FAIL|PASS)\s+(\S+)", line):
            file = begins[1]
        elif (found := re.match(r"  ● (.+)$", line)) and f"{file} {found[1]}" not in failing:
            failing.append(f"{file} {found[1]}")
    counted = _sum(r"(\d+) failed", totals[-1][0])
    broken = any(name.endswith("Test suite failed to run") for name in failing)
    return _report(collected=int(totals[-1][1]), failing=failing, counted=-1 if broken else counted)


def read_vitest(text: str) -> TestReport | None:
    """vitest: "FAIL file > suite > test" for each failure."""
    totals = re.findall(r"^ *Tests +(.*?) ?\((\d+)\)$", text, re.MULTILINE)
    if not totals:
        return None
    failing = list(
        dict.fromkeys(re.findall(r"^ *FAIL +(\S.* > .+?)(?: \d+ms)?$", text, re.MULTILINE))
    )
    counted = _sum(r"(\d+) failed", totals[-1][0])
    broken = re.search(r"Failed Suites \d+", text)
    return _report(collected=int(totals[-1][1]), failing=failing, counted=-1 if broken else counted)


def read_mocha(text: str) -> TestReport | None:
    """mocha: "2 failing", then a numbered list whose items end in a colon."""
    passing = re.search(r"^  (\d+) passing\b", text, re.MULTILINE)
    if not passing:
        return None
    failed = re.search(r"^  (\d+) failing$", text, re.MULTILINE)
    pending = _sum(r"^  (\d+) pending$", text)
    listed = text[failed.end() :] if failed else ""
    items = re.findall(r"^  \d+\) (.*(?:\n {7,}\S.*)*?):\n", listed, re.MULTILINE)
    counted = int(failed[1]) if failed else 0
    return _report(
        collected=int(passing[1]) + counted + pending,
        failing=[" > ".join(part.strip() for part in item.split("\n")) for item in items],
        counted=counted,
    )


READERS: tuple[Reader, ...] = (
    read_pytest,
    read_unittest,
    read_cargo,
    read_go,
    read_node,
    read_jest,
    read_vitest,
    read_mocha,
)
