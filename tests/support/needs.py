"""Components that a user's machine may lack. There the test skips and says why; in CI it fails."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLAUDE_VERSIONS = ("2.1.197", "2.1.329")


def missing(what: str, cure: str) -> NoReturn:
    """Skip the test by name and with the reason; with CI=true, fail it."""
    reason = f"{what} is missing: {cure}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def program(name: str, cure: str) -> str:
    """The path of a program, from this project's environment first."""
    own = ROOT / ".venv" / "bin" / name
    found = str(own) if own.exists() else shutil.which(name)
    return found or missing(name, cure)


def claude_code(version: str) -> Path:
    """The real Claude Code in one of the pinned versions."""
    for folder in (
        ROOT / "node_modules" / f"claude-code-{version}" / "node_modules" / "@anthropic-ai",
        ROOT / "node_modules" / "@anthropic-ai",
    ):
        for binary in sorted(folder.glob("claude-code-*/claude")):
            if f'"version": "{version}"' in (binary.parent / "package.json").read_text():
                return binary
    missing(f"Claude Code {version}", "run `make test` with npm installed")
