"""What a shell command line would run, and write to, as far as that can be read off it.

This is for rules that refuse by name, and errs to the side of seeing more commands than there are.
It cannot see what a script does (`sh check.sh`); against that stands the agent's private clone,
which has no remote and no credentials.
"""

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
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
        for reading in (*_readings(words), *_readings(_without_redirections(words))):
            plain = _without_git_options(reading)
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
    rest = _without_assignments(words)
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
        if _is_operator(sign) and ">" in sign
        if not (sign.endswith("&") and path.strip("-").isdigit()) and path != "-"
    ]
    rest = _without_assignments(_without_redirections(words))
    return [*targets, *(_changed(rest[0], rest[1:]) if rest else ())]


def entered(words: Sequence[str]) -> str:
    """The folder that `cd` goes to; empty where the command is another."""
    rest = _without_assignments(_without_redirections(words))
    if not rest or rest[0] not in ("cd", "pushd"):
        return ""
    return next(iter(_operands(rest[1:])), "~")


def worked_in(words: Sequence[str]) -> list[str]:
    """The folders in which git is sent to change something: `git -C folder commit`."""
    rest = _without_assignments(_without_redirections(words))
    if not rest or PurePosixPath(rest[0]).name != "git":
        return []
    subcommand = _without_git_options(["git", *rest[1:]])[1:2]
    if not subcommand or subcommand[0] in _GIT_READS:
        return []
    before = rest[1 : rest.index(subcommand[0])]
    return list(_values(before, ("-C", "--git-dir", "--work-tree")))


def without_text(words: Sequence[str], line: str) -> list[str]:
    """The words without those that are only said: messages for git, and what `echo` prints.

    What is piped into another command may be read as anything there, and is no text then.
    """
    rest = _without_assignments(words)
    if not rest:
        return list(words)
    before = list(words[: len(words) - len(rest)])
    if rest[0] in ("echo", "printf") and "|" not in line:
        kept = rest if any(map(_is_operator, rest)) else rest[:1]
        return before + [word for word in kept if " " not in word]
    spoken = _without_git_options(["git", *rest[1:]])[1:2]
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
        runs = not _CHANGES.isdisjoint(rest) and not _STARTERS.isdisjoint(rest)
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
    words = _without_git_options(["git", *rest])[1:]
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


def _is_operator(word: str) -> bool:
    return bool(re.fullmatch(r"[<>&|-]+", word)) and ("<" in word or ">" in word)


def _without_redirections(words: Sequence[str]) -> list[str]:
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif _is_operator(word):
            skip = True
            if kept and kept[-1].isdigit():  # `2>x`: which of the streams
                kept.pop()
        else:
            kept.append(word)
    return kept


def _without_assignments(words: Sequence[str]) -> list[str]:
    first = next((n for n, word in enumerate(words) if not _is_assignment(word)), len(words))
    return list(words[first:])
