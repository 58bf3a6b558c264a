"""The environment that a project's tests get: put together from a list, never inherited whole.

The tests were written by the agent. What they have no use for they do not see: tokens and keys,
the SSH agent, the settings of a git that runs right now. `CI` is not set, because it promises a
machine on which everything is installed.
"""

import os
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

from coffee_maker.domain.own_environment import without_own_environment

MARKER = "COFFEE_MAKER_TEST_RUN"

# Where programs are, who the user is, and where the tool chains keep what they have downloaded.
PASSED = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "TZ",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "LD_LIBRARY_PATH",
    "JAVA_HOME",
    "GOPATH",
    "GOROOT",
    "GOCACHE",
    "GOMODCACHE",
    "GOFLAGS",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "NVM_DIR",
    "PYENV_ROOT",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
)


def child_environment(
    inherited: Mapping[str, str],
    *,
    run: str,
    temporary: Path,
    report: Path,
    sources: Iterable[Path] = (),
    passed: Iterable[str] = (),
) -> dict[str, str]:
    """The variables for one run.

    `run` marks every process of it; `temporary` is its own folder for temporary files; `report`
    is where pytest, however it is reached, writes what became of each test; `sources` come first
    where Python looks for packages; `passed` are names that the user lets through as well. The
    environment that coffee_maker itself runs in is not on PATH: its pytest is not the project's.
    """
    names = {*PASSED, *passed, *(name for name in inherited if name.startswith("LC_"))}
    chosen = without_own_environment({k: v for k, v in inherited.items() if k in names})
    own_options = chosen.get("PYTEST_ADDOPTS", "")
    packages = [*map(str, sources), *filter(None, [chosen.get("PYTHONPATH")])]
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        **chosen,
        **({"PYTHONPATH": os.pathsep.join(packages)} if packages else {}),
        "TERM": "dumb",
        "NO_COLOR": "1",
        "TMPDIR": str(temporary),
        "GIT_TERMINAL_PROMPT": "0",
        "PYTHONUNBUFFERED": "1",  # what was printed before a time limit is to be seen
        "PYTEST_ADDOPTS": f"{own_options} {pytest_options(report)}".strip(),
        MARKER: run,
    }


def pytest_options(report: Path) -> str:
    """Ask for a report with node ids, of every test: a run that stops early hides failures."""
    every_test = "--maxfail=0 --continue-on-collection-errors"
    return f"--junitxml={shlex.quote(str(report))} -o junit_family=xunit1 {every_test}"
