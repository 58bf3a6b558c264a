"""Who answers what the agent asks: the user's rules, in an order in which none can do harm.

The voices in turn; the first that speaks decides:

1. an unreadable screen is a person's
2. rules that deny, wherever they stand
3. critical questions: rules that ask or park, else a person; nothing else may answer those
4. the user's rules in their order, then the built-in ones for routine; where none of them decides
   a command line, and each of its commands would be allowed by itself, it is allowed
5. `auto_approve`
6. a person

Whether a tool may be used at all is not decided here but by the Guard, which nobody outranks.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from coffee_maker.domain.built_in_rules import ALWAYS_ASK, ROUTINE
from coffee_maker.domain.compound import simple_commands
from coffee_maker.domain.facts import MEASURED, Facts
from coffee_maker.domain.question import (
    ALLOW,
    DENY,
    PARK,
    Answer,
    AnsweredBy,
    QuestionKind,
    Severity,
)
from coffee_maker.domain.rule_book import RuleBook
from coffee_maker.domain.rules import (
    ASK,
    CALL,
    Rule,
    facts_match,
    facts_named,
    meaning,
    restrains,
    subject,
)
from coffee_maker.domain.session import Asking

GO_ON = (
    "Yes, go on. Where there is a choice, take what fits the task's text best and can be undone, "
    "and say in your report what you decided."
)
NOBODY = (
    "Nobody is there to answer. Take the safest course that can be undone, leave out what needs a "
    "person, and say in your report what you left out."
)
NOBODY_ALLOWED = "Nobody is there to allow this. Do without it, and say so in your report."
_REFUSED = "Do without it, and say in your report what you left out."


class Action(StrEnum):
    """What is to be done about a question."""

    ANSWER = "answer"
    ASK = "ask"  # a person
    PARK = "park"  # a person, some day: the session is closed at once
    CALL = "call"  # the function behind the rule, then a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be done, and `why` in one sentence for people.

    `answer` is there with ANSWER alone. `rule` is the one that decided; None where none did.
    `deadline_seconds` and `safe_default` (`deny`, `PARK` or a text) are what a question that is
    put to people has; what a parked question means at its own end is `last_word`.
    """

    action: Action
    severity: Severity
    why: str
    rule: Rule | None
    answer: Answer | None
    deadline_seconds: float
    safe_default: str


def last_word(kind: QuestionKind) -> str:
    """What counts in the end where nobody ever answers, and nothing can be parked any more."""
    return DENY if kind is QuestionKind.PERMISSION else NOBODY


class Policy:
    """What today's rules say to a question. It knows no clock, and asks nobody.

    `always_ask`: expressions that make a question critical, beside the built-in ones. `silence`:
    "deny" or "park". Raises ConfigError where a rule's text is no regular expression.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        always_ask: Sequence[str] = (),
        *,
        auto_approve: bool = False,
        deadline_seconds: float = 300.0,
        silence: str = DENY,
    ) -> None:
        self.rules = (*rules, *ROUTINE)
        self.always_ask = (
            *(Rule(name=text, answer=ASK, source="settings", text=text) for text in always_ask),
            *ALWAYS_ASK,
        )
        self._book, self._critical = RuleBook(self.rules), RuleBook(self.always_ask)
        self._auto_approve = auto_approve
        self._deadline_seconds, self._silence = deadline_seconds, silence

    def severity(self, asking: Asking) -> Severity:
        """How much hangs on it; a permission's arguments are the Guard's business."""
        if asking.kind is QuestionKind.UNREADABLE:
            return Severity.CRITICAL
        if asking.kind is QuestionKind.PERMISSION:
            return Severity.ROUTINE
        return Severity.CRITICAL if self._alarm(asking) else Severity.IMPORTANT

    def needs(self, asking: Asking) -> frozenset[str]:
        """The facts out of `MEASURED` on which the verdict hangs; the others may be None."""
        if asking.kind is QuestionKind.UNREADABLE:
            return frozenset()
        rules = list(self._speaking(asking, self.severity(asking)))
        named = _hung_on(rules)
        if all(map(facts_named, rules)):
            for part in _parts(asking):
                named |= _hung_on(self._speaking(part, Severity.ROUTINE))
        return named.intersection(MEASURED)

    def verdict(self, asking: Asking, facts: Facts) -> Verdict:
        """Who answers this, or what. The same question and facts always get the same verdict."""
        severity = self.severity(asking)
        if asking.kind is QuestionKind.UNREADABLE:
            return self._ask(asking, severity, "Nobody could read this screen: it is a person's.")
        for rule in self._speaking(asking, severity):
            if facts_match(rule, asking.kind, facts):
                return self._by_rule(rule, asking, severity)
        if severity is Severity.CRITICAL:
            return self._ask(asking, severity, self._why_critical(asking))
        if rules := self._each_allowed(asking, facts):
            return self._by_rules(rules, asking, severity)
        if self._auto_approve:
            return self._approved(asking, severity)
        return self._ask(asking, severity, self._why_open(asking, severity))

    def _speaking(self, asking: Asking, severity: Severity) -> Iterator[Rule]:
        """The rules that may decide, the first first, as far as they do not hang on facts."""
        meant = [
            (meaning(rule.answer, asking.kind), rule) for rule in self._matching(asking, severity)
        ]
        allowed = {ASK, PARK} if severity is Severity.CRITICAL else None
        yield from (rule for word, rule in meant if word == DENY)
        for word, rule in meant:
            if word not in ("", DENY) and (allowed is None or word in allowed):
                yield rule

    def _matching(self, asking: Asking, severity: Severity) -> Iterable[Rule]:
        """Behind a link, what restrains matches by either path, and all else by both alone."""
        matching = partial(self._book.matching, asking.kind, severity, asking.text)
        if asking.followed is None:
            return matching(asking.tool_call)
        written, led = set(matching(asking.tool_call)), set(matching(asking.followed))
        return (
            rule
            for rule in self.rules
            if rule in (written | led if restrains(rule.answer, asking.kind) else written & led)
        )

    def _each_allowed(self, asking: Asking, facts: Facts) -> tuple[Rule, ...]:
        """The rules that allow the commands of a line, each by itself; none where one is not."""
        allowing: list[Rule] = []
        for part in _parts(asking):
            speaking = self._speaking(part, Severity.ROUTINE)
            rule = next((r for r in speaking if facts_match(r, part.kind, facts)), None)
            if rule is None or meaning(rule.answer, part.kind) != ALLOW:
                return ()
            allowing.append(rule)
        return tuple(dict.fromkeys(allowing))

    def _by_rules(self, rules: Sequence[Rule], asking: Asking, severity: Severity) -> Verdict:
        if len(rules) == 1:
            return self._by_rule(rules[0], asking, severity)
        names = " + ".join(rule.name for rule in rules)
        sources = " + ".join(dict.fromkeys(rule.source for rule in rules))
        joined = Rule(name=names, answer=ALLOW, source=sources, kind=asking.kind)
        told = ", ".join(f'"{rule.name}" ({rule.source})' for rule in rules)
        return replace(
            self._by_rule(joined, asking, severity),
            why=f"Each of its commands is allowed by a rule: {told}.",
        )

    def _by_rule(self, rule: Rule, asking: Asking, severity: Severity) -> Verdict:
        word = meaning(rule.answer, asking.kind)
        told = _told(rule, word)
        if word == ASK:
            return self._ask(asking, severity, told, rule)
        if word in (PARK, CALL):
            action = Action.PARK if word == PARK else Action.CALL
            silence = PARK if word == PARK else self._silence_of(asking, severity)
            return self._verdict(action, severity, told, rule=rule, safe_default=silence)
        answer = Answer(
            value=_value(word, rule, asking.kind),
            by=AnsweredBy.RULE,
            rule=rule.name,
            message=rule.message,
        )
        silence = self._silence_of(asking, severity)
        return self._verdict(
            Action.ANSWER, severity, told, rule=rule, answer=answer, safe_default=silence
        )

    def _ask(
        self, asking: Asking, severity: Severity, why: str, rule: Rule | None = None
    ) -> Verdict:
        silence = self._own_silence(rule, asking, severity) if rule else ""
        return self._verdict(
            Action.ASK,
            severity,
            why,
            rule=rule,
            deadline_seconds=rule.deadline_seconds if rule else None,
            safe_default=silence or self._silence_of(asking, severity),
        )

    def _approved(self, asking: Asking, severity: Severity) -> Verdict:
        permission = asking.kind is QuestionKind.PERMISSION
        return self._verdict(
            Action.ANSWER,
            severity,
            "No rule speaks of this, and auto_approve says yes.",
            answer=Answer(value=ALLOW if permission else GO_ON, by=AnsweredBy.AUTO_APPROVE),
            safe_default=self._silence_of(asking, severity),
        )

    def _verdict(
        self,
        action: Action,
        severity: Severity,
        why: str,
        *,
        safe_default: str,
        rule: Rule | None = None,
        answer: Answer | None = None,
        deadline_seconds: float | None = None,
    ) -> Verdict:
        return Verdict(
            action=action,
            severity=severity,
            why=why,
            rule=rule,
            answer=answer,
            deadline_seconds=self._deadline_seconds
            if deadline_seconds is None
            else deadline_seconds,
            safe_default=safe_default,
        )

    def _silence_of(self, asking: Asking, severity: Severity) -> str:
        if severity is Severity.CRITICAL or self._silence == PARK:
            return PARK
        return last_word(asking.kind)

    def _own_silence(self, rule: Rule, asking: Asking, severity: Severity) -> str:
        """The rule's own safe default, unless silence would then allow what nobody did."""
        word = meaning(rule.safe_default, asking.kind)
        if word == PARK:
            return PARK
        if word == DENY:
            return last_word(asking.kind)
        if asking.kind is QuestionKind.PERMISSION or severity is Severity.CRITICAL:
            return ""
        return "" if word in (ALLOW, ASK, CALL) else word

    def _alarm(self, asking: Asking) -> Rule | None:
        said = "\n".join(
            (asking.text, *(f"{one.label}\n{one.description}" for one in asking.options))
        )
        return next(self._critical.matching(asking.kind, Severity.CRITICAL, said, None), None)

    def _why_open(self, asking: Asking, severity: Severity) -> str:
        names = {
            name
            for one in (asking, *_parts(asking))
            for rule in self._speaking(one, severity)
            if meaning(rule.answer, one.kind) == ALLOW or one is asking
            for name in facts_named(rule)
        }
        if not names:
            return "No rule speaks of this: it is a person's."
        hangs_on = ", ".join(sorted(names))
        return f"What rules say of this hangs on {hangs_on}, and none holds: it is a person's."

    def _why_critical(self, asking: Asking) -> str:
        alarm = self._alarm(asking)
        written = f' ("{alarm.name}", {alarm.source})' if alarm else ""
        return f"What it speaks of is always a person's{written}."


def _parts(asking: Asking) -> tuple[Asking, ...]:
    """The commands of a line, each as it would be asked about if it stood alone."""
    call = asking.tool_call
    if asking.kind is not QuestionKind.PERMISSION or call is None or call.tool != "Bash":
        return ()
    line = subject(call)
    shown = " ".join(line.split())
    return tuple(
        replace(
            asking,
            text=asking.text.replace(shown, " ".join(part.split())),
            tool_call=replace(call, input={**call.input, "command": part}),
        )
        for part in simple_commands(line)
    )


def _hung_on(rules: Iterable[Rule]) -> frozenset[str]:
    named: set[str] = set()
    for rule in rules:
        hangs_on = facts_named(rule)
        # A function may look at any of them, and nobody knows which before it is called.
        named |= set(MEASURED) if rule.answer == CALL else hangs_on
        if not hangs_on:  # it speaks whatever the facts, and none behind it does
            break
    return frozenset(named)


def _value(word: str, rule: Rule, kind: QuestionKind) -> str:
    if kind is QuestionKind.PERMISSION or word not in (ALLOW, DENY):
        return word
    # The bare word, typed into a conversation, could be taken for anything.
    return GO_ON if word == ALLOW else f"No. {rule.message or _REFUSED}"


_TOLD = {
    ALLOW: "allows it",
    DENY: "refuses it",
    ASK: "leaves it to a person",
    PARK: "parks it until a person answers",
    CALL: "has a function that is asked",
}


def _told(rule: Rule, word: str) -> str:
    return f'The rule "{rule.name}" ({rule.source}) {_TOLD.get(word, "answers it")}.'
