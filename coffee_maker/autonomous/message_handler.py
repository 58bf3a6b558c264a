"""Python functions of whoever embeds the daemon, as a voice that answers."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from coffee_maker.domain.answers import InvalidAnswer, read_answer
from coffee_maker.domain.built_in_rules import ALWAYS_ASK
from coffee_maker.domain.errors import CoffeeMakerError, ConfigError
from coffee_maker.domain.question import Answer, AnsweredBy, Question
from coffee_maker.domain.rules import CALL, Rule, text_matches
from coffee_maker.domain.visible import one_line


class VoiceFailed(CoffeeMakerError):
    """A function raised, or returned what is no answer; the text says which, and to what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a function may hang its answer on. None is a fact that nobody could find out: it is
    falsy, so that `"yes" if ctx.tests_passed else "no"` says no to what is not known.
    """

    task: str
    text: str
    options: tuple[str, ...]
    tests_passed: bool | None
    changes_valid: bool | None
    branch_ready: bool | None
    changed_lines: int | None
    inside_workspace: bool | None
    files_modified: tuple[str, ...]
    branch: str


AutoRespond = Callable[[Context], str | bool | None]


class MessageHandler:
    """Answers questions by functions: `auto_respond_rules={"commit now?": lambda ctx: ...}`.

    A key matches a question in which one asking sentence holds all its words, whatever their form
    ("commit now?" matches "Tests passed. Should I commit these changes?"). Its function returns an
    answer as a person would type it, True or False for yes or no, or None to have a person asked.
    It runs in the daemon's own loop, so it should return soon. What matches one of
    `notify_user_patterns` (regular expressions) is always a person's. With `log_all_interactions`
    every exchange is written to a file in `interaction_log_dir`, where one is given.

    Raises ConfigError where a key or a pattern cannot be read.
    """

    def __init__(
        self,
        auto_respond_rules: Mapping[str, AutoRespond] | None = None,
        notify_user_patterns: Sequence[str] = (),
        log_all_interactions: bool = True,  # noqa: FBT001, FBT002 - as the founding documents write it
        interaction_log_dir: str = "",
    ) -> None:
        self._functions = dict(auto_respond_rules or {})
        self.notify_user_patterns = tuple(notify_user_patterns)
        self.interaction_log_dir = str(interaction_log_dir) if log_all_interactions else ""
        for pattern in self.notify_user_patterns:
            _check(pattern)
        self._rules = tuple(
            Rule(name=key, answer=CALL, source="MessageHandler", text=question_pattern(key))
            for key in self._functions
        )

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The keys, as rules whose answer is to call a function."""
        return self._rules

    def requires_user_input(self, text: str) -> bool:
        """True where a pattern makes it a person's, given or built in, or no key matches it."""
        patterns = (*self.notify_user_patterns, *(rule.text for rule in ALWAYS_ASK if rule.text))
        if any(text_matches(pattern, text, restraining=True) for pattern in patterns):
            return True
        return not any(text_matches(rule.text, text, restraining=False) for rule in self._rules)

    def respond(self, question: Question) -> Answer | None:
        """The answer of the function that the question is for; None: a person is to be asked.

        Raises VoiceFailed.
        """
        function = self._functions.get(question.voice)
        patterns = self.notify_user_patterns
        if function is None or any(
            text_matches(pattern, question.text, restraining=True) for pattern in patterns
        ):
            return None
        try:
            said = function(_context(question))
        except Exception as error:
            raise VoiceFailed(f'the rule "{question.voice}" raised {error!r}') from error
        if said is None:
            return None
        typed = {True: "yes", False: "no"}[said] if isinstance(said, bool) else str(said)
        try:
            value, message = read_answer(question, typed)
        except InvalidAnswer as error:
            raise VoiceFailed(f'the rule "{question.voice}" gave no answer: {error}') from error
        return Answer(value=value, message=message, by=AnsweredBy.RULE, rule=question.voice)


def _context(question: Question) -> Context:
    facts = question.facts
    return Context(
        task=question.task,
        text=question.text,
        options=tuple(option.label for option in question.options),
        tests_passed=facts.tests_passed,
        changes_valid=facts.changes_valid,
        branch_ready=facts.branch_ready,
        changed_lines=facts.changed_lines,
        inside_workspace=facts.inside_workspace,
        files_modified=facts.files_modified,
        branch=facts.branch,
    )


# Words that say that something is asked, and not what.
_FILLERS = frozenset(
    (
        *("a", "an", "the", "this", "that", "these", "those", "it", "or", "and", "if", "on", "of"),
        *("i", "me", "my", "we", "us", "our", "you", "your", "to", "for", "with", "now", "please"),
        *("do", "can", "could", "may", "might", "shall", "should", "will", "would", "is", "are"),
        *("be", "go", "need", "want", "ok", "okay"),
    )
)
_ENDINGS = ("ing", "ed", "es", "s", "e")
# What a word may end in instead, with its last letter doubled if need be: commit, committing.
_FORMS = r"(?:[a-z]?(?:e[sdr]?|ing|s|ion))?"
_SYNONYMS = {"pr": r"(?:prs?|pull\s+requests?)"}
# A sentence ends where its mark is followed by a blank: `x.py` and `3.11` end none.
_IN_SENTENCE = r"(?:[^.!?\n]|[.!?](?![\s\"'”)]|\Z))"
_SENTENCE_BEGINS = r"(?:\A|(?<=[.!?]\s)|(?<=\n))"


def question_pattern(key: str) -> str:
    """A regular expression for texts in which one asking sentence holds the key's words.

    Raises ConfigError for a key without words.
    """
    words = re.findall(r"\w+", key.casefold())
    telling = [word for word in words if word not in _FILLERS] or words
    if not telling:
        raise ConfigError(f'"{one_line(key)}" holds no word that a question could hold')
    held = "".join(rf"(?={_IN_SENTENCE}*?\b{form}\b)" for form in map(_forms, telling))
    return rf"{_SENTENCE_BEGINS}{held}{_IN_SENTENCE}*\?"


def _forms(word: str) -> str:
    if word in _SYNONYMS:
        return _SYNONYMS[word]
    if len(word) <= 2 or not word.isascii():
        return re.escape(word)
    return re.escape(_stem(word)) + _FORMS


def _stem(word: str) -> str:
    for stem in _stems(word):
        if len(stem) >= 3:
            return stem
    return word


def _stems(word: str) -> Iterator[str]:
    for ending in _ENDINGS:
        if word.endswith(ending):
            yield word.removesuffix(ending)


def _check(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ConfigError(f'"{one_line(pattern)}" is no regular expression: {error}') from error
