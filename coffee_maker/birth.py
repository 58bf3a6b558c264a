"""When a process was born: what tells it from a later one that has its number."""

from pathlib import Path


def birth(pid: int) -> str:
    """What tells a process from a later one with its number; empty where there is none such."""
    try:  # in ticks since the machine was started, so that no change of the clock moves it
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        pass
    # Only where there is no /proc: it takes long to import, and every short command looks here.
    import psutil

    try:
        return f"{psutil.Process(pid).create_time():.2f}"
    except psutil.Error:
        return ""
