"""From the first byte to a prompt that takes text."""

import time

from coffee_maker.claude.keys import Keys
from coffee_maker.claude.screen import ScreenKind, View
from coffee_maker.domain.errors import ClaudeError, ClaudeUnusable

_TRUST_ROW = "Yes, I trust this folder"


class StartUp:
    """Goes through the start-up dialogs that have one right answer; the others are a person's."""

    def __init__(self, keys: Keys, *, ready_seconds: float) -> None:
        self._keys = keys
        self._ready_seconds = ready_seconds
        self._deadline = time.monotonic() + ready_seconds

    def step(self, view: View) -> bool:
        """Do what this screen calls for; True when the agent is ready.

        Raises ClaudeUnusable where a person must act first, ClaudeError when it takes too long.
        """
        match view.kind:
            case ScreenKind.PROMPT:
                return True
            case ScreenKind.TRUST if _TRUST_ROW in view.rows:
                # The folder is a clone that the daemon made of the user's own project.
                self._keys.choose(view, view.rows.index(_TRUST_ROW))
            case ScreenKind.API_KEY:
                raise ClaudeUnusable(
                    "Claude Code asks whether to use the API key in its environment",
                    cure="run `claude` once in a terminal with this key set, and answer Yes or No",
                )
            case ScreenKind.LOGIN:
                raise ClaudeUnusable(
                    "Claude Code has not been set up, or is not logged in",
                    cure="run `claude` once in a terminal, and log in with /login",
                )
        return False

    def is_acting(self, view: View) -> bool:
        """True on screens that are dealt with here."""
        return view.kind is ScreenKind.TRUST

    def check_time(self) -> None:
        if time.monotonic() > self._deadline:
            raise ClaudeError(
                f"the agent was not ready after {self._ready_seconds:.0f} seconds",
                cure="run the same command in a terminal to see what it waits for",
            )
