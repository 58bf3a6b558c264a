"""What people type, read as the answer to a question: the same on every channel."""

from collections.abc import Iterator, Sequence

from coffee_maker.domain.errors import CoffeeMakerError
from coffee_maker.domain.question import ALLOW, DENY, Answer, AnsweredBy, Question, QuestionKind
from coffee_maker.domain.visible import one_line

_YES = frozenset({"y", "yes", "allow", "ok", "approve"})
_NO = frozenset({"n", "no", "deny", "refuse", "skip"})
_SHOWN = 80  # characters of what was typed, where it is told why it is no answer
_DIGITS = 4  # no question has so many options

VOICES = {
    AnsweredBy.NEVER: "the never list",
    AnsweredBy.RULE: "a rule",
    AnsweredBy.AUTO_APPROVE: "auto-approve",
    AnsweredBy.PERSON: "a person",
    AnsweredBy.DEADLINE: "the deadline's safe default",
    AnsweredBy.INVALID: "the safe default, after too many answers that were none",
    AnsweredBy.NOBODY: "nobody: the session that asked has ended",
}


class InvalidAnswer(CoffeeMakerError):
    """What was typed is no answer to this question; `cure` says what would be."""


def offered(question: Question) -> str:
    """The possible answers, in one line, for people."""
    if question.kind is QuestionKind.PERMISSION:
        return "yes / no [reason]"
    if question.options:
        numbered = [f"{n} {option.label}" for n, option in enumerate(question.options, start=1)]
        return " / ".join(numbered) + " / or your own words"
    return "your own words"


def read_answer(question: Question, typed: str) -> tuple[str, str]:
    """The answer's value, and the message that goes with it. Raises InvalidAnswer.

    Where options are offered, a label is that option, whatever it is made of; else a number
    counts them from 1, and anything else is an answer in own words.
    """
    text = typed.strip()
    if not text:
        raise InvalidAnswer("an empty line is no answer", cure=f"answer {offered(question)}")
    if question.kind is QuestionKind.PERMISSION:
        return _permission(question, text)
    if question.options:
        return _choice(question, typed), ""
    return text, ""


def typed_for(question: Question, number: int) -> str:
    """What has to be typed so that it is read as this option (from 0) and no other.

    Its label where that is possible; empty where nothing is.
    """
    label = question.options[number].label
    for typed in (label, str(number + 1), f"{number + 1}."):
        try:
            if read_answer(question, typed)[0] == label:
                return typed
        except InvalidAnswer:
            continue
    return ""


def _permission(question: Question, text: str) -> tuple[str, str]:
    word, _, reason = text.partition(" ")
    word = word.rstrip(",.:").casefold()
    if word in _YES and not reason:
        return ALLOW, ""
    if word in _NO:
        return DENY, reason.strip()
    said = one_line(text, _SHOWN)
    raise InvalidAnswer(f'"{said}" is neither yes nor no', cure=f"answer {offered(question)}")


def _choice(question: Question, typed: str) -> str:
    labels = [option.label for option in question.options]
    whole = _label(labels, typed)
    if whole is not None:
        return whole
    if not question.multiple:
        return _numbered(question, labels, typed.strip())
    return ", ".join(_several(question, labels, typed.split(",")))


def _several(question: Question, labels: Sequence[str], parts: Sequence[str]) -> Iterator[str]:
    """Each chosen one; a label may hold commas itself, so the longest that fits is taken."""
    longest = 1 + max(label.count(",") for label in labels)
    at = 0
    while at < len(parts):
        for end in range(min(len(parts), at + longest), at, -1):
            label = _label(labels, ",".join(parts[at:end]))
            if label is not None:
                yield label
                break
        else:
            end = at + 1
            if parts[at].strip():
                yield _numbered(question, labels, parts[at].strip())
        at = end


def _label(labels: Sequence[str], typed: str) -> str | None:
    """The label that was typed: exactly, else but for blanks around it, else in any case."""
    for same in (str, str.strip, lambda text: text.strip().casefold()):
        wanted = same(typed)
        for label in labels:
            if wanted and same(label) == wanted:
                return label
    return None


def _numbered(question: Question, labels: Sequence[str], part: str) -> str:
    number = part.removesuffix(".")
    if not (number.isdecimal() and number.isascii()):
        return part
    if len(number) > _DIGITS or not 1 <= int(number) <= len(labels):
        said = one_line(part, _SHOWN)
        raise InvalidAnswer(f"there is no option {said}", cure=f"answer {offered(question)}")
    return labels[int(number) - 1]


def who_answered(answer: Answer) -> str:
    """Whose voice an answer was, in words."""
    rule = f" ({answer.rule})" if answer.rule else ""
    way = f" via {answer.channel}" if answer.channel else ""
    return f"{answer.who or VOICES[answer.by]}{rule}{way}"
