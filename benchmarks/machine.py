"""What the figures were measured on, and how busy it was."""

import os
import platform
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
QUIET_PERCENT = 10.0  # of all cores, by others, when a measurement may begin


def machine() -> dict[str, object]:
    """The machine and the programs that the figures depend on."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_mb": psutil.virtual_memory().total // 1_000_000,
        "system": platform.platform(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "git": _said("git", "--version").removeprefix("git version "),
        "claude": claude_versions(),
    }


def claude_versions() -> list[str]:
    """The versions of the real Claude Code that are installed beside this checkout."""
    return sorted(
        _said(str(binary), "--version").partition(" ")[0]
        for binary in (ROOT / "node_modules").glob("**/@anthropic-ai/claude-code-*/claude")
    )


def commit() -> str:
    """The commit that is measured, marked where files differ from it."""
    return _said("git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=10")


def busy_percent(seconds: float = 1.0) -> float:
    """How much of all cores is in use just now."""
    return float(psutil.cpu_percent(interval=seconds))


def wait_until_quiet(patience_seconds: float) -> float:
    """Wait for others to leave the processor alone, but no longer than this; how busy it is."""
    end = time.monotonic() + patience_seconds
    while True:
        busy = max(busy_percent() for _ in range(3))
        if busy <= QUIET_PERCENT or time.monotonic() > end:
            return busy


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _said(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except OSError:
        return ""
    return done.stdout.strip()


def load() -> Sequence[float]:
    """The load averages of 1, 5 and 15 minutes."""
    return [round(value, 2) for value in os.getloadavg()]
