"""Typing a prompt so that it arrives as one message, whole, and as nothing but a message."""

import re
import time
from collections.abc import Callable

from coffee_maker.claude.screen import View, read_screen, shows
from coffee_maker.claude.terminal import Terminal
from coffee_maker.domain.errors import ClaudeError

_PASTE, _PASTE_END = b"\x1b[200~", b"\x1b[201~"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_COMMAND = re.compile(r"\s*[/!]")
_SEEN_SECONDS = 1.5  # for a paste to show
_SUBMIT_SECONDS = 1.5  # for an Enter to take effect
_TRIES = 4


class Composer:
    """Writes into the input line. The screen confirms the paste, a hook confirms the message."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def send(self, text: str, *, pump: Callable[[], object], heard: Callable[[], bool]) -> None:
        """Paste and submit. `pump` takes in hooks, `heard` says whether the message has arrived.

        Raises ClaudeError where the text did not show, or was not taken.
        """
        said = pasteable(text)
        self._paste(said)
        for _ in range(_TRIES):
            self._terminal.write(b"\r")
            if self._until(heard, _SUBMIT_SECONDS, pump):
                return
            if self._terminal.at_end:
                return  # observed as Lost
        raise ClaudeError(
            "the agent did not take the prompt",
            cure="look whether hooks are disabled in Claude Code's own settings (managed policy)",
        )

    def _paste(self, said: str) -> None:
        before = self._view().input
        for _ in range(_TRIES):
            self._terminal.write(_PASTE + said.encode("utf-8", "replace") + _PASTE_END)
            if self._until(lambda: self._shows(said, before), _SEEN_SECONDS):
                return
            if self._terminal.at_end:
                return
            if self._view().input != before:
                raise ClaudeError("the agent's input line shows something else than the prompt")
        raise ClaudeError("the agent's input line does not take the prompt")

    def _shows(self, said: str, before: str) -> bool:
        now = self._view().input
        return now != before and shows(now, said)

    def _view(self) -> View:
        self._terminal.drain()
        return read_screen(self._terminal.lines)

    def _until(
        self, done: Callable[[], bool], seconds: float, pump: Callable[[], object] | None = None
    ) -> bool:
        end = time.monotonic() + seconds
        while not self._terminal.at_end:
            self._terminal.drain()
            if pump is not None:
                pump()
            if done():
                return True
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        return False


def pasteable(text: str) -> str:
    """Text that is a message and nothing else when pasted.

    Line ends become `\\n`; control characters, with which a text could end the paste and type keys,
    are dropped. A leading `/` or `!` would run a command of the CLI's or of a shell, without being
    asked about: such a text is quoted.
    """
    clean = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")
    return f"> {clean.lstrip()}" if _COMMAND.match(clean) else clean
