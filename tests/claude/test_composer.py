"""Texts made fit to be pasted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.claude.composer import pasteable


@pytest.mark.parametrize(
    ("text", "pasted"),
    [
        ("hello\nthere", "hello\nthere"),
        ("a\r\nb\rc\n", "a\nb\nc"),
        ("\ttabs stay", "\ttabs stay"),
        ("x\x1b[201~\ry\x07\x9b1m", "x[201~\ny1m"),
        ("!rm -rf .", "> !rm -rf ."),
        ("  /exit", "> /exit"),
        ("\n\n/clear\nmore", "> /clear\nmore"),
        ("a / b ! c", "a / b ! c"),
    ],
)
def test_texts(text: str, pasted: str) -> None:
    """A message stays what it says; what would be a command is quoted."""
    assert pasted == pasteable(text)


@given(st.text())
def test_nothing_breaks_out(text: str) -> None:
    """No control character but line ends and tabs is typed, and no command is begun."""
    pasted = pasteable(text)

    assert not any((ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160 for c in pasted)
    assert not pasted.lstrip().startswith(("/", "!"))
    assert pasted == pasteable(pasted) or text.endswith("\n") or text.startswith(("\n", "\r"))
