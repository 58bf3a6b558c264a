"""Many rules, ready to be asked for those that match."""

import re
from collections.abc import Iterator, Sequence

from coffee_maker.domain.errors import ConfigError
from coffee_maker.domain.expression import needed_literal
from coffee_maker.domain.look_alikes import as_read
from coffee_maker.domain.question import QuestionKind, Severity, ToolCall
from coffee_maker.domain.rules import (
    DOMAIN,
    Rule,
    compiled,
    host,
    plain_path,
    read_pattern,
    rule_matches,
    subject,
)
from coffee_maker.domain.shell import commands

_WILD = re.compile(r"[*?]+")
_GLOB = re.compile(r"[*?\[]")


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
        self._by_beginning: dict[str, list[int]] = {}
        self._by_host: dict[tuple[str, str], list[int]] = {}
        for number, rule in enumerate(self._rules):
            self._place(rule).append(number)
        self._longest = max(map(len, self._by_beginning), default=0)
        self._in_text = [(n, self._words[n][1]) for n in self._everywhere if self._words[n][0] == 0]
        self._rest = [n for n in self._everywhere if self._words[n][0] == 1]

    def matching(
        self, kind: QuestionKind, severity: Severity, text: str, call: ToolCall | None
    ) -> Iterator[Rule]:
        """The rules that match whatever the facts, in their order."""
        about = subject(call) if call else ""
        read = _needed_from(text, as_read(text)), _needed_from(about, plain_path(about))
        for number in sorted(self._candidates(read[0], call)):
            rule = self._rules[number]
            where, word = self._words[number]
            given = read[where]
            if (given is None or word in given) and rule_matches(rule, kind, text, call, severity):
                yield rule

    def _place(self, rule: Rule) -> list[int]:
        name, argument = read_pattern(rule.tool)
        _check(rule)
        if not rule.tool or "*" in name:
            return self._everywhere
        if name == "Bash" and (beginning := _beginning(argument)):
            return self._by_beginning.setdefault(beginning, [])
        if name != "Bash" and argument.startswith(DOMAIN) and argument != DOMAIN:
            where = name, argument.removeprefix(DOMAIN).lower()
            return self._by_host.setdefault(where, [])
        return self._by_tool.setdefault(name, [])

    def _candidates(self, said: str | None, call: ToolCall | None) -> set[int]:
        # There may be hundreds of these, so that they are looked at in the quickest way there is.
        found = {number for number, word in self._in_text if said is None or word in said}
        found.update(self._rest)
        if call is None:
            return found
        found.update(self._by_tool.get(call.tool, ()))
        if call.tool == "Bash":
            for words in commands(subject(call)):
                for beginning in _beginnings(" ".join(words), self._longest):
                    found.update(self._by_beginning.get(beginning, ()))
        elif self._by_host:
            parts = host(subject(call)).split(".")
            for start in range(len(parts)):
                found.update(self._by_host.get((call.tool, ".".join(parts[start:])), ()))
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


def _beginning(argument: str) -> str:
    """The whole words with which a command must begin to match; empty where there are none."""
    if argument.endswith(":*"):
        return argument.removesuffix(":*")
    literal = _GLOB.split(argument, maxsplit=1)[0]
    return argument if literal == argument else literal.rpartition(" ")[0]


def _beginnings(line: str, longest: int) -> Iterator[str]:
    """The line up to each of its spaces, as far as a rule reaches, and the whole of it."""
    end = line.find(" ")
    while 0 <= end <= longest:
        yield line[:end]
        end = line.find(" ", end + 1)
    if len(line) <= longest:
        yield line


def _needed_word(rule: Rule) -> tuple[int, str]:
    """What must be held, in small letters: 0 by the question's text, 1 by what its call is about.

    An empty word rules nothing out.
    """
    if rule.text:
        return 0, needed_literal(rule.text)
    name, argument = read_pattern(rule.tool)
    # A command is read before it is matched, and an address is looked at for its host alone.
    if name in ("", "Bash") or argument.startswith(DOMAIN) or not argument.isascii():
        return 1, ""
    pieces = (piece.strip("/") for piece in _WILD.split(argument.removeprefix("./")))
    return 1, max(pieces, key=len).lower()


def _needed_from(text: str, plain: str) -> str | None:
    """A text in both readings; None where no word rules anything out, as small letters are no
    matter of course.
    """
    if not text.isascii():
        return None
    return text.lower() if plain == text else f"{text}\n{plain}".lower()
