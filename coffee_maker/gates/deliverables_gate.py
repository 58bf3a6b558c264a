"""The gate "deliverables": what the agent says it did, held against what the diff shows."""

import posixpath
import re
import unicodedata
from collections.abc import Sequence

from coffee_maker.domain.change import Change
from coffee_maker.domain.gate import Candidate, GateResult, Verdict
from coffee_maker.domain.report import FORM, Claim
from coffee_maker.domain.roadmap import Deliverable

NAME = "deliverables"
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_WORD = re.compile(r"[^\W_]+")
_POSITION = re.compile(r"(?:#L\d+(?:-L?\d+)?|:\d+(?::\d+)?(?:-\d+)?)$")
_SHORTEST_TRUNCATION = 3  # words; less fits too much
_FILES_SHOWN = 40


class DeliverablesGate:
    """Each open deliverable needs a claim of its own that names files of the change."""

    name = NAME

    def check(self, candidate: Candidate) -> GateResult:
        """`proven` holds the texts of the deliverables that were shown to be done."""
        deliverables = candidate.priority.deliverables
        open_ones = [item for item in deliverables if not item.done]
        if not open_ones:
            return _by_the_change_alone(candidate.change)
        answers = match_claims(deliverables, candidate.report.claims)
        proven, missing = [], []
        for item, claim in zip(deliverables, answers, strict=True):
            if item.done:
                continue
            lack = _lack(claim, candidate.change)
            if lack:
                missing.append(f"- {_one_line(item.text)}\n  {lack}")
            else:
                proven.append(item.text)
        return _result(proven, missing, candidate)


def match_claims(
    deliverables: Sequence[Deliverable], claims: Sequence[Claim]
) -> tuple[Claim | None, ...]:
    """For each deliverable the claim that is about it; one claim answers for one deliverable.

    Markup, signs, case and spacing do not matter. A claim that was cut short or has words behind
    the deliverable's own counts where only one deliverable and one claim fit each other. Of two
    claims with the same words, the later one is meant.
    """
    wanted = [_words(item.text) for item in deliverables]
    said = [_words(claim.deliverable) for claim in claims]
    # A deliverable that ends in a path ("Docs: README.md") reads like text and file.
    whole = [_words(" ".join([claim.deliverable, *claim.files])) for claim in claims]
    answers: list[int | None] = [None] * len(wanted)
    free = set(range(len(said)))
    for words in dict.fromkeys(wanted):
        same = [at for at, other in enumerate(wanted) if other == words]
        exact = [at for at in sorted(free) if words in (said[at], whole[at])]
        for at, claim in zip(reversed(same), reversed(exact), strict=False):
            answers[at] = claim
        free.difference_update(exact)
    rest = [at for at, answer in enumerate(answers) if answer is None]
    fits = {
        at: [claim for claim in sorted(free) if _fits(claims[claim], wanted[at])] for at in rest
    }
    for at, candidates in fits.items():
        rivals = [other for other in rest if other != at and set(fits[other]) & set(candidates)]
        if candidates and not rivals and len({said[claim] for claim in candidates}) == 1:
            answers[at] = candidates[-1]
    return tuple(None if answer is None else claims[answer] for answer in answers)


def changed_file(path: str, change: Change) -> str | None:
    """The changed file that a path of the report means, or None. Folders and patterns mean none.

    `./`, backticks, line numbers and the way to the workspace may surround it; a part of a path
    will do where it fits only one changed file.
    """
    plain = _POSITION.sub("", path.strip(" \t`'\"*<>"))
    plain = posixpath.normpath(plain.replace("\\", "/")) if plain else ""
    known = [file.path for file in change.files]
    known += [file.old_path for file in change.files if file.old_path]
    if plain in known:
        return plain
    if plain.startswith("/"):
        known_ends = [name for name in known if plain.endswith(f"/{name}")]
        return max(known_ends, key=len, default=None)
    ends = {name for name in known if name.endswith(f"/{plain}")}
    return ends.pop() if len(ends) == 1 else None


def _by_the_change_alone(change: Change) -> GateResult:
    if change.is_empty:
        return GateResult(gate=NAME, verdict=Verdict.FAILED, summary="nothing was changed")
    count = len(change.files)
    return GateResult(
        gate=NAME,
        verdict=Verdict.PASSED,
        summary=f"the task lists none that is open; {count} file{'s' * (count != 1)} changed",
    )


def _lack(claim: Claim | None, change: Change) -> str:
    """What the claim lacks to prove its deliverable, empty where it proves it."""
    if claim is None:
        return "no line of the report is about it"
    if not claim.done:
        return f"reported as not done: {_one_line(claim.note) or 'no reason given'}"
    if not claim.files:
        return "reported as done, but no file is named that proves it"
    absent = [path for path in claim.files if changed_file(path, change) is None]
    if not absent:
        return ""
    kinds = {_why_absent(path) for path in absent}
    return f"reported as done, but {', '.join(absent)}: {' / '.join(sorted(kinds))}"


def _why_absent(path: str) -> str:
    if path.rstrip("`").endswith("/"):
        return "a folder proves nothing, name the files"
    if re.search(r"[*?]", path):
        return "a pattern proves nothing, name the files"
    return "not among the changed files"


def _result(proven: list[str], missing: list[str], candidate: Candidate) -> GateResult:
    count = len(proven) + len(missing)
    if not missing:
        return GateResult(
            gate=NAME,
            verdict=Verdict.PASSED,
            summary=f"all {count} proven by changed files" if count > 1 else "proven",
            proven=tuple(proven),
        )
    return GateResult(
        gate=NAME,
        verdict=Verdict.FAILED,
        summary=f"{len(missing)} of {count} not proven",
        evidence="\n".join([*missing, "", *_explanation(candidate)]),
        proven=tuple(proven),
    )


def _explanation(candidate: Candidate) -> list[str]:
    paths = [file.path for file in candidate.change.files]
    more = len(paths) - _FILES_SHOWN
    lines = ["Changed files: " + (", ".join(paths[:_FILES_SHOWN]) or "none")]
    if more > 0:
        lines[0] += f" and {more} more"
    if not candidate.report.claims:
        lines.append(f"The last message was no report. Its form:\n{FORM}")
    return lines


def _fits(claim: Claim, wanted: tuple[str, ...]) -> bool:
    """Words were put behind the deliverable's own, or it was cut short, maybe within a word."""
    said = _words(claim.deliverable)
    if said[: len(wanted)] == wanted:
        return True
    if not _SHORTEST_TRUNCATION <= len(said) <= len(wanted):
        return False
    *whole, last = said
    in_a_word = re.search(r"(?:…|\.\.\.)\W*$", claim.deliverable) is not None
    cut_at = wanted[len(whole)]
    ends_well = cut_at.startswith(last) if in_a_word else cut_at == last
    return ends_well and tuple(whole) == wanted[: len(whole)]


def _words(text: str) -> tuple[str, ...]:
    """Never empty: a text without words stands for itself."""
    plain = unicodedata.normalize("NFKC", _LINK.sub(r"\1", text)).casefold()
    return tuple(_WORD.findall(plain)) or (plain.strip(),)


def _one_line(text: str) -> str:
    return " ".join(text.split())
