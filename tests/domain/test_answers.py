"""What people type."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.domain.answers import InvalidAnswer, offered, read_answer
from coffee_maker.domain.question import ALLOW, DENY, Option, Question, QuestionKind
from tests.support.fakes import START


def question(kind: QuestionKind, *labels: str, multiple: bool = False) -> Question:
    return Question(
        id="1",
        task="T",
        kind=kind,
        text="?",
        safe_default=DENY,
        asked_at=START,
        deadline=START + timedelta(minutes=5),
        options=tuple(Option(label=label) for label in labels),
        multiple=multiple,
    )


PERMISSION = question(QuestionKind.PERMISSION)
CHOICE = question(QuestionKind.CHOICE, "Red", "Dark blue")
SEVERAL = question(QuestionKind.CHOICE, "Red", "Dark blue", multiple=True)
TEXT = question(QuestionKind.TEXT)


@pytest.mark.parametrize(
    ("asked", "typed", "expected"),
    [
        (PERMISSION, "y", (ALLOW, "")),
        (PERMISSION, " YES ", (ALLOW, "")),
        (PERMISSION, "no", (DENY, "")),
        (PERMISSION, "no, use make instead", (DENY, "use make instead")),
        (CHOICE, "2", ("Dark blue", "")),
        (CHOICE, "red", ("Red", "")),
        (CHOICE, "neither: green", ("neither: green", "")),
        (SEVERAL, "1, dark blue", ("Red, Dark blue", "")),
        (TEXT, "  do as you like ", ("do as you like", "")),
    ],
)
def test_answers_are_read_as_people_type_them(
    asked: Question, typed: str, expected: tuple[str, str]
) -> None:
    """Numbers, labels in any case, reasons behind a no, and own words."""
    assert expected == read_answer(asked, typed)


@pytest.mark.parametrize(
    ("asked", "typed"),
    [
        (PERMISSION, ""),
        (PERMISSION, "perhaps"),
        (PERMISSION, "yes but"),
        (CHOICE, "3"),
        (TEXT, " "),
    ],
)
def test_what_is_no_answer_is_told_what_would_be(asked: Question, typed: str) -> None:
    """An invalid answer is never taken for a yes, and the cure says what to type."""
    with pytest.raises(InvalidAnswer) as told:
        read_answer(asked, typed)

    assert offered(asked) in told.value.cure


@given(st.text())
def test_only_a_clear_yes_allows(typed: str) -> None:
    """Whatever is typed, a permission is allowed by a word that means yes and nothing else."""
    try:
        value, _ = read_answer(PERMISSION, typed)
    except InvalidAnswer:
        return

    assert (value == ALLOW) == (
        typed.strip().rstrip(",.:").casefold() in {"y", "yes", "allow", "ok", "approve"}
    )
