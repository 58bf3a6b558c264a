"""What people type, read as the answer to a question: the same on every channel."""

from coffee_maker.domain.errors import CoffeeMakerError
from coffee_maker.domain.question import ALLOW, DENY, Answer, AnsweredBy, Question, QuestionKind

_YES = frozenset({"y", "yes", "allow", "ok", "approve"})
_NO = frozenset({"n", "no", "deny", "refuse", "skip"})

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
    """The answer's value, and the message that goes with it. Raises InvalidAnswer."""
    text = typed.strip()
    if not text:
        raise InvalidAnswer("an empty line is no answer", cure=f"answer {offered(question)}")
    if question.kind is QuestionKind.PERMISSION:
        return _permission(question, text)
    if question.options:
        return _choice(question, text), ""
    return text, ""


def _permission(question: Question, text: str) -> tuple[str, str]:
    word, _, reason = text.partition(" ")
    word = word.rstrip(",.:").casefold()
    if word in _YES and not reason:
        return ALLOW, ""
    if word in _NO:
        return DENY, reason.strip()
    raise InvalidAnswer(f'"{text}" is neither yes nor no', cure=f"answer {offered(question)}")


def _choice(question: Question, text: str) -> str:
    labels = [option.label for option in question.options]
    parts = [part.strip() for part in text.split(",")] if question.multiple else [text]
    chosen = []
    for part in parts:
        if part.isdigit():
            if not 1 <= int(part) <= len(labels):
                raise InvalidAnswer(
                    f"there is no option {part}", cure=f"answer {offered(question)}"
                )
            chosen.append(labels[int(part) - 1])
        else:
            same = [label for label in labels if label.casefold() == part.casefold()]
            chosen.append(same[0] if same else part)
    return ", ".join(chosen)


def who_answered(answer: Answer) -> str:
    """Whose voice an answer was, in words."""
    rule = f" ({answer.rule})" if answer.rule else ""
    way = f" via {answer.channel}" if answer.channel else ""
    return f"{answer.who or VOICES[answer.by]}{rule}{way}"
