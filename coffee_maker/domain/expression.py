"""What a text must hold for a regular expression to be found in it."""

import re

_PIECE = re.compile(
    r"""
      (?P<escaped> \\ [^\w\s] )                    # a sign that stands for itself
    | (?P<special> \\ (?: [xuUN0-9] .* | . ) )     # a class, an anchor, a reference, a number
    | (?P<set> \[ \^? \]? (?: \\. | [^\]\\] )* \] )
    | (?P<repeat> [*?+] | \{ \d* ,? \d* \} )
    | (?P<open> \( ) | (?P<close> \) )
    | (?P<either> \| )
    | (?P<other> [.^$] )
    | (?P<plain> . )
    """,
    re.VERBOSE | re.DOTALL,
)


def needed_literal(expression: str) -> str:
    """A piece of text, in small letters, without which no ASCII text can match; empty: none known.

    It is the longest run of plain signs outside of groups: `\\bAPI[ _-]?keys?` needs "api".
    """
    if "(?" in expression or not expression.isascii():  # flags and looking around change too much
        return ""
    runs, run, depth = [""], "", 0
    for found in _PIECE.finditer(expression):
        kind, sign = found.lastgroup, found[0]
        if kind == "either" and depth == 0:
            return ""
        if kind in ("plain", "escaped") and depth == 0:
            run += sign[-1]
            continue
        # What is repeated may be there no time at all.
        runs.append(run[:-1] if kind == "repeat" else run)
        run = ""
        depth += {"open": 1, "close": -1}.get(kind or "", 0)
    return max([*runs, run], key=len).lower()
