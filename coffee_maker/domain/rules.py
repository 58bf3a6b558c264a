"""Rules that answer questions, as data.

A rule matches where everything it names matches. `tool` is written as in Claude Code's own
permission rules: `Bash`, `Bash(npm test:*)` (a command that begins so), `Write(src/**)` (a path
pattern), `WebFetch(domain:example.com)`, `mcp__server__*`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

from coffee_maker.domain.question import DENY, QuestionKind, Severity, ToolCall
from coffee_maker.domain.shell import commands

ASK = "ask"
CALL = "call"  # a Python function of whoever embeds the daemon

# The argument of a tool call that a rule's pattern is about.
SUBJECTS = ("command", "file_path", "notebook_path", "path", "url", "pattern", "query", "prompt")

TOOL_PATTERN = re.compile(r"^(?P<name>[\w.*-]+)(?:\((?P<argument>.*)\))?$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`answer` is allow, deny, `ASK` (a person), `PARK`, `CALL`, an option's label, or a text.

    `name` and `source` are for people: which rule spoke, and where it is written. From
    `tests_passed` to `changed_lines_at_most` it hangs on `Facts`: None means whatever it is.
    `deadline_seconds` and `safe_default` go with `ASK`; None and empty mean the usual ones.
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
    for name in SUBJECTS:
        value = call.input.get(name)
        if isinstance(value, str):
            return value
    return ""


def tool_matches(pattern: str, call: ToolCall, *, whole: bool = False) -> bool:
    """True where a pattern such as `Bash(git push:*)` is about this call.

    A command line may hold several commands: one that matches is enough to refuse the line, but to
    allow it (`whole`) every one must match, and nothing may be redirected.
    """
    name, argument = _read(pattern)
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
    if argument.startswith("domain:"):
        return _domain_matches(argument.removeprefix("domain:"), subject(call))
    # On some file systems `.GIT` is `.git`: what refuses must not hang on the spelling.
    return path_matches(argument, subject(call), case=whole)


def path_matches(pattern: str, path: str, *, case: bool = True) -> bool:
    """True where a path ends in what the pattern says: `**` crosses folders, `*` does not."""
    return _path_pattern(pattern, case=case).fullmatch(path) is not None


def rule_matches(rule: Rule, kind: QuestionKind, text: str, call: ToolCall | None) -> bool:
    """True where everything that the rule names is so."""
    if rule.kind is not None and rule.kind != kind:
        return False
    whole = rule.answer not in (DENY, ASK)
    if rule.tool and (call is None or not tool_matches(rule.tool, call, whole=whole)):
        return False
    return not rule.text or re.search(rule.text, text, re.IGNORECASE) is not None


def decide(
    rules: Iterable[Rule], kind: QuestionKind, text: str, call: ToolCall | None
) -> Rule | None:
    """The rule that answers: a denial wherever it stands, else the first that matches."""
    matching = [rule for rule in rules if rule_matches(rule, kind, text, call)]
    denials = [rule for rule in matching if rule.answer == DENY]
    return next(iter(denials or matching), None)


# Every tool call is held against all rules, so what a rule says is read once.
@cache
def _read(pattern: str) -> tuple[str, str]:
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
    return fnmatchcase(line, argument)


def _domain_matches(domain: str, address: str) -> bool:
    host = re.sub(r"^\w+://", "", address).partition("/")[0].rpartition("@")[2].partition(":")[0]
    return host == domain or host.endswith("." + domain)
