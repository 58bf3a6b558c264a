"""The agent's last message: one line per deliverable, done or not, and the files that prove it.

The form is asked for in the prompt (`FORM`) and read back here:

    - [x] Text of the deliverable — path/one.py, path/two.py
    - [ ] Text of another — not done: why
"""

import re
from dataclasses import dataclass

FORM = """\
- [x] <text of the deliverable> — <path>, <path>
- [ ] <text of the deliverable> — not done: <why>"""

_LINE = re.compile(r"^\s*[-*]\s*\[(?P<mark>[ xX])\]\s*(?P<rest>.+?)\s*$")
_DASH = re.compile(r"\s+(?:—|–|--|-)\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One line of the report. `files` are paths as the agent wrote them; `note` is the rest."""

    deliverable: str
    done: bool
    files: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the agent says it did. No claims: the message was not a report."""

    text: str
    claims: tuple[Claim, ...] = ()


def read_report(text: str) -> Report:
    """Read the claims out of a message; lines that are no claim are only kept in `text`."""
    claims = []
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        *words, proof = (
            _DASH.split(found["rest"])
            if _DASH.search(found["rest"])
            else [
                found["rest"],
                "",
            ]
        )
        done = found["mark"] != " "
        files = tuple(p.strip(" `") for p in proof.split(",") if p.strip(" `")) if done else ()
        claims.append(
            Claim(
                deliverable=" - ".join(words).strip(),
                done=done,
                files=files,
                note="" if done else proof,
            )
        )
    return Report(text=text, claims=tuple(claims))


def asks_something(text: str) -> bool:
    """True where a message is no report and its last paragraph asks the reader for something."""
    paragraphs = [p for p in text.strip().split("\n\n") if p.strip()]
    return bool(paragraphs) and not read_report(text).claims and "?" in paragraphs[-1]
