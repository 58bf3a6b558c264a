"""Python functions as a voice."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.autonomous.message_handler import (
    AutoRespond,
    MessageHandler,
    VoiceFailed,
    question_pattern,
)
from coffee_maker.domain.errors import ConfigError
from coffee_maker.domain.facts import Facts
from coffee_maker.domain.question import ALLOW, DENY, Answer, AnsweredBy, QuestionKind
from coffee_maker.domain.rules import CALL
from tests.support.questions import question

FOUNDING: dict[str, AutoRespond] = {
    "continue?": lambda ctx: "yes" if ctx.tests_passed else "no",
    "commit now?": lambda ctx: "yes" if ctx.changes_valid else "no",
    "run tests?": lambda _: "yes",
    "create PR?": lambda ctx: "yes" if ctx.branch_ready else "no",
}
PATTERNS = [r"API key", r"credentials", r"delete.*production", r"breaking change"]


def matches(key: str, text: str) -> bool:
    return re.search(question_pattern(key), text, re.IGNORECASE) is not None


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("commit now?", "Tests passed. Should I commit these changes?"),
        ("commit now?", "All done!\nShall I be committing now?"),
        ("continue?", "Continue?"),
        ("continue?", "I have read x.py and 3.11 is fine. Do you want me to continue?"),
        ("run tests?", "Should I run the test suite (pytest.ini is there)?"),
        ("run tests?", "Do you want me to go on testing, running all of it?"),
        ("create PR?", 'Ready. "Should I create a pull request?"'),
        ("create PR?", "Create the PR now? I think so."),
        ("merge changes?", "Should the change be merged?"),
        ("go on?", "Should I go on?"),
    ],
)
def test_a_key_matches_a_question_that_holds_its_words(key: str, text: str) -> None:
    """In any form and order, with fillers left out, in one asking sentence."""
    assert matches(key, text)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("commit now?", "I commit now."),
        ("commit now?", "I made a commit. Should I delete the database?"),
        ("commit now?", "Is the committee right?"),
        ("run tests?", "Should I run the migration? The tests pass."),
        ("create PR?", "Should I create a project?"),
        ("continue?", "We continue\nShould I stop?"),
    ],
)
def test_a_key_matches_nothing_else(key: str, text: str) -> None:
    """A sentence that asks nothing, words spread over several, and words that only look alike."""
    assert not matches(key, text)


@given(st.text(min_size=1, max_size=20))
def test_every_key_with_words_is_a_pattern(key: str) -> None:
    """Whatever signs stand in it; and it matches itself, asked."""
    words = re.findall(r"\w+", key.casefold())
    if not words:
        with pytest.raises(ConfigError):
            question_pattern(key)
        return

    assert matches(key, f"Should I {' '.join(words)}?")


def test_a_long_text_is_searched_in_no_time() -> None:
    """A question may be long, and the line waits."""
    import time

    begun = time.monotonic()
    matches("create PR?", "create " * 20_000)
    matches("create PR?", "a b. " * 20_000)

    assert time.monotonic() - begun < 2


def test_the_keys_are_rules_that_call() -> None:
    """For the policy: a name, a pattern, and the answer that is a call."""
    rules = MessageHandler(FOUNDING).rules

    assert list(FOUNDING) == [rule.name for rule in rules]
    assert {CALL} == {rule.answer for rule in rules}


def test_who_is_needed() -> None:
    """A person, where a pattern says so or no key matches."""
    handler = MessageHandler(FOUNDING, PATTERNS)

    assert handler.requires_user_input("I found an API key in .env. Should I commit it?")
    assert handler.requires_user_input("What colour?")
    assert not handler.requires_user_input("Tests passed. Should I commit these changes?")


@pytest.mark.parametrize(("valid", "value"), [(True, "yes"), (False, "no"), (None, "no")])
def test_an_answer_hangs_on_the_facts(valid: bool | None, value: str) -> None:
    """What is not known is falsy; and the rule is named in the answer."""
    asked = question(
        kind=QuestionKind.TEXT, voice="commit now?", facts=Facts(changes_valid=valid), text="?"
    )

    assert Answer(value=value, by=AnsweredBy.RULE, rule="commit now?") == MessageHandler(
        FOUNDING
    ).respond(asked)


@pytest.mark.parametrize(
    ("said", "value"), [(True, ALLOW), (False, DENY), ("no, use make", DENY), ("ok", ALLOW)]
)
def test_a_permission_is_answered_as_a_person_would(said: str | bool, value: str) -> None:
    """True, False, or words."""
    answer = MessageHandler({"k": lambda _: said}).respond(question(voice="k"))

    assert answer is not None
    assert value == answer.value


def test_none_is_for_a_person() -> None:
    """So is a rule that is not known, and what a pattern matches."""
    handler = MessageHandler({"k": lambda _: None, "yes": lambda _: "yes"}, [r"rm -rf"])

    assert handler.respond(question(voice="k")) is None
    assert handler.respond(question(voice="another")) is None
    assert handler.respond(question(voice="yes")) is None


def test_a_function_that_raises_is_named() -> None:
    """So is one whose answer is none."""

    def breaks(_: object) -> str:
        raise KeyError("x")

    handler = MessageHandler({"k": breaks, "j": lambda _: "perhaps"})

    with pytest.raises(VoiceFailed, match="KeyError"):
        handler.respond(question(voice="k"))
    with pytest.raises(VoiceFailed, match="neither yes nor no"):
        handler.respond(question(voice="j"))


def test_a_pattern_that_cannot_be_read_is_said_at_once() -> None:
    """And not when a question hangs on it."""
    with pytest.raises(ConfigError):
        MessageHandler(notify_user_patterns=["("])


def test_the_log_of_exchanges_may_be_switched_off() -> None:
    """Then no folder is named."""
    kept = MessageHandler(interaction_log_dir="logs/")

    assert "logs/" == kept.interaction_log_dir
    assert (
        ""
        == MessageHandler(
            log_all_interactions=False, interaction_log_dir="logs/"
        ).interaction_log_dir
    )
