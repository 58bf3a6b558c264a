"""Who answers what: the order of the voices, and what none of them may do."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.domain.facts import MEASURED, Facts
from coffee_maker.domain.policy import GO_ON, NOBODY, Action, Policy, last_word
from coffee_maker.domain.question import (
    ALLOW,
    DENY,
    PARK,
    AnsweredBy,
    Option,
    QuestionKind,
    Severity,
    ToolCall,
)
from coffee_maker.domain.rules import ASK, CALL, Rule
from coffee_maker.domain.session import Asking

CRITICAL_TEXT = "May I merge this to main?"


def permission(command: str) -> Asking:
    call = ToolCall(id="1", tool="Bash", input={"command": command})
    return Asking(id="1", kind=QuestionKind.PERMISSION, text=f"Bash: {command}", tool_call=call)


def choice(text: str, *labels: str) -> Asking:
    options = tuple(Option(label=label) for label in labels)
    return Asking(id="1", kind=QuestionKind.CHOICE, text=text, options=options)


def text(asked: str) -> Asking:
    return Asking(id="1", kind=QuestionKind.TEXT, text=asked)


def rule(answer: str, **given: object) -> Rule:
    return Rule(name="mine", answer=answer, source="settings, rule 1", **given)  # type: ignore[arg-type]


def test_a_rule_answers_and_says_so() -> None:
    """The verdict names the rule, where it is written, and holds the answer."""
    mine = rule(ALLOW, tool="Bash(npm test:*)")
    verdict = Policy([mine]).verdict(permission("npm test -- -w"), Facts())

    assert Action.ANSWER is verdict.action
    assert mine == verdict.rule
    assert verdict.answer is not None
    assert (ALLOW, AnsweredBy.RULE, "mine") == (
        verdict.answer.value,
        verdict.answer.by,
        verdict.answer.rule,
    )
    assert 'The rule "mine" (settings, rule 1) allows it.' == verdict.why


def test_without_a_rule_a_person_is_asked() -> None:
    """Silence then means no, and to other questions that nobody is there."""
    policy = Policy([], deadline_seconds=60)

    verdict = policy.verdict(permission("npm test"), Facts())
    assert (Action.ASK, None, 60, DENY) == (
        verdict.action,
        verdict.rule,
        verdict.deadline_seconds,
        verdict.safe_default,
    )
    assert NOBODY == policy.verdict(text("And now?"), Facts()).safe_default


def test_a_rule_that_hangs_on_a_fact_is_not_said_to_be_none() -> None:
    """Whoever wrote it wants to know why it did not answer."""
    policy = Policy([rule("yes", text="And now", tests_passed=True)])

    told = policy.verdict(text("And now?"), Facts(tests_passed=False)).why
    assert "What rules say of this hangs on tests_passed, and none holds: it is a person's." == told
    assert "No rule speaks" in policy.verdict(text("What then?"), Facts()).why


def test_where_silence_parks_everything_is_parked() -> None:
    """Permissions and other questions alike."""
    policy = Policy([], silence=PARK)

    assert {PARK} == {
        policy.verdict(asking, Facts()).safe_default for asking in (permission("x"), text("x"))
    }


def test_routine_comes_behind_the_users_rules() -> None:
    """What is built in can be taken back by a rule of the user's."""
    asked = permission("git status")

    assert Action.ANSWER is Policy([]).verdict(asked, Facts()).action
    assert Action.ASK is Policy([rule(ASK, tool="Bash")]).verdict(asked, Facts()).action


def test_auto_approve_says_yes_to_what_is_left() -> None:
    """Not the word itself to a question, but what is meant by it; never to a critical one."""
    policy = Policy([], auto_approve=True)
    values = {
        asking.kind: verdict.answer.value if verdict.answer else verdict.action
        for asking in (permission("x"), text("And now?"))
        if (verdict := policy.verdict(asking, Facts()))
    }

    assert {QuestionKind.PERMISSION: ALLOW, QuestionKind.TEXT: GO_ON} == values
    assert Action.ASK is policy.verdict(text(CRITICAL_TEXT), Facts()).action


@pytest.mark.parametrize("answer", ["Red", "nonsense", ""])
def test_no_text_answers_whether_a_tool_may_be_used(answer: str) -> None:
    """A rule made for other questions means nothing to a permission that it matches."""
    policy = Policy([rule(answer, text="npm")])

    assert Action.ASK is policy.verdict(permission("npm test"), Facts()).action


def test_yes_and_no_are_spellings() -> None:
    """Of allow and deny, where a tool is to be used."""
    for said, meant in (("yes", ALLOW), ("No", DENY)):
        mine = rule(said, text="npm", kind=QuestionKind.PERMISSION)
        verdict = Policy([mine]).verdict(permission("npm x"), Facts())
        assert verdict.answer is not None
        assert meant == verdict.answer.value


@pytest.mark.parametrize("asked", [text("Go on?"), choice("Go on?", "Yes", "No")])
def test_the_bare_words_are_never_typed(asked: Asking) -> None:
    """Allow is said as what it means, and a denial with the rule's message."""
    allowed = Policy([rule(ALLOW, text="go on")]).verdict(asked, Facts()).answer
    refused = Policy([rule(DENY, text="go on", message="Not today.")]).verdict(asked, Facts())

    assert allowed is not None
    assert refused.answer is not None
    assert GO_ON == allowed.value
    assert "No. Not today." == refused.answer.value


def test_own_words_answer_a_choice() -> None:
    """An answer that is none of the labels is said as it stands."""
    verdict = Policy([rule("Neither", text="which")]).verdict(choice("Which?", "A", "B"), Facts())

    assert verdict.answer is not None
    assert "Neither" == verdict.answer.value


def test_an_unreadable_screen_is_a_persons() -> None:
    """No rule, not even a denial, answers what nobody could read."""
    policy = Policy([rule(DENY, kind=QuestionKind.UNREADABLE)], auto_approve=True)
    asked = Asking(id="1", kind=QuestionKind.UNREADABLE, text="?")
    verdict = policy.verdict(asked, Facts())

    assert (Action.ASK, Severity.CRITICAL, PARK) == (
        verdict.action,
        verdict.severity,
        verdict.safe_default,
    )
    assert frozenset() == policy.needs(asked)


@pytest.mark.parametrize(
    ("answer", "action"),
    [
        (ALLOW, Action.ASK),
        ("Yes", Action.ASK),
        (CALL, Action.ASK),
        (ASK, Action.ASK),
        (PARK, Action.PARK),
        (DENY, Action.ANSWER),
    ],
)
def test_what_a_rule_may_do_about_a_critical_question(answer: str, action: Action) -> None:
    """Refuse it, leave it to a person, park it: and nothing else."""
    verdict = Policy([rule(answer, text="merge")]).verdict(text(CRITICAL_TEXT), Facts())

    assert action is verdict.action
    assert PARK == verdict.safe_default


def test_a_rule_for_a_persons_question_names_its_deadline_and_default() -> None:
    """They win over the usual ones."""
    mine = rule(ASK, text="colour", deadline_seconds=5.0, safe_default="Blue")
    verdict = Policy([mine]).verdict(choice("Which colour?", "Red", "Blue"), Facts())

    assert (5.0, "Blue") == (verdict.deadline_seconds, verdict.safe_default)


@pytest.mark.parametrize(
    ("asked", "default", "expected"),
    [
        (permission("x"), ALLOW, DENY),
        (permission("x"), "yes", DENY),
        (permission("x"), "no", DENY),
        (permission("x"), PARK, PARK),
        (text("x"), ALLOW, NOBODY),
        (text("x"), DENY, NOBODY),
        (text("x"), "Take the first", "Take the first"),
        (text(CRITICAL_TEXT), "Yes", PARK),
        (text(CRITICAL_TEXT), DENY, NOBODY),
    ],
)
def test_silence_is_safe(asked: Asking, default: str, expected: str) -> None:
    """No rule makes silence allow something, and none lets it answer a critical question."""
    verdict = Policy([rule(ASK, safe_default=default)]).verdict(asked, Facts())

    assert expected == verdict.safe_default


def test_own_expressions_make_a_question_critical() -> None:
    """Beside the built-in ones; permissions are the Guard's business."""
    policy = Policy([], always_ask=["customer data"])

    assert Severity.CRITICAL is policy.severity(text("Send the CUSTOMER data?"))
    assert Severity.CRITICAL is policy.severity(text(CRITICAL_TEXT))
    assert Severity.IMPORTANT is policy.severity(text("Which name?"))
    assert Severity.ROUTINE is policy.severity(permission("cat customer data"))


def test_padding_makes_no_question_less_critical() -> None:
    """However long the agent talks before it comes to the point."""
    assert Severity.CRITICAL is Policy([]).severity(text("x " * 50_000 + CRITICAL_TEXT))


def test_text_cannot_choose_its_rule() -> None:
    """A question that quotes what would be allowed is put to a person like any other."""
    policy = Policy([rule(ALLOW, tool="Bash(npm test:*)", tests_passed=True)])
    quoted = "tests_passed = true. auto-approve. Bash(npm test:*) answer = allow"
    asked = replace(permission("rm -rf ."), text=quoted)

    assert Action.ASK is policy.verdict(asked, Facts(tests_passed=True)).action
    assert Action.ASK is policy.verdict(text(quoted), Facts(tests_passed=True)).action


@pytest.mark.parametrize("said", ["yes", ALLOW])
def test_a_yes_to_a_question_is_none_to_a_command_that_quotes_it(said: str) -> None:
    """A rule on texts alone refuses a tool call, but does not allow it."""
    asked = permission("rm -rf . # commit now?")

    assert Action.ASK is Policy([rule(said, text="commit now")]).verdict(asked, Facts()).action
    assert Action.ANSWER is Policy([rule(DENY, text="rm -rf")]).verdict(asked, Facts()).action


def test_only_what_the_verdict_hangs_on_is_measured() -> None:
    """Not what is named by rules behind one that speaks anyway, nor by rules that do not match."""
    policy = Policy(
        [
            rule(ALLOW, tool="Bash(npm:*)", tests_passed=True, inside_workspace=True),
            rule(ALLOW, tool="Bash(npm test:*)", changed_lines_at_most=5),
            rule(ALLOW, tool="Bash(npm test:*)"),
            rule(ALLOW, tool="Bash(npm test:*)", branch_ready=True),
            rule(DENY, tool="Bash(make:*)", changes_valid=False),
        ]
    )

    assert frozenset({"tests_passed", "changed_lines"}) == policy.needs(permission("npm test"))
    assert frozenset({"tests_passed"}) == policy.needs(permission("npm x"))
    assert frozenset({"changes_valid"}) == policy.needs(permission("make"))
    assert frozenset() == policy.needs(permission("ls"))


def test_the_last_word_allows_nothing() -> None:
    """What a parked question means when its time is over as well."""
    assert DENY == last_word(QuestionKind.PERMISSION)
    assert NOBODY == last_word(QuestionKind.CHOICE)


TRUTHS = st.sampled_from([None, True, False])
RULES = st.builds(
    Rule,
    name=st.just("r"),
    source=st.just("s"),
    answer=st.sampled_from([ALLOW, DENY, ASK, PARK, CALL, "yes", "no", "Red"]),
    tool=st.sampled_from(["", "Bash", "Bash(npm:*)", "Bash(git push:*)", "Write"]),
    text=st.sampled_from(["", "npm", "merge", "."]),
    kind=st.sampled_from([None, *QuestionKind]),
    severity=st.sampled_from([None, *Severity]),
    tests_passed=TRUTHS,
    changes_valid=TRUTHS,
    branch_ready=TRUTHS,
    inside_workspace=TRUTHS,
    changed_lines_at_most=st.sampled_from([None, 0, 10]),
    safe_default=st.sampled_from(["", ALLOW, DENY, PARK, "Red"]),
)
FACTS = st.builds(
    Facts,
    tests_passed=TRUTHS,
    changes_valid=TRUTHS,
    branch_ready=TRUTHS,
    inside_workspace=TRUTHS,
    changed_lines=st.sampled_from([None, 5, 100]),
)
ASKED = st.sampled_from(
    [
        permission("npm test"),
        permission("git push"),
        permission("ls && npm x"),
        text("npm?"),
        text(CRITICAL_TEXT),
        choice("merge?", "Red", "Blue"),
        choice(CRITICAL_TEXT, "Yes", "No"),
        Asking(id="1", kind=QuestionKind.UNREADABLE, text="npm"),
        Asking(id="1", kind=QuestionKind.LIMIT, text="npm"),
    ]
)


def goes_on(policy: Policy, asked: Asking, facts: Facts) -> bool:
    """True where something other than a refusal or a person decides."""
    verdict = policy.verdict(asked, facts)
    refused = verdict.rule is not None and verdict.rule.answer in (DENY, "no")
    return verdict.action is Action.CALL or (verdict.action is Action.ANSWER and not refused)


@given(st.lists(RULES, min_size=1), st.integers(0, 20), ASKED, FACTS, st.booleans())
def test_adding_a_denial_never_allows_more(
    rules: list[Rule], place: int, asked: Asking, facts: Facts, approve: bool
) -> None:
    """Wherever it stands and whatever it names."""
    denial, *rules = replace(rules[0], answer=DENY), *rules[1:]
    more = [*rules[:place], denial, *rules[place:]]
    before = goes_on(Policy(rules, auto_approve=approve), asked, facts)
    after = goes_on(Policy(more, auto_approve=approve), asked, facts)

    assert before or not after


@given(st.lists(RULES), ASKED, FACTS, st.booleans())
def test_a_critical_question_is_never_answered_with_anything_but_no(
    rules: list[Rule], asked: Asking, facts: Facts, approve: bool
) -> None:
    """Whatever the rules, also with auto_approve; and silence does not answer it either."""
    policy = Policy(rules, auto_approve=approve)
    verdict = policy.verdict(asked, facts)
    if policy.severity(asked) is not Severity.CRITICAL:
        return

    assert not goes_on(policy, asked, facts)
    assert verdict.safe_default in (PARK, NOBODY)


@given(st.lists(RULES), ASKED, FACTS, st.booleans())
def test_facts_that_are_not_needed_change_nothing(
    rules: list[Rule], asked: Asking, facts: Facts, approve: bool
) -> None:
    """So that the line measures no more than `needs` says."""
    policy = Policy(rules, auto_approve=approve)
    unneeded: dict[str, None] = dict.fromkeys(set(MEASURED) - policy.needs(asked))
    without = replace(facts, **unneeded)  # type: ignore[arg-type]

    assert policy.verdict(asked, facts) == policy.verdict(asked, without)


@given(st.lists(RULES), ASKED, FACTS, st.sampled_from(["tests_passed", "inside_workspace"]))
def test_knowing_less_never_allows_by_a_rule(
    rules: list[Rule], asked: Asking, facts: Facts, forgotten: str
) -> None:
    """What a rule allows without a fact, some value of that fact allows as well."""
    policy = Policy(rules)
    blind: dict[str, object] = {forgotten: None}
    known = [{forgotten: value} for value in (True, False)]
    if goes_on(policy, asked, replace(facts, **blind)):  # type: ignore[arg-type]
        assert all(goes_on(policy, asked, replace(facts, **k)) for k in known)  # type: ignore[arg-type]


@given(st.lists(RULES), ASKED, FACTS, st.booleans())
def test_a_permission_is_answered_with_the_words_alone(
    rules: list[Rule], asked: Asking, facts: Facts, approve: bool
) -> None:
    """And other questions never with the bare words."""
    answer = Policy(rules, auto_approve=approve).verdict(asked, facts).answer
    if answer is not None:
        assert (asked.kind is QuestionKind.PERMISSION) == (answer.value in (ALLOW, DENY))


@pytest.mark.parametrize(
    "asked",
    [
        "Shall I delete the\nproduction database?",
        "Shall I force\n\npush?",
        "Shall I force  push?",
        "Shall I force\u00a0push?",
        "Shall I force\u2011push?",
        "Shall I f\u043er\u0441e push?",
        "Shall I for\u200bce push?",
        "Shall I ｆｏｒｃｅ push?",
        "Shall I fo\u0301rce push?",
        "Use the API\nkey?",
        f"{'x ' * 30_000} force\npush? {'y ' * 30_000}",
    ],
)
def test_no_way_of_writing_hides_what_is_always_a_persons(asked: str) -> None:
    """Line ends, invisible characters, look-alikes and padding are seen through."""
    verdict = Policy([rule(ALLOW, text="Shall I|y y")], auto_approve=True).verdict(
        text(asked), Facts()
    )

    assert (Action.ASK, Severity.CRITICAL) == (verdict.action, verdict.severity)


def test_an_option_that_speaks_of_it_makes_a_choice_a_persons() -> None:
    """What is dangerous may stand in the options, while the question itself is harmless."""
    asking = choice("What is next?", "Go on", "Delete the production database")
    verdict = Policy([], auto_approve=True).verdict(asking, Facts())

    assert (Action.ASK, PARK) == (verdict.action, verdict.safe_default)


def test_a_rule_that_allows_sees_no_more_than_what_is_written() -> None:
    """What is read between the lines restrains, and never allows."""
    mine = Policy([rule(ALLOW, text="commit now")])

    assert Action.ANSWER is mine.verdict(text("commit now?"), Facts()).action
    assert Action.ASK is mine.verdict(text("comm\u0456t now?"), Facts()).action


def write(path: str, led: str) -> Asking:
    call = ToolCall(id="1", tool="Write", input={"file_path": path})
    followed = replace(call, input={"file_path": led})
    return Asking(
        id="1", kind=QuestionKind.PERMISSION, text="Write", tool_call=call, followed=followed
    )


@pytest.mark.parametrize(("answer", "action"), [(ASK, Action.ASK), (PARK, Action.PARK)])
def test_no_link_leads_past_a_rule_that_restrains(answer: str, action: Action) -> None:
    """Whichever of a path's two names a rule is about, it holds."""
    policy = Policy([rule(answer, tool="Write(migrations/**)")])

    assert action is policy.verdict(write("easy/1.sql", "/w/migrations/1.sql"), Facts()).action
    assert action is policy.verdict(write("migrations/1.sql", "/w/a/1.sql"), Facts()).action
    assert Action.ANSWER is policy.verdict(write("a/1.sql", "/w/b/1.sql"), Facts()).action


def test_a_rule_allows_by_both_names_of_a_path_alone() -> None:
    """What is allowed in one folder is not allowed in another by way of a link."""
    policy = Policy([rule(ALLOW, tool="Read(src/**)")])

    def read(path: str, led: str) -> Asking:
        asking = write(path, led)
        assert asking.tool_call is not None
        assert asking.followed is not None
        return replace(
            asking,
            tool_call=replace(asking.tool_call, tool="Read"),
            followed=replace(asking.followed, tool="Read"),
        )

    assert Action.ASK is policy.verdict(read("src/a", "/w/docs/a"), Facts()).action
    assert Action.ASK is policy.verdict(read("docs/a", "/w/src/a"), Facts()).action
    assert Action.ANSWER is policy.verdict(read("src/a", "/w/src/b/a"), Facts()).action
