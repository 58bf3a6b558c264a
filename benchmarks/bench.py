"""What can be measured, by name. Each is imported when it is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import cast

from benchmarks.figure import Figure

Measure = Callable[[Path, bool], list[Figure]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """`method` says in one line how it is measured."""

    name: str
    method: str

    def measure(self, scratch: Path, *, quick: bool) -> list[Figure]:
        """Measure, with an empty folder to do it in; `quick`: fewer repetitions, smaller data."""
        module = import_module(f"benchmarks.{self.name}")
        return cast("Measure", module.measure)(scratch, quick)


class CannotMeasure(Exception):
    """Something that a benchmark needs is not on this machine; the text says what."""


BENCHES: Mapping[str, Bench] = {
    bench.name: bench
    for bench in (
        Bench(
            name="parsing",
            method="`RoadmapParser.parse` on text in memory, in one process: median of 20. Growth: "
            "generated roadmaps of 2,343 to 100,000 lines, best of 5 each; time per line at the "
            "largest over that at the smallest.",
        ),
        Bench(
            name="hooks",
            method="The real session, exchange, guard, open questions and SQLite store in one "
            "process, the scripted agent in the pseudo-terminal; another process posts the hooks "
            "of 500 tool calls one after the other over one kept connection, as Claude Code does, "
            "and times each answer.",
        ),
        Bench(
            name="line",
            method="Real Claude Code, answered by a scripted API on loopback, three turns (write a "
            "file, commit it, report): `coffee-maker run --once` on a new project with a bare "
            "remote, from process start to exit, against `claude -p` with the same turns; in "
            "turns, 7 of each; the difference of the medians. Stretches from the journal's times, "
            "each a median of its own.",
        ),
        Bench(
            name="idle",
            method="`coffee-maker run` on a finished roadmap, looking every 60 s as by default; "
            "after 10 s of settling its memory and processor time (with that of the `git` it "
            "starts) over two minutes, which hold two looks at the remote. With channels: a Slack "
            "on loopback connected by Socket Mode, a Dovecot listened to by IDLE where there is "
            "one, and the page served.",
        ),
        Bench(
            name="start_up",
            method="`.venv/bin/coffee-maker` in fresh processes with warm files and compiled "
            "bytecode, 20 of each, in turns; the project's journal holds 1,000,000 events of 1,000 "
            "tasks.",
        ),
        Bench(
            name="appends",
            method="`Journal.append` in a loop on a new SQLite store on a disk, every event "
            "committed with fsync before the next; median of 5 rounds of 5,000.",
        ),
        Bench(
            name="questions",
            method="A new SQLite store on a disk with 1,000 open questions; 8 processes answer all "
            "of them from the same moment on, each in an order of its own, pausing for up to "
            "2 ms in between. What they were told, what the question box holds and what the "
            "journal tells are held against each other.",
        ),
        Bench(
            name="answering",
            method="The agent's side (real session, hooks, exchange; the scripted agent in the "
            "terminal) in one process, the notifier with Slack and the page in another, both on "
            "one SQLite store. A third posts a PermissionRequest that no rule answers, waits for "
            "the card in its loopback Slack, answers at a moment spread over 100 ms, and takes the "
            "time until the held hook has its decision: 100 times each by a click, by the form "
            "behind the signed link on a new connection, and by starting `coffee-maker inbox "
            "answer`; in turns.",
        ),
        Bench(
            name="dead_channels",
            method="`coffee-maker run --once` with the scripted agent, which asks one question "
            "that nobody answers and then works for 10 s: with Slack where every connection is "
            "refused and SMTP where they are taken and nothing is said, against no channels at "
            "all. 12 pairs, who goes first in turns; the median of the pairs' differences, from "
            "process start to exit, and to the pull request.",
        ),
        Bench(
            name="rules",
            method="`Policy.needs` and `Policy.verdict` in one process on 5,000 questions, no two "
            "alike (commands, paths, addresses, texts), with 1,000 rules of all kinds none of "
            "which matches: 99th percentile of both together.",
        ),
        Bench(
            name="imports",
            method="`python -c 'import …'` in fresh processes with compiled bytecode, median of 5, "
            "the median of a bare `python -c pass` taken off.",
        ),
    )
}
