"""The questions that the journal tells of, with their answers."""

from datetime import datetime

from coffee_maker.domain.events import QuestionAnswered, QuestionAsked, WorkspaceReady
from coffee_maker.domain.ports import Journal
from coffee_maker.domain.question import Question
from coffee_maker.domain.suggestions import PastQuestion

_KINDS = (QuestionAsked.kind, QuestionAnswered.kind, WorkspaceReady.kind)


def past_questions(journal: Journal, since: datetime | None = None) -> list[PastQuestion]:
    """Those that were asked since then and have an answer, in the order of the answers."""
    asked: dict[str, tuple[Question, str]] = {}
    workspaces: dict[str, str] = {}
    found = []
    for entry in journal.read(kinds=_KINDS):
        match entry.event:
            case WorkspaceReady(path=path):
                workspaces[entry.task] = path
            case QuestionAsked(question=question):
                asked[question.id] = question, workspaces.get(entry.task, "")
            case QuestionAnswered(question=id_, answer=answer) if id_ in asked:
                question, workspace = asked.pop(id_)
                if since is None or question.asked_at >= since:
                    one = PastQuestion(
                        question=question, answer=answer, at=entry.at, workspace=workspace
                    )
                    found.append(one)
    return found
