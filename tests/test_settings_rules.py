"""From the settings file to rules."""

from pathlib import Path

from coffee_maker.config import load_settings
from coffee_maker.domain.facts import Facts
from coffee_maker.domain.policy import Action
from coffee_maker.domain.question import DENY, PARK, QuestionKind, Severity
from coffee_maker.domain.rules import Rule
from coffee_maker.domain.session import Asking
from coffee_maker.settings import Settings
from coffee_maker.settings_rules import never_of, policy_of, rules_of

FILE = """
[questions]
silence = "park"
deadline_seconds = 7
always_ask = ["customer data"]
never = ["Bash(terraform apply:*)"]

[[questions.rules]]
tool = "Bash(npm test:*)"
answer = "Yes"

[[questions.rules]]
name = "big changes"
kind = "text"
severity = "important"
text = "go on"
answer = "ask"
message = "m"
tests_passed = true
changes_valid = true
branch_ready = false
inside_workspace = true
changed_lines_at_most = 9
deadline_seconds = 3.5
safe_default = "park"

[[questions.rules]]
severity = "critical"
answer = "park"
"""


def read(folder: Path) -> Settings:
    (folder / "coffee_maker.toml").write_text(FILE)
    return load_settings(folder, {})


def test_every_field_of_a_rule_counts(tmp_path: Path) -> None:
    """Nothing that a user writes is lost; what has no name is called by what it matches."""
    first, second, third = rules_of(read(tmp_path))

    assert (
        Rule(
            name="Bash(npm test:*)",
            answer="allow",
            source="settings, rule 1",
            tool="Bash(npm test:*)",
        )
        == first
    )
    assert (
        Rule(
            name="big changes",
            answer="ask",
            source="settings, rule 2",
            text="go on",
            kind=QuestionKind.TEXT,
            severity=Severity.IMPORTANT,
            message="m",
            tests_passed=True,
            changes_valid=True,
            branch_ready=False,
            inside_workspace=True,
            changed_lines_at_most=9,
            deadline_seconds=3.5,
            safe_default="park",
        )
        == second
    )
    assert ("critical", "settings, rule 3") == (third.name, third.source)


def test_the_policy_has_all_that_the_settings_say(tmp_path: Path) -> None:
    """Silence, deadline, and what makes a question critical."""
    policy = policy_of(read(tmp_path))
    verdict = policy.verdict(Asking(id="1", kind=QuestionKind.TEXT, text="And now?"), Facts())
    critical = Asking(id="1", kind=QuestionKind.TEXT, text="Send customer data?")

    assert (Action.ASK, 7, PARK) == (
        verdict.action,
        verdict.deadline_seconds,
        verdict.safe_default,
    )
    assert Action.PARK is policy.verdict(critical, Facts()).action


def test_the_users_never_list_denies(tmp_path: Path) -> None:
    """With words for the agent."""
    [never] = never_of(read(tmp_path))

    assert (DENY, "Bash(terraform apply:*)") == (never.answer, never.tool)
    assert never.message
