"""`coffee-maker doctor`: is everything there that a run needs?"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from coffee_maker.cli.cure import cure_lines
from coffee_maker.cli.options import json_option, repo_option
from coffee_maker.domain.check import Check
from coffee_maker.domain.visible import one_line


@click.command()
@repo_option
@json_option
def doctor(*, repo: Path | None, as_json: bool) -> None:
    """Check everything that a run needs, and say what to mend. Exit code 1 where something is.

    \b
    Example: coffee-maker doctor && coffee-maker run --once
    """
    from coffee_maker.preflight import checks

    found = []
    for check in checks(repo):
        found.append(check)
        if not as_json:
            _tell(check)
    if as_json:
        click.echo(json.dumps([asdict(check) for check in found], ensure_ascii=False, indent=2))
    wrong = sum(not check.ok for check in found)
    if not as_json:
        click.echo(f"\n{wrong} to mend." if wrong else "\nAll well: coffee-maker run --once")
    sys.exit(1 if wrong else 0)


def _tell(check: Check) -> None:
    mark = click.style("ok    ", fg="green") if check.ok else click.style("not ok", fg="red")
    click.echo(f"{mark}  {check.name}: {one_line(check.detail, 300)}")
    if check.cure and not check.ok:
        click.echo("\n".join(cure_lines(check.cure, indent=8)))
