"""Who may type."""

from contextlib import suppress

import pytest

from coffee_maker.claude.keyboard import Keyboard
from coffee_maker.domain.errors import ClaudeError
from coffee_maker.domain.session import HandedBack, TakenOver


class Time:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_one_at_a_time() -> None:
    """A person has it until they give it back; meanwhile neither we nor anybody else types."""
    keyboard = Keyboard()

    assert keyboard.take("ana")
    assert not keyboard.take("ben")
    assert not keyboard.reserve()
    with pytest.raises(ClaudeError, match="ana holds the keyboard"), keyboard.ours():
        pass
    keyboard.give_back("ben")
    assert "ana" == keyboard.holder
    keyboard.give_back("ana")
    assert keyboard.reserve()
    assert [TakenOver(who="ana"), HandedBack(who="ana", why="")] == list(keyboard.changes)


def test_we_finish_what_we_type() -> None:
    """Whoever asks meanwhile has it afterwards, also when it went wrong."""
    keyboard = Keyboard()
    with suppress(ZeroDivisionError), keyboard.ours():
        assert not keyboard.take("ana")
        raise ZeroDivisionError

    assert keyboard.take("ana")


def test_who_walked_away_is_not_waited_for() -> None:
    """After long without a key it is taken back, but only when it is needed."""
    time = Time()
    keyboard = Keyboard(patience_seconds=300, monotonic=time)
    keyboard.take("ana")
    time.seconds = 299
    assert keyboard.typed("ana")
    time.seconds = 598
    assert not keyboard.reserve()
    time.seconds = 599

    assert keyboard.reserve()
    assert not keyboard.typed("ana")
    assert "no key was pressed for 300 seconds" == list(keyboard.changes)[-1].why  # type: ignore[union-attr]
