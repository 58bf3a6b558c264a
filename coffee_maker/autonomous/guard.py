"""The last word on every tool call, before it runs."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from coffee_maker.domain.built_in_rules import NEVER
from coffee_maker.domain.question import DENY, QuestionKind, ToolCall
from coffee_maker.domain.rules import Rule, decide

_PATHS = ("file_path", "notebook_path", "path")
_WRITERS = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit"})

_OUTSIDE = Rule(
    name="outside the workspace",
    answer=DENY,
    source="built in",
    message="That path is outside the workspace. Write inside the project only.",
)


class Guard:
    """Refuses what must never happen, whatever anybody's settings allow.

    Paths are judged by where they really lead: symbolic links and `..` are resolved first.
    """

    def __init__(self, workspace: Path, never: Sequence[Rule] = ()) -> None:
        self._workspace = Path(os.path.realpath(workspace))
        self._rules = (*NEVER, *never)

    def check(self, call: ToolCall) -> Rule | None:
        """The rule that refuses this call, or None where nothing does."""
        resolved = self._resolved(call)
        if call.tool in _WRITERS and not self._is_inside(resolved):
            return _OUTSIDE
        for seen in (call, resolved):
            rule = decide(self._rules, QuestionKind.PERMISSION, "", seen)
            if rule is not None:
                return rule
        return None

    def _resolved(self, call: ToolCall) -> ToolCall:
        real = {
            name: os.path.realpath(self._workspace / str(call.input[name]))
            for name in _PATHS
            if call.input.get(name)
        }
        return replace(call, input={**call.input, **real})

    def _is_inside(self, call: ToolCall) -> bool:
        paths = [Path(str(call.input[name])) for name in _PATHS if call.input.get(name)]
        return bool(paths) and all(path.is_relative_to(self._workspace) for path in paths)
