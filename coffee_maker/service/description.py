"""What a service manager must know about one project's daemon."""

import hashlib
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from coffee_maker.domain.errors import ConfigError

# Where programs, settings and state are in the shell from which it was installed: a manager starts
# with next to nothing. No credentials: they stand where only their owner looks.
CARRIED = (
    *("PATH", "LANG", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "CLAUDE_CONFIG_DIR"),
    *("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """One project's daemon. `name` is the same whenever the project is in the same place."""

    name: str
    folder: Path
    state_dir: Path
    command: tuple[str, ...]
    environment: Mapping[str, str]


def describe(
    folder: Path, state_dir: Path, variables: Mapping[str, str], *, python: str = sys.executable
) -> Description:
    """The daemon of the project in this folder, run by this installation.

    Raises ConfigError where a path cannot be written into a unit: it holds a line break.
    """
    carried = {name: variables[name] for name in CARRIED if variables.get(name)}
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]
    readable = re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.name).strip("-.") or "project"
    described = Description(
        name=f"coffee-maker-{readable[:60]}-{digest}",
        folder=folder,
        state_dir=state_dir,
        command=(python, "-P", "-m", "coffee_maker", "run", "--repo", str(folder)),
        environment=carried,
    )
    for text in (*described.command, str(state_dir), *carried.values()):
        _check(text)
    return described


def _check(text: str) -> None:
    # A unit's lines cannot hold these, and surrogates (a file name that is no UTF-8) no file can.
    if not text.isprintable() or text != text.strip():
        raise ConfigError(
            f"{text!a} cannot stand in a service's description",
            cure="Rename the folder: no line breaks, no control characters, no blanks at its ends.",
        )
