"""Screens of the real Claude Code, kept as files, and what is read off them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.claude.screen import ScreenKind, View, read_screen, shows, version_on

SCREENS = Path(__file__).parent / "screens"
TRUST = "Yes, I trust this folder"
WRITE = {
    "2.1.197": "Yes, allow all edits during this session (shift+tab)",
    "2.1.329": "Yes, and switch to accept edits (auto-approve file edits and common file commands) "
    "for this session (shift+tab)",
}


def screen(version: str, name: str) -> list[str]:
    return (SCREENS / version / f"{name}.txt").read_text().splitlines()


def view(version: str, name: str) -> View:
    return read_screen(screen(version, name))


BOTH = pytest.mark.parametrize("version", ["2.1.197", "2.1.329"])


def test_the_trust_dialog_preselects_other_rows() -> None:
    """2.1.197 offers trust, 2.1.329 offers to leave: the cursor must be moved there first."""
    assert View(kind=ScreenKind.TRUST, rows=(TRUST, "No, exit"), chosen=0) == view(
        "2.1.197", "trust"
    )
    assert View(kind=ScreenKind.TRUST, rows=("No, exit", TRUST), chosen=0) == view(
        "2.1.329", "trust"
    )
    assert View(kind=ScreenKind.TRUST, rows=("No, exit", TRUST), chosen=1) == view(
        "2.1.329", "trust-moved"
    )


@BOTH
def test_the_api_key_dialog(version: str) -> None:
    """It is told from all others, and its cursor is on No."""
    assert View(kind=ScreenKind.API_KEY, rows=("Yes", "No (recommended)"), chosen=1) == view(
        version, "api-key"
    )


@BOTH
def test_the_first_run(version: str) -> None:
    """A machine where the CLI was never set up."""
    assert ScreenKind.LOGIN is view(version, "first-run").kind


@BOTH
def test_the_limit_dialog(version: str) -> None:
    """It is recognised, so that it can be left alone."""
    seen = view(version, "limit")

    assert ScreenKind.LIMIT is seen.kind
    assert "Stop and wait for limit to reset" == seen.rows[0]


@BOTH
def test_permission_dialogs(version: str) -> None:
    """Dialogs that hooks answer are dialogs, with their rows."""
    assert View(kind=ScreenKind.DIALOG, rows=("Yes", WRITE[version], "No"), chosen=0) == view(
        version, "permission-write"
    )
    assert "Yes" == view(version, "permission-bash").rows[0]
    assert ScreenKind.DIALOG is view(version, "ask-user").kind


@BOTH
@pytest.mark.parametrize(
    ("name", "input", "working", "idle"),
    [
        ("prompt", "", False, True),
        ("pasted-short", "hello there\nplease do it", False, False),
        ("pasted-long", "[Pasted text #1 +59 lines]", False, False),
        ("working", "", True, False),
        ("retrying", "", True, False),
        ("idle", "", False, True),
    ],
)
def test_the_prompt(version: str, name: str, input: str, *, working: bool, idle: bool) -> None:
    """What stands in the input line, and whether a turn is under way."""
    expected = View(kind=ScreenKind.PROMPT, input=input, working=working, idle=idle)

    assert expected == view(version, name)


@BOTH
def test_a_prompt_after_a_login_failure(version: str) -> None:
    """The session is idle; a placeholder in the input line is not an obstacle."""
    seen = view(version, "not-logged-in")

    assert (ScreenKind.PROMPT, True) == (seen.kind, seen.idle)


@BOTH
def test_the_version(version: str) -> None:
    """The banner names it."""
    assert version == version_on(screen(version, "prompt"))
    assert "" == version_on(screen(version, "trust"))


@BOTH
def test_the_trust_dialog_half_drawn_is_unknown(version: str) -> None:
    """Until all of it is there, no key may be pressed."""
    lines = screen(version, "trust")
    last = max(number for number, line in enumerate(lines) if line.strip())

    for count in range(last):
        assert read_screen(lines[:count]).kind in (ScreenKind.UNKNOWN, ScreenKind.DIALOG)


def test_an_empty_screen_is_unknown() -> None:
    """Nothing is read into nothing."""
    assert View(kind=ScreenKind.UNKNOWN) == read_screen([""] * 40)


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=120)))
def test_any_screen_can_be_read(lines: list[str]) -> None:
    """Whatever stands there, reading it raises nothing, and a choice is one of the rows."""
    seen = read_screen(lines)

    assert seen.chosen is None or 0 <= seen.chosen < len(seen.rows)


def test_what_shows_a_paste() -> None:
    """A short text is seen itself, wrapped or not; a long one by the mark that stands for it."""
    assert shows("hello there\nplease do it", "hello there\n  please do it")
    assert shows("[Pasted text #3 +259 lines]", "anything")
    assert not shows("Resend your message to try again", "hello there")
