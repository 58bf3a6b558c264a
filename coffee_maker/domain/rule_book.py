"""Many rules, ready to be asked for those that match."""

import re
from collections.abc import Iterator, Sequence

from coffee_maker.domain.errors import ConfigError
from coffee_maker.domain.question import QuestionKind, Severity, ToolCall
from coffee_maker.domain.rules import Rule, compiled, read_pattern, rule_matches, subject
from coffee_maker.domain.shell import commands

_PLAIN = re.compile(r"[\w ,:;'\"/=-]+", re.ASCII)  # of an expression that stands for itself
_WILD = re.compile(r"[*?]+")


class RuleBook:
    """Finds the same rules as `rule_matches` on each of them would, without looking at each.

    Most rules are ruled out by the tool's name, by how a command begins, or by a word that what
    they describe must hold. Raises ConfigError where a rule's text is no regular expression.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        self._words = tuple(map(_needed_word, self._rules))
        self._everywhere: list[int] = []
        self._by_tool: dict[str, list[int]] = {}
        self._by_prefix: dict[str, list[int]] = {}
        for number, rule in enumerate(self._rules):
            self._place(rule).append(number)
        self._longest = max(map(len, self._by_prefix), default=0)

    def matching(
        self, kind: QuestionKind, severity: Severity, text: str, call: ToolCall | None
    ) -> Iterator[Rule]:
        """The rules that match whatever the facts, in their order."""
        read = _needed_from(text), _needed_from(subject(call) if call else "")
        for number in sorted(self._candidates(call)):
            rule = self._rules[number]
            of_tool, word = self._words[number]
            given = read[of_tool]
            if (given is None or word in given) and rule_matches(rule, kind, text, call, severity):
                yield rule

    def _place(self, rule: Rule) -> list[int]:
        name, argument = read_pattern(rule.tool)
        _check(rule)
        if not rule.tool or "*" in name:
            return self._everywhere
        if name == "Bash" and argument.endswith(":*"):
            return self._by_prefix.setdefault(argument.removesuffix(":*"), [])
        return self._by_tool.setdefault(name, [])

    def _candidates(self, call: ToolCall | None) -> set[int]:
        found = set(self._everywhere)
        if call is None:
            return found
        found.update(self._by_tool.get(call.tool, ()))
        if call.tool == "Bash":
            for words in commands(subject(call)):
                for beginning in _beginnings(" ".join(words), self._longest):
                    found.update(self._by_prefix.get(beginning, ()))
        return found


def _check(rule: Rule) -> None:
    try:
        compiled(rule.text)
    except re.error as error:
        raise ConfigError(
            f'the rule "{rule.name}" ({rule.source}) has a text that is no regular expression: '
            f"{error}",
            cure="mend its `text`",
        ) from error


def _beginnings(line: str, longest: int) -> Iterator[str]:
    """The line up to each of its spaces, as far as a rule reaches, and the whole of it."""
    end = line.find(" ")
    while 0 <= end <= longest:
        yield line[:end]
        end = line.find(" ", end + 1)
    if len(line) <= longest:
        yield line


def _needed_word(rule: Rule) -> tuple[bool, str]:
    """A word in small letters that what the rule matches must hold, and whether its call must."""
    if rule.text:
        return False, rule.text.lower() if _PLAIN.fullmatch(rule.text) else ""
    name, argument = read_pattern(rule.tool)
    # A command is read before it is matched, and an address is looked at for its host alone.
    if name in ("", "Bash") or argument.startswith("domain:") or not argument.isascii():
        return True, ""
    pieces = (piece.strip("/") for piece in _WILD.split(argument.removeprefix("./")))
    return True, max(pieces, key=len).lower()


def _needed_from(text: str) -> str | None:
    """None where small letters are no matter of course, so that no word rules anything out."""
    return text.lower() if text.isascii() else None
