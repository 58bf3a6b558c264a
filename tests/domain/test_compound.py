"""Lines of several commands: allowed where each of them is, and never in doubt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.domain.compound import simple_commands
from coffee_maker.domain.facts import Facts
from coffee_maker.domain.policy import Action, Policy
from coffee_maker.domain.question import ALLOW, DENY, QuestionKind, ToolCall
from coffee_maker.domain.rules import ASK, Rule
from coffee_maker.domain.session import Asking

RULES = tuple(
    Rule(name=tool, answer=answer, source="settings, rule 1", tool=tool, tests_passed=tests)
    for answer, tool, tests in (
        (ALLOW, "Bash(npm test:*)", None),
        (ALLOW, "Bash(make release:*)", True),
        (ALLOW, "Bash(cat:*)", None),
        (ASK, "Bash(npm test -w:*)", None),
        (ASK, "Bash(rm:*)", None),
        (DENY, "Bash(curl:*)", None),
    )
)
PARTS = (
    *("git add -A", "git commit -m 'a; b'", "npm test", "make release", "cat a", "rm -r x"),
    *("npm test -w", "curl x", "whoami", "A=1", "sh", "git log > x", "cat $(rm x)"),
    *("(npm test", "for x in y", "cat a &", "cat a # b", "{ cat a", "env cat a"),
)


def asking(command: str) -> Asking:
    call = ToolCall(id="1", tool="Bash", input={"command": command})
    shown = " ".join(command.split())
    return Asking(id="1", kind=QuestionKind.PERMISSION, text=f"Bash: {shown}", tool_call=call)


def allowed(command: str, facts: Facts, rules: tuple[Rule, ...] = RULES) -> bool:
    verdict = Policy(rules).verdict(asking(command), facts)
    return verdict.answer is not None and verdict.answer.value == ALLOW


def test_what_is_allowed_one_by_one_is_allowed_together_and_names_the_rules() -> None:
    """Nobody is asked about two commands neither of which anybody would be asked about."""
    verdict = Policy([]).verdict(asking('git add -A && git commit -m "a && b"'), Facts())

    assert Action.ANSWER is verdict.action
    assert verdict.answer is not None
    assert "Bash(git add:*) + Bash(git commit:*)" == verdict.answer.rule
    assert "Each of its commands is allowed by a rule:" in verdict.why


@pytest.mark.parametrize(
    "line",
    [
        *("git add -A && whoami", "git add -A; git commit -m x > y", "git add -A & git status"),
        *("git add -A && git commit -m $(id)", "git log | sh", "git log | xargs -n1 git add"),
        *("git add -A && git commit -m 'x", "git add -A && FOO=1", "git add -A && git -c a=b log"),
        *("if git status; then git log; fi", "! git status && git log", "(git add -A) && pwd"),
        *("git add -A && git commit -F - <<'E'\nx\nE", "git status && git diff --output=x"),
        *("git status && FOO=1 git log", "git status |& git log", "git status && 'git' log\\"),
    ],
)
def test_what_is_in_doubt_is_a_persons(line: str) -> None:
    """One part that nobody allowed, or that is not surely understood, keeps the line a question."""
    assert Action.ASK is Policy([]).verdict(asking(line), Facts()).action


@given(
    st.lists(st.sampled_from(PARTS), min_size=2, max_size=4),
    st.sampled_from(["&&", "||", ";", "|", "\n", " && ", " & "]),
    st.sampled_from([None, True, False]),
)
def test_no_line_is_allowed_that_holds_a_part_which_alone_is_not(
    parts: list[str],
    joint: str,
    tests_passed: bool | None,
) -> None:
    """Together, commands are allowed nothing that they are not allowed alone."""
    facts = Facts(tests_passed=tests_passed)
    if allowed(joint.join(parts), facts):
        assert all(allowed(part, facts) for part in parts)


def test_a_refusal_anywhere_refuses_the_line() -> None:
    """A rule that denies one command denies all that stands beside it."""
    answer = Policy(RULES).verdict(asking("npm test && curl x"), Facts()).answer

    assert answer is not None
    assert DENY == answer.value


def test_a_line_needs_the_facts_on_which_its_commands_hang() -> None:
    """What the rule of one part hangs on is measured before the line is decided."""
    line = "npm test && make release"

    assert {"tests_passed"} == Policy(RULES).needs(asking(line))
    assert allowed(line, Facts(tests_passed=True))
    assert not allowed(line, Facts(tests_passed=False))
    assert not allowed(line, Facts())


@given(st.lists(st.sampled_from("abc '\"&|;\n$\\<#"), max_size=12).map("".join))
def test_parts_are_pieces_of_the_line_in_its_order(line: str) -> None:
    """Taking apart invents nothing and loses nothing but what joins the commands."""
    at = 0
    for part in simple_commands(line):
        assert part in line[at:]
        at = line.index(part, at) + len(part)
