"""pytest's own report: JUnit XML with one `testcase` per test, in the family xunit1.

That family (`_pytest/junitxml.py`) gives each case its file beside class and name, so that node
ids can be put together again. A test that fails in its body and in its teardown has two cases.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

_READ_AT_MOST = 64_000_000  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class TestReport:
    """What became of the tests, by name. `whole`: it tells of as many as it announces."""

    __test__ = False

    collected: int | None
    failing: frozenset[str]
    skipped: frozenset[str] = frozenset()
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The report of one run of pytest, with the time it took; None where that is not told."""

    report: TestReport
    names: frozenset[str]
    began: datetime | None
    ended: datetime | None

    def contains(self, other: "Session") -> bool:
        """Whether the other ran while this one did: a test of this one started it."""
        if self is other or not (self.began and self.ended and other.began and other.ended):
            return False
        try:
            return self.began < other.began and other.ended <= self.ended
        except TypeError:  # one with a time zone, one without: of two versions of pytest
            return False


def combine(sessions: Iterable[Session]) -> TestReport | None:
    """One report of several runs in a row, such as of `make test` with two lines of pytest.

    Runs that tests started for purposes of their own do not count.
    """
    everything = list(sessions)
    own = [s for s in everything if not any(other.contains(s) for other in everything)]
    if not own:
        return None
    failing = frozenset().union(*(session.report.failing for session in own))
    return TestReport(
        collected=len(frozenset().union(*(session.names for session in own))),
        failing=failing,
        skipped=frozenset().union(*(session.report.skipped for session in own)) - failing,
        whole=all(session.report.whole for session in own),
    )


def read_junit(xml: bytes) -> Session | None:
    """The report, or None where the bytes are none.

    The file was written under the eyes of code that is not ours: a document type, which could
    unfold into gigabytes or fetch files, is refused, as is what is larger than any real report.
    """
    if len(xml) > _READ_AT_MOST or b"<!DOCTYPE" in xml or b"<!ENTITY" in xml or b"\0" in xml:
        return None
    try:
        root = ET.fromstring(xml)  # noqa: S314 - see above
    except (ET.ParseError, ValueError, LookupError):
        return None
    suites = list(root.iter("testsuite"))
    return _session(suites) if suites else None


def _session(suites: list[ET.Element]) -> Session:
    cases = [case for suite in suites for case in suite.findall("testcase")]
    bad = [case for case in cases if case.find("failure") is not None or _error(case)]
    names, failing = frozenset(map(_node_id, cases)), frozenset(map(_node_id, bad))
    skipped = frozenset(_node_id(case) for case in cases if case.find("skipped") is not None)
    announced = sum(_number(suite, "tests") for suite in suites)
    began, seconds = _began(suites[0]), _seconds(suites[0])
    return Session(
        report=TestReport(
            collected=len(names),
            failing=failing,
            skipped=skipped - failing,
            whole=len(cases) >= announced,
        ),
        names=names,
        began=began,
        ended=began + timedelta(seconds=seconds) if began else None,
    )


def _began(suite: ET.Element) -> datetime | None:
    try:
        return datetime.fromisoformat(suite.get("timestamp", ""))
    except ValueError:
        return None


def _seconds(suite: ET.Element) -> float:
    try:
        return min(max(float(suite.get("time", "0")), 0.0), 1e6)
    except ValueError:
        return 0.0


def _error(case: ET.Element) -> bool:
    return case.find("error") is not None


def _number(element: ET.Element, name: str) -> int:
    value = element.get(name, "0")
    return int(value) if value.isdecimal() else 0


def _node_id(case: ET.Element) -> str:
    """`tests/test_a.py::TestB::test_c[1]`; what has no file keeps the dotted names it has."""
    file, classname, name = (case.get(key, "") for key in ("file", "classname", "name"))
    if not file:
        return f"{classname}.{name}".strip(".")
    module = re.sub(r"\.py$", "", file).replace("/", ".").replace("\\", ".")
    if not classname:
        return file.replace("\\", "/")
    inner = classname.removeprefix(module).strip(".")
    return "::".join(
        part for part in (file.replace("\\", "/"), inner.replace(".", "::"), name) if part
    )
