"""Claims are held against the diff."""

from collections.abc import Sequence

import pytest

from coffee_maker.domain.change import FileState
from coffee_maker.domain.gate import GateResult
from coffee_maker.gates.deliverables_gate import DeliverablesGate, changed_file
from tests.gates.candidates import candidate, change, file_change

FILES = ("src/parser.py", "tests/test_parser.py", "docs/README.md")


def check(
    deliverables: Sequence[str | tuple[str, bool]], report: str, files: Sequence[str] = FILES
) -> GateResult:
    listed = [(item, False) if isinstance(item, str) else item for item in deliverables]
    return DeliverablesGate().check(candidate(change(files), deliverables=listed, report=report))


def test_every_claim_has_its_file() -> None:
    """All proven: passed, with the texts as the roadmap has them."""
    wanted = ["A **parser** for `roadmaps`", "✅ Tests"]
    result = check(
        wanted, "- [x] A parser for roadmaps — src/parser.py\n- [x] Tests — tests/test_parser.py"
    )

    assert ("passed", tuple(wanted)) == (result.verdict, result.proven)


@pytest.mark.parametrize(
    ("line", "lack"),
    [
        ("- [x] Parser", "reported as done, but no file is named that proves it"),
        ("- [ ] Parser — not done: no time", "reported as not done: no time"),
        (
            "- [x] Parser — src/lexer.py",
            "reported as done, but src/lexer.py: not among the changed files",
        ),
        (
            "- [x] Parser — src/parser.py, src/lexer.py",
            "reported as done, but src/lexer.py: not among the changed files",
        ),
        (
            "- [x] Parser — src/",
            "reported as done, but src/: a folder proves nothing, name the files",
        ),
        (
            "- [x] Parser — src/*.py",
            "reported as done, but src/*.py: a pattern proves nothing, name the files",
        ),
        ("- [x] Something else — src/parser.py", "no line of the report is about it"),
    ],
)
def test_what_is_missing_is_said_exactly(line: str, lack: str) -> None:
    """The agent learns which deliverable lacks what, and which files did change."""
    result = check(["Parser"], line)

    assert ("failed", "1 of 1 not proven", ()) == (result.verdict, result.summary, result.proven)
    assert f"- Parser\n  {lack}\n\nChanged files: {', '.join(FILES)}" == result.evidence


def test_a_message_that_is_no_report_is_shown_the_form() -> None:
    """Words of success prove nothing."""
    result = check(["Parser"], "I did everything!")

    assert "failed" == result.verdict
    assert "The last message was no report. Its form:\n- [x] <text of" in result.evidence


def test_what_was_proven_is_kept_although_the_rest_is_not() -> None:
    """Half done is said as half done."""
    result = check(["Parser", "Docs"], "- [x] Parser — src/parser.py\n- [ ] Docs — not done: later")

    assert ("failed", ("Parser",)) == (result.verdict, result.proven)


@pytest.mark.parametrize(
    ("wanted", "said", "proven"),
    [
        (["Add the parser for roadmaps"], ["Add the parser for…"], 1),
        (["Add the parser for roadmaps"], ["add   THE parser for road..."], 1),
        (["Add the parser"], ["Add the parser, with tests"], 1),
        (["[Parser](docs/p.md) that reads"], ["Parser that reads"], 1),
        (["Docs: README.md"], ["Docs: README.md"], 1),
        (["Parser", "Parser"], ["Parser"], 1),
        (["Parser", "Parser"], ["Parser", "Parser"], 2),
        (["Add tests for the parser", "Add tests for the lexer"], ["Add tests for the…"], 0),
        (["Endpoint v1", "Endpoint v2"], ["Endpoint v1"], 1),
        (["Add login page"], ["Add logout page"], 0),
        (["🎉", "🚀"], ["🎉"], 1),
    ],
)
def test_one_claim_proves_one_deliverable(wanted: list[str], said: list[str], proven: int) -> None:
    """Markup, case, spacing and a cut end do not matter; what fits two proves neither."""
    report = "\n".join(f"- [x] {text} — src/parser.py" for text in said)

    assert proven == len(check(wanted, report).proven)


def test_the_later_of_two_claims_is_meant() -> None:
    """A report that was given twice ends with how it stands now."""
    report = "- [ ] Parser — not done: yet\n\nNow:\n\n- [x] Parser — src/parser.py"

    assert "passed" == check(["Parser"], report).verdict


def test_what_was_done_before_is_not_asked_for() -> None:
    """And a claim about it does not prove what is open."""
    result = check(
        [("Endpoint v1 of the service", True), "Endpoint v2 of the service"],
        "- [x] Endpoint v1 of the service — src/parser.py",
    )

    assert ("failed", "1 of 1 not proven") == (result.verdict, result.summary)


@pytest.mark.parametrize("listed", [[], [("Parser", True)]])
def test_without_open_deliverables_the_change_itself_is_asked_for(
    listed: list[tuple[str, bool]],
) -> None:
    """Then any change will do, and none will not."""
    result = check(listed, "Done.")

    assert ("passed", "the task lists none that is open; 3 files changed") == (
        result.verdict,
        result.summary,
    )
    assert "failed" == check(listed, "Done.", files=[]).verdict


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("./src/parser.py", "src/parser.py"),
        ("`src/parser.py`", "src/parser.py"),
        ("src/parser.py:12-30", "src/parser.py"),
        ("/home/ada/work/src/parser.py", "src/parser.py"),
        ("parser.py", "src/parser.py"),
        ("old/name.py", "old/name.py"),
        ("src//../src/parser.py", "src/parser.py"),
        ("arser.py", None),
        ("init.py", None),
        ("src", None),
        (".", None),
        ("", None),
        ("../src/parser.py", None),
    ],
)
def test_paths_are_told_however_they_are_written(said: str, found: str | None) -> None:
    """A part of a path will do where it fits one file only."""
    made = change(
        [
            *FILES,
            "a/init.py",
            "b/init.py",
            file_change("new/name.py", FileState.RENAMED, old_path="old/name.py"),
        ]
    )

    assert found == changed_file(said, made)
