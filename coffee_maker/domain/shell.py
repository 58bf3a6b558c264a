"""What a shell command line would run, as far as that can be read off it.

This is for rules that refuse by name, and errs to the side of seeing more commands than there are.
It cannot see what a script does (`sh check.sh`); against that stands the agent's private clone,
which has no remote and no credentials.
"""

import re
import shlex
from collections.abc import Callable, Sequence
from functools import lru_cache
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
STARTERS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})  # of find(1)
_DEPTH = 4  # shells within shells
_SUBSTITUTION = re.compile(r"\$\(([^()]*)\)|`([^`]*)`")
_SUBSTITUTES = re.compile(r"\$\(|`")
_OPERATOR = re.compile(r"\{\}|&>>?|<<<|<<-?|<>|>>|>[|&]|<&|[<>]|.")
_REACH = 24  # words behind a wrapper that are looked at
_TOKEN = re.compile(
    r"""\\.|'[^']*'|"(?:\\.|[^"\\])*"|(?P<comment>(?<![^\s;&|(])#[^\n]*)""", re.DOTALL
)
# Text that the shell hands on untouched: its end is quoted, so nothing in it is expanded.
_HEREDOC = r"(?<!<)<<-?[ \t]*(?P<q>['\"]%s)(?P<end>\w+)(?P=q)(?=[\s;&|<>()]|$)"
_BODY = r"(?P<body>(?:.*\n)*?)[ \t]*(?P=end)[ \t]*"
_LITERAL = re.compile(rf'"\$\(cat[ \t]*{_HEREDOC % ""}[ \t]*\n{_BODY}\n\s*\)"')
_FED = re.compile(rf"^(?P<before>.*?){_HEREDOC % '?'}(?P<after>.*)\n{_BODY}$", re.MULTILINE)
_RUNS_ITS_INPUT = re.compile(rf"\b(?:{'|'.join((*_SHELLS, 'eval', 'xargs', 'source', 'ssh'))})\b")


# One line is asked about by every rule in turn.
@lru_cache(maxsize=256)
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
        # A redirection may stand anywhere: `>x git push`, `git 2>x push`.
        for reading in (*_readings(words), *_readings(without_redirections(words))):
            plain = without_git_options(reading)
            found += [tuple(reading), plain]
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
    if _RUNS_ITS_INPUT.search(kept) or (not found["q"] and _SUBSTITUTES.search(found["body"])):
        return found[0]
    return kept


def _is_plain(before: str) -> bool:
    """True where what follows these words is neither quoted, a comment, nor a sum."""
    try:
        shlex.split(before)
    except ValueError:
        return False
    return "((" not in before and not re.search(r"(?:^|\s)#|\$\{[^}]*$", before)


def _split(line: str) -> list[list[str]]:
    spread = line.replace("\\\n", " ").replace("$(", " ; ").replace("`", " ; ")
    lexer = shlex.shlex(spread.replace("\n", " ; "), posix=True, punctuation_chars=";&|(){}<>")
    lexer.commenters = ""
    lexer.whitespace_split = True
    try:
        words = list(lexer)
    except ValueError:  # an unclosed quote: read it without quotes, which sees more, not less
        spread = re.sub(r"([;&|<>]+)", r" \1 ", spread)
        words = spread.replace('"', " ").replace("'", " ").split()
    parts: list[list[str]] = [[]]
    for word in words:
        signs = bool(word) and set(word) <= _SEPARATORS | set("<>")
        for piece in _OPERATOR.findall(word) if signs else [word]:
            if piece and set(piece) <= _SEPARATORS and piece != "{}":  # find's and xargs' word
                parts.append([])
            else:
                parts[-1].append(piece)
    return [part for part in parts if part]


def _readings(words: list[str]) -> list[list[str]]:
    """The command as it stands and, behind a wrapper, every command that it might be starting.

    `sudo -u bob git push` may run `bob`, or `git`: which words are the wrapper's own is not ours
    to know, so each of the next few is taken for a command once.
    """
    rest = without_assignments(words)
    if not rest:
        return []
    rest[0] = PurePosixPath(rest[0]).name
    readings = [rest]
    if rest[0] in _WRAPPERS or any(word in STARTERS for word in rest):
        starts = [
            start
            for start in range(1, len(rest))
            if not rest[start].startswith("-") and not is_assignment(rest[start])
        ]
        readings += [
            [PurePosixPath(rest[start]).name, *rest[start + 1 :]] for start in starts[:_REACH]
        ]
    return readings


def is_assignment(word: str) -> bool:
    """True for `NAME=value`, which a shell takes for no command."""
    name, equals, _ = word.partition("=")
    return bool(equals) and name.isidentifier()


def without_git_options(words: list[str]) -> tuple[str, ...]:
    """A git command without git's own options, so that its subcommand comes second."""
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


def is_operator(word: str) -> bool:
    """True for a redirection's sign: `>`, `2>&`, `<<<`."""
    return bool(re.fullmatch(r"[<>&|-]+", word)) and ("<" in word or ">" in word)


def without_redirections(words: Sequence[str]) -> list[str]:
    """The words without redirections and what they lead to."""
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif is_operator(word):
            skip = True
            if kept and kept[-1].isdigit():  # `2>x`: which of the streams
                kept.pop()
        else:
            kept.append(word)
    return kept


def without_assignments(words: Sequence[str]) -> list[str]:
    """The words behind `NAME=value NAME=value`."""
    first = next((n for n, word in enumerate(words) if not is_assignment(word)), len(words))
    return list(words[first:])
