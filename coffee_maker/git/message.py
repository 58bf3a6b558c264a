"""Commit messages in the form of Conventional Commits, with the task they belong to."""

import re

TASK_TRAILER = "Coffee-Maker-Task"
LONGEST_SUBJECT = 72


def commit_message(kind: str, *, subject: str, task: str, scope: str = "", body: str = "") -> str:
    """`kind(scope): subject`, the body, and the trailer by which the task's branch is known.

    Line breaks within the subject and the task become spaces; a long subject is cut.
    """
    begin = f"{kind}({scope}): " if scope else f"{kind}: "
    first = begin + _cut(_one_line(subject), LONGEST_SUBJECT - len(begin))
    paragraphs = [first, body.strip(), f"{TASK_TRAILER}: {_one_line(task)}"]
    return "\n\n".join(p for p in paragraphs if p) + "\n"


def belongs_to(message: str, task: str) -> bool:
    """True where the message's last paragraph carries the trailer of this very task."""
    last = message.strip().rpartition("\n\n")[2]
    return f"{TASK_TRAILER}: {_one_line(task)}" in last.splitlines()


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
