"""What people answered about parked tasks: the question box knows it, the standings do not."""

from collections.abc import Mapping
from dataclasses import replace

from coffee_maker.domain.ports import QuestionBox
from coffee_maker.domain.question import question_code
from coffee_maker.domain.standing import Standing, State


def answered(known: Mapping[str, Standing], questions: QuestionBox) -> dict[str, Standing]:
    """The standings, in which a parked task whose questions all have answers is under way again.

    The others among those that wait for answers say which, and how they are given.
    """
    return {task: _looked_up(standing, questions) for task, standing in known.items()}


def _looked_up(standing: Standing, questions: QuestionBox) -> Standing:
    if standing.state is not State.PARKED or not standing.questions:
        return standing
    missing = [one for one in standing.questions if questions.answer_to(one) is None]
    if not missing:
        return replace(standing, state=State.UNDER_WAY)
    codes = [question_code(one) for one in missing]
    how = "; ".join(f"coffee-maker inbox answer {code}" for code in codes)
    return replace(standing, reason=f"waits for an answer ({', '.join(codes)}): {how}")
