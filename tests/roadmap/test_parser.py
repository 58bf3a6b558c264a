"""What a roadmap's text says."""

from pathlib import Path
from textwrap import dedent

import pytest

from coffee_maker.domain.errors import RoadmapError
from coffee_maker.domain.roadmap import Deliverable, Problem, Status
from coffee_maker.roadmap.parser import RoadmapParser
from tests.roadmap.writing import ids, messages, only, parsed


def test_everything_a_priority_says_is_read() -> None:
    """Id, title, status, lines, dependencies, boxes, estimate and the body."""
    roadmap = parsed(
        """\
        # Roadmap

        ## 🔴 **PRIORITY 1: Analytics** ⚡ NEW

        **Estimated Duration**: 3-5 days 🤖
        **Status**: ✅ **COMPLETED** (May)

        - [x] Export
        - [X] Import

        ---

        ## PRIORITY 2: Dashboard
        **Status**: 📝 Planned
        **Dependency**: Requires PRIORITY 1 (Analytics) completed

        ### Details
        1. [ ] **Charts**: with `plot_it()`
           in three colours
        """
    )
    first, second = roadmap.priorities

    assert "R.md" == roadmap.path
    assert () == roadmap.problems
    assert ("PRIORITY 1", "Analytics", Status.DONE) == (first.id, first.title, first.status)
    assert (3, 9, 6) == (first.line, first.end_line, first.status_line)
    assert "3-5 days" == first.estimate
    assert (
        Deliverable(text="Export", done=True, line=8),
        Deliverable(text="Import", done=True, line=9),
    ) == first.deliverables
    assert ("PRIORITY 1",) == second.depends_on
    assert (
        Deliverable(text="Charts: with `plot_it()` in three colours", done=False, line=18),
    ) == second.deliverables
    assert second.body.startswith("**Status**: 📝 Planned\n**Dependency**")
    assert second.body.endswith("in three colours")


def test_every_kind_of_name_at_any_level_is_a_task() -> None:
    """PRIORITY, US, Phase, Milestone and Step, in any case and with both heading forms."""
    assert ["PRIORITY 1", "US-7", "Phase 2", "Milestone 1", "Step 4", "PRIORITY 3.5"] == ids(
        """\
        ## priority 1: a
        ## US-7 b
        ## phase 2: c
        ## **Milestone 1**: d
        Step 4: e
        ---------
        # PRIORITY 3.5
        """
    )
    assert ["PRIORITY 1", "PRIORITY 2", "PRIORITY 3"] == ids(
        "# PRIORITY 1\n## PRIORITY 2\n###### PRIORITY 3\n"
    )


def test_sub_headings_belong_to_their_task() -> None:
    """A Phase or Step in the section of another task is a part of it, boxes and all."""
    priority = only(
        """\
        ## PRIORITY 7: Refactor
        ### Phase 1.1: More
        **Status**: Completed
        - [ ] one
        ### Step 2
        - [ ] two
        """
    )

    assert ["one", "two"] == [box.text for box in priority.deliverables]
    assert Status.PLANNED is priority.status
    assert ["Phase 1", "Phase 2"] == ids("## Phase 1\n### Phase 1.1\n### Step 1\n## Phase 2\n")


def test_headings_above_stronger_ones_only_group() -> None:
    """Phases that hold priorities are chapters; one that holds none is a task."""
    assert ["PRIORITY 1", "PRIORITY 2", "Phase 3"] == ids(
        "## Phase 1\n### PRIORITY 1\n## Phase 2\n### PRIORITY 2\n## Phase 3\n"
    )


def test_procedures_that_a_document_describes_are_no_tasks() -> None:
    """Phases below the level of all priorities, outside of them, are steps of something else."""
    assert ["PRIORITY 1"] == ids(
        "## PRIORITY 1\n## Workflow\n### Phase 1: start\n### Phase 2: merge\n"
    )


def test_mentions_in_tables_of_contents_and_timelines_are_no_tasks() -> None:
    """Only a heading that begins with the name is the task's heading."""
    assert ["PRIORITY 1"] == ids(
        """\
        - [PRIORITY 1](#p1)
        ## PRIORITY 1: Foo
        ## Timeline
        ### Week 1-3: Foo 🔴 PRIORITY 1
        ### Foo (Priority 1)
        ### PRIORITY 1-3 at a glance
        """
    )


def test_code_comments_and_quotes_hold_no_task_and_no_box() -> None:
    """Fences, indented code, HTML and quotes are not read, wherever they stand."""
    priority = only(
        """\
        ## PRIORITY 1: real

        ```markdown
        ## PRIORITY 2: in a fence
        - [ ] in a fence
        ```

        ~~~
        ```
        ## PRIORITY 3: in a fence of tildes
        ~~~

        <!--
        ## PRIORITY 4: in a comment

        - [ ] in a comment
        -->

        > ## PRIORITY 5: in a quote
        > - [ ] in a quote

            ## PRIORITY 6: indented code
            - [ ] indented code

        - item
            ```
            - [ ] in a fence of a list
            ```
        - [ ] real box

            - [ ] nested below an empty line
        """
    )

    assert ["real box", "nested below an empty line"] == [b.text for b in priority.deliverables]


def test_boxes_of_every_kind_of_list_are_deliverables() -> None:
    """Dashes, stars, pluses, numbers, nesting by spaces and tabs, both marks for done."""
    text = (
        "# PRIORITY 1\n- [ ] a\n  * [x] b\n\t+ [X] c\n1. [ ] d\n2) [x] e\n"
        "- [link](x)\n- [y] f\n-\t[ ]\tg\n"
    )

    assert [
        ("a", False, 2),
        ("b", True, 3),
        ("c", True, 4),
        ("d", False, 5),
        ("e", True, 6),
        ("g", False, 9),
    ] == [(b.text, b.done, b.line) for b in only(text).deliverables]


def test_malformed_boxes_are_pointed_out() -> None:
    """What was surely meant as a check box is a problem with its line."""
    text = "# PRIORITY 1\n-[ ] a\n- [] b\n- [ x ] c\n- [x](link)\n- [ ]d\n- [ ]\n- [ ] fine\n"

    assert [2, 3, 4, 6, 7] == [line for line, _ in messages(text)]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_numbers_are_those_of_an_editor(ending: str) -> None:
    """Form feeds and other exotic separators do not count as line ends; all three real ones do."""
    lines = ["\ufeff# A\x0b\x0cb\x85c\u2028d", "", "## PRIORITY 1: x", "- [ ] a", "\t- [ ] 🤖 b"]
    (priority,) = RoadmapParser().parse(ending.join(lines)).priorities

    assert (3, 5, [4, 5]) == (
        priority.line,
        priority.end_line,
        [box.line for box in priority.deliverables],
    )


def test_a_document_without_names_is_read_by_what_headings_own() -> None:
    """Status lines make tasks; check boxes do, outside of those; the title does not."""
    text = """\
        # Title
        **Status**: draft

        ## 🧠 Auto Mode
        **Status**: 🔶 In Active Development

        ### Tasks
        - [ ] inside

        ## Docker
        - [x] image
        - [ ] compose

        ## Notes
        nothing
        """

    assert [
        ("auto-mode", "Auto Mode", Status.IN_PROGRESS, 1),
        ("docker", "Docker", Status.IN_PROGRESS, 2),
    ] == [(p.id, p.title, p.status, len(p.deliverables)) for p in parsed(text).priorities]


def test_a_title_alone_may_be_the_task() -> None:
    """Where nothing else owns anything, the document is one task."""
    assert ["build-it"] == ids("# Build it\n- [ ] all\n")


def test_an_owner_of_a_status_groups_where_others_below_own_one() -> None:
    """The innermost status lines are the tasks."""
    assert ["a", "b"] == ids(
        "## Area\n**Status**: in progress\n### A\n**Status**: done\n### B\n**Status**: planned\n"
    )


def test_titles_that_repeat_get_the_heading_above_in_front() -> None:
    """ "Tasks" below two headings are two tasks."""
    roadmap = parsed("## Api\n### Tasks\n- [ ] a\n## Web\n### Tasks\n- [ ] b\n")

    assert [("api-tasks", "Api: Tasks"), ("web-tasks", "Web: Tasks")] == [
        (p.id, p.title) for p in roadmap.priorities
    ]


def test_without_a_status_the_boxes_tell() -> None:
    """All ticked is done, some is in progress, none is planned; no line carries it."""
    head = "# PRIORITY 1\n"

    assert (Status.DONE, None) == (only(head + "- [x] a").status, only(head).status_line)
    assert Status.IN_PROGRESS is only(head + "- [x] a\n- [ ] b").status
    assert Status.PLANNED is only(head + "- [ ] a").status
    assert Status.PLANNED is only(head).status


def test_a_status_in_the_heading_counts_where_no_line_has_one() -> None:
    """And the heading is then the line that carries it."""
    without = only("# ✅ PRIORITY 1: x\n")
    with_line = only("# ✅ PRIORITY 1: x\nStatus: planned\n")

    assert (Status.DONE, 1) == (without.status, without.status_line)
    assert (Status.PLANNED, 2) == (with_line.status, with_line.status_line)


@pytest.mark.parametrize(
    "line",
    [
        "**Status**: 📝 In progress",
        "**Status:** In progress",
        "Status: in progress",
        "- **Status**: in progress",
        "* Status: In Progress",
        "__Status__: in progress",
        "📊 **Status**: in progress",
        "**📊 Status**: in progress",
        "**Status** in progress",
        "**Status: in progress**",
        "**Estimate**: 2 days | **Status**: in progress | x",
        "ğŸ“Š **Status**: in progress",
    ],
)
def test_a_status_line_may_look_many_ways(line: str) -> None:
    """Bold or not, in a list, with marks, one of several on a line."""
    priority = only(f"# PRIORITY 1\n\n{line}\n")

    assert (Status.IN_PROGRESS, 3) == (priority.status, priority.status_line)


def test_dashes_below_a_status_line_are_a_rule() -> None:
    """CommonMark makes a heading of it; its author did not mean one."""
    priority = only("### PRIORITY 1\n**Status**: Done\n---\n- [x] a\n")

    assert (Status.DONE, 1) == (priority.status, len(priority.deliverables))


@pytest.mark.parametrize(
    ("line", "estimate"),
    [
        ("**Estimated Duration**: 3-4 weeks **per project**", "3-4 weeks per project"),
        ("**Estimate**: ~2 days", "~2 days"),
        ("Timeline: Q2", "Q2"),
        ("**Timeline**:", None),
        ("**Effort (hours)**: 5", "5"),
        ("We estimate: a lot", None),
    ],
)
def test_an_estimate_is_read_from_its_line(line: str, estimate: str | None) -> None:
    """Plain words, and None where the line says nothing."""
    assert estimate == only(f"# PRIORITY 1\n{line}\n").estimate


def test_an_unknown_status_is_a_problem_and_work_is_planned() -> None:
    """The line is named; nothing is taken for done by mistake."""
    text = "# PRIORITY 1\n**Status**: Complete documentation created\n"

    assert Status.PLANNED is only(text).status
    assert [
        (2, "status 'Complete documentation created' is not understood, taken as planned")
    ] == messages(text)


def test_a_status_that_its_boxes_contradict_is_a_problem() -> None:
    """Done with open boxes, and not done with all boxes ticked."""
    assert [(2, "the status is done, but 1 of its boxes are not ticked")] == messages(
        "# PRIORITY 1\nStatus: done\n- [ ] a\n- [x] b\n"
    )
    assert [(2, "all of its boxes are ticked, but the status is planned")] == messages(
        "# PRIORITY 1\nStatus: planned\n- [x] a\n"
    )
    assert [(2, "the mark contradicts the word 'Planned', taken as planned")] == messages(
        "# PRIORITY 1\nStatus: ✅ Planned\n"
    )


def test_an_unclosed_fence_or_comment_is_a_problem() -> None:
    """It swallows everything below it, so its line is named."""
    assert [(2, "this code fence is never closed")] == messages("# PRIORITY 1\n```\n## PRIORITY 2")
    assert [(2, "this comment is never closed")] == messages("# PRIORITY 1\n<!-- x\n## PRIORITY 2")
    assert [] == messages("# PRIORITY 1\n```\nx\n```\n")
    assert [] == messages("# PRIORITY 1\n<!-- x -->")


@pytest.mark.parametrize("text", ["", " \n\t\r\n", "\ufeff", "\ufeff\n\n"])
def test_an_empty_roadmap_is_an_error_that_says_what_to_write(text: str) -> None:
    """Also where there is nothing but white space or a BOM."""
    with pytest.raises(RoadmapError, match="is empty") as caught:
        RoadmapParser().parse(text, "R.md")

    assert "## PRIORITY 1" in caught.value.cure


def test_a_roadmap_without_a_task_is_an_error_that_says_what_to_write() -> None:
    """Prose alone is no roadmap."""
    with pytest.raises(RoadmapError, match=r"R\.md holds no task") as caught:
        parsed("# Vision\n\nTo be great.\n")

    assert "## PRIORITY 1" in caught.value.cure


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("# PRIORITY 2\n# PRIORITY 3\n# **Priority 2**: x\n", (1, 3)),
        ("# US-7\n# US-007\n", (1, 2)),
        ("# Tasks\n- [ ] a\n# Tasks\n- [ ] b\n", (1, 3)),
    ],
)
def test_two_tasks_with_one_id_are_an_error_that_names_both_lines(
    text: str, lines: tuple[int, int]
) -> None:
    """Whatever the spelling."""
    with pytest.raises(RoadmapError, match="at lines {} and {} of".format(*lines)) as caught:
        parsed(text)

    assert lines[1] == caught.value.line
    assert caught.value.cure


@pytest.mark.parametrize("marker", ["<<<<<<< HEAD", ">>>>>>> feature/x", "<<<<<<<"])
def test_merge_markers_are_an_error_that_names_the_line(marker: str) -> None:
    """Half-merged roadmaps are not guessed at; examples in fences are fine."""
    with pytest.raises(RoadmapError, match=r"line 3 of R\.md is a git merge marker") as caught:
        parsed(f"# PRIORITY 1\n\n{marker}\n")

    assert 3 == caught.value.line
    assert ["PRIORITY 1"] == ids(f"# PRIORITY 1\n```\n{marker}\n```\n")


def test_a_missing_file_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    """And so is what cannot be read as a file."""
    with pytest.raises(RoadmapError, match="there is no") as caught:
        RoadmapParser().read(tmp_path / "ROADMAP.md")
    with pytest.raises(RoadmapError, match="cannot be read"):
        RoadmapParser().read(tmp_path)

    assert "coffee-maker init" in caught.value.cure


def test_a_file_is_read_with_bom_bad_bytes_and_foreign_line_ends(tmp_path: Path) -> None:
    """Bad bytes are one problem, with the line, and never reach what is printed."""
    path = tmp_path / "R.md"
    path.write_bytes(b"\xef\xbb\xbf# PRIORITY 1: caf\xe9\r\n- [ ] na\xefve\r\n")
    roadmap = RoadmapParser().read(path)

    assert "caf" == roadmap.priorities[0].title
    assert "na\ufffdve" == roadmap.priorities[0].deliverables[0].text
    assert (Problem(line=1, message="not UTF-8: save the file as UTF-8"),) == roadmap.problems


def test_a_file_in_utf_16_is_refused_with_the_cure(tmp_path: Path) -> None:
    """It would otherwise be read as a document without a task."""
    path = tmp_path / "R.md"
    path.write_text("# PRIORITY 1\n", encoding="utf-16")

    with pytest.raises(RoadmapError, match="UTF-16") as caught:
        RoadmapParser().read(path)

    assert "save it as UTF-8" == caught.value.cure


def test_front_matter_is_no_heading() -> None:
    """YAML between dashes at the top is passed over."""
    assert ["PRIORITY 1"] == ids(
        dedent("""\
        ---
        title: Roadmap
        status: draft
        ---
        # PRIORITY 1
        """)
    )
