"""What a shell command line would run, as far as that can be read off it.

This is for rules that refuse by name, and errs to the side of seeing more commands than there are.
It cannot see what a script does (`sh check.sh`); against that stands the agent's private clone,
which has no remote and no credentials.
"""

import re
import shlex
from pathlib import PurePosixPath

_SEPARATORS = frozenset(";&|()\n{}")
_WRAPPERS = frozenset(
    {"sudo", "env", "command", "builtin", "exec", "nohup", "time", "nice", "xargs", "timeout"}
    | {"then", "do", "else", "if", "while", "until", "!", "setsid", "stdbuf"}
)
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "eval"})
# Options of git itself that take a value, before the subcommand (git(1), OPTIONS).
_GIT_VALUES = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env"})
_STARTERS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})  # of find(1)
_DEPTH = 4  # shells within shells
_SUBSTITUTION = re.compile(r"\$\(([^()]*)\)|`([^`]*)`")
_REACH = 24  # words behind a wrapper that are looked at


def commands(line: str, *, depth: int = 0) -> tuple[tuple[str, ...], ...]:
    """The simple commands in a line, each as its words, wrappers and git's own options removed."""
    found: list[tuple[str, ...]] = []
    for words in _split(line):
        for reading in _readings(words):
            plain = _without_git_options(reading)
            found.append(plain)
            if depth < _DEPTH:
                for inner in _inner_lines(plain):
                    found += commands(inner, depth=depth + 1)
    if depth < _DEPTH:
        # $( ) and backticks run what they hold, also inside double quotes.
        for pair in _SUBSTITUTION.findall(line):
            found += commands("".join(pair), depth=depth + 1)
    return tuple(dict.fromkeys(found))


def _split(line: str) -> list[list[str]]:
    spread = line.replace("\\\n", " ").replace("$(", " ; ").replace("`", " ; ")
    lexer = shlex.shlex(spread.replace("\n", " ; "), posix=True, punctuation_chars=";&|(){}<>")
    lexer.commenters = ""
    lexer.whitespace_split = True
    try:
        words = list(lexer)
    except ValueError:  # an unclosed quote: read it without quotes, which sees more, not less
        words = spread.replace('"', " ").replace("'", " ").replace(";", " ; ").split()
    parts: list[list[str]] = [[]]
    for word in words:
        if word and set(word) <= _SEPARATORS:
            parts.append([])
        else:
            parts[-1].append(word)
    return [part for part in parts if part]


def _readings(words: list[str]) -> list[list[str]]:
    """The command as it stands and, behind a wrapper, every command that it might be starting.

    `sudo -u bob git push` may run `bob`, or `git`: which words are the wrapper's own is not ours
    to know, so each of the next few is taken for a command once.
    """
    rest = list(words)
    while rest and _is_assignment(rest[0]):
        rest.pop(0)
    if not rest:
        return []
    rest[0] = PurePosixPath(rest[0]).name
    readings = [rest]
    if rest[0] in _WRAPPERS or any(word in _STARTERS for word in rest):
        readings += [
            [PurePosixPath(rest[start]).name, *rest[start + 1 :]]
            for start in range(1, min(len(rest), _REACH))
            if not rest[start].startswith("-") and not _is_assignment(rest[start])
        ]
    return readings


def _is_assignment(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and name.isidentifier()


def _without_git_options(words: list[str]) -> tuple[str, ...]:
    if not words or words[0] != "git":
        return tuple(words)
    rest = words[1:]
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in _GIT_VALUES else rest[1:]
    return ("git", *rest)


def _inner_lines(words: tuple[str, ...]) -> list[str]:
    if words[0] == "eval":
        return [" ".join(words[1:])]
    if words[0] in _SHELLS:
        flags = [i for i, word in enumerate(words) if word.startswith("-") and "c" in word]
        return [words[i + 1] for i in flags[:1] if i + 1 < len(words)]
    return []
