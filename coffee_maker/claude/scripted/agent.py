"""A stand-in for Claude Code that plays a file, for demos, rehearsals and tests without npm.

    python -P -m coffee_maker.claude.scripted.agent --script FILE
        [--session-id UUID | --resume UUID] [--settings FILE] [--permission-mode M] [--model M]

From outside it is Claude Code: a full-screen terminal with a `❯` row, bracketed paste, dialogs,
HTTP hooks whose answers decide, a transcript under `${CLAUDE_CONFIG_DIR:-$HOME/.claude}`, `/exit`
and Esc. What it does inside is written in the script (see `script`); it thinks nothing and
has no protection of its own. It needs nothing but the standard library.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid4

from coffee_maker import __version__
from coffee_maker.claude.scripted.hooks import Hooks, load_settings
from coffee_maker.claude.scripted.player import Identity, Player
from coffee_maker.claude.scripted.record import Record, last_place
from coffee_maker.claude.scripted.script import Script, load_script
from coffee_maker.claude.scripted.terminal import Terminal
from coffee_maker.claude.transcript_folder import transcript_folder
from coffee_maker.domain.errors import CoffeeMakerError, ConfigError

VERSION = f"{__version__}-scripted"
# Readers of the screen find the version behind these words.
BANNER = f"The scripted agent, in place of Claude Code v{VERSION}"


def command(script: Path) -> tuple[str, ...]:
    """How to start it, in place of the program `claude`; further arguments go behind.

    `-P` keeps the folder it works in out of Python's search path: that belongs to someone else.
    """
    return (sys.executable, "-P", "-m", __name__, "--script", str(script.resolve()))


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripted_agent", allow_abbrev=False)
    parser.add_argument("--version", "-v", action="version", version=f"{VERSION} (Claude Code)")
    parser.add_argument("--script", required=True, type=Path)
    parser.add_argument("--session-id")
    parser.add_argument("--resume")
    parser.add_argument("--settings")
    parser.add_argument("--permission-mode", default="default")
    parser.add_argument("--model", default="")
    # The real program has many more options; what has no meaning here is let through.
    return parser.parse_known_args(given)[0]


def _session(options: argparse.Namespace, folder: Path) -> tuple[str, tuple[int | None, int]]:
    """The session's id and its place in the script. Raises ConfigError."""
    session = str(options.resume or options.session_id or uuid4())
    try:
        UUID(session)
    except ValueError as error:
        raise ConfigError("Invalid session ID. Must be a valid UUID.") from error
    path = folder / f"{session}.jsonl"
    if options.resume:
        if not path.exists():
            raise ConfigError(f"No conversation found with session ID: {session}")
        return session, last_place(path)
    if path.exists():
        raise ConfigError(f"Session ID {session} is already in use.")
    return session, (None, 0)


def _config_dir() -> Path:
    return Path(os.environ.get("CLAUDE_CONFIG_DIR") or Path.home() / ".claude")


def main(given: Sequence[str] | None = None) -> int:
    """Run one session in this terminal; the exit code."""
    options = _arguments(given)
    try:
        script = load_script(options.script)
        settings = load_settings(options.settings)
        cwd = Path.cwd()
        folder = transcript_folder(_config_dir(), cwd)
        session, place = _session(options, folder)
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise ConfigError("this program needs a terminal")
    except CoffeeMakerError as error:
        print(f"Error: {error}", error.cure, sep="\n" if error.cure else "", file=sys.stderr)  # noqa: T201
        return 1
    model = options.model or script.model
    mode = "default" if options.permission_mode == "manual" else options.permission_mode
    record = Record(folder / f"{session}.jsonl", session=session, cwd=str(cwd), model=model)
    with Terminal() as terminal:
        player = Player(
            script=script,
            terminal=terminal,
            record=record,
            hooks=Hooks(settings, os.environ),
            identity=Identity(session=session, cwd=cwd, mode=mode),
            place=place,
            banner=[f" {BANNER}", f" {model}", f" {cwd}", ""],
        )
        if not _played(player, script, ask=not options.resume):
            return 1
    print(f"\nResume this session with:\nclaude --resume {session}")  # noqa: T201
    return 0


def _played(player: Player, script: Script, *, ask: bool) -> bool:
    try:
        if script.trust and ask and not player.trusted():
            return False
        player.run()
    except EOFError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
