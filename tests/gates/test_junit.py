"""pytest's report, read with mistrust."""

import pytest

from coffee_maker.gates.junit import TestReport, combine, read_junit


def suite(cases: str, *, tests: int, timestamp: str = "", time: str = "1.0") -> bytes:
    return (
        f'<testsuites><testsuite tests="{tests}" timestamp="{timestamp}" time="{time}">'
        f"{cases}</testsuite></testsuites>"
    ).encode()


OK = '<testcase classname="tests.test_a" name="test_ok" file="tests/test_a.py"/>'
BAD = (
    '<testcase classname="tests.test_a.TestX" name="test_p[b.c]" file="tests/test_a.py">'
    "<failure/></testcase>"
)
BROKEN = '<testcase classname="" name="tests.test_b" file="tests/test_b.py"><error/></testcase>'
SKIPPED = (
    '<testcase classname="tests.test_a" name="test_s" file="tests/test_a.py"><skipped/></testcase>'
)


def report(*sources: bytes) -> TestReport | None:
    return combine(session for source in sources if (session := read_junit(source)))


def test_node_ids_are_put_together() -> None:
    """File, class and name make the id that pytest itself prints."""
    read = report(suite(OK + BAD + BROKEN + SKIPPED, tests=4))

    assert read == TestReport(
        collected=4,
        failing=frozenset({"tests/test_a.py::TestX::test_p[b.c]", "tests/test_b.py"}),
        skipped=frozenset({"tests/test_a.py::test_s"}),
    )


def test_a_report_with_fewer_cases_than_it_announces_is_not_whole() -> None:
    """Cases that were taken out are missed."""
    read = report(suite(OK, tests=2))

    assert read is not None
    assert not read.whole


def test_runs_in_a_row_are_one_report() -> None:
    """`make test` may run pytest twice: both count."""
    first = suite(OK, tests=1, timestamp="2026-01-01T10:00:00", time="5")
    second = suite(BAD, tests=1, timestamp="2026-01-01T10:00:06", time="5")
    read = report(first, second)

    assert read is not None
    assert (2, 1) == (read.collected, len(read.failing))


def test_a_run_inside_a_run_does_not_count() -> None:
    """A project that tests a plugin of pytest runs pytest in its tests, where failing is fine."""
    inner = suite(BAD, tests=1, timestamp="2026-01-01T10:00:02", time="1")
    outer = suite(OK, tests=1, timestamp="2026-01-01T10:00:00", time="5")
    read = report(inner, outer)

    assert read is not None
    assert frozenset() == read.failing


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"<testsuites/>",
        b"<testsuite tests='1'",
        b'<!DOCTYPE x [<!ENTITY a "b">]><testsuite tests="1"/>',
        suite(OK, tests=1).decode().encode("utf-16"),
    ],
)
def test_what_is_no_report_is_none(source: bytes) -> None:
    """Broken, empty and dangerous files are not read."""
    assert report(source) is None
