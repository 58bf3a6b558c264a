"""One git command: its environment, its time, its output."""

import os
import time
from pathlib import Path

import psutil
import pytest

from coffee_maker.git.command import Command, TookTooLong
from coffee_maker.git.environment import Environment, of_the_user, own, to_the_remote, with_settings

INHERITED = {
    "PATH": "/bin",
    "GIT_DIR": "/elsewhere",
    "GIT_INDEX_FILE": "/elsewhere/index",
    "GIT_CONFIG_GLOBAL": "/home/ada/gitconfig",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "http.proxy",
    "GIT_CONFIG_VALUE_0": "http://127.0.0.1:1",
    "GIT_TRACE": "1",
    "GIT_AUTHOR_NAME": "Ada",
    "SSH_ASKPASS": "/usr/bin/ask",
}


def git(tmp_path: Path, seconds: float = 30, **values: str) -> Command:
    environment = Environment(removed=(), values=values)
    return Command(cwd=tmp_path, environment=environment, seconds=seconds)


def test_our_repositories_see_nothing_of_the_users_git() -> None:
    """Every GIT_ variable is taken out or replaced."""
    built = own(INHERITED, Path("/state/gitconfig"))

    assert "/state/gitconfig" == built.values["GIT_CONFIG_GLOBAL"]
    left = {n for n in INHERITED if n.startswith("GIT_")} - set(built.removed) - set(built.values)
    assert set() == left


def test_the_users_repository_is_read_with_the_users_settings() -> None:
    """Only what points to another repository is taken out, and no lock is taken."""
    built = of_the_user(INHERITED)

    assert {"GIT_DIR", "GIT_INDEX_FILE", "GIT_TRACE"} == set(built.removed)
    assert "0" == built.values["GIT_OPTIONAL_LOCKS"]


def test_the_remote_is_spoken_to_with_the_users_credentials_and_no_questions() -> None:
    """Settings stay; nothing opens a window; ssh is in batch mode."""
    built = to_the_remote(INHERITED, "")

    assert {"GIT_DIR", "GIT_INDEX_FILE", "GIT_TRACE", "SSH_ASKPASS"} == set(built.removed)
    assert "ssh -o BatchMode=yes -o ConnectTimeout=20" == built.values["GIT_SSH_COMMAND"]
    assert "0" == built.values["GIT_TERMINAL_PROMPT"]


def test_another_ssh_program_is_left_as_it_is() -> None:
    """Not every one knows ssh's options."""
    assert "GIT_SSH_COMMAND" not in to_the_remote({}, "plink -batch").values
    assert "GIT_SSH_COMMAND" not in to_the_remote({"GIT_SSH": "/bin/x"}, "").values


def test_settings_are_laid_on_top_of_those_that_are_there() -> None:
    """The user's numbering goes on."""
    expected = {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_1": "a.b",
        "GIT_CONFIG_VALUE_1": "c",
    }
    assert expected == with_settings(INHERITED, [("a.b", "c")])


def test_a_variable_is_really_taken_out(tmp_path: Path) -> None:
    """The program does not see it."""
    os.environ["GIT_DIR"] = str(tmp_path / "nowhere")
    command = Command(cwd=tmp_path, environment=of_the_user(os.environ))

    assert command.run("init", "--quiet").ok
    assert (tmp_path / ".git").is_dir()


def test_a_command_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    """Nothing of it lives on."""
    began = time.monotonic()
    marker = f"sleep 98{os.getpid()}"

    with pytest.raises(TookTooLong, match="within 1 seconds"):
        git(tmp_path, seconds=1).run("-c", f"alias.hang=!{marker} & {marker}", "hang")

    lines = [" ".join(p.info["cmdline"] or ()) for p in psutil.process_iter(["cmdline"])]
    assert time.monotonic() - began < 10
    assert not any(line.startswith(marker) for line in lines)


def test_a_bounded_command_that_hangs_is_ended_as_well(tmp_path: Path) -> None:
    """Time counts where output is bounded, too."""
    with pytest.raises(TookTooLong):
        git(tmp_path, seconds=1).run("-c", "alias.hang=!sleep 60", "hang", longest_output=10)


def test_output_is_cut_where_it_is_asked_for(tmp_path: Path) -> None:
    """An endless program ends."""
    result = git(tmp_path).run("-c", "alias.much=!yes", "much", longest_output=10)

    assert (b"y\ny\ny\ny\ny\n", True) == (result.out, result.cut)


def test_large_input_and_output_pass_at_once(tmp_path: Path) -> None:
    """Neither side waits for the other."""
    data = b"x" * 1_000_000
    result = git(tmp_path).run("-c", "alias.echo=!cat", "echo", given=data)

    assert data == result.out
