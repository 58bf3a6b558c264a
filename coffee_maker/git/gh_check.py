"""Whether the GitHub CLI can be used, for `doctor`."""

import re

from coffee_maker.domain.check import Check
from coffee_maker.domain.errors import ForgeError
from coffee_maker.git.gh_program import GhProgram

_VERSION = re.compile(r"gh version (\S+)")
_ACCOUNT = re.compile(r"Logged in to \S+ (?:account|as) (\S+)")
_UNREACHABLE = re.compile(r"timeout|error connecting|dial tcp|HTTP 5\d\d", re.IGNORECASE)


def check_gh(gh: GhProgram, host: str) -> Check:
    """gh is found, and logged in to that host. Asks the host; never raises."""
    try:
        version = _VERSION.search(gh.run("--version").stdout)
        status = gh.run("auth", "status", f"--hostname={host}")
    except ForgeError as error:
        return Check(name="gh", ok=False, detail=str(error), cure=error.cure)
    found = f"gh {version[1] if version else 'of an unknown version'}"
    if status.code == 0:
        account = _ACCOUNT.search(status.said)
        who = f" as {account[1]}" if account else ""
        return Check(name="gh", ok=True, detail=f"{found}, logged in to {host}{who}")
    if _UNREACHABLE.search(status.said):
        return Check(
            name="gh",
            ok=False,
            detail=f"{found}, but {host} does not answer",
            cure="see whether the network is up",
        )
    return Check(
        name="gh",
        ok=False,
        detail=f"{found}, not logged in to {host}",
        cure=f"log in with `gh auth login --hostname {host}`, or mend GH_TOKEN",
    )
