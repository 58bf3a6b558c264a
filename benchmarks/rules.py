"""How long a thousand rules take to say who answers."""

import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from benchmarks.figure import Figure, Spread, spread
from coffee_maker.domain.facts import Facts
from coffee_maker.domain.policy import Policy
from coffee_maker.domain.question import ALLOW, DENY, QuestionKind, ToolCall
from coffee_maker.domain.rules import ASK, Rule
from coffee_maker.domain.session import Asking

RULES = 1_000
TARGET_MS = 1.0
FACTS = Facts(tests_passed=True, changes_valid=True, changed_lines=40, inside_workspace=True)


def measure(scratch: Path, quick: bool) -> list[Figure]:  # noqa: ARG001, FBT001 - see `Bench`
    times = 300 if quick else 5_000
    taken, worked = _seconds(Policy(list(_mixed())), times)
    alike = {kind: _seconds(Policy(list(rules)), times // 5)[1] for kind, rules in _alike().items()}
    return [
        Figure(
            name="rules.verdict",
            what=f"a verdict with {RULES:,} rules (99th percentile)",
            value=taken.p99 * 1000,
            unit="ms",
            target=TARGET_MS,
            details={
                "milliseconds": taken.as_json(factor=1000),
                "processor_milliseconds": worked.as_json(factor=1000),
                "all_rules_of_one_kind_processor_milliseconds": {
                    kind: of_kind.as_json(factor=1000) for kind, of_kind in alike.items()
                },
            },
        )
    ]


def _seconds(policy: Policy, times: int) -> tuple[Spread, Spread]:
    """By the clock, and of the processor: the first is longer where others use it as well."""
    policy.verdict(next(_asked()), FACTS)
    taken, worked = [], []
    for asking in islice(_asked(), times):
        begin, busy = time.perf_counter(), time.thread_time()
        policy.needs(asking)
        policy.verdict(asking, FACTS)
        worked.append(time.thread_time() - busy)
        taken.append(time.perf_counter() - begin)
    return spread(taken), spread(worked)


def _asked() -> Iterator[Asking]:
    """What an agent asks about, no two alike, so that nothing is remembered from before."""
    for number in cycle(range(1_000_000)):
        yield _permission("Bash", "command", f"npm run task{number} -- --watch src/{number}")
        yield _permission(
            "Bash", "command", f"cd app{number} && git add x{number} && make {number}"
        )
        yield _permission("Write", "file_path", f"/home/ada/clone/src/part{number}/module.py")
        yield _permission("WebFetch", "url", f"https://docs{number}.example.com/guide")
        text = f"The tests of part {number} pass. Which of the two ways shall I take now?"
        yield Asking(id="1", kind=QuestionKind.TEXT, text=text)


def _permission(tool: str, name: str, value: str) -> Asking:
    call = ToolCall(id="1", tool=tool, input={name: value})
    return Asking(id="1", kind=QuestionKind.PERMISSION, text=f"{tool}: {value}", tool_call=call)


def _mixed() -> Iterator[Rule]:
    """Of each kind as many; every tenth denies, and every seventh hangs on a fact."""
    return islice((rule for rules in zip(*_alike().values(), strict=True) for rule in rules), RULES)


def _alike() -> dict[str, list[Rule]]:
    """None of these matches, so that each must be ruled out; the last rules then ask a person."""
    return {
        "commands": [_rule(n, tool=f"Bash(npm run other{n}:*)") for n in range(RULES)],
        "globs": [_rule(n, tool=f"Bash(make target{n} *)") for n in range(RULES)],
        "paths": [_rule(n, tool=f"Write(other/part{n}/**)") for n in range(RULES)],
        "hosts": [_rule(n, tool=f"WebFetch(domain:host{n}.example.org)") for n in range(RULES)],
        "texts": [_rule(n, text=f"part {n} of the other") for n in range(RULES)],
        "expressions": [_rule(n, text=rf"\bother (part|piece) {n}\b") for n in range(RULES)],
    }


def _rule(number: int, *, tool: str = "", text: str = "") -> Rule:
    answer = DENY if number % 10 == 0 else ASK if number % 10 == 1 else ALLOW
    return Rule(
        name=f"rule {number}",
        source="benchmark",
        answer=answer,
        tool=tool,
        text=text,
        tests_passed=True if number % 7 == 0 else None,
    )
