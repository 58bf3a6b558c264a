"""What one simple command, as `shell.commands` gives it, would change on the disk.

Only commands that are known for writing are read: for rules, not against ill will.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath

from coffee_maker.domain.shell import (
    STARTERS,
    is_operator,
    without_assignments,
    without_git_options,
    without_redirections,
)

# Commands of which every operand is made, changed or taken away.
_CHANGES = frozenset(
    {"tee", "mv", "rm", "rmdir", "mkdir", "touch", "ln", "truncate", "chmod", "chown", "chgrp"}
    | {"unlink", "shred"}
)
_COPIES = frozenset({"cp", "install", "rsync"})  # the last operand is the target
_OUTPUTS = {
    "curl": ("-o", "--output", "--output-dir"),
    "wget": ("-O", "--output-document", "-P", "--directory-prefix"),
    "sort": ("-o", "--output"),
    "unzip": ("-d",),
    "dd": ("of=",),
}
_EDITS = {  # edit in place with such an option; the value of such another is no file
    "sed": (re.compile(r"-[nErsuz]*i|--in-place"), re.compile(r"-\w*[ef]$|--expression$|--file$")),
    "perl": (re.compile(r"-[pnlaw0]*i"), re.compile(r"-\w*[eE]$")),
}
_GIT_READS = frozenset(
    {"log", "status", "diff", "show", "rev-parse", "ls-files", "ls-tree", "blame", "grep"}
    | {"cat-file", "describe", "shortlog", "rev-list", "--version", "help"}
)
_GIT_SPEAKS = frozenset({"commit", "tag", "merge", "notes", "stash", "revert"})


def written(words: Sequence[str]) -> list[str]:
    """The paths that one simple command writes to, as they stand: redirections and operands.

    Only commands that are known for writing are read; what others do is not seen.
    """
    targets = [
        path
        for sign, path in pairwise(words)
        if is_operator(sign) and ">" in sign
        if not (sign.endswith("&") and path.strip("-").isdigit()) and path != "-"
    ]
    rest = without_assignments(without_redirections(words))
    return [*targets, *(_changed(rest[0], rest[1:]) if rest else ())]


def entered(words: Sequence[str]) -> str:
    """The folder that `cd` goes to; empty where the command is another."""
    rest = without_assignments(without_redirections(words))
    if not rest or rest[0] not in ("cd", "pushd"):
        return ""
    return next(iter(_operands(rest[1:])), "~")


def worked_in(words: Sequence[str]) -> list[str]:
    """The folders in which git is sent to change something: `git -C folder commit`."""
    rest = without_assignments(without_redirections(words))
    if not rest or PurePosixPath(rest[0]).name != "git":
        return []
    subcommand = without_git_options(["git", *rest[1:]])[1:2]
    if not subcommand or subcommand[0] in _GIT_READS:
        return []
    before = rest[1 : rest.index(subcommand[0])]
    return list(_values(before, ("-C", "--git-dir", "--work-tree")))


def without_text(words: Sequence[str], line: str) -> list[str]:
    """The words without those that are only said: messages for git, and what `echo` prints.

    What is piped into another command may be read as anything there, and is no text then.
    """
    rest = without_assignments(words)
    if not rest:
        return list(words)
    before = list(words[: len(words) - len(rest)])
    if rest[0] in ("echo", "printf") and "|" not in line:
        kept = rest if any(map(is_operator, rest)) else rest[:1]
        return before + [word for word in kept if " " not in word]
    spoken = without_git_options(["git", *rest[1:]])[1:2]
    if rest[0] == "git" and spoken and spoken[0] in _GIT_SPEAKS:
        return before + _without_messages(rest)
    return list(words)


def _without_messages(words: Sequence[str]) -> list[str]:
    kept: list[str] = []
    skip = False
    for word in words:
        if skip or re.match(r"--message=|-m.", word):
            skip = False
        else:
            kept.append(word)
            skip = word == "--message" or re.fullmatch(r"-[aenqsv]*m", word) is not None
    return kept


def _changed(command: str, rest: list[str]) -> list[str]:
    name, operands = PurePosixPath(command).name, _operands(rest)
    folders = list(_values(rest, ("-t", "--target-directory")))
    if name in _CHANGES:
        return [*operands, *folders]
    if name in _COPIES:
        return [*operands[-1:], *folders]
    if name in _EDITS:
        return _edited(name, rest)
    if name in _OUTPUTS:
        return list(_values(rest, _OUTPUTS[name]))
    if name == "find":
        runs = not _CHANGES.isdisjoint(rest) and not STARTERS.isdisjoint(rest)
        return operands if runs or "-delete" in rest else []
    return _made_by_git(rest) if name == "git" else []


def _edited(name: str, rest: list[str]) -> list[str]:
    in_place, valued = _EDITS[name]
    if not any(in_place.match(word) for word in rest):
        return []
    scripts = [place for place, word in enumerate(rest) if valued.match(word)]
    files = [word for place, word in enumerate(rest) if word and place - 1 not in scripts]
    has_script = bool(scripts) or any(re.match(r"--(expression|file)=", word) for word in rest)
    return _operands(files)[0 if has_script else 1 :]


def _made_by_git(rest: list[str]) -> list[str]:
    words = without_git_options(["git", *rest])[1:]
    operands = _operands(words)
    made = {"worktree": operands[2:], "init": operands[1:], "clone": operands[2:]}
    outputs = _values(words, ("--output", "--output-directory", "--separate-git-dir"))
    return [*made.get(next(iter(words), ""), []), *outputs]


def _operands(words: Sequence[str]) -> list[str]:
    """What is no option; behind `--` nothing is."""
    end = words.index("--") if "--" in words else len(words)
    return [word for word in words[:end] if not word.startswith("-")] + list(words[end + 1 :])


def _values(words: Sequence[str], options: Sequence[str]) -> Iterator[str]:
    """What these options are given: as the next word, behind `=`, or glued to a short one."""
    for place, word in enumerate(words):
        for option in options:
            if word == option:
                yield from words[place + 1 : place + 2]
            elif option.startswith("--") and word.startswith(f"{option}="):
                yield word.removeprefix(f"{option}=")
            elif not option.startswith("--") and word.startswith(option):
                yield word.removeprefix(option)
