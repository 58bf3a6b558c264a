"""What a pull request says: from facts to the title and the body that a reviewer reads.

Every word of a roadmap, a model or a test run goes through `foreign_text`; only this file's own
words are markup. The body never exceeds what GitHub takes; what had to go is said.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from coffee_maker.domain.amounts import PricedUsage, duration, token_table
from coffee_maker.domain.answers import VOICES
from coffee_maker.domain.change import Change, Commit, FileChange, FileState, PullRequestDraft
from coffee_maker.domain.foreign_text import cell, code, cut, fenced, inline, neutralise
from coffee_maker.domain.gate import GateResult, TestOutcome, Verdict
from coffee_maker.domain.question import Answer, AnsweredBy, Question, QuestionKind
from coffee_maker.domain.report import Claim, Report
from coffee_maker.domain.roadmap import Deliverable, Priority

BODY_LIMIT = 65_536  # characters; GitHub refuses one more
TITLE_LIMIT = 120
_TASK_LIMIT = 12_000
_FOLDED_FROM = 1_500
_EVIDENCE_LIMIT = 3_000
_ROWS = 60
_REFUSED = 5

_CONVENTIONAL = re.compile(
    r"^(build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test)(\([^)\n]+\))?!?: \S"
)
_NOT_DONE = re.compile(r"^\s*not done\b[\s:—–-]*", re.IGNORECASE)
_MENDS = re.compile(r"^(fix|repair|mend|correct)(es|s|ed)?\b", re.IGNORECASE)
_CUT = (
    "> ✂️ **Cut here**: this description was longer than a pull request may be; {} of its parts "
    "are left out. The whole is in the journal: `coffee-maker events --task {}`"
)
_MARKS = {
    Verdict.PASSED: "✅ passed",
    Verdict.FAILED: "❌ failed",
    Verdict.NOT_CHECKED: "⚠️ **not checked**",
}
_FATES = {
    Verdict.PASSED: "mended",
    Verdict.FAILED: "and again",
    Verdict.NOT_CHECKED: "not checked",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredQuestion:
    """A question of the task's and what became of it; `waited_seconds` is the time between.

    `attempt` is the one that asked.
    """

    question: Question
    answer: Answer
    waited_seconds: float = 0.0
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestFacts:
    """Everything a pull request tells.

    `roadmap` is the document's path in the repository; `base` the project's base branch, from
    which `target` differs where this builds on an unmerged pull request; `baseline` the tests'
    outcome before the agent began; `agent` the program and version that worked; `isolated`:
    the agent ran boxed in; `remote`: False where the branch is only in the local repository.
    `seconds` is the wall time of this `attempt`, of which people were waited for
    `waited_seconds`; `rounds` are its rounds of checks, the last of which is `gates`, and `refused`
    the tool calls that were never let through in it. `ticks` is the commit on top of the change
    that ticks the roadmap. `notices` are further things a reviewer should know, a sentence each.
    """

    priority: Priority
    roadmap: str
    change: Change
    target: str
    base: str
    report: Report
    baseline: TestOutcome
    gates: tuple[GateResult, ...]
    questions: tuple[AnsweredQuestion, ...] = ()
    usage: tuple[PricedUsage, ...] = ()
    seconds: float = 0.0
    waited_seconds: float = 0.0
    attempt: int = 1
    rounds: tuple[tuple[GateResult, ...], ...] = ()
    refused: tuple[str, ...] = ()
    ticks: Commit | None = None
    agent: str = ""
    isolated: bool = True
    remote: bool = True
    notices: tuple[str, ...] = ()
    draft: bool = False


def describe(facts: PullRequestFacts) -> PullRequestDraft:
    """The pull request that these facts make; its body fits GitHub's limit."""
    return PullRequestDraft(
        branch=facts.change.branch,
        target=facts.target,
        title=title(facts.priority),
        body=fit(list(_sections(facts)), facts.priority.id),
        draft=facts.draft,
    )


def title(priority: Priority) -> str:
    """A Conventional Commit's first line; one that is the task's title already stays."""
    words = " ".join(neutralise(priority.title).split()) or priority.id
    if not _CONVENTIONAL.match(words):
        words = f"{'fix' if _MENDS.match(words) else 'feat'}: {words}"
    return cut(words, TITLE_LIMIT, mark="…")


def fit(sections: list[str], task: str, limit: int = BODY_LIMIT) -> str:
    """Whole sections, most important first, as many as fit; a mark says where and what was cut."""
    body = "\n\n".join(sections) + "\n"
    kept = len(sections)
    while _length(body) > limit and kept:
        kept -= 1
        mark = _CUT.format(len(sections) - kept, shlex.quote(neutralise(task)))
        body = "\n\n".join([*sections[:kept], mark]) + "\n"
    return body


def _length(text: str) -> int:
    # Whether GitHub counts characters or UTF-16 units is not documented; units are never fewer.
    return len(text.encode("utf-16-le")) // 2


def _sections(facts: PullRequestFacts) -> Iterator[str]:
    yield from _notices(facts)
    yield _deliverables(facts)
    yield _task(facts)
    yield _gates(facts)
    yield _look(facts)
    yield _cost(facts)
    if facts.questions or facts.refused:
        yield _questions(facts)
    yield _changes(facts)
    yield from _evidence(facts.gates)


def _notices(facts: PullRequestFacts) -> Iterator[str]:
    said = [*_own_notices(facts), *(inline(n, 600) for n in facts.notices)]
    if said:
        yield "\n".join(["> [!WARNING]", *(f"> - {notice}" for notice in said)])


def _own_notices(facts: PullRequestFacts) -> Iterator[str]:
    if facts.target != facts.base:
        yield (
            f"This builds on {code(facts.target)}, which is not yet on {code(facts.base)}: "
            "merge that one first."
        )
    if facts.baseline.ran and not facts.baseline.passed:
        yield (
            "The project's tests failed before this work began; only failures that are new were "
            "held against it."
        )
    if any(gate.verdict is Verdict.NOT_CHECKED for gate in facts.gates):
        yield "Not everything could be checked: see the table of checks."
    if not facts.isolated:
        yield "The agent ran without isolation from the rest of the machine."


def _deliverables(facts: PullRequestFacts) -> str:
    priority = facts.priority
    heading = f"## What this delivers\n\n**{inline(priority.id)}: {inline(priority.title)}**"
    if not priority.deliverables:
        return f"{heading}\n\nThe task lists no deliverables; its text is below."
    proven = {_plain(text) for gate in facts.gates for text in gate.proven}
    claims = {_plain(claim.deliverable): claim for claim in facts.report.claims}
    lines = [
        _deliverable(wanted, claims.get(_plain(wanted.text)), proven=_plain(wanted.text) in proven)
        for wanted in priority.deliverables[:_ROWS]
    ]
    return "\n".join([heading, "", *lines, *_more(len(priority.deliverables))])


def _deliverable(wanted: Deliverable, claim: Claim | None, *, proven: bool) -> str:
    files = ", ".join(code(path) for path in claim.files[:12]) if claim else ""
    match claim:
        case _ if proven:
            said = files or "shown by the checks"
        case None if wanted.done:
            said = "was done before"
        case None:
            said = "not mentioned by the agent"
        case Claim(done=True):
            said = f"the agent says done, the checks do not show it{': ' if files else ''}{files}"
        case Claim(note=note):
            said = f"not done: {why}" if (why := inline(_NOT_DONE.sub("", note))) else "not done"
    mark = "x" if proven or wanted.done else " "
    return f"- [{mark}] {inline(wanted.text)} — {said}"


def _gates(facts: PullRequestFacts) -> str:
    rows = [
        f"| {cell(gate.gate)} | {_MARKS[gate.verdict]} | {cell(gate.summary)} | "
        f"{duration(gate.seconds)} |"
        for gate in facts.gates[:_ROWS]
    ]
    if not rows:
        return "## Checks\n\n⚠️ **Nothing was checked.**"
    table = ["| check | verdict | what | time |", "|---|---|---|---|", *rows]
    mended = list(_mended(facts.rounds))
    return "\n".join(["## Checks", "", *table, *(["", " ".join(mended)] if mended else [])])


def _mended(rounds: tuple[tuple[GateResult, ...], ...]) -> Iterator[str]:
    """A sentence for each round in which something failed, up to the last but one."""
    for number, (before, after) in enumerate(pairwise(rounds[:_ROWS]), start=1):
        later = {gate.gate: gate.verdict for gate in after}
        fates: dict[str, list[str]] = {}
        for gate in before:
            if gate.verdict is Verdict.FAILED:
                fate = _FATES[later.get(gate.gate, Verdict.NOT_CHECKED)]
                fates.setdefault(fate, []).append(inline(gate.gate))
        if fates:
            told = (f"{', '.join(g)} failed, {f} in round {number + 1}" for f, g in fates.items())
            yield f"Round {number}: {'; '.join(told)}."


def _look(facts: PullRequestFacts) -> str:
    branch, target = shlex.quote(facts.change.branch), shlex.quote(facts.target)
    steps = (
        [f"git fetch origin {target} {branch}", f"git diff origin/{target}...origin/{branch}"]
        if facts.remote
        else [f"git diff {target}...{branch}"]
    )
    return "## How to look at it\n\n" + fenced(
        "\n".join([*steps, f"git switch {branch}"]), 1_000, "sh"
    )


def _cost(facts: PullRequestFacts) -> str:
    agent = f" Agent: {inline(facts.agent)}." if facts.agent else ""
    attempt = f"Attempt {facts.attempt}: " if facts.attempt > 1 else ""
    took = f"{attempt}{duration(facts.seconds)} in all"
    waited = f"{duration(facts.waited_seconds)} waiting for people"
    lines = ["## What it took", "", f"{took}, of which {waited}.{agent}"]
    if not facts.usage:
        return "\n".join([*lines, "", "No tokens were counted."])
    attempts = sorted({one.usage.attempt for one in facts.usage})
    if len(attempts) > 1:
        lines += ["", f"Tokens of the attempts {', '.join(map(str, attempts))} together:"]
    elif attempts != [facts.attempt]:
        lines += ["", f"Tokens of attempt {attempts[0]}:"]
    return "\n".join([*lines, "", *token_table(facts.usage)])


def _questions(facts: PullRequestFacts) -> str:
    several = facts.attempt > 1
    lines = [_question(one, several=several) for one in facts.questions[:_ROWS]]
    if facts.refused:
        lines.append(_refused(facts.refused))
    return "\n".join(["## Questions and answers", "", *lines, *_more(len(facts.questions))])


def _refused(refused: tuple[str, ...]) -> str:
    calls = [code(cut(call, 120, mark="…")) for call in dict.fromkeys(refused)]
    more = f" and {len(calls) - _REFUSED} others" if len(calls) > _REFUSED else ""
    noun = "tool call" if len(refused) == 1 else "tool calls"
    return f"- {len(refused)} {noun} refused: {', '.join(calls[:_REFUSED])}{more}"


def _question(one: AnsweredQuestion, *, several: bool) -> str:
    question, answer = one.question, one.answer
    who = f"{inline(answer.who) or VOICES[answer.by]}"
    rule = f" {code(answer.rule)}" if answer.rule else ""
    way = f" via {inline(answer.channel)}" if answer.channel else ""
    after = f", after {duration(one.waited_seconds)}" if one.waited_seconds >= 1 else ""
    value = (
        code(answer.value)
        if question.kind is QuestionKind.PERMISSION
        else f"“{inline(answer.value)}”"
    )
    reason = answer.message if answer.by is AnsweredBy.PERSON else ""
    said = f"{value}: “{inline(reason)}”" if reason.strip() else value
    attempt = f"attempt {one.attempt}, " if several else ""
    asked = f"{attempt}{question.kind}: {inline(question.text)}"
    return f"- {asked} → {said} ({who}{rule}{way}{after})"


def _task(facts: PullRequestFacts) -> str:
    where = f"{code(facts.roadmap)}, line {facts.priority.line}"
    body = facts.priority.body.strip("\n")
    text = fenced(f"{facts.priority.title}\n\n{body}".rstrip(), _TASK_LIMIT)
    if len(body) > _FOLDED_FROM:
        text = _folded("The task's text", text)
    return f"## Why\n\nThe task as it stands in {where}:\n\n{text}"


def _changes(facts: PullRequestFacts) -> str:
    all_commits, all_files = facts.change.commits, facts.change.files
    ticked = []
    if facts.ticks:
        all_commits = (*all_commits, facts.ticks)
        all_files = tuple(file for file in all_files if file.path != facts.roadmap)
        ticked = [f"- {code(facts.roadmap)}: status and ticks"]
    commits = [f"- {code(c.sha[:10])} {inline(c.subject)}" for c in all_commits[:_ROWS]]
    files = [_file(file) for file in all_files[:_ROWS]]
    lines = [
        *("## What changed", "", f"Commits: {len(all_commits)}", "", *commits),
        *(*_more(len(all_commits)), "", f"Files: {len(all_files) + len(ticked)}", "", *files),
        *(*_more(len(all_files)), *ticked),
    ]
    return "\n".join(lines).rstrip()


def _file(file: FileChange) -> str:
    from_path = f" from {code(file.old_path)}" if file.old_path else ""
    state = "" if file.state is FileState.MODIFIED else f" {file.state}{from_path}"
    return f"- {code(file.path)}{state} +{file.insertions} −{file.deletions}"


def _evidence(gates: tuple[GateResult, ...]) -> Iterator[str]:
    for gate in gates[:_ROWS]:
        if gate.evidence.strip():
            text = fenced(gate.evidence, _EVIDENCE_LIMIT)
            yield _folded(f"Evidence of the check {_html(gate.gate)}", text)


def _folded(summary: str, text: str) -> str:
    return f"<details>\n<summary>{summary}</summary>\n\n{text}\n\n</details>"


def _html(text: str) -> str:
    return cut(" ".join(neutralise(text).split()), 100, mark="…").translate(
        {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
    )


def _more(count: int) -> list[str]:
    return [f"- … and {count - _ROWS} more"] if count > _ROWS else []


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[`*_]", "", text).casefold().split()).rstrip(".")
