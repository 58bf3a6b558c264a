"""Rules that answer questions, as data.

A rule matches where everything it names matches. `tool` is written as in Claude Code's own
permission rules: `Bash`, `Bash(npm test:*)` (a command that begins so), `Write(src/**)` (a path
pattern), `WebFetch(domain:example.com)`, `mcp__server__*`.

Rules that restrain (deny, ask, park) match in doubt: one command of several, a fact that nobody
knows. All others match only where everything is certain.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase, translate
from functools import cache, lru_cache
from posixpath import normpath

from coffee_maker.domain.facts import MEASURED, Facts
from coffee_maker.domain.look_alikes import as_read
from coffee_maker.domain.question import ALLOW, DENY, PARK, QuestionKind, Severity, ToolCall
from coffee_maker.domain.shell import commands

ASK = "ask"
CALL = "call"  # a Python function of whoever embeds the daemon

_WORDS = {word: word for word in (ALLOW, DENY, ASK, PARK, CALL)}
_SPELLINGS = _WORDS | {"yes": ALLOW, "no": DENY}
_RESTRAINING = frozenset({DENY, ASK, PARK})

# Agents write long texts, and an expression that looks back may take the square of their length.
TEXT_LIMIT = 20_000  # characters
_OVERLAP = 1_000

# The argument of a tool call that a rule's pattern is about.
SUBJECTS = ("command", "file_path", "notebook_path", "path", "url", "pattern", "query", "prompt")

# Where a tool is known, nothing else that the agent puts beside its argument is taken for it.
_SUBJECT_OF = {
    **dict.fromkeys(("Write", "Edit", "MultiEdit", "Read"), "file_path"),
    "NotebookEdit": "notebook_path",
    "WebFetch": "url",
}

DOMAIN = "domain:"
TOOL_PATTERN = re.compile(r"^(?P<name>[\w.*-]+)(?:\((?P<argument>.*)\))?$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`answer` is allow, deny, `ASK` (a person), `PARK`, `CALL`, an option's label, or a text.

    `text` alone allows no tool call, since the agent writes it: such a rule names the tool, or says
    that it is for permissions. `name` and `source` are for people: which rule spoke, and where it
    is written. From `tests_passed` to `changed_lines_at_most` it hangs on `Facts`: None means
    whatever it is. `deadline_seconds` and `safe_default` go with `ASK`; None and empty mean the
    usual ones.
    """

    name: str
    answer: str
    source: str
    tool: str = ""
    text: str = ""
    kind: QuestionKind | None = None
    severity: Severity | None = None
    message: str = ""
    tests_passed: bool | None = None
    changes_valid: bool | None = None
    branch_ready: bool | None = None
    inside_workspace: bool | None = None
    changed_lines_at_most: int | None = None
    deadline_seconds: float | None = None
    safe_default: str = ""


def subject(call: ToolCall) -> str:
    """What a tool call is about: its command, path or address; empty where it has none."""
    for name in (_SUBJECT_OF.get(call.tool, ""), *SUBJECTS):
        value = call.input.get(name)
        if isinstance(value, str):
            return value
    return ""


def tool_matches(pattern: str, call: ToolCall, *, whole: bool = False) -> bool:
    """True where a pattern such as `Bash(git push:*)` is about this call.

    A command line may hold several commands: one that matches is enough to refuse the line, but to
    allow it (`whole`) every one must match, and nothing may be redirected.
    """
    name, argument = read_pattern(pattern)
    if name != call.tool and not ("*" in name and fnmatchcase(call.tool, name)):
        return False
    if argument in ("", "*"):
        return True
    if call.tool == "Bash":
        lines = commands(subject(call))
        if whole and any(set(word) <= set("<>&|") for words in lines for word in words):
            return False
        matched = [_command_matches(argument, words) for words in lines]
        return bool(matched) and (all(matched) if whole else any(matched))
    if argument.startswith(DOMAIN):
        return _domain_matches(argument.removeprefix(DOMAIN), subject(call))
    # On some file systems `.GIT` is `.git`: what refuses must not hang on the spelling, and what
    # allows must not be led elsewhere by `src/../x`.
    written = subject(call)
    there = plain_path(written)
    paths = (there,) if whole or written == there else (there, written)
    return any(path_matches(argument, path, case=whole) for path in paths)


@lru_cache(maxsize=256)
def plain_path(path: str) -> str:
    """The path without `.`, `..` and doubled slashes; links in it are not followed."""
    return normpath(path) if path else path


def path_matches(pattern: str, path: str, *, case: bool = True) -> bool:
    """True where a path ends in what the pattern says: `**` crosses folders, `*` does not."""
    return _path_pattern(pattern, case=case).fullmatch(path) is not None


def meaning(answer: str, kind: QuestionKind) -> str:
    """What a rule's answer says to this kind of question: one of the words, else a text of its own.

    Whether a tool may be used takes nothing but the words (yes and no are spellings): there a rule
    that says anything else means nothing, and the empty text is returned.
    """
    word = answer.strip().casefold()
    if kind is QuestionKind.PERMISSION:
        return _SPELLINGS.get(word, "")
    return _WORDS.get(word, answer)


def restrains(answer: str, kind: QuestionKind) -> bool:
    """True where a rule with this answer keeps something from happening: deny, ask, park."""
    return meaning(answer, kind) in _RESTRAINING


def text_matches(expression: str, text: str, *, restraining: bool) -> bool:
    """True where the text holds what the expression describes, in whatever case.

    At most `TEXT_LIMIT` characters are searched at a time. A longer text is searched in pieces by
    what restrains, and is never taken for what something else describes. This bounds expressions
    whose time grows with a power of the length; one such as `(a+)+$` stays slow on a short text.
    What restrains also sees through line ends and letters that only look like others.
    """
    search = compiled(expression).search
    if not restraining:
        return len(text) <= TEXT_LIMIT and search(text) is not None
    steps = range(0, max(len(text), 1), TEXT_LIMIT - _OVERLAP)
    pieces = (text[start : start + TEXT_LIMIT] for start in steps)
    return any(search(seen) for piece in pieces for seen in dict.fromkeys((piece, as_read(piece))))


@cache
def compiled(expression: str) -> re.Pattern[str]:
    """A rule's `text`, ready to be searched for. Raises re.error."""
    return re.compile(expression, re.IGNORECASE)


def rule_matches(
    rule: Rule,
    kind: QuestionKind,
    text: str,
    call: ToolCall | None,
    severity: Severity = Severity.ROUTINE,
) -> bool:
    """True where everything that the rule names is so, whatever the facts."""
    if rule.kind is not None and rule.kind != kind:
        return False
    if rule.severity is not None and rule.severity != severity:
        return False
    if kind is QuestionKind.PERMISSION and _trusts_text(rule):
        return False
    restraining = restrains(rule.answer, kind)
    if rule.tool and (call is None or not tool_matches(rule.tool, call, whole=not restraining)):
        return False
    return not rule.text or text_matches(rule.text, text, restraining=restraining)


def facts_named(rule: Rule) -> frozenset[str]:
    """The facts that this rule hangs on, by their names in `Facts`."""
    named = {name for name in _TRUTHS if getattr(rule, name) is not None}
    return frozenset(
        named | ({"changed_lines"} if rule.changed_lines_at_most is not None else set())
    )


def facts_match(rule: Rule, kind: QuestionKind, facts: Facts) -> bool:
    """True where the facts are as the rule wants them; of one that is not known, see above."""
    doubt = restrains(rule.answer, kind)
    for name in facts_named(rule):
        known = getattr(facts, name)
        if known is None:
            if not doubt:
                return False
        elif not _as_wanted(rule, name, known):
            return False
    return True


def decide(
    rules: Iterable[Rule], kind: QuestionKind, text: str, call: ToolCall | None
) -> Rule | None:
    """The rule that answers: a denial wherever it stands, else the first that matches."""
    return first_word((rule for rule in rules if rule_matches(rule, kind, text, call)), kind)


def first_word(matching: Iterable[Rule], kind: QuestionKind) -> Rule | None:
    """Of rules that match, the one that answers: a denial wherever it stands, else the first."""
    matching = list(matching)
    denials = [rule for rule in matching if meaning(rule.answer, kind) == DENY]
    return next(iter(denials or matching), None)


def _trusts_text(rule: Rule) -> bool:
    """True where nothing but the agent's own words, for which it was not made, would allow a call.

    A rule that says yes to "commit now?" must not do so to `rm x  # commit now?`.
    """
    bound = rule.tool or rule.kind is QuestionKind.PERMISSION
    return bool(rule.text) and not bound and meaning(rule.answer, QuestionKind.PERMISSION) == ALLOW


_TRUTHS = (*(name for name in MEASURED if name != "changed_lines"), "inside_workspace")


def _as_wanted(rule: Rule, name: str, known: bool | int) -> bool:  # noqa: FBT001 - a fact's value
    if name == "changed_lines":
        return rule.changed_lines_at_most is None or known <= rule.changed_lines_at_most
    return bool(getattr(rule, name) == known)


# Every tool call is held against all rules, so what a rule says is read once.
@cache
def read_pattern(pattern: str) -> tuple[str, str]:
    """A pattern's tool and argument; a tool of no name where it is no pattern."""
    found = TOOL_PATTERN.match(pattern)
    return (found["name"], found["argument"] or "") if found else ("", "")


@cache
def _path_pattern(pattern: str, *, case: bool) -> re.Pattern[str]:
    body = re.escape(pattern.removeprefix("./").removeprefix("//"))
    body = body.replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    body = body.replace(r"\?", "[^/]")
    return re.compile(f"(?:.*/)?{body}", re.DOTALL if case else re.DOTALL | re.IGNORECASE)


def _command_matches(argument: str, words: tuple[str, ...]) -> bool:
    line = " ".join(words)
    if argument.endswith(":*"):
        prefix = argument.removesuffix(":*")
        return line == prefix or line.startswith(prefix + " ")
    return _glob(argument).match(line) is not None


@cache
def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))  # `fnmatch` itself remembers no more than 256 of them


def _domain_matches(domain: str, address: str) -> bool:
    there, wanted = host(address), domain.lower()
    return there == wanted or there.endswith("." + wanted)


# As the WHATWG URL standard reads it: any number of slashes, or backslashes, and no blanks.
_SCHEME = re.compile(r"(?:https?|wss?|ftp):[\\/]*|[a-z][a-z0-9+.-]*:[\\/]{2}", re.IGNORECASE)
_BEHIND_HOST = re.compile(r"[\\/?#]")
_PORT = re.compile(r":\d*$")


@lru_cache(maxsize=256)
def host(address: str) -> str:
    """The name of the machine in an address, in small letters."""
    whole = _SCHEME.sub("", re.sub(r"[\t\r\n]", "", address).strip(), count=1)
    name = _PORT.sub("", _BEHIND_HOST.split(whole, maxsplit=1)[0].rpartition("@")[2])
    return unicodedata.normalize("NFKC", name).replace("\u3002", ".").lower().rstrip(".")
