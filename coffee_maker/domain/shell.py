"""What a shell command line would run, as far as that can be read off it.

This is for rules that refuse by name, and errs to the side of seeing more commands than there are.
It cannot see what a script does (`sh check.sh`); against that stands the agent's private clone,
which has no remote and no credentials.
"""

import re
import shlex
from collections.abc import Callable
from pathlib import PurePosixPath

_SEPARATORS = frozenset(";&|()\n{}")
_WRAPPERS = frozenset(
    {"sudo", "env", "command", "builtin", "exec", "nohup", "time", "nice", "xargs", "timeout"}
    | {"then", "do", "else", "if", "while", "until", "!", "setsid", "stdbuf", "doas", "coproc"}
    | {"watch", "flock", "ionice", "parallel", "trap", "script", "unshare", "strace", "busybox"}
)
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "fish", "su"})
# Options of git itself that take a value, before the subcommand (git(1), OPTIONS).
_GIT_VALUES = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env"})
_STARTERS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})  # of find(1)
_DEPTH = 4  # shells within shells
_SUBSTITUTION = re.compile(r"\$\(([^()]*)\)|`([^`]*)`")
_REACH = 24  # words behind a wrapper that are looked at
_TOKEN = re.compile(
    r"""\\.|'[^']*'|"(?:\\.|[^"\\])*"|(?P<comment>(?<![^\s;&|(])#[^\n]*)""", re.DOTALL
)
# Text that the shell hands on untouched: its end is quoted, so nothing in it is expanded.
_HEREDOC = r"(?<!<)<<-?[ \t]*(?P<q>['\"])(?P<end>\w+)(?P=q)"
_BODY = r"(?P<body>(?:.*\n)*?)[ \t]*(?P=end)[ \t]*"
_LITERAL = re.compile(rf'"\$\(cat[ \t]*{_HEREDOC}[ \t]*\n{_BODY}\n\s*\)"')
_FED = re.compile(rf"^(?P<before>.*?){_HEREDOC}(?P<after>.*)\n{_BODY}$", re.MULTILINE)
_RUNS_ITS_INPUT = re.compile(rf"\b(?:{'|'.join((*_SHELLS, 'eval', 'xargs', 'source', 'ssh'))})\b")


def commands(line: str, *, depth: int = 0) -> tuple[tuple[str, ...], ...]:
    """The simple commands in a line, each as its words: as they stand, and as they may be meant.

    What is meant has no variables before it, no folder in its name, no wrapper round it and none
    of git's own options. The words as they stand come too, so that a rule which allows `git log`
    does not allow `git -c core.pager=evil log`.
    """
    found: list[tuple[str, ...]] = []
    bare = _without_comments(line)
    if bare != line and depth < _DEPTH:  # a lone quote in a comment changes how the rest is read
        found += commands(bare, depth=depth + 1)
    line = _without_quoted_text(line)
    for words in _split(line):
        found.append(tuple(words))
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


def _without_comments(line: str) -> str:
    return _TOKEN.sub(lambda found: "" if found["comment"] else found[0], line)


def _without_quoted_text(line: str) -> str:
    """The line with quoted here-documents put in as words, or left out where nothing runs them."""
    return _put(_without_body, _FED, _put(_as_word, _LITERAL, line))


def _put(instead: Callable[[re.Match[str]], str], pattern: re.Pattern[str], line: str) -> str:
    read = ""
    while found := pattern.search(line):
        read += line[: found.start()]
        head = found.groupdict().get("before", "")
        read += instead(found) if _is_plain(read + head) else found[0]
        line = line[found.end() :]
    return read + line


def _as_word(found: re.Match[str]) -> str:
    return shlex.quote(found["body"])


def _without_body(found: re.Match[str]) -> str:
    kept = found["before"] + found["after"]
    return found[0] if _RUNS_ITS_INPUT.search(kept) else kept


def _is_plain(before: str) -> bool:
    """True where what follows these words is neither quoted, a comment, nor a sum."""
    try:
        shlex.split(before)
    except ValueError:
        return False
    return "((" not in before and not re.search(r"(?:^|\s)#", before)


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
        starts = [
            start
            for start in range(1, len(rest))
            if not rest[start].startswith("-") and not _is_assignment(rest[start])
        ]
        readings += [
            [PurePosixPath(rest[start]).name, *rest[start + 1 :]] for start in starts[:_REACH]
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
        return [word for word in words[1:] if not word.startswith("-")]
    if words[0] in _WRAPPERS:
        return [word for word in words[1:] if " " in word]
    return []
