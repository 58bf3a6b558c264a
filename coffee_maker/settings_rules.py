"""The settings' rules, as the domain knows them."""

from coffee_maker.domain.policy import Policy
from coffee_maker.domain.question import DENY, QuestionKind, Severity
from coffee_maker.domain.rules import Rule
from coffee_maker.settings import RuleSettings, Settings

_FORBIDDEN = "The settings of this project forbid that."


def rules_of(settings: Settings) -> tuple[Rule, ...]:
    """The user's rules in the order of the file; they are counted from 1."""
    return tuple(_rule(given, n) for n, given in enumerate(settings.questions.rules, start=1))


def never_of(settings: Settings) -> tuple[Rule, ...]:
    """What the settings forbid beside the built-in list."""
    return tuple(
        Rule(name=tool, answer=DENY, source="settings", tool=tool, message=_FORBIDDEN)
        for tool in settings.questions.never
    )


def policy_of(settings: Settings) -> Policy:
    """Who answers what, as these settings say it. Raises ConfigError."""
    chosen = settings.questions
    return Policy(
        rules_of(settings),
        chosen.always_ask,
        auto_approve=chosen.auto_approve,
        deadline_seconds=chosen.deadline_seconds,
        silence=chosen.silence,
    )


def _rule(given: RuleSettings, number: int) -> Rule:
    return Rule(
        name=given.name or given.tool or given.text or given.kind or given.severity,
        answer=given.answer,
        source=f"settings, rule {number}",
        tool=given.tool,
        text=given.text,
        kind=QuestionKind(given.kind) if given.kind else None,
        severity=Severity(given.severity) if given.severity else None,
        message=given.message,
        tests_passed=given.tests_passed,
        changes_valid=given.changes_valid,
        branch_ready=given.branch_ready,
        inside_workspace=given.inside_workspace,
        changed_lines_at_most=given.changed_lines_at_most,
        deadline_seconds=given.deadline_seconds,
        safe_default=given.safe_default,
    )
