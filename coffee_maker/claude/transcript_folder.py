"""Where Claude Code keeps its transcripts. The rule was read off 2.1.197 and 2.1.329."""

import re
from pathlib import Path

_LONGEST_NAME = 200


def transcript_folder(config_dir: Path, cwd: Path) -> Path:
    """Where Claude Code keeps the transcripts of sessions started in `cwd`.

    Every UTF-16 unit outside `[A-Za-z0-9-]` becomes a dash; a name above 200 characters is cut
    there and gets a 31-bit hash of the whole path, in base 36.
    """
    path = str(cwd.resolve())
    name = re.sub(r"[^A-Za-z0-9-]", lambda c: "-" * (1 + (ord(c[0]) > 0xFFFF)), path)
    if len(name) > _LONGEST_NAME:
        name = f"{name[:_LONGEST_NAME]}-{_hash36(path)}"
    return config_dir / "projects" / name


def _hash36(text: str) -> str:
    value = 0
    units = text.encode("utf-16-le", "surrogatepass")
    for low, high in zip(units[::2], units[1::2], strict=True):
        value = (value * 31 + low + 256 * high) & 0xFFFFFFFF
    value = abs(value - (1 << 32) if value >> 31 else value)
    digits = ""
    while value:
        value, rest = divmod(value, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"


def session_transcript(config_dir: Path, cwd: Path, session: str) -> Path:
    """The transcript of one session, whether it exists yet or not."""
    return transcript_folder(config_dir, cwd) / f"{session}.jsonl"
