"""Rules over questions and tool calls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.domain.question import ALLOW, DENY, QuestionKind, ToolCall
from coffee_maker.domain.rules import ASK, Rule, decide, path_matches, tool_matches


def bash(command: str) -> ToolCall:
    return ToolCall(id="1", tool="Bash", input={"command": command})


def rule(answer: str, **given: str) -> Rule:
    return Rule(name="r", answer=answer, source="test", **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pattern", "command", "expected"),
    [
        ("Bash", "anything", True),
        ("Bash(*)", "anything", True),
        ("Bash(npm test:*)", "npm test", True),
        ("Bash(npm test:*)", "npm test -- --watch", True),
        ("Bash(npm test:*)", "npm testing", False),
        ("Bash(npm test:*)", "cd a && npm test", True),
        ("Bash(ls)", "ls", True),
        ("Bash(ls)", "ls -l", False),
        ("Write", "ls", False),
        ("B*", "ls", True),
        ("not a pattern (", "ls", False),
    ],
)
def test_a_command_matches_as_in_claudes_own_rules(
    pattern: str, command: str, expected: bool
) -> None:
    """`:*` is a prefix that ends at a word; any command of a line is enough to be matched."""
    assert expected == tool_matches(pattern, bash(command))


@pytest.mark.parametrize(
    "command",
    [
        "git add x && rm -rf /",
        "git add x > /etc/passwd",
        "git add $(rm x)",
        "git add x | sh",
        "git -c core.fsmonitor=evil add x",
        "GIT_TRACE=/etc/passwd git add x",
        "./git add x",
        "sudo git add x",
    ],
)
def test_one_harmless_command_allows_no_other(command: str) -> None:
    """A line is only allowed where every command of it is, and nothing is redirected."""
    assert (
        decide([rule(ALLOW, tool="Bash(git add:*)")], QuestionKind.PERMISSION, "", bash(command))
        is None
    )


def test_a_message_on_several_lines_is_one_word() -> None:
    """The way in which the agent writes commit messages is allowed as what it is."""
    line = "git commit -m \"$(cat <<'EOF'\nfeat: it's (new) > old\n\n- a; b\nEOF\n)\""

    assert tool_matches("Bash(git commit:*)", bash(line), whole=True)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("src/**", "/work/src/a/b.py", True),
        ("src/**", "/work/lib/a.py", False),
        ("*.py", "/work/a.py", True),
        ("**/.ssh/**", "/root/.ssh/id_rsa", True),
        ("**/.ssh/**", "/root/ssh/id_rsa", False),
        ("a?c", "/x/abc", True),
    ],
)
def test_a_path_matches_at_its_end(pattern: str, path: str, expected: bool) -> None:
    """`**` crosses folders, `*` and `?` do not."""
    assert expected == path_matches(pattern, path)


def test_a_domain_matches_itself_and_what_is_below() -> None:
    """An address that only looks like the domain is another."""

    def fetch(url: str) -> bool:
        return tool_matches(
            "WebFetch(domain:example.com)", ToolCall(id="1", tool="WebFetch", input={"url": url})
        )

    assert fetch("https://docs.example.com:443/x")
    assert not fetch("https://example.com.evil.org/")
    assert not fetch("https://evil.org/example.com")
    assert not fetch("https://example.com@evil.org/")


RULES = st.builds(
    Rule,
    name=st.just("r"),
    source=st.just("s"),
    answer=st.sampled_from([ALLOW, DENY, ASK]),
    tool=st.sampled_from(["", "Bash", "Bash(ls:*)", "Bash(git push:*)", "Write"]),
    text=st.sampled_from(["", "push", "^ls"]),
)
LINES = st.sampled_from(["ls", "git push", "ls && git push", "rm x"])


@given(st.lists(RULES), st.lists(RULES), RULES, LINES)
def test_adding_a_denial_never_allows_more(
    before: list[Rule], after: list[Rule], added: Rule, line: str
) -> None:
    """Wherever a denial is put, what was refused stays refused."""
    denial = Rule(name="d", source="s", answer=DENY, tool=added.tool, text=added.text)
    call = bash(line)
    first = decide([*before, *after], QuestionKind.PERMISSION, line, call)
    second = decide([*before, denial, *after], QuestionKind.PERMISSION, line, call)

    assert not (second and second.answer == ALLOW) or (first and first.answer == ALLOW)


@given(st.lists(RULES), LINES)
def test_a_denial_outranks_whatever_allows(rules: list[Rule], line: str) -> None:
    """If any rule that matches denies, the answer is no, whatever the order."""
    call = bash(line)
    denials = [r for r in rules if r.answer == DENY]
    chosen = decide(rules, QuestionKind.PERMISSION, line, call)

    if decide(denials, QuestionKind.PERMISSION, line, call):
        assert chosen is not None
        assert DENY == chosen.answer
