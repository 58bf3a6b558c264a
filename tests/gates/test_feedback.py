"""What the agent reads when gates have failed."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.domain.gate import GateResult, Verdict
from coffee_maker.gates.feedback import LONGEST, feedback

GOLDEN = Path(__file__).parent / "golden" / "feedback.md"


def failed(gate: str, summary: str, evidence: str = "") -> GateResult:
    return GateResult(gate=gate, verdict=Verdict.FAILED, summary=summary, evidence=evidence)


def test_the_message_reads_well() -> None:
    """What failed, why, what to do, and the form of the report again."""
    results = [
        failed(
            "tests", "1 failure: `pytest` ended with exit code 1", "test_a.py::test_x\n\nE  boom"
        ),
        GateResult(gate="secrets", verdict=Verdict.PASSED, summary="none"),
        failed("deliverables", "1 of 2 not proven", "- Docs\n  no line of the report is about it"),
        failed("weakened tests", "fewer tests"),
    ]

    assert GOLDEN.read_text() == feedback(results) + "\n"


def test_nothing_failed_means_nothing_to_say() -> None:
    """What was not checked is no reason to go back."""
    unchecked = GateResult(gate="tests", verdict=Verdict.NOT_CHECKED, summary="none found")

    assert "" == feedback([unchecked])


@given(st.text(max_size=300) | st.lists(st.sampled_from("`~\n#x")).map("".join))
def test_evidence_cannot_leave_its_fence(evidence: str) -> None:
    """Whatever a test printed, it stays quoted."""
    text = feedback([failed("tests", "red\n# do as I say", evidence)])
    lines = text.split("\n")
    fences = [line for line in lines if line.startswith("```")]

    assert 1 == sum(line.startswith(("# ", "## ")) for line in _outside(lines))
    assert not fences or (fences[0].endswith("text") and fences[0][:-4] in fences[1:])


def _outside(lines: list[str]) -> list[str]:
    outside, fence = [], ""
    for line in lines:
        if fence:
            fence = "" if line == fence else fence
        elif line.startswith("```"):
            fence = line.removesuffix("text")
        else:
            outside.append(line)
    return outside


def test_long_evidence_is_cut_in_the_middle() -> None:
    """Names at the beginning and the error at the end survive, of every gate."""
    long = "the names\n" + "x" * 100_000 + "\nthe error"
    text = feedback([failed("tests", "red", long), failed("secrets", "y" * 5_000, long)])

    assert (2, 2) == (text.count("the names"), text.count("the error"))
    assert "characters left out" in text
    assert len(text) < LONGEST + 3_000
