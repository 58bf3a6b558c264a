"""What a tool call would change, as a diff made of the call alone: no file is read for it."""

import difflib
from collections.abc import Iterator, Mapping

from coffee_maker.domain.question import ToolCall

LONGEST = 20_000  # characters of a diff; whoever wants more looks at the workspace
_LONGEST_SIDE = 400  # lines that are compared: comparing takes time by the square
_CUT = "… (cut here)"


def proposed_diff(call: ToolCall | None) -> str:
    """The change as a unified diff, bounded; empty where the call changes no file it names.

    Line numbers count within the passages that the call itself holds. What a file held before is
    not known here: one that is written whole shows as added lines.
    """
    if call is None:
        return ""
    path = _text(call.input, "file_path") or _text(call.input, "notebook_path")
    lines = [line for before, after in _passages(call) for line in _hunks(before, after)]
    if not path or not lines:
        return ""
    name = " ".join(path.split())
    return _bounded([f"--- a/{name.lstrip('/')}", f"+++ b/{name.lstrip('/')}", *lines])


def _passages(call: ToolCall) -> Iterator[tuple[str, str]]:
    """Text before and after, one pair for each passage that changes."""
    given = call.input
    match call.tool:
        case "Write":
            yield "", _text(given, "content")
        case "Edit":
            yield _text(given, "old_string"), _text(given, "new_string")
        case "MultiEdit":
            edits = given.get("edits")
            for edit in edits if isinstance(edits, list) else []:
                if isinstance(edit, Mapping):
                    yield _text(edit, "old_string"), _text(edit, "new_string")
        case "NotebookEdit":
            yield "", _text(given, "new_source")


def _hunks(before: str, after: str) -> Iterator[str]:
    old, new = _lines(before), _lines(after)
    yield from list(difflib.unified_diff(old, new, lineterm=""))[2:]


def _lines(text: str) -> list[str]:
    lines = text[:LONGEST].split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    more = len(text) > LONGEST or len(lines) > _LONGEST_SIDE
    return [*lines[:_LONGEST_SIDE], _CUT] if more else lines


def _bounded(lines: list[str]) -> str:
    text = "\n".join(lines)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n{_CUT}"


def _text(given: Mapping[object, object] | Mapping[str, object], name: str) -> str:
    value = dict(given).get(name)
    return value if isinstance(value, str) else ""
