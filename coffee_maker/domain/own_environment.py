"""Keep coffee_maker's own Python out of the way of those it starts programs for."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def own_environment() -> Path | None:
    """The virtual environment that coffee_maker runs in, None where it runs in none."""
    return Path(sys.prefix) if sys.prefix != sys.base_prefix else None


def without_own_environment(
    variables: Mapping[str, str], own: Path | None = None
) -> dict[str, str]:
    """The variables, with `own` (our virtual environment) neither on PATH nor activated.

    Its python3 and pytest would stand before the user's. A PATH that holds nothing else stays.
    """
    own = own or own_environment()
    kept = dict(variables)
    if own is None:
        return kept
    if "VIRTUAL_ENV" in kept and _same(kept["VIRTUAL_ENV"], own):
        del kept["VIRTUAL_ENV"]
    folders = kept.get("PATH", "").split(os.pathsep)
    others = [folder for folder in folders if not _same(folder, own / "bin")]
    if any(others):
        kept["PATH"] = os.pathsep.join(others)
    return kept


def _same(folder: str, other: Path) -> bool:
    # The bin folder of an environment may be asked for by way of a link to the environment.
    return bool(folder) and os.path.realpath(folder) == os.path.realpath(other)
