"""Rules about tools that are none."""

import pytest

from coffee_maker.domain.built_in_rules import NEVER, ROUTINE
from coffee_maker.domain.question import DENY
from coffee_maker.domain.rules import Rule
from coffee_maker.domain.tools import unknown_tools


def rule(tool: str) -> Rule:
    return Rule(name="mine", answer=DENY, source="settings, rule 1", tool=tool)


@pytest.mark.parametrize(
    ("tool", "near"),
    [("Bsh(rm:*)", ": did you mean Bash?"), ("bash", ": did you mean Bash?"), ("Quux(x)", "")],
)
def test_a_rule_about_no_tool_is_told_with_the_nearest(tool: str, near: str) -> None:
    """A slip of the pen would never match, and nobody would know why."""
    told = unknown_tools([rule("Bash(rm:*)"), rule(tool)])

    assert (f'"{tool}" (settings, rule 1) is about no tool of Claude Code{near}',) == told


@pytest.mark.parametrize("tool", ["", "mcp__db__*", "*", "Web*", "Notebook*(x)", "Bash(Bsh)"])
def test_what_servers_add_and_patterns_are_fine(tool: str) -> None:
    """Nobody here knows the tools of servers; a pattern means one that is known, or any."""
    assert () == unknown_tools([rule(tool)])


def test_the_built_in_rules_are_about_tools() -> None:
    """The list knows every tool that we ourselves speak of."""
    assert () == unknown_tools((*NEVER, *ROUTINE))
