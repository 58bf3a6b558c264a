"""What every service manager can do, and how its program is run."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from coffee_maker.domain.errors import CoffeeMakerError
from coffee_maker.service.description import Description

SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the manager says about a service, and whether it runs."""

    runs: bool
    text: str


class Manager(Protocol):
    """One service manager, for services of this user."""

    def file(self, daemon: Description) -> Path:
        """Where its description of the service is, or would be."""

    def text(self, daemon: Description) -> str:
        """The description itself."""

    def install(self, daemon: Description) -> None:
        """Write it and start the service, now and whenever it should run. Raises the root error."""

    def status(self, daemon: Description) -> Status:
        """How it does."""

    def uninstall(self, daemon: Description) -> None:
        """Stop it, within some minutes, and remove the description."""

    def next_steps(self, daemon: Description) -> str:
        """What a person may want to do then."""


def command(*words: str, may_fail: bool = False) -> "subprocess.CompletedProcess[str]":
    """Run a manager's program. Raises CoffeeMakerError with its own words where it fails."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CoffeeMakerError(f"{_shown(words)} could not be run: {error}") from error
    if done.returncode and not may_fail:
        raise CoffeeMakerError(
            f"{_shown(words)} failed: {(done.stderr or done.stdout).strip()}",
            cure="Run it yourself to see why; `coffee-maker service install` may be run again.",
        )
    return done


def write(path: Path, text: str) -> None:
    """Put a description in its place. Raises CoffeeMakerError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
    except OSError as error:
        raise CoffeeMakerError(f"{path} cannot be written: {error.strerror}") from error


def _shown(words: Sequence[str]) -> str:
    return f"`{' '.join(words)}`"
