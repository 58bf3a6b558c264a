"""A pull request may be public: no secret that somebody said on the way is told in it."""

from dataclasses import replace

from coffee_maker.domain.gate import GateResult, Verdict
from coffee_maker.domain.pull_request_secrets import without_secrets
from coffee_maker.domain.pull_request_text import AnsweredQuestion, describe
from coffee_maker.domain.question import Answer, AnsweredBy, QuestionKind
from coffee_maker.domain.report import Claim, Report
from coffee_maker.gates.secrets import redact
from tests.domain.test_pull_request_text import FACTS, question

TOKEN = "ghp_" + "A1b2C3d4E5" * 3 + "f6G7h8"  # made up
BARE = TOKEN.removeprefix("ghp_")  # an underscore is escaped


def test_no_secret_of_a_question_an_answer_or_a_check_is_told() -> None:
    """Whoever said it, and however long what stands before it is."""
    said = AnsweredQuestion(
        question=question(QuestionKind.PERMISSION, f"Bash: {'x' * 270} {TOKEN}"),
        answer=Answer(value="deny", by=AnsweredBy.PERSON, message=f"take {TOKEN}", who=TOKEN),
    )
    typed = AnsweredQuestion(
        question=question(QuestionKind.TEXT, "Which one?"),
        answer=Answer(value=TOKEN, by=AnsweredBy.PERSON),
    )
    claims = (Claim(deliverable="Reads pipes", done=False, note=f"not done: {TOKEN} is refused"),)
    check = GateResult(
        gate="tests", verdict=Verdict.PASSED, summary=f"with {TOKEN}", evidence=f"TOKEN={TOKEN}"
    )
    facts = replace(
        FACTS,
        questions=(said, typed),
        refused=(f"curl -H 'Authorization: Bearer {TOKEN}' {'x' * 200}",),
        report=Report(text=TOKEN, claims=claims),
        gates=(check,),
        notices=(f"Work was left on {TOKEN}.",),
    )

    body = describe(without_secrets(facts, redact)).body

    assert BARE[:8] not in body
    assert "GitHub token" in body


def test_everything_else_is_told_as_it_is() -> None:
    """Nothing is lost on the way."""
    assert FACTS == without_secrets(FACTS, redact)
