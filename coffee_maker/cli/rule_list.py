"""Every rule in the order in which it counts, for people and for programs."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from coffee_maker.domain.built_in_rules import BUILT_IN, NEVER, ROUTINE
from coffee_maker.domain.policy import Policy
from coffee_maker.domain.question import DENY, QuestionKind
from coffee_maker.domain.rules import Rule, facts_named, meaning
from coffee_maker.domain.visible import one_line

NEVER_LIST = (
    "never list: before every tool call, and nothing outranks it; "
    "nor is anything written outside the workspace"
)
ALARMS = "always a person: texts that make a question critical"
DENIALS = "rules that deny, wherever they stand"
OTHERS = "other rules, in their order"
ROUTINES = "routine in the agent's own clone"

_FILE_TOOLS = ("Read", "Grep", "Glob", "Write", "Edit", "MultiEdit", "NotebookEdit")

Part = tuple[str, Sequence[Rule]]


def parts_of(policy: Policy, never: Sequence[Rule]) -> list[Part]:
    """All rules, the first to be asked first, in parts with a heading each."""
    own = policy.rules[: len(policy.rules) - len(ROUTINE)]
    return [
        (NEVER_LIST, (*NEVER, *never)),
        (DENIALS, [rule for rule in own if _denies(rule)]),
        (ALARMS, policy.always_ask),
        (OTHERS, [rule for rule in own if not _denies(rule)]),
        (ROUTINES, ROUTINE),
    ]


def as_lines(parts: Sequence[Part]) -> Iterator[str]:
    """Number, answer, what must match, source; built-in rules on one place share a line."""
    number = 0
    for heading, rules in parts:
        if not rules:
            continue
        yield f"{heading}:"
        for _, alike in groupby(enumerate(rules), _place):
            same = [rule for _, rule in alike]
            first, number = number + 1, number + len(same)
            counted = f"{first}" if first == number else f"{first}-{number}"
            said = _matches(same[0]) if first == number else _folded(same)
            answer = one_line(same[0].answer, 40)
            yield f"  {counted:>7}  {answer:<5}  {said}  [{one_line(same[0].source)}]"
        yield ""


def as_records(parts: Sequence[Part]) -> list[dict[str, object]]:
    """The same as plain values: what a rule does not name is left out."""
    records: list[dict[str, object]] = []
    for heading, rules in parts:
        for rule in rules:
            given = {name: getattr(rule, name) for name in Rule.__slots__}
            named = {name: value for name, value in given.items() if value not in (None, "")}
            records.append({"number": len(records) + 1, "part": heading.partition(":")[0], **named})
    return records


def _denies(rule: Rule) -> bool:
    return meaning(rule.answer, rule.kind or QuestionKind.PERMISSION) == DENY


def _place(numbered: tuple[int, Rule]) -> tuple[str, ...]:
    """What neighbours have in common that share a line; everybody else is alone."""
    number, rule = numbered
    tool, _, place = rule.tool.rstrip(")").partition("(")
    if rule.source != BUILT_IN or tool not in _FILE_TOOLS or not place:
        return (str(number),)
    return rule.answer, place.removesuffix("/**")


def _folded(rules: Sequence[Rule]) -> str:
    parts = [rule.tool.rstrip(")").partition("(") for rule in rules]
    tools, places = ([*dict.fromkeys(part[end] for part in parts)] for end in (0, 2))
    return f"{', '.join(tools)} ({', '.join(places)})"


def _matches(rule: Rule) -> str:
    name = one_line(rule.name)
    said = [name] if name not in (rule.tool, rule.text, rule.kind, rule.severity) else []
    said += [one_line(value) for value in (rule.tool,) if value]
    said += [f"text /{one_line(rule.text)}/"] if rule.text else []
    said += [f"{value} questions" for value in (rule.kind, rule.severity) if value]
    said += [_fact(rule, fact) for fact in sorted(facts_named(rule))]
    return ", ".join(said)


def _fact(rule: Rule, fact: str) -> str:
    if fact == "changed_lines":
        return f"changed_lines ≤ {rule.changed_lines_at_most}"
    return f"{fact} = {str(getattr(rule, fact)).lower()}"
