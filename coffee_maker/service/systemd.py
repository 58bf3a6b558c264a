"""A systemd user unit: systemd.unit(5), systemd.service(5) and systemd.exec(5) give its words."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from coffee_maker.service.description import Description
from coffee_maker.service.manager import Status, command, write

# Looking at the remote may wait 300 s for it and, for another process of ours, 600 s.
WATCHDOG = "20min"

UNIT = """\
[Unit]
Description=coffee_maker on {name}
# A mistake that no restart mends must not be tried all night.
StartLimitIntervalSec=1h
StartLimitBurst=5

[Service]
Type=notify
ExecStart={command}
{environment}
# For what is secret: ANTHROPIC_API_KEY=..., COFFEE_MAKER_CHANNELS__SLACK__BOT_TOKEN=...
EnvironmentFile=-%E/coffee_maker/environment
Restart=on-failure
RestartSec=30
TimeoutStartSec=15min
WatchdogSec={watchdog}
# The daemon closes the agent's session itself; what is left after that is killed.
KillMode=mixed
TimeoutStopSec=90
# A test run that ate all memory is one failed test run.
OOMPolicy=continue
CPUWeight=50
IOWeight=50
# No more than this: Claude Code's sandbox makes namespaces of its own, and the project's tests may
# need /tmp, devices and the network.
NoNewPrivileges=yes
RestrictRealtime=yes
LimitCORE=0

[Install]
WantedBy=default.target
"""


class SystemdUser:
    """This user's systemd, with which a service runs while the user is logged in, or lingers."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def file(self, daemon: Description) -> Path:
        """In the user's own folder of units."""
        configuration = self._variables.get("XDG_CONFIG_HOME") or Path.home() / ".config"
        return Path(configuration) / "systemd" / "user" / f"{daemon.name}.service"

    def text(self, daemon: Description) -> str:
        """The unit."""
        return unit(daemon)

    def install(self, daemon: Description) -> None:
        """Write the unit, enable it, and start it with what is written now."""
        write(self.file(daemon), unit(daemon))
        command("systemctl", "--user", "daemon-reload")
        command("systemctl", "--user", "enable", daemon.name)
        command("systemctl", "--user", "reset-failed", daemon.name, may_fail=True)
        # Not waited for: it is ready when it has looked at the remote, or says why it is not.
        command("systemctl", "--user", "--no-block", "restart", daemon.name)

    def status(self, daemon: Description) -> Status:
        """What `systemctl status` says."""
        done = command("systemctl", "--user", "status", "--no-pager", daemon.name, may_fail=True)
        return Status(runs=done.returncode == 0, text=done.stdout or done.stderr)

    def uninstall(self, daemon: Description) -> None:
        """Stop it, disable it, and remove the unit."""
        command("systemctl", "--user", "disable", "--now", daemon.name)
        self.file(daemon).unlink(missing_ok=True)
        command("systemctl", "--user", "daemon-reload")

    def next_steps(self, daemon: Description) -> str:
        """Its log, its credentials, and what makes it outlive the log-out."""
        return (
            f"what it says:      journalctl --user --follow --unit {daemon.name}\n"
            "tokens and keys:   as NAME=VALUE in ~/.config/coffee_maker/environment (chmod 600)\n"
            "also when you are logged out, and from boot on:  loginctl enable-linger"
        )


def runs_here(booted: Path = Path("/run/systemd/system")) -> bool:
    """True where systemd is the system's manager, and its program is there: sd_booted(3)."""
    return booted.is_dir() and shutil.which("systemctl") is not None


def unit(daemon: Description) -> str:
    """The whole unit file."""
    return UNIT.format(
        name=_specified(daemon.folder.name),
        command=" ".join(_argument(word) for word in daemon.command),
        environment="\n".join(
            f"Environment={_quoted(f'{name}={value}')}"
            for name, value in daemon.environment.items()
        ),
        watchdog=WATCHDOG,
    )


def _argument(word: str) -> str:
    return _quoted(word).replace("$", "$$")


def _quoted(text: str) -> str:
    inside = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_specified(inside)}"'


def _specified(text: str) -> str:
    return text.replace("%", "%%")
