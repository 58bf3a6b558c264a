"""Pressing keys on a dialog that was recognised."""

import time

from coffee_maker.claude.screen import View
from coffee_maker.claude.terminal import Terminal
from coffee_maker.domain.errors import ClaudeError
from coffee_maker.domain.question import Option

_AGAIN_SECONDS = 1.0  # 2.1.329 loses keys that come right after a dialog opened
_PRESSES_AT_MOST = 12

_NAMED = {"enter": b"\r", "escape": b"\x1b", "up": b"\x1b[A", "down": b"\x1b[B"}
_KEYS = {**_NAMED, **{str(digit): str(digit).encode() for digit in range(1, 10)}}

KEY_OPTIONS = (
    *(Option(label=name, description="press this key") for name in _NAMED),
    Option(label="stop", description="end the session; so does any other answer"),
)


class Keys:
    """A key is pressed once per screen; the next one only after the screen has changed."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._pressed_on: View | None = None
        self._pressed_at = 0.0
        self._presses = 0

    def press(self, name: str) -> bool:
        """Press the key of that name, or a digit's; False where there is no such key."""
        key = _KEYS.get(name.strip().lower())
        if key is None:
            return False
        self._terminal.write(key)
        return True

    def choose(self, view: View, wanted: int) -> None:
        """One step towards row `wanted` of a dialog, or Enter where the cursor is on it."""
        if view.chosen is None:
            return
        waited = time.monotonic() - self._pressed_at
        if view == self._pressed_on and waited < _AGAIN_SECONDS:
            return
        self._presses += 1
        if self._presses > _PRESSES_AT_MOST:
            raise ClaudeError(f"a dialog does not react to keys: {' / '.join(view.rows)}")
        self._pressed_on, self._pressed_at = view, time.monotonic()
        if view.chosen == wanted:
            self.press("enter")
        else:
            self.press("down" if view.chosen < wanted else "up")
