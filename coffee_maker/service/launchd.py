"""A launchd agent: launchd.plist(5) gives its words."""

import os
import plistlib
from pathlib import Path

from coffee_maker.service.description import Description
from coffee_maker.service.manager import Status, command, write


class Launchd:
    """This user's launchd, with which an agent runs while the user is logged in."""

    def file(self, daemon: Description) -> Path:
        """Among the user's own agents."""
        return Path.home() / "Library" / "LaunchAgents" / f"{daemon.name}.plist"

    def text(self, daemon: Description) -> str:
        """The property list."""
        return plist(daemon)

    def install(self, daemon: Description) -> None:
        """Write the agent and start it with what is written now."""
        daemon.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        write(self.file(daemon), plist(daemon))
        command("launchctl", "bootout", _target(daemon), may_fail=True)
        command("launchctl", "bootstrap", _domain(), str(self.file(daemon)))

    def status(self, daemon: Description) -> Status:
        """What `launchctl print` says."""
        done = command("launchctl", "print", _target(daemon), may_fail=True)
        return Status(runs="state = running" in done.stdout, text=done.stdout or done.stderr)

    def uninstall(self, daemon: Description) -> None:
        """Stop it and remove the agent."""
        command("launchctl", "bootout", _target(daemon), may_fail=True)
        self.file(daemon).unlink(missing_ok=True)

    def next_steps(self, daemon: Description) -> str:
        """Its log."""
        return f"what it says:  tail -f '{_log(daemon)}'"


def plist(daemon: Description) -> str:
    """The whole property list."""
    told = {
        "Label": daemon.name,
        "ProgramArguments": list(daemon.command),
        "WorkingDirectory": str(daemon.folder),
        "EnvironmentVariables": dict(daemon.environment),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 30,
        "ExitTimeOut": 90,
        "StandardOutPath": str(_log(daemon)),
        "StandardErrorPath": str(_log(daemon)),
    }
    return plistlib.dumps(told, sort_keys=False).decode()


def _log(daemon: Description) -> Path:
    return daemon.state_dir / "daemon.log"


def _domain() -> str:
    return f"gui/{os.getuid()}"


def _target(daemon: Description) -> str:
    return f"{_domain()}/{daemon.name}"
