"""The environment that a git command gets: built for its purpose, never just inherited.

A daemon that was started by a hook inherits GIT_DIR and would work on that repository; a user's
own settings (a signing key, a filter, a hooks folder) would run in commands that need none of it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# `git rev-parse --local-env-vars`, without the configuration, and what redirects git's output.
_OF_ONE_REPOSITORY = re.compile(
    r"GIT_(ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|CONFIG|DEFAULT_HASH|DIR|EXTERNAL_DIFF|GRAFT_FILE"
    r"|IMPLICIT_WORK_TREE|INDEX_FILE|INTERNAL_SUPER_PREFIX|NAMESPACE|NO_REPLACE_OBJECTS"
    r"|OBJECT_DIRECTORY|PREFIX|QUARANTINE_PATH|REPLACE_REF_BASE|SHALLOW_FILE|WORK_TREE"
    r"|TRACE.*|.*_PATHSPECS)"
)

# What our own repositories are worked with. It is a file, because git hands a file's path on to
# the programs it starts (upload-pack) but neither `-c` nor GIT_CONFIG_COUNT.
OWN_SETTINGS = """\
[safe]
\tdirectory = *
[core]
\thooksPath = /dev/null
\tfsmonitor = false
\tattributesFile = /dev/null
\tquotePath = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
[init]
\ttemplateDir =
\tdefaultBranch = main
[advice]
\tdetachedHead = false
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What changes against this process's environment: names taken out, values put in."""

    removed: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)

    def plus(self, values: Mapping[str, str]) -> "Environment":
        removed = tuple(name for name in self.removed if name not in values)
        return Environment(removed=removed, values={**self.values, **values})


def own(inherited: Mapping[str, str], settings: Path) -> Environment:
    """For repositories of ours: none of the user's git settings apply, only `settings`."""
    values = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(settings),
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    return _without(values, [n for n in inherited if n.startswith("GIT_")])


def of_the_user(inherited: Mapping[str, str]) -> Environment:
    """For looking at the user's repository as the user's own git would, writing nothing."""
    values = {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LITERAL_PATHSPECS": "1",
    }
    return _without(values, [n for n in inherited if _OF_ONE_REPOSITORY.fullmatch(n)])


def to_the_remote(inherited: Mapping[str, str], ssh_command: str) -> Environment:
    """For talking to the remote with the user's own credentials, asking nobody anything.

    `ssh_command` is the user's own, or empty.
    """
    values = {"GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never"}
    ssh = inherited.get("GIT_SSH_COMMAND") or ssh_command
    if not ssh and "GIT_SSH" not in inherited:
        ssh = "ssh"
    if ssh and Path(ssh.split()[0]).name == "ssh":
        values["GIT_SSH_COMMAND"] = f"{ssh} -o BatchMode=yes -o ConnectTimeout=20"
    removed = [n for n in inherited if _OF_ONE_REPOSITORY.fullmatch(n)]
    # It opens a window, and the daemon would wait for a person who is not there.
    return _without(values, [*removed, *(n for n in ("SSH_ASKPASS",) if n in inherited)])


def with_settings(
    inherited: Mapping[str, str], settings: Sequence[tuple[str, str]]
) -> dict[str, str]:
    """Variables that lay settings on top of those the user gave in the same way."""
    count = inherited.get("GIT_CONFIG_COUNT", "0")
    first = int(count) if count.isdecimal() else 0
    values = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (key, value) in enumerate(settings, first):
        values[f"GIT_CONFIG_KEY_{number}"] = key
        values[f"GIT_CONFIG_VALUE_{number}"] = value
    return values


def _without(values: Mapping[str, str], removed: Sequence[str]) -> Environment:
    return Environment(removed=tuple(n for n in removed if n not in values), values=values)
