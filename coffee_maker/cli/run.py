"""`coffee-maker run`: the daemon."""

import sys
from pathlib import Path
from typing import Any

import click

from coffee_maker.cli.options import json_option, repo_option


@click.command()
@repo_option
@click.option("--roadmap", metavar="PATH", help="The roadmap, as a path in the project.")
@click.option("--once", is_flag=True, help="Do one task, then stop.")
@click.option("--task", metavar="ID", default="", help='Do this task: "PRIORITY 3", or just 3.')
@click.option("--until-done", is_flag=True, help="Stop when nothing is left to do.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option(
    "--auto-approve",
    is_flag=True,
    default=None,
    help="Answer yes to whatever is not on the never list.",
)
@click.option("--model", metavar="NAME", help="The model that Claude Code is to use.")
@click.option("--no-prs", is_flag=True, help="Push the branches, open no pull requests.")
@json_option
def run(
    *,
    repo: Path | None,
    roadmap: str | None,
    once: bool,
    task: str,
    until_done: bool,
    dry_run: bool,
    auto_approve: bool | None,
    model: str | None,
    no_prs: bool,
    as_json: bool,
) -> None:
    """Work through the roadmap, priority after priority, each to its own pull request.

    Without options it goes on until the roadmap is done and then waits for it to change. Ctrl-C
    closes the task under way; the next start goes on with it. A second Ctrl-C ends it at once.

    \b
    Examples:
      coffee-maker run --dry-run            what would it do?
      coffee-maker run --once               the next priority
      coffee-maker run --task "PRIORITY 3"  this one, whatever its turn
      coffee-maker run --auto-approve       overnight
    """
    overrides = _overrides(roadmap, model, auto_approve=auto_approve, no_prs=no_prs)
    if dry_run:
        from coffee_maker.cli.dry_run import tell_plan

        tell_plan(repo, overrides, task, as_json=as_json)
        return
    from coffee_maker.autonomous.daemon import DevDaemon, Mode
    from coffee_maker.cli.watching import watcher_for
    from coffee_maker.wiring import daemon_parts

    watcher = watcher_for(sys.stdout, as_json=as_json)
    parts = daemon_parts(repo or Path(), overrides, screen=None if as_json else watcher)
    mode = Mode.ONCE if once else Mode.UNTIL_DONE if until_done else Mode.WATCH
    with watcher:
        well = DevDaemon(parts=parts, watcher=watcher).run(mode=mode, task=task)
    sys.exit(0 if well else 1)


def _overrides(
    roadmap: str | None, model: str | None, *, auto_approve: bool | None, no_prs: bool
) -> dict[str, Any]:
    overrides: dict[str, Any] = {}
    if roadmap:
        overrides["roadmap"] = roadmap
    if auto_approve:
        overrides["questions"] = {"auto_approve": True}
    if model:
        overrides["agent"] = {"model": model}
    if no_prs:
        overrides["git"] = {"create_prs": False}
    return overrides
