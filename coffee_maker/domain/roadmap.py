"""What a roadmap says: priorities, their state, and which of them may be worked on next."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How far a priority has come, according to the document."""

    PLANNED = "planned"
    IN_PROGRESS = "in progress"
    DONE = "done"
    BLOCKED = "blocked"
    PAUSED = "paused"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverable:
    """One check box. `line` is 1-based."""

    text: str
    done: bool
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something a person should mend in the document; `line` is 1-based, 0 for the whole file."""

    line: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority:
    """One task of the roadmap, as it stood when the document was read.

    `id` is its name in one spelling ("PRIORITY 3.5", "US-7", "Phase 2"); `line` and `end_line`
    are 1-based and inclusive; `status_line` is the line that carries the status word or mark, or
    None where the status was only assumed. `body` is the section's text without its heading line.
    """

    id: str
    title: str
    status: Status
    line: int
    end_line: int
    body: str
    status_line: int | None = None
    depends_on: tuple[str, ...] = ()
    deliverables: tuple[Deliverable, ...] = ()
    estimate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roadmap:
    """A whole document. `problems` are what could be read around; what could not raises."""

    path: str
    priorities: tuple[Priority, ...]
    problems: tuple[Problem, ...] = ()

    def find(self, task: str) -> Priority | None:
        """The priority with this id; case, and the word before a lone number, may be left out."""
        wanted = task.strip().casefold()
        for priority in self.priorities:
            if priority.id.casefold() == wanted:
                return priority
        numbered = [p for p in self.priorities if p.id.casefold().split(" ")[-1] == wanted]
        return numbered[0] if len(numbered) == 1 else None
