"""Rules over questions and tool calls."""

import re
import time
import warnings
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.domain.errors import ConfigError
from coffee_maker.domain.expression import needed_literal
from coffee_maker.domain.facts import Facts
from coffee_maker.domain.question import ALLOW, DENY, PARK, QuestionKind, Severity, ToolCall
from coffee_maker.domain.rule_book import RuleBook
from coffee_maker.domain.rules import (
    ASK,
    CALL,
    TEXT_LIMIT,
    Rule,
    decide,
    facts_match,
    facts_named,
    meaning,
    path_matches,
    rule_matches,
    text_matches,
    tool_matches,
)


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


LAW_RULES = st.builds(
    Rule,
    name=st.just("r"),
    source=st.just("s"),
    answer=st.sampled_from([ALLOW, DENY, ASK, PARK, CALL, "yes", "no", "nonsense"]),
    tool=st.sampled_from(
        ["", "Bash", "Bash(ls:*)", "Bash(git push:*)", "Bash(git *)", "Write", "Write(src/**)", "*"]
    ),
    text=st.sampled_from(["", "push", "^ls", "PUSH"]),
    kind=st.sampled_from([None, *QuestionKind]),
    severity=st.sampled_from([None, *Severity]),
    tests_passed=st.sampled_from([None, True, False]),
    changed_lines_at_most=st.sampled_from([None, 0, 10]),
)
FACTS = st.builds(
    Facts,
    tests_passed=st.sampled_from([None, True, False]),
    changed_lines=st.sampled_from([None, 0, 5, 100]),
)
CALLS = st.sampled_from(
    [
        None,
        *map(bash, ["ls", "git push", "ls && git push", "rm x", "GIT PUSH", ""]),
        ToolCall(id="1", tool="Write", input={"file_path": "/w/SRC/a.py"}),
        ToolCall(id="1", tool="Write", input={"file_path": "src/a.py"}),
    ]
)
TEXTS = st.sampled_from(["", "ls", "May I push?", "PUSH", "pu\N{LATIN SMALL LETTER LONG S}h"])


@given(
    st.lists(LAW_RULES),
    st.sampled_from(list(QuestionKind)),
    st.sampled_from(list(Severity)),
    TEXTS,
    CALLS,
)
def test_a_book_finds_what_looking_at_each_rule_finds(
    rules: list[Rule], kind: QuestionKind, severity: Severity, text: str, call: ToolCall | None
) -> None:
    """What makes it fast leaves nothing out, and keeps the order."""
    expected = [r for r in rules if rule_matches(r, kind, text, call, severity)]

    assert expected == list(RuleBook(rules).matching(kind, severity, text, call))


@given(st.text("abB/. *", max_size=12), st.text("abB/. ", max_size=12), st.sampled_from("WB"))
def test_a_book_reads_patterns_as_they_are_matched(argument: str, about: str, which: str) -> None:
    """Whatever the pattern and the call: no shortcut decides otherwise than the pattern."""
    tool, name = ("Write", "file_path") if which == "W" else ("Bash", "command")
    call = ToolCall(id="1", tool=tool, input={name: about})
    for answer in (ALLOW, DENY):
        for pattern in (f"{tool}({argument})", f"{tool}({argument}:*)"):
            given_rule = rule(answer, tool=pattern)
            kind = QuestionKind.PERMISSION
            expected = [given_rule] if rule_matches(given_rule, kind, "", call) else []
            found = RuleBook([given_rule]).matching(kind, Severity.ROUTINE, "", call)

            assert expected == list(found)


@given(
    st.lists(
        st.sampled_from([*"abK.|?*+()[]^$", r"\b", r"\.", r"\d", "a{2}", "(?:", "b{0,1}"]),
        max_size=8,
    ).map("".join),
    st.text("abkK.{}", max_size=8),
)
def test_a_text_that_matches_holds_what_is_needed(expression: str, text: str) -> None:
    """What is read off an expression never rules out what the expression finds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sets that may change their meaning one day
        try:
            found = re.search(expression, text, re.IGNORECASE)
        except re.error:
            return
    if found:
        assert needed_literal(expression) in text.lower()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (r"\bAPI[ _-]?keys?\b", "api"),
        ("Commit now", "commit now"),
        ("commit|push", ""),
        (r"(commit|push) it\?", " it?"),
        ("ab?", "a"),
        ("(?x) a b", ""),
    ],
)
def test_what_an_expression_needs(expression: str, expected: str) -> None:
    """The longest run of plain signs."""
    assert expected == needed_literal(expression)


def test_a_broken_expression_is_told_with_its_rule() -> None:
    """Before anything is asked, and not when it is."""
    with pytest.raises(ConfigError, match='"r"'):
        RuleBook([rule(ALLOW, text="(")])


@given(st.lists(RULES), st.lists(RULES), LINES)
def test_a_denial_wins_whatever_stands_before_and_after(
    before: list[Rule], after: list[Rule], line: str
) -> None:
    """This is what the never list rests on."""
    never = Rule(name="never", source="s", answer=DENY, tool="Bash")
    chosen = decide([*before, never, *after], QuestionKind.PERMISSION, line, bash(line))

    assert chosen is not None
    assert DENY == chosen.answer


@given(st.lists(RULES), st.randoms(), LINES)
def test_order_matters_among_those_that_do_not_deny_alone(
    rules: list[Rule], random: Random, line: str
) -> None:
    """Wherever the denials are moved to, the answer is the same."""
    denials = [r for r in rules if r.answer == DENY]
    mixed = [r for r in rules if r.answer != DENY]
    for denial in denials:
        mixed.insert(random.randint(0, len(mixed)), denial)
    first = decide(rules, QuestionKind.PERMISSION, line, bash(line))
    second = decide(mixed, QuestionKind.PERMISSION, line, bash(line))

    assert (first and first.answer) == (second and second.answer)
    if first and first.answer != DENY:
        assert first == second


@pytest.mark.parametrize("path", ["/w/.GIT/config", "/w/.Git/config"])
def test_case_refuses_but_does_not_allow(path: str) -> None:
    """On some file systems these are the same file: a denial sees both, permission only one."""
    call = ToolCall(id="1", tool="Write", input={"file_path": path})

    assert rule_matches(rule(DENY, tool="Write(**/.git/**)"), QuestionKind.PERMISSION, "", call)
    assert rule_matches(rule(PARK, tool="Write(**/.git/**)"), QuestionKind.PERMISSION, "", call)
    assert not rule_matches(
        rule(ALLOW, tool="Write(**/.git/**)"), QuestionKind.PERMISSION, "", call
    )


@pytest.mark.parametrize(
    ("answer", "kind", "expected"),
    [
        ("yes", QuestionKind.PERMISSION, ALLOW),
        (" Deny ", QuestionKind.PERMISSION, DENY),
        ("Red", QuestionKind.PERMISSION, ""),
        ("yes", QuestionKind.CHOICE, "yes"),
        ("allow", QuestionKind.TEXT, ALLOW),
        ("Park", QuestionKind.TEXT, PARK),
        ("Red", QuestionKind.CHOICE, "Red"),
    ],
)
def test_what_an_answer_means_hangs_on_what_is_asked(
    answer: str, kind: QuestionKind, expected: str
) -> None:
    """Whether a tool may be used is answered by the words alone; yes and no are spellings."""
    assert expected == meaning(answer, kind)


@pytest.mark.parametrize(
    ("answer", "wanted", "known", "expected"),
    [
        (ALLOW, True, True, True),
        (ALLOW, True, False, False),
        (ALLOW, True, None, False),
        (ALLOW, False, None, False),
        (CALL, True, None, False),
        (DENY, False, False, True),
        (DENY, False, True, False),
        (DENY, False, None, True),
        (ASK, True, None, True),
        (PARK, True, None, True),
    ],
)
def test_a_fact_that_nobody_knows_allows_nothing(
    answer: str, wanted: bool, known: bool | None, expected: bool
) -> None:
    """In doubt what restrains matches, and what allows does not."""
    hanging = Rule(name="r", source="s", answer=answer, tool="Bash", tests_passed=wanted)

    assert expected == facts_match(hanging, QuestionKind.PERMISSION, Facts(tests_passed=known))


@pytest.mark.parametrize(
    ("answer", "lines", "expected"),
    [(ALLOW, 10, True), (ALLOW, 11, False), (ALLOW, None, False), (DENY, None, True)],
)
def test_the_size_of_the_change_is_a_fact_as_well(
    answer: str, lines: int | None, expected: bool
) -> None:
    """At most so many lines, itself included."""
    hanging = Rule(name="r", source="s", answer=answer, tool="Bash", changed_lines_at_most=10)

    assert expected == facts_match(hanging, QuestionKind.PERMISSION, Facts(changed_lines=lines))
    assert frozenset({"changed_lines"}) == facts_named(hanging)


def test_a_long_text_hides_nothing_and_allows_nothing() -> None:
    """What restrains is looked for everywhere; what allows does not trust so long a text."""
    text = "x" * 3 * TEXT_LIMIT + " api key"

    assert text_matches("api key", text, restraining=True)
    assert not text_matches("^x", text, restraining=False)
    assert text_matches("^x", text[:TEXT_LIMIT], restraining=False)


def test_an_expression_that_looks_back_ends_in_time() -> None:
    """Its time grows with the square of what is searched, and that is bounded."""
    begin = time.perf_counter()
    text_matches(r"\s+$", " " * 2_000 + "x" + "y" * 500_000, restraining=True)

    assert time.perf_counter() - begin < 5


def web_fetch(url: str) -> ToolCall:
    return ToolCall(id="1", tool="WebFetch", input={"url": url})


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.com?x=@example.com/",
        "https://evil.com#@example.com",
        "https://evil.com\\@example.com/",
        "https://evil.com\\.example.com/",
        "https:evil.com?@example.com",
        "https://example.com@evil.com/",
        "https://evil.com:80#.example.com",
    ],
)
def test_an_address_cannot_pass_for_another_host(url: str) -> None:
    """What a browser would call is what a domain is compared with, whatever stands behind it."""
    call = web_fetch(url)
    refusal = rule(DENY, tool="WebFetch(domain:evil.com)")

    assert not tool_matches("WebFetch(domain:example.com)", call, whole=True)
    assert tool_matches("WebFetch(domain:evil.com)", call)
    assert [refusal] == _found(refusal, call)


@pytest.mark.parametrize(
    "url",
    [
        "https://EVIL.com",
        "https://evil.com.",
        "http:\\\\evil.com/",
        "https://ｅvil。com/",
        "evil.com:80",
    ],
)
def test_a_refused_host_is_refused_in_every_spelling(url: str) -> None:
    """Letters' case, a last dot, backslashes and wide letters all call the same machine."""
    for domain in ("evil.com", "Evil.com"):
        pattern = f"WebFetch(domain:{domain})"

        assert tool_matches(pattern, web_fetch(url))
        assert [rule(DENY, tool=pattern)] == _found(rule(DENY, tool=pattern), web_fetch(url))


def _found(one: Rule, call: ToolCall) -> list[Rule]:
    book = RuleBook([one])
    return list(book.matching(QuestionKind.PERMISSION, Severity.ROUTINE, "", call))


@pytest.mark.parametrize("path", ["src/../ci/a", "/w/src/x/../../ci/a", "src/./../ci/a"])
def test_what_allows_a_folder_is_not_led_out_of_it(path: str) -> None:
    """A pattern for `src` allows nothing that `..` takes elsewhere, and `ci` is still refused."""
    call = ToolCall(id="1", tool="Write", input={"file_path": path})

    assert not tool_matches("Write(src/**)", call, whole=True)
    assert tool_matches("Write(ci/**)", call)


@pytest.mark.parametrize("path", ["ci/./secret/a", "ci//secret/a", "ci/x/../secret/a"])
def test_what_refuses_a_folder_refuses_every_way_to_it(path: str) -> None:
    """Dots and doubled slashes lead to the same file."""
    call = ToolCall(id="1", tool="Write", input={"file_path": path})
    refusal = rule(DENY, tool="Write(ci/secret/**)")

    assert tool_matches("Write(ci/secret/**)", call)
    assert [refusal] == _found(refusal, call)


def test_what_the_agent_adds_to_a_call_is_not_taken_for_its_path() -> None:
    """A file is judged by the argument that names it, whatever else stands beside it."""
    call = ToolCall(id="1", tool="Write", input={"command": "src/a", "file_path": "/etc/x"})

    assert not tool_matches("Write(src/**)", call, whole=True)
    assert tool_matches("Write(etc/**)", call)
