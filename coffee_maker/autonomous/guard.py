"""The last word on every tool call, before it runs."""

import glob
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import islice
from pathlib import Path

from coffee_maker.domain.built_in_rules import CREDENTIALS, NEVER
from coffee_maker.domain.question import DENY, QuestionKind, Severity, ToolCall
from coffee_maker.domain.rule_book import RuleBook
from coffee_maker.domain.rules import Rule, first_word, subject
from coffee_maker.domain.shell import commands
from coffee_maker.domain.shell_writes import entered, without_text, worked_in, written

_PATHS = ("file_path", "notebook_path", "path")
_WRITERS = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit"})
_SEARCHERS = frozenset({"Glob", "Grep"})

_OUTSIDE = Rule(
    name="outside the workspace",
    answer=DENY,
    source="built in",
    message="That path is outside the workspace. Write inside the project only.",
)
_SHELL_OUTSIDE = replace(
    _OUTSIDE,
    message="That path is outside the workspace. Write inside the project, or below the system's "
    "temporary directory.",
)
_STREAMS = re.compile(r"/dev/(?:null|stdout|stderr|tty|fd/\d+)")
_GLOB = re.compile(r"[*?\[]")
_GLOBBED_AT_MOST = 1000
_REMEMBERED_PATHS = 4096
_PIECES = re.compile(r"[\s'\"(),;=@:]+")  # what may stand between paths inside one word
_SET = re.compile(r"(?:^|(?<=[\s;&|(]))(\w+)=(\"[^\"]*\"|'[^']*'|[^\s;&|()<>]*)")
_BRACES = re.compile(r"([^\s{}]*)\{([^{}\s]*,[^{}\s]*)\}([^\s{}]*)")


class Guard:
    """Refuses what must never happen, whatever anybody's settings allow.

    Paths are judged by where they really lead: symbolic links, `..` and `~` are resolved first.
    The words of a shell command are judged as paths to read, since each of them may be one; what
    it redirects to, and the operands of commands known for writing (`tee`, `rm`, `cp`, `sed -i`),
    are judged as files to write. A shell may also write below the system's temporary directory,
    but not beside a workspace that lies there itself.
    """

    def __init__(self, workspace: Path, never: Sequence[Rule] = ()) -> None:
        self._workspace = Path(os.path.realpath(workspace))
        self._book = RuleBook((*NEVER, *never))
        # The readings of a line name the same paths over and over.
        self._forbids = lru_cache(maxsize=_REMEMBERED_PATHS)(self._look_up)
        self._temporary = {Path(os.path.realpath(d)) for d in (tempfile.gettempdir(), "/tmp")}  # noqa: S108
        self._home = os.path.expanduser("~")  # noqa: PTH111 - no error without a home

    def check(self, call: ToolCall) -> Rule | None:
        """The rule that refuses this call, or None where nothing does."""
        resolved = self._resolved(call)
        if call.tool in _WRITERS and not self._is_inside(resolved):
            return _OUTSIDE
        for seen in (call, resolved, *self._searched(call)):
            if rule := self._refusal(seen):
                return rule
        return self._in_shell(call) if call.tool == "Bash" else None

    def is_inside(self, call: ToolCall) -> bool | None:
        """True where every path that a call names lies in the workspace, links followed.

        None where that cannot be told: it names none, or a variable may hold one.
        """
        if call.tool == "Bash":
            return self._runs_inside(subject(call))
        resolved = self._resolved(call)
        named = any(call.input.get(name) for name in _PATHS)
        return self._is_inside(resolved) if named else None

    def followed(self, call: ToolCall) -> ToolCall | None:
        """The call with its paths as they really lead; None where no link leads elsewhere."""
        resolved = self._resolved(call)
        for name in _PATHS:
            if path := call.input.get(name):
                plain = os.path.normpath(self._workspace / os.path.expanduser(str(path)))  # noqa: PTH111
                if plain != resolved.input[name]:
                    return resolved
        return None

    def _runs_inside(self, line: str) -> bool | None:
        for reading in dict.fromkeys(_readings(line, self._known)):
            folders = [self._workspace]
            for words in commands(reading):
                # Any word may be the name of a link that leads elsewhere.
                paths = {path for word in words for path in (word, *_PIECES.split(word)) if path}
                inside = (self._lies_inside(path, there) for there in folders for path in paths)
                if words == ("cd",) or not all(inside):
                    return False
                if folder := entered(words):
                    folders.append(Path(self._real(folder, folders[-1])))
        return None if "$" in line or "`" in line else True

    def _lies_inside(self, path: str, folder: Path) -> bool:
        real = self._real(path, folder)
        found = islice(glob.iglob(real), _GLOBBED_AT_MOST) if _GLOB.search(path) else ()  # noqa: PTH207
        seen = (real, *map(os.path.realpath, found))
        return all(Path(one).is_relative_to(self._workspace) for one in seen)

    @property
    def _known(self) -> Mapping[str, str]:
        return {"HOME": self._home, "PWD": str(self._workspace)}

    def _resolved(self, call: ToolCall) -> ToolCall:
        real = {name: self._real(str(call.input[name])) for name in _PATHS if call.input.get(name)}
        return replace(call, input={**call.input, **real})

    def _real(self, path: str, folder: Path | None = None) -> str:
        whole = (folder or self._workspace) / os.path.expanduser(path)  # noqa: PTH111 - "~nobody"
        return os.path.realpath(str(whole).replace("\0", ""))

    def _searched(self, call: ToolCall) -> Iterator[ToolCall]:
        """What a search may read beside its folder: that which its pattern names."""
        if call.tool not in _SEARCHERS:
            return
        folder = str(call.input.get("path") or "")
        patterns = (call.input.get("pattern"), call.input.get("glob"))
        found = [p for p in patterns if isinstance(p, str)]
        for path in (*found, *(f"{folder}/{p}" for p in found)):
            if "/" in path or path.startswith("."):
                for seen in (path, self._real(path)):
                    yield replace(call, tool="Read", input={"file_path": seen})

    def _in_shell(self, call: ToolCall) -> Rule | None:
        line = subject(call)
        for reading in dict.fromkeys(_readings(line, self._known)):
            folders = [self._workspace]
            for words in commands(reading):
                if rule := self._in_command(words, reading, folders):
                    return rule
                if folder := entered(words):
                    there = Path(self._real(folder, folders[-1]))
                    # Behind a subshell one is back in the folder of before: all of them count.
                    if there.is_dir():
                        folders = [*folders, there] if "(" in reading else [there]
        return None

    def _in_command(self, words: Sequence[str], line: str, folders: Sequence[Path]) -> Rule | None:
        for folder in folders:
            paths = written(words)
            if not all(self._may_write(path, folder) for path in (*paths, *worked_in(words))):
                return _SHELL_OUTSIDE
            for path in paths:
                if rule := self._protects("Write", path, folder):
                    return rule
            for path in _named(without_text(words, line)):
                if rule := self._protects("Read", path, folder):
                    return rule
        return None

    def _may_write(self, path: str, folder: Path) -> bool:
        if _STREAMS.fullmatch(path) or path.startswith("$"):  # what a variable holds is not seen
            return True
        real = Path(self._real(path, folder))
        return real.is_relative_to(self._workspace) or any(
            self._is_free(real.relative_to(temporary).parts, temporary)
            for temporary in self._temporary
            if real.is_relative_to(temporary)
        )

    def _is_free(self, parts: Sequence[str], temporary: Path) -> bool:
        if not parts or self._workspace == temporary or not re.search(r"\w", parts[0]):
            return False
        if not self._workspace.is_relative_to(temporary):
            return True
        return not fnmatchcase(self._workspace.relative_to(temporary).parts[0], parts[0])

    def _protects(self, tool: str, path: str, folder: Path) -> Rule | None:
        """The rule against this tool on the path, on what is below it, or on what a glob finds."""
        real = self._real(path, folder)
        has_glob = _GLOB.search(path) is not None
        globbed = islice(glob.iglob(real), _GLOBBED_AT_MOST) if has_glob else ()  # noqa: PTH207
        outside = not Path(real).is_relative_to(self._workspace)
        guessed = _credentials_like(real) if outside and has_glob else ()
        for seen in (path, real, *map(os.path.realpath, globbed), *guessed):
            for form in (seen, f"{seen}/"):
                if rule := self._forbids(tool, form):
                    return rule
        return None

    def _look_up(self, tool: str, path: str) -> Rule | None:
        return self._refusal(ToolCall(id="", tool=tool, input={"file_path": path}))

    def _refusal(self, call: ToolCall) -> Rule | None:
        kind = QuestionKind.PERMISSION
        return first_word(self._book.matching(kind, Severity.ROUTINE, "", call), kind)

    def _is_inside(self, call: ToolCall) -> bool:
        paths = [Path(str(call.input[name])) for name in _PATHS if call.input.get(name)]
        return bool(paths) and all(path.is_relative_to(self._workspace) for path in paths)


def _readings(line: str, known: Mapping[str, str]) -> Iterator[str]:
    """The line, with variables put in as far as the line itself says what they hold."""
    yield line
    given = _SET.findall(line)
    for values in (dict(reversed(given)), dict(given)):
        meant = line
        for _ in range(2):  # one may be made of another
            for name, value in {**known, **values}.items():
                plain = re.compile(rf"\$\{{{name}\}}|\${name}\b")
                meant = value.strip("\"'").join(plain.split(meant))
        yield meant
        yield _BRACES.sub(_spread, meant)


def _spread(found: re.Match[str]) -> str:
    before, choices, after = found.groups()
    return " ".join(f"{before}{choice}{after}" for choice in choices.split(","))


def _named(words: Sequence[str]) -> Iterator[str]:
    """Whatever in these words may be the path of a file."""
    for word in words:
        for path in {word, *_PIECES.split(word)}:
            if "/" in path or path.startswith("."):
                yield path


def _credentials_like(pattern: str) -> Iterator[str]:
    """The credentials that a glob outside the workspace can mean; a shell's `*` finds no dot."""
    parts = pattern.split("/")
    for credential in CREDENTIALS:
        wanted = credential.split("/")
        for start in range(len(parts)):
            some = parts[start : start + len(wanted)]
            if len(some) == len(wanted) and all(map(_may_mean, some, wanted)):
                yield "/".join([*parts[:start], *wanted, *parts[start + len(wanted) :]])


def _may_mean(part: str, name: str) -> bool:
    return fnmatchcase(name, part) and part.startswith(".") == name.startswith(".")
