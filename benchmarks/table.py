"""Results as Markdown, and documents that hold them between two comments."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.bench import BENCHES

Results = Mapping[str, Any]


class NoPlace(Exception):
    """A document has no place for what is to be put into it."""


def figures_table(results: Results) -> str:
    """Every figure with its target, and below it what each phase of the line took."""
    return "\n".join([*_machine_lines(results), "", *_figure_rows(results), *_phase_rows(results)])


def methods_list() -> str:
    """How each benchmark measures, one line each."""
    return "\n".join(f"- **{bench.name}**: {bench.method}" for bench in BENCHES.values())


def put_between(document: str, name: str, text: str) -> str:
    """The document with `text` between its comments of that name. Raises NoPlace."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    if document.count(begin) != 1 or document.count(end) != 1:
        raise NoPlace(f"the document needs one {begin} and one {end}")
    before, _, rest = document.partition(begin)
    return f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}"


def with_import_times(document: str, milliseconds: Mapping[str, float]) -> str:
    """The table of dependencies with its last column, the import time, written anew."""
    return "".join(_with_time(line, milliseconds) for line in document.splitlines(keepends=True))


def amount(value: float, unit: str) -> str:
    """A value as people read it: three figures at most, large numbers grouped."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    number = f"{value:,.{digits}f}"
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number} {unit}".rstrip()


def _machine_lines(results: Results) -> Iterator[str]:
    of = results["machine"]
    yield (
        f"{of['cpu']}, {of['cores']} cores, {of['memory_mb'] / 1000:.0f} GB; Linux {of['kernel']}, "
        f"Python {of['python']}, git {of['git']}, Claude Code {', '.join(of['claude'])}."
    )


def _figure_rows(results: Results) -> Iterator[str]:
    yield "| what | measured | to reach | |"
    yield "|---|---|---|---|"
    for figure in (f for f in _figures(results) if f["target"] is not None):
        bound = {"at most": "≤", "at least": "≥"}[figure["bound"]]
        goal = f"{bound} {amount(figure['target'], figure['unit'])}"
        value = amount(figure["value"], figure["unit"])
        yield f"| {figure['what']} | {value} | {goal} | {'✅' if figure['reached'] else '❌'} |"


def _phase_rows(results: Results) -> Iterator[str]:
    lines = [f for f in _figures(results) if "phases_seconds" in f["details"]]
    if not lines:
        return
    names = list(dict.fromkeys(name for f in lines for name in f["details"]["phases_seconds"]))
    yield ""
    yield f"| phase of the line | {' | '.join(f['details']['version'] for f in lines)} |"
    yield f"|---|{'---|' * len(lines)}"
    for name in names:
        yield f"| {name} | {' | '.join(_share(f['details'], name) for f in lines)} |"
    for key, title in (("line_seconds", "**whole line**"), ("bare_seconds", "`claude -p`")):
        cells = [amount(f["details"][key]["median"], "s") for f in lines]
        yield f"| {title} | {' | '.join(cells)} |"


def _share(details: Mapping[str, Any], name: str) -> str:
    seconds = details["phases_seconds"].get(name, 0.0)
    percent = 100 * seconds / sum(details["phases_seconds"].values())
    return f"{seconds:.2f} s ({percent:.0f} %)"


def _figures(results: Results) -> Sequence[Mapping[str, Any]]:
    measured = results["benches"]
    return [f for name in BENCHES if name in measured for f in measured[name]["figures"]]


def _with_time(line: str, milliseconds: Mapping[str, float]) -> str:
    cells = line.split("|")
    package = re.match(r"[\w-]+", cells[1].strip()) if len(cells) > 2 else None
    if package is None or package[0] not in milliseconds:
        return line
    cells[-2] = f" {milliseconds[package[0]]:.0f} ms "
    return "|".join(cells)
