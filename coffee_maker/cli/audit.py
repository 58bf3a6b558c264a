"""`coffee-maker audit`: is the history as it was written? And for others to check."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coffee_maker.cli.cure import cure_lines
from coffee_maker.cli.options import json_option, repo_option
from coffee_maker.domain.errors import StoreError
from coffee_maker.domain.visible import one_line

if TYPE_CHECKING:
    from coffee_maker.store.chain import Link, Walk

SHOWN = 300  # characters of an entry that is not as it was written


@click.group()
def audit() -> None:
    """Trust the history: every entry is chained to the one before it by its hash."""


@audit.command()
@repo_option
@click.option(
    "--file",
    "export",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Check what `audit export` wrote, instead of the journal.",
)
@json_option
def verify(*, repo: Path | None, export: Path | None, as_json: bool) -> None:
    """Walk the whole chain. Exit code 1 where an entry was changed, removed or put in.

    That the newest entries were cut off, or all of them computed anew, no chain can tell: keep the
    hash that this prints (or an export) where nobody can change it, and compare.
    """
    found = _verify_export(export) if export else _verify_journal(repo)
    if as_json:
        click.echo(json.dumps(_as_data(found), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_told(found, is_export=export is not None)))
    sys.exit(0 if found.broken is None else 1)


@audit.command()
@repo_option
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]),
    help="Begin with the first entry of this day (local time), or of a day and hour.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write it into this file, which only you may read; else it is printed.",
)
def export(*, repo: Path | None, since: datetime | None, output: Path | None) -> None:
    """Every entry as a line of JSON, with the hashes by which anybody can verify them.

    It holds all that was said and done, secrets that somebody typed among them. docs/audit.md
    describes the form, with a program of 15 lines that checks it.

    \b
    Examples:
      coffee-maker audit export --output history.jsonl
      coffee-maker audit verify --file history.jsonl
    """
    from coffee_maker.rooms import open_store
    from coffee_maker.store.audit_file import export_lines
    from coffee_maker.store.whole_file import written_whole

    with open_store(repo) as store:
        after = store.journal.before(since.astimezone()) if since else 0
        lines = export_lines(store.journal, after=after)
        if output is None:
            for line in lines:
                click.echo(line, nl=False)
            return
        with written_whole(output) as part, part.open("w", encoding="utf-8", newline="") as file:
            written = sum(1 for line in lines if file.write(line))
        click.echo(f"{_entries(written - 1)} in {output}")  # the first line is none


def _verify_journal(repo: Path | None) -> Walk:
    from coffee_maker.rooms import open_store
    from coffee_maker.store.chain import walk

    with open_store(repo) as store:
        return walk(store.journal.links())


def _verify_export(path: Path) -> Walk:
    from coffee_maker.store.audit_file import verify_lines

    with _readable(path) as lines:
        return verify_lines(lines)


@contextmanager
def _readable(path: Path) -> Iterator[Iterable[str]]:
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            yield file
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{path} cannot be read: {error}") from error


def _told(found: Walk, *, is_export: bool) -> Iterator[str]:
    whole = _entries(found.count)
    if found.broken is None:
        if found.first and found.last:
            yield f"{whole}, {found.first.id:,} to {found.last.id:,}: all as they were written."
            yield f"newest: {found.last.at}, hash {found.last.hash.hex()}"
        else:
            yield "No entries yet."
        return
    yield f"Entry {found.broken:,} is not as it was written; {whole} before it are whole."
    if found.stands is None:
        yield "  there stands nothing: the end is missing"
    else:
        yield f"  there stands entry {found.stands.id}: {_shown(found.stands)}"
    cure = (
        "ask for the export again, and compare it with the journal"
        if is_export
        else "compare with an older backup or export, which tells what stood there; go on with a "
        "backup only if you know why: what came after it is not in it"
    )
    yield from cure_lines(cure, indent=2)


def _shown(link: Link) -> str:
    return one_line(f"{link.at} {link.task} {link.kind} {link.body}", SHOWN)


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count:,} entries"


def _as_data(found: Walk) -> dict[str, Any]:
    stands = found.stands
    return {
        "whole": found.broken is None,
        "entries": found.count,
        "newest": {"id": found.last.id, "hash": found.last.hash.hex()} if found.last else None,
        "broken": found.broken,
        "stands": {"id": stands.id, "text": _shown(stands)} if stands else None,
    }
