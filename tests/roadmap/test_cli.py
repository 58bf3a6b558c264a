"""The commands `coffee-maker roadmap show | next | check`."""

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest
from click.testing import CliRunner, Result

from coffee_maker.cli.roadmap import roadmap
from coffee_maker.domain.errors import RoadmapError

_TEXT = """\
# Roadmap
## ✅ PRIORITY 1: Greet people
- [x] `greet(name)`
## PRIORITY 2: Greet in French
**Status**: 📝 Planned
**Depends on**: PRIORITY 1
**Estimate**: 2 days
- [ ] `greet(name, language="fr")`
- [x] tests
## PRIORITY 3: Ship
**Status**: soon enough
**Depends on**: PRIORITY 2
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A current directory with a roadmap in it."""
    (tmp_path / "ROADMAP.md").write_text(_TEXT)
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(roadmap, arguments, catch_exceptions=False)


def test_show_prints_exactly_the_promised_json(folder: Path) -> None:
    """The fields, their names and their types are a promise to programs."""
    done = {"text": "`greet(name)`", "done": True, "line": 3}

    assert {
        "path": "ROADMAP.md",
        "priorities": [
            {
                "id": "PRIORITY 1",
                "title": "Greet people",
                "status": "done",
                "line": 2,
                "depends_on": [],
                "deliverables": [done],
                "estimate": None,
            },
            {
                "id": "PRIORITY 2",
                "title": "Greet in French",
                "status": "planned",
                "line": 4,
                "depends_on": ["PRIORITY 1"],
                "deliverables": [
                    {"text": '`greet(name, language="fr")`', "done": False, "line": 8},
                    {"text": "tests", "done": True, "line": 9},
                ],
                "estimate": "2 days",
            },
            {
                "id": "PRIORITY 3",
                "title": "Ship",
                "status": "planned",
                "line": 10,
                "depends_on": ["PRIORITY 2"],
                "deliverables": [],
                "estimate": None,
            },
        ],
        "problems": [
            {
                "line": 11,
                "message": "status 'soon enough' is not understood, taken as planned",
            }
        ],
    } == json.loads(_run("show", "--json").stdout)


def test_show_aligns_plain_text_where_there_is_no_terminal(folder: Path) -> None:
    """One line per priority, ready for grep; problems are mentioned beside it."""
    result = _run("show")

    assert (
        "ID          STATUS   BOXES  TITLE            ESTIMATE  WAITS FOR\n"
        "PRIORITY 1  done     1/1    Greet people     -         -\n"
        "PRIORITY 2  planned  1/2    Greet in French  2 days    PRIORITY 1\n"
        "PRIORITY 3  planned  -      Ship             -         PRIORITY 2\n"
    ) == result.stdout
    assert "1 problem: see `coffee-maker roadmap check`\n" == result.stderr


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_show_draws_a_table_in_a_terminal(folder: Path, no_color: str, coloured: bool) -> None:
    """In colour, unless NO_COLOR asks for none."""
    program = "from coffee_maker.cli.roadmap import roadmap; roadmap(['show'])"
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(root)}
    if no_color:
        environment["NO_COLOR"] = no_color
    child = pexpect.spawn(
        sys.executable, ["-c", program], env=environment, encoding="utf-8", dimensions=(24, 100)
    )
    output = str(child.read())
    child.close()

    assert (0, coloured) == (child.exitstatus, "\x1b[32m" in output)
    assert "PRIORITY 2 planned 1/2 Greet in French 2 days PRIORITY 1" in " ".join(
        re.sub(r"\x1b\[[0-9;]*m", "", output).split()
    )


def test_next_says_what_comes_and_why_the_rest_waits(folder: Path) -> None:
    """With the place in the file and the boxes, for people and for programs."""
    told = json.loads(_run("next", "--json").stdout)

    assert (
        "PRIORITY 2: Greet in French\n"
        "  ROADMAP.md:4, planned, estimate 2 days\n"
        '  [ ] `greet(name, language="fr")`\n'
        "  [x] tests\n"
        "  PRIORITY 3: waits for PRIORITY 2\n"
    ) == _run("next").stdout
    assert ["path", "next", "waiting"] == list(told)
    assert "PRIORITY 2" == told["next"]["id"]
    assert [{"id": "PRIORITY 3", "reason": "waits for PRIORITY 2"}] == told["waiting"]


def test_next_says_that_nothing_is_left(folder: Path) -> None:
    """A finished roadmap is no error."""
    Path("ROADMAP.md").write_text("# PRIORITY 1\nStatus: done\n")

    assert "Nothing to work on in ROADMAP.md.\n" == _run("next").stdout
    assert None is json.loads(_run("next", "--json").stdout)["next"]


def test_check_lists_problems_as_editors_understand_them(folder: Path) -> None:
    """Path, line, message; exit code 1 with problems and 0 without."""
    found = _run("check")
    Path("fine.md").write_text("# PRIORITY 1\n")
    fine = _run("check", "fine.md")

    assert (
        1,
        "ROADMAP.md:11: status 'soon enough' is not understood, taken as planned\n",
    ) == (found.exit_code, found.stdout)
    assert (0, "fine.md: 1 priority, no problem\n") == (fine.exit_code, fine.stdout)


def test_check_lists_an_error_with_a_line_in_the_same_way(folder: Path) -> None:
    """What makes the roadmap unusable is found by the same command, with its cure."""
    Path("ROADMAP.md").write_text("# PRIORITY 1\n# PRIORITY 1\n")
    result = _run("check")

    assert 1 == result.exit_code
    assert result.stdout.startswith("ROADMAP.md:2: PRIORITY 1 is there twice, at lines 1 and 2")


def test_the_roadmap_is_found_without_being_named(folder: Path) -> None:
    """ROADMAP.md, else docs/ROADMAP.md, here or at the top of the repository; settings first."""
    (folder / "docs").mkdir()
    (folder / "ROADMAP.md").rename("docs/ROADMAP.md")
    in_docs = json.loads(_run("show", "--json").stdout)["path"]
    (folder / ".git").mkdir()
    (folder / "src").mkdir()
    os.chdir("src")
    from_below = json.loads(_run("show", "--json").stdout)["path"]

    assert ("docs/ROADMAP.md", folder / "docs/ROADMAP.md") == (in_docs, Path(from_below))


def test_a_missing_roadmap_is_an_error_with_a_cure(folder: Path) -> None:
    """For the one printer of errors to tell."""
    Path("ROADMAP.md").unlink()
    with pytest.raises(RoadmapError, match="there is no roadmap in") as unnamed:
        _run("show")
    with pytest.raises(RoadmapError, match=r"there is no plan\.md"):
        _run("check", "plan.md")

    assert "coffee-maker init" in unnamed.value.cure


def test_nothing_in_a_roadmap_acts_on_the_terminal(folder: Path) -> None:
    """Control characters in titles and boxes are shown, not obeyed."""
    Path("ROADMAP.md").write_text("# PRIORITY 1: a\x1b[2Jb\n- [ ] c\x1b]0;x\x07\n")

    assert "\x1b" not in _run("show").stdout + _run("next").stdout


@pytest.mark.parametrize("command", [(), ("show",), ("next",), ("check",)])
def test_help_teaches_with_an_example(command: tuple[str, ...]) -> None:
    """Each help text can be copied from."""
    assert "Example" in _run(*command, "--help").stdout


@pytest.mark.parametrize("command", ["show", "next", "check"])
def test_a_project_elsewhere_can_be_named(
    command: str, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """`--repo` as in every other command; a path is then one in that folder."""
    here = _run(command)
    os.chdir(tmp_path_factory.mktemp("elsewhere"))

    for path in ((), ("ROADMAP.md",)):
        there = _run(command, *path, "--repo", str(folder))

        assert here.output == there.output.replace(f"{folder}{os.sep}", "")
        assert here.exit_code == there.exit_code
