"""The last word on every tool call, before it runs."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from coffee_maker.domain.built_in_rules import NEVER
from coffee_maker.domain.question import DENY, QuestionKind, ToolCall
from coffee_maker.domain.rules import Rule, decide, subject
from coffee_maker.domain.shell import commands

_PATHS = ("file_path", "notebook_path", "path")
_WRITERS = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit"})
_SEARCHERS = frozenset({"Glob", "Grep"})

_OUTSIDE = Rule(
    name="outside the workspace",
    answer=DENY,
    source="built in",
    message="That path is outside the workspace. Write inside the project only.",
)


class Guard:
    """Refuses what must never happen, whatever anybody's settings allow.

    Paths are judged by where they really lead: symbolic links, `..` and `~` are resolved first.
    The words of a shell command are judged as paths to read, since each of them may be one.
    """

    def __init__(self, workspace: Path, never: Sequence[Rule] = ()) -> None:
        self._workspace = Path(os.path.realpath(workspace))
        self._rules = (*NEVER, *never)

    def check(self, call: ToolCall) -> Rule | None:
        """The rule that refuses this call, or None where nothing does."""
        resolved = self._resolved(call)
        if call.tool in _WRITERS and not self._is_inside(resolved):
            return _OUTSIDE
        for seen in (call, resolved, *self._read_by(call)):
            rule = decide(self._rules, QuestionKind.PERMISSION, "", seen)
            if rule is not None:
                return rule
        return None

    def _resolved(self, call: ToolCall) -> ToolCall:
        real = {name: self._real(str(call.input[name])) for name in _PATHS if call.input.get(name)}
        return replace(call, input={**call.input, **real})

    def _real(self, path: str) -> str:
        whole = self._workspace / os.path.expanduser(path)  # noqa: PTH111 - "~nobody" is no error
        return os.path.realpath(str(whole).replace("\0", ""))

    def _read_by(self, call: ToolCall) -> Iterator[ToolCall]:
        """What else the call may read: a shell's words, and what a search's pattern names."""
        paths: list[str] = []
        if call.tool == "Bash":
            # A word with a space in it is a sentence, such as a commit message, and no path.
            words = {word for line in commands(subject(call)) for word in line}
            paths = [word.rpartition("=")[2].lstrip("@") for word in words if " " not in word]
        elif call.tool in _SEARCHERS:
            folder = str(call.input.get("path") or "")
            patterns = (call.input.get("pattern"), call.input.get("glob"))
            found = [p for p in patterns if isinstance(p, str)]
            paths = [*found, *(f"{folder}/{p}" for p in found)]
        for path in paths:
            if "/" in path or path.startswith("."):
                yield replace(call, tool="Read", input={"file_path": path})
                yield replace(call, tool="Read", input={"file_path": self._real(path)})

    def _is_inside(self, call: ToolCall) -> bool:
        paths = [Path(str(call.input[name])) for name in _PATHS if call.input.get(name)]
        return bool(paths) and all(path.is_relative_to(self._workspace) for path in paths)
