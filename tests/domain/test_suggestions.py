"""Rules that past answers imply: never broader than what was seen, and only of one mind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.domain.facts import Facts
from coffee_maker.domain.policy import Action, Policy
from coffee_maker.domain.question import (
    ALLOW,
    DENY,
    Answer,
    AnsweredBy,
    Question,
    QuestionKind,
    Severity,
    ToolCall,
)
from coffee_maker.domain.rules import ASK, Rule
from coffee_maker.domain.suggestions import PastQuestion, asking_of, suggest

BEGIN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NONE = Policy([])


def answered(
    value: str,
    *,
    call: ToolCall | None = None,
    text: str = "",
    kind: QuestionKind = QuestionKind.PERMISSION,
    who: str = "Ana",
) -> PastQuestion:
    question = Question(
        id="q",
        task="PRIORITY 1",
        kind=kind,
        text=text,
        tool_call=call,
        safe_default=DENY,
        asked_at=BEGIN,
        deadline=BEGIN + timedelta(minutes=5),
    )
    answer = Answer(value=value, by=AnsweredBy.PERSON, who=who)
    return PastQuestion(question=question, answer=answer, at=BEGIN, workspace="/clones/a")


def ran(value: str, *commands: str) -> list[PastQuestion]:
    return [
        answered(value, call=ToolCall(id="1", tool="Bash", input={"command": c})) for c in commands
    ]


def read(value: str, *paths: str, tool: str = "Read") -> list[PastQuestion]:
    return [
        answered(value, call=ToolCall(id="1", tool=tool, input={"file_path": p})) for p in paths
    ]


def tools(past: list[PastQuestion], policy: Policy = NONE) -> list[object]:
    return [one.fields["tool"] for one in suggest(past, policy)]


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        (ran(ALLOW, "npm run lint", "npm run lint -- --fix", "npm run lint"), "npm run lint:*"),
        (ran(ALLOW, "make check", "make check", "make check"), "make check"),
        (ran(ALLOW, "rm -r build", "rm -r build", "rm -r build"), "rm -r build"),
        (ran(DENY, "npm audit fix", "npm audit fix -f", "npm audit fix"), "npm audit fix:*"),
    ],
)
def test_a_command_is_suggested_as_far_as_it_was_the_same(
    past: list[PastQuestion], expected: str
) -> None:
    """Its first words where the arguments differed, else the whole line."""
    assert [f"Bash({expected})"] == tools(past)


@pytest.mark.parametrize(
    "past",
    [
        ran(ALLOW, "make check", "make check"),  # not often enough
        [*ran(ALLOW, *["make check"] * 5), *ran(DENY, "make check")],  # not of one mind
        [*ran(ALLOW, "npm run a", "npm run a x", "npm run a y"), *ran(DENY, "npm run a z")],
        [*ran(ALLOW, *["make check"] * 3), *ran(DENY, "make check && make release")],
        ran(ALLOW, "rm -r a", "rm -r b", "rm -r c"),  # what is removed is what counts
        ran(ALLOW, "python a.py", "python b.py", "python c.py"),
        ran(ALLOW, "npm test && rm x", "npm test && rm x", "npm test && rm x"),
        ran(ALLOW, *["ls $(cat x)"] * 3),
        ran(ALLOW, *["pytest tests/*"] * 3),  # in a rule the star would mean more
        ran(ALLOW, "git push a", "git add b", "npm c"),
        ran(ALLOW, *["git status"] * 3),  # answered already
        read(ALLOW, "/etc/a", "/etc/b", "/etc/c"),  # outside the workspace
        read(ALLOW, "../a/b", "../a/c", "../a/d"),
        read(ALLOW, "README.md", "README.md", "README.md"),  # would match in every folder
    ],
)
def test_what_is_not_clear_is_not_suggested(past: list[PastQuestion]) -> None:
    """Nothing is better than a guess."""
    assert () == suggest(past, NONE)


def test_files_are_suggested_by_folder() -> None:
    """Where several in it were touched: that folder alone, in the workspace alone."""
    [one] = suggest(read(ALLOW, "/clones/a/src/x.py", "src/y.py", "./src/z.py"), NONE)

    assert {"tool": "Read(src/*)", "answer": ALLOW, "inside_workspace": True} == one.fields


def test_one_file_is_suggested_as_itself() -> None:
    """And not its folder."""
    assert ["Read(src/x.py)"] == tools(read(ALLOW, *["src/x.py"] * 3))


def test_addresses_are_suggested_by_host() -> None:
    """One host, as Claude's own rules name it."""
    fetched = [
        answered(ALLOW, call=ToolCall(id="1", tool="WebFetch", input={"url": f"https://{where}"}))
        for where in ("docs.example.com/a", "docs.example.com/b", "docs.example.com", "x.org")
    ]

    assert ["WebFetch(domain:docs.example.com)"] == tools(fetched)


def test_a_question_is_suggested_word_by_word() -> None:
    """With the answer as it was given."""
    asked = [answered("Red", text="Which (colour)?", kind=QuestionKind.CHOICE) for _ in range(3)]
    [one] = suggest(asked, NONE)

    assert {
        "kind": "choice",
        "text": r"\AWhich\ \(colour\)\?\Z",
        "answer": "Red",
    } == one.fields


def test_critical_questions_are_left_out() -> None:
    """By today's rules, or because they were critical then."""
    asked = [
        answered("Yes", text="May I force-push?", kind=QuestionKind.TEXT),
        answered("Yes", text="Fine?", kind=QuestionKind.TEXT),
    ]
    then = replace(asked[1], question=replace(asked[1].question, severity=Severity.CRITICAL))

    assert () == suggest([asked[0]] * 3, NONE)
    assert () == suggest([then] * 3, NONE)


@pytest.mark.parametrize(
    "by", [AnsweredBy.DEADLINE, AnsweredBy.RULE, AnsweredBy.AUTO_APPROVE, AnsweredBy.NOBODY]
)
def test_only_what_people_said_counts(by: AnsweredBy) -> None:
    """Neither silence nor a rule makes a rule."""
    past = [
        replace(one, answer=replace(one.answer, by=by)) for one in ran(ALLOW, *["make check"] * 3)
    ]

    assert () == suggest(past, NONE)


def test_what_a_rule_of_the_user_leaves_to_people_is_theirs() -> None:
    """The new rule would come behind that one and never speak."""
    policy = Policy([Rule(name="r", source="settings, rule 1", answer=ASK, tool="Bash(make:*)")])

    assert () == suggest(ran(ALLOW, *["make check"] * 3), policy)


def test_the_evidence_says_how_often_when_and_by_whom() -> None:
    """With examples; a denial keeps the message that went with it."""
    past = [
        replace(
            one,
            at=BEGIN + timedelta(days=day),
            answer=replace(one.answer, who=who, message="Use make."),
        )
        for day, who, one in zip(
            (0, 1, 3),
            ("Ana", "Ben", "Ana"),
            ran(DENY, "npm ci", "npm ci --x", "npm ci"),
            strict=True,
        )
    ]
    [one] = suggest(past, NONE)

    assert "answered so 3 times, 2026-11-20 to 2026-11-23, by Ana, Ben" == one.evidence
    assert ("npm ci", "npm ci --x") == one.examples
    assert "Use make." == one.fields["message"]


WORDS = st.sampled_from(["npm", "run", "lint", "git", "push", "-x", "a/b", "rm", "&&", "*", "test"])
LINES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)


@given(st.lists(st.tuples(st.sampled_from([ALLOW, DENY]), LINES), max_size=12))
def test_with_all_suggestions_taken_nobody_is_contradicted(given_: list[tuple[str, str]]) -> None:
    """Whatever they answer today is what people answered then, each time."""
    past = [one for value, line in given_ for one in ran(value, line)]
    taken = [
        Rule(name="s", source="settings", answer=str(one.fields["answer"]), tool=str(tool))
        for one in suggest(past, NONE)
        if (tool := one.fields["tool"])
    ]
    policy = Policy(taken)
    for one in past:
        verdict = policy.verdict(asking_of(one.question), Facts())
        if verdict.action is Action.ANSWER and verdict.rule in taken:
            assert verdict.answer is not None
            assert one.answer.value == verdict.answer.value
