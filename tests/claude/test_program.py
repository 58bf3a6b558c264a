"""Finding Claude Code, and asking it whether it can work."""

from pathlib import Path

import pytest

from coffee_maker.claude.program import check_claude, check_login, find_claude
from coffee_maker.domain.errors import ClaudeMissing


def script(folder: Path, body: str) -> str:
    path = folder / "claude"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.claude
def test_the_real_one(claude: Path) -> None:
    """Its version is read, and it is one of the tested."""
    program = find_claude(str(claude))

    assert claude == program.path
    assert program.version in ("2.1.197", "2.1.329")
    assert f"{program.version} at {claude}" == check_claude(str(claude)).detail


@pytest.mark.claude
def test_the_login_of_the_real_one(claude: Path) -> None:
    """Told offline: none in an empty home, a key where one is given; never one of our own."""
    without = check_login(str(claude))
    given = check_login(str(claude), {"ANTHROPIC_API_KEY": "made-up"})

    assert (False, "not logged in") == (without.ok, without.detail)
    assert "/login" in without.cure
    assert (True, "logged in (api_key)") == (given.ok, given.detail)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("echo '1.0.128 (Claude Code)'", "2.1.0 is the oldest"),
        ("echo hello", "does not say a version"),
        ("exit 1", "does not say a version"),
    ],
)
def test_one_that_cannot_be_used(tmp_path: Path, body: str, what: str) -> None:
    """The reason is said, and what to do about it."""
    with pytest.raises(ClaudeMissing, match=what) as caught:
        find_claude(script(tmp_path, body))

    assert "npm install -g @anthropic-ai/claude-code" in caught.value.cure


def test_one_that_is_not_there(tmp_path: Path) -> None:
    """Missing, or not a program: both have a cure; doctor says the same as a check."""
    (tmp_path / "text").write_text("not a program")

    for command in (str(tmp_path / "nothing"), str(tmp_path / "text"), "no-such-claude"):
        with pytest.raises(ClaudeMissing) as caught:
            find_claude(command)
        check = check_claude(command)
        assert (False, str(caught.value), caught.value.cure) == (
            check.ok,
            check.detail,
            check.cure,
        )
        assert not check_login(command).ok


def test_an_untested_version_is_pointed_out(tmp_path: Path) -> None:
    """It may work; a person should know."""
    check = check_claude(script(tmp_path, "echo '2.7.1 (Claude Code)'"))

    assert check.ok
    assert "not tested" in check.detail


def test_a_version_that_cannot_tell_its_login(tmp_path: Path) -> None:
    """No answer is not a no."""
    check = check_login(script(tmp_path, "echo '2.1.5 (Claude Code)'"))

    assert check.ok
    assert "cannot be told" in check.detail
