"""What is known about the work at the moment of a question, so that rules can hang on it.

Every fact was measured by the daemon itself; what an agent says of its work is no fact.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """None: not known, because nobody looked or because it could not be found out.

    `tests_passed`: the project's own tests, on what stands in the workspace now.
    `changes_valid`: there is a change, and no gate beside the tests finds fault with it.
    `branch_ready`: both, and everything is committed.
    `changed_lines`: added and removed, against the base. `inside_workspace`: every path that the
    call names lies in the workspace, symbolic links followed.
    """

    tests_passed: bool | None = None
    changes_valid: bool | None = None
    branch_ready: bool | None = None
    changed_lines: int | None = None
    inside_workspace: bool | None = None
    files_modified: tuple[str, ...] = ()
    branch: str = ""


# Facts that take time to find out: they are measured only where a rule hangs on them.
MEASURED = ("tests_passed", "changes_valid", "branch_ready", "changed_lines")
