"""Rules that past answers of people imply.

A suggestion is never broader than what was seen: a command with the arguments it was seen with, or
where they differed its first words; a folder in which several files were touched; one host; one
question, word by word. People must have been of one mind, and critical questions are left out.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from coffee_maker.domain.policy import Action, Policy
from coffee_maker.domain.question import (
    ALLOW,
    DENY,
    Answer,
    AnsweredBy,
    Question,
    QuestionKind,
    Severity,
    ToolCall,
)
from coffee_maker.domain.rules import Rule, meaning, rule_matches, subject
from coffee_maker.domain.session import Asking

TIMES = 3  # answers of one mind that make a habit
_EXAMPLES = 3
_TEXT_AT_MOST = 300  # characters of a question whose answer may become a rule

_PLAIN_LINE = re.compile(r"[\w ./:=@,+%-]+", re.ASCII)  # nothing that a shell or a glob reads
_PLAIN_WORD = re.compile(r"[a-z][a-z0-9:_-]*")
_STEM = 3  # words: `npm run lint`
# Whatever follows one of these is what it does: its first words say nothing about the rest.
_UNBOUNDED = frozenset(
    {"bash", "chmod", "chown", "cp", "curl", "dd", "doas", "env", "eval", "exec", "find", "kill"}
    | {"ln", "mv", "node", "npx", "parallel", "perl", "pkill", "python", "python3", "rm", "rsync"}
    | {"ruby", "scp", "sh", "ssh", "su", "sudo", "timeout", "uvx", "wget", "xargs", "zsh", "nohup"}
)
_FILES = ("file_path", "notebook_path")


@dataclass(frozen=True, slots=True, kw_only=True)
class PastQuestion:
    """A question of the journal with its answer; `workspace` is the folder of its agent's clone."""

    question: Question
    answer: Answer
    at: datetime
    workspace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A rule, as `fields` of the settings file, and what speaks for it.

    `key` is the same whenever the same rule is suggested.
    """

    fields: Mapping[str, str | bool]
    times: int
    first: datetime
    last: datetime
    people: tuple[str, ...]
    examples: tuple[str, ...]

    @property
    def key(self) -> str:
        said = repr(sorted(self.fields.items()))
        return hashlib.sha256(said.encode(errors="replace")).hexdigest()[:16]

    @property
    def evidence(self) -> str:
        """In one sentence: how often, when, by whom."""
        days = sorted({f"{self.first:%Y-%m-%d}", f"{self.last:%Y-%m-%d}"})
        return f"answered so {self.times} times, {' to '.join(days)}, by {', '.join(self.people)}"


def asking_of(question: Question) -> Asking:
    """The question as the agent put it."""
    return Asking(
        id=question.id,
        kind=question.kind,
        text=question.text,
        options=question.options,
        multiple=question.multiple,
        tool_call=question.tool_call,
    )


def suggest(past: Sequence[PastQuestion], policy: Policy) -> tuple[Suggestion, ...]:
    """What could be a rule, the most frequent first; nothing that today's rules answer already."""
    told = [one for one in past if _is_told(one, policy)]
    asked = [one for one in told if _is_asked_today(one, policy)]
    wide = _grouped((rule, one) for one in asked if (rule := _wide(one)))
    kept = {rule: seen for rule, seen in wide.items() if _differ(seen) and _holds(rule, seen, told)}
    covered = {id(one) for seen in kept.values() for one in seen}
    rest = (one for one in asked if id(one) not in covered)
    exact = _grouped((rule, one) for one in rest if (rule := _exact(one)))
    kept |= {rule: seen for rule, seen in exact.items() if _holds(rule, seen, told)}
    made = [_suggestion(rule, seen) for rule, seen in kept.items()]
    return tuple(sorted(made, key=lambda one: (-one.times, repr(sorted(one.fields.items())))))


def _is_told(one: PastQuestion, policy: Policy) -> bool:
    """A person said something, and it was no critical matter."""
    severities = (one.question.severity, policy.severity(asking_of(one.question)))
    return (
        one.answer.by is AnsweredBy.PERSON
        and bool(one.answer.value)  # empty: settled at the agent's own terminal, nobody knows how
        and Severity.CRITICAL not in severities
    )


def _is_asked_today(one: PastQuestion, policy: Policy) -> bool:
    """A rule behind all others would have a say in it."""
    verdict = policy.verdict(asking_of(one.question), one.question.facts)
    own = verdict.rule is not None and verdict.rule.source.startswith("settings")
    return verdict.action is Action.ASK and not own


def _grouped(found: Iterator[tuple[Rule, PastQuestion]]) -> dict[Rule, list[PastQuestion]]:
    groups: dict[Rule, list[PastQuestion]] = {}
    for rule, one in found:
        groups.setdefault(rule, []).append(one)
    return groups


def _differ(seen: Sequence[PastQuestion]) -> bool:
    return len({_about(one) for one in seen}) > 1


def _holds(rule: Rule, seen: Sequence[PastQuestion], told: Sequence[PastQuestion]) -> bool:
    """Often enough, the rule finds what it was made of, and nobody answered otherwise."""
    if len(seen) < TIMES or not all(_matches(rule, one) for one in seen):
        return False
    # In doubt, an answer counts as one against it: so it is looked for as a denial would be.
    touched = Rule(name="", source="", answer=DENY, tool=rule.tool, text=rule.text, kind=rule.kind)
    return all(one.answer.value == rule.answer for one in told if _matches(touched, one))


def _matches(rule: Rule, one: PastQuestion) -> bool:
    asked = one.question
    return rule_matches(rule, asked.kind, asked.text, asked.tool_call, asked.severity)


def _about(one: PastQuestion) -> str:
    call = one.question.tool_call
    return subject(call) if call else one.question.text


def _wide(one: PastQuestion) -> Rule | None:
    """The rule over what differs only in its arguments, or lies in the same folder."""
    call = one.question.tool_call
    if one.question.kind is not QuestionKind.PERMISSION or call is None:
        return None
    if call.tool == "Bash":
        words = _plain_words(call)
        stem = _stem(words)
        unbounded = not words or words[0] in _UNBOUNDED or len(stem) < 2
        return None if unbounded else _permission(one, f"Bash({' '.join(stem)}:*)")
    if call.tool == "WebFetch":
        return None
    folder = _path(one, call).rpartition("/")[0]
    return _permission(one, f"{call.tool}({folder}/*)", inside=True) if folder else None


def _exact(one: PastQuestion) -> Rule | None:
    """The rule over nothing but this."""
    call = one.question.tool_call
    if one.question.kind in (QuestionKind.CHOICE, QuestionKind.TEXT):
        return _word_by_word(one)
    if one.question.kind is not QuestionKind.PERMISSION or call is None:
        return None
    if call.tool == "Bash":
        words = _plain_words(call)
        return _permission(one, f"Bash({' '.join(words)})") if words else None
    if call.tool == "WebFetch":
        host = _host(subject(call))
        return _permission(one, f"WebFetch(domain:{host})") if host else None
    path = _path(one, call)
    return _permission(one, f"{call.tool}({path})", inside=True) if "/" in path else None


def _permission(one: PastQuestion, tool: str, *, inside: bool = False) -> Rule | None:
    if one.answer.value not in (ALLOW, DENY):
        return None
    # A path pattern matches at the end of any path, so that allowing it needs the workspace too.
    inside_workspace = True if inside and one.answer.value == ALLOW else None
    return Rule(
        name="",
        source="",
        answer=one.answer.value,
        tool=tool,
        inside_workspace=inside_workspace,
    )


def _word_by_word(one: PastQuestion) -> Rule | None:
    asked, said = one.question, one.answer.value
    is_text = meaning(said, asked.kind) == said and said not in (ALLOW, DENY)
    if asked.tool_call is not None and asked.tool_call.tool != "AskUserQuestion":
        return None
    if not is_text or not asked.text or len(asked.text) > _TEXT_AT_MOST:
        return None
    text = rf"\A{re.escape(asked.text)}\Z"
    return Rule(name="", source="", answer=said, kind=asked.kind, text=text)


def _plain_words(call: ToolCall) -> list[str]:
    """A command's words, none where a shell would read more into it than words."""
    line = subject(call)
    return line.split() if _PLAIN_LINE.fullmatch(line) else []


def _stem(words: Sequence[str]) -> list[str]:
    stem: list[str] = []
    for word in words[:_STEM]:
        if not _PLAIN_WORD.fullmatch(word):
            break
        stem.append(word)
    return stem


def _path(one: PastQuestion, call: ToolCall) -> str:
    """The file's path in the workspace; empty where it lies elsewhere, or has no plain name."""
    given = next((v for name in _FILES if isinstance(v := call.input.get(name), str)), "")
    if given.startswith("/"):
        root = one.workspace.rstrip("/") + "/"
        given = given.removeprefix(root) if root != "/" and given.startswith(root) else ""
    given = given.removeprefix("./")
    odd = ".." in given.split("/") or given.startswith(("/", "~"))
    return "" if odd or re.search(r"[*?()\n]", given) else given


def _host(address: str) -> str:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return ""
    return host if re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host) else ""


def _suggestion(rule: Rule, seen: Sequence[PastQuestion]) -> Suggestion:
    messages = {one.answer.message for one in seen}
    fields: dict[str, str | bool] = {}
    for name in ("tool", "kind", "text"):
        if value := getattr(rule, name):
            fields[name] = str(value)
    fields["answer"] = rule.answer
    if rule.inside_workspace is not None:
        fields["inside_workspace"] = rule.inside_workspace
    if rule.answer == DENY and len(messages) == 1 and (message := messages.pop()):
        fields["message"] = message
    people = dict.fromkeys(one.answer.who or one.answer.channel or "somebody" for one in seen)
    return Suggestion(
        fields=fields,
        times=len(seen),
        first=min(one.at for one in seen),
        last=max(one.at for one in seen),
        people=tuple(people),
        examples=tuple(dict.fromkeys(map(_about, seen)))[:_EXAMPLES],
    )
