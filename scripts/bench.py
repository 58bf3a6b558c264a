#!/usr/bin/env python3
"""Measure what docs/benchmarks.md promises: run with .venv/bin/python."""

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine, results, table
from benchmarks.bench import BENCHES, CannotMeasure

EXAMPLES = """\
examples:
  .venv/bin/python scripts/bench.py                        everything, about ten minutes
  .venv/bin/python scripts/bench.py --only appends --quick a first look at one of them
  .venv/bin/python scripts/bench.py --only line --only idle --patience 600
                                                           wait for a quiet machine first
  .venv/bin/python scripts/bench.py --write-docs --only none
                                                           the tables anew, nothing measured
"""


def main() -> int:
    options = arguments()
    chosen = [bench for name, bench in BENCHES.items() if name in (options.only or BENCHES)]
    found = results.load(options.output)
    found["machine"] = machine.machine()
    failed = False
    for bench in chosen:
        busy = machine.wait_until_quiet(options.patience)
        print(f"{bench.name} (others use {busy:.0f} % of the processor) ...", flush=True)
        try:
            with tempfile.TemporaryDirectory(prefix="coffee-maker-bench-") as scratch:
                figures = bench.measure(Path(scratch), quick=options.quick)
        except CannotMeasure as error:
            print(f"  not measured: {error}")
            failed = True
            continue
        found["benches"][bench.name] = results.measured(figures, busy=busy, quick=options.quick)
        results.save(options.output, found)
        for figure in figures:
            print("  " + told(figure.as_json()), flush=True)
    if options.write_docs:
        write_docs(found)
    elif chosen:
        print("\n" + table.figures_table(found))
    print(f"\n{options.output}")
    return 1 if failed or missed(found, [bench.name for bench in chosen]) else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench.py",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=[*BENCHES, "none"],
        metavar="NAME",
        help=f"measure this one; may be given several times: {', '.join(BENCHES)}, none",
    )
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, smaller data")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        default=machine.ROOT / "bench-results" / f"{datetime.now(UTC).date()}.json",
        help="the JSON file; what it holds of other benchmarks is kept (default: %(default)s)",
    )
    parser.add_argument(
        "--patience",
        type=float,
        metavar="SECONDS",
        default=60,
        help="how long to wait for a quiet machine before each (default: %(default)s)",
    )
    parser.add_argument(
        "--write-docs",
        action="store_true",
        help="refresh the tables in docs/benchmarks.md and docs/dependencies.md",
    )
    return parser.parse_args()


def told(figure: dict[str, object]) -> str:
    verdict = {True: "reached", False: "MISSED", None: ""}[figure["reached"]]  # type: ignore[index]
    return f"{figure['what']}: {figure['value']:,} {figure['unit']} {verdict}".rstrip()


def missed(found: results.Results, names: list[str]) -> bool:
    measured = [found["benches"].get(name, {"figures": []}) for name in names]
    return any(f["reached"] is False for one in measured for f in one["figures"])


def write_docs(found: results.Results) -> None:
    benchmarks = machine.ROOT / "docs" / "benchmarks.md"
    text = table.put_between(benchmarks.read_text(), "figures", table.figures_table(found))
    benchmarks.write_text(table.put_between(text, "methods", table.methods_list()))
    if "imports" in found["benches"]:
        dependencies = machine.ROOT / "docs" / "dependencies.md"
        figures = found["benches"]["imports"]["figures"]
        times = {f["name"].removeprefix("imports."): f["value"] for f in figures}
        dependencies.write_text(table.with_import_times(dependencies.read_text(), times))


if __name__ == "__main__":
    sys.exit(main())
