"""A command line of several commands, taken apart where there is no doubt about what it runs.

This is for rules that allow, and errs to the side of understanding nothing. What a line that it
does not understand would run, for rules that refuse, is read in `shell`.
"""

import re
from functools import lru_cache

from coffee_maker.domain.shell import is_assignment

# Outside quotes: redirections, groups, substitutions, comments, escapes.
_UNSURE = frozenset("<>(){}$`#\\\0\r")
_UNSURE_IN_QUOTES = frozenset("$`\\\0\r")
_JOINT = re.compile(r"&&|\|\||[;\n|]")
_CONTROL = frozenset(
    {"if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac"}
    | {"select", "function", "time", "coproc", "!", "[[", "in", "alias", "eval", "source", "."}
    | {"exec", "trap", "set", "shopt", "export", "declare", "typeset", "unset", "enable", "hash"}
)
# Programs that take what is piped into them for commands.
_RUNS_ITS_INPUT = re.compile(
    r"(?:.*/)?(?:\w*sh|su|sudo|doas|env|command|builtin|nohup|nice|timeout|stdbuf|xargs|parallel"
    r"|busybox|ssh|at|batch|python[\d.]*|perl[\d.]*|ruby[\d.]*|node|deno|bun|php[\d.]*|lua[\d.]*"
    r"|make|psql|sqlite3|mysql)"
)


@lru_cache(maxsize=256)
def simple_commands(line: str) -> tuple[str, ...]:
    """The commands of a line as they stand in it, two at least; none where anything is in doubt.

    In doubt is whatever is redirected, substituted, put into the background, grouped, escaped or
    commented, any control word, and what is piped into something that may run it.
    """
    parts: list[str] = []
    part, at, piped = "", 0, False
    while at < len(line):
        if line[at] in "'\"":
            end = line.find(line[at], at + 1)
            quoted = line[at : end + 1]
            if end < 0 or (line[at] == '"' and not _UNSURE_IN_QUOTES.isdisjoint(quoted)):
                return ()
            part, at = part + quoted, end + 1
        elif joint := _JOINT.match(line, at):
            if not _is_simple(part, piped=piped):
                return ()
            parts.append(part.strip())
            part, at, piped = "", joint.end(), joint[0] == "|"
        elif line[at] in _UNSURE or line[at] == "&":
            return ()
        else:
            part, at = part + line[at], at + 1
    if not parts or not _is_simple(part, piped=piped):
        return ()
    return (*parts, part.strip())


def _is_simple(part: str, *, piped: bool) -> bool:
    words = part.split()
    # A quote in the command's own name may spell any other.
    if not words or re.search(r"['\"]", words[0]) or is_assignment(words[0]):
        return False
    return words[0] not in _CONTROL and not (piped and _RUNS_ITS_INPUT.fullmatch(words[0]))
