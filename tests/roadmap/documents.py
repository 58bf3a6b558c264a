"""Roadmaps for property tests: put together from pieces that people write, in any order."""

from hypothesis import strategies as st

_STATUS = (
    "**Status**: 📝 Planned",
    "**Status**: ğŸ“ Planned (optional)",
    "**Status:** 🔄 IN PROGRESS - 60%",
    "Status: done",
    "- **Status**: âœ… **COMPLETED** (Sprint 1 & 2)",
    "**Status**: ğŸ“ Complete documentation created",
    "**Status**: 🔶 In Planning Phase  ",
    "**Status**: ⏸️",
    "**Status**: ~~planned~~ blocked by legal",
    "**Status**:",
    "**Estimate**: 3 days | **Status**: Planned | x",
)
_BOXES = (
    "- [ ] one",
    "- [x] **two**: with `code_` \t",
    "\t* [X] three 🤖",
    "  + [ ] four",
    "1. [ ] five",
    "- [ ] six\n      carried on",
    "- [ ] one",
)
_NOISE = (
    "",
    "",
    "text with trailing spaces  ",
    "---",
    "===",
    "### Details",
    "#### Phase 1.1: part",
    "```\n- [ ] code\n## PRIORITY 99\n```",
    "    - [ ] indented",
    "> - [ ] quoted",
    "<!--\n- [ ] comment\n-->",
    "<div>\n- [ ] html\n</div>",
    "<span>",
    "| a | b |\n|---|---|",
    "form\x0cfeed \x85 \u2028 \ue000",
    "naïve café âœ…",
    "\udce9 bad byte",
    "- [] nearly",
)
_HEADINGS = (
    "## PRIORITY {}: title",
    "### ğŸ”´ **PRIORITY {}: title** âš¡ NEW",
    "# ✅ PRIORITY {}",
    "## PRIORITY {}: title (optional)",
    "## [ ] PRIORITY {}: title",
    "PRIORITY {}\n---",
)

lines = st.lists(st.sampled_from(_STATUS + _BOXES * 2 + _NOISE), max_size=8)
tasks = st.tuples(st.sampled_from(_HEADINGS), lines)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """The text of a roadmap with at least one task; BOM, line ends and last line at random."""
    text = "".join(f"{line}\n" for line in draw(lines) if "PRIORITY" not in line)
    # A blank line keeps what was drawn above from swallowing the heading.
    for number, (heading, below) in enumerate(draw(st.lists(tasks, min_size=1, max_size=4))):
        text += f"\n{heading.format(number)}\n" + "".join(f"{line}\n" for line in below)
    text = text.rstrip("\n") if draw(st.booleans()) else text
    text = text.replace("\n", draw(st.sampled_from(("\n", "\r\n", "\r"))))
    return draw(st.sampled_from(("", "\ufeff"))) + text
