"""`coffee-maker web`, as a process of its own, also on a terminal."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest
import requests

from coffee_maker.links import key_in
from tests.support.project import UserProject, project_without_remote, write
from tests.web.reading import words

COMMAND = [sys.executable, "-P", "-m", "coffee_maker", "web", "--port", "0"]
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


@pytest.fixture
def project(tmp_path: Path) -> UserProject:
    made = project_without_remote(tmp_path)
    write(made.checkout, {"coffee_maker.toml": f'state_dir = "{made.state}"\n'})
    return made


@contextmanager
def on_a_terminal(project: UserProject, *options: str) -> Iterator[tuple[pexpect.spawn[str], str]]:
    """The command in a terminal, and what it says before it waits."""
    child = pexpect.spawn(
        COMMAND[0], [*COMMAND[1:], *options], cwd=str(project.checkout), encoding="utf-8",
        timeout=30, env=dict(os.environ) | {"PYTHONPATH": str(Path(__file__).parents[2])},
        dimensions=(40, 200),
    )  # fmt: skip
    try:
        child.expect_exact("Ctrl-C ends it.")
        yield child, child.before or ""
    finally:
        child.close(force=True)


def test_it_says_where_and_how_to_log_in(project: UserProject) -> None:
    """The token is on the terminal, not in the address, and opens the door; Ctrl-C ends it."""
    with on_a_terminal(project) as (child, told):
        address = _ADDRESS.search(told)
        assert address is not None
        token = key_in(project.state, "web.token")
        page = requests.post(f"{address[0]}/login", data={"token": token})
        child.sendintr()
        child.expect(pexpect.EOF)

    assert token in told
    assert f"{token}" not in address[0]
    assert f"ssh -L {address[0].rpartition(':')[2]}:127.0.0.1:" in told
    assert "Nothing is waiting for you" in words(page.text)
    assert 0o600 == (project.state / "web.token").stat().st_mode & 0o777


def test_in_a_pipe_the_token_is_not_told(project: UserProject) -> None:
    """Output that goes to a file or a log names the file that holds it."""
    environment = dict(os.environ) | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        COMMAND, cwd=project.checkout, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        told = "".join(iter(process.stdout.readline, "Ctrl-C ends it.\n"))
        process.send_signal(signal.SIGINT)
        process.wait(20)

    assert key_in(project.state, "web.token") not in told
    assert str(project.state / "web.token") in told
    assert 0 == process.returncode


def test_a_secret_of_the_settings_is_not_told(project: UserProject) -> None:
    """Whoever set it knows it."""
    settings = f'state_dir = "{project.state}"\n[web]\nsecret = "made-up-and-long-enough-secret"\n'
    write(project.checkout, {"coffee_maker.toml": settings})
    with on_a_terminal(project) as (_, told):
        assert "made-up" not in told
        assert "what web.secret is set to" in told


def test_other_machines_are_let_in_only_when_it_is_said(project: UserProject) -> None:
    """A line in a settings file is not enough; said, it is warned of."""
    settings = f'state_dir = "{project.state}"\n[web]\nhost = "0.0.0.0"\n'
    write(project.checkout, {"coffee_maker.toml": settings})
    refused = subprocess.run(
        COMMAND, cwd=project.checkout, capture_output=True, text=True, timeout=30,
        env=dict(os.environ) | {"PYTHONPATH": str(Path(__file__).parents[2])}, check=False,
    )  # fmt: skip
    with on_a_terminal(project, "--host", "127.0.0.2") as (_, quiet):
        pass

    assert 2 == refused.returncode
    assert "coffee-maker web --host 0.0.0.0" in refused.stderr
    assert "Warning" not in quiet


@pytest.mark.parametrize("url", ["coffee.example.com", "https://example.com/coffee", "ftp://x.org"])
def test_a_public_address_that_cannot_work_is_told(project: UserProject, url: str) -> None:
    """No address, or one below another site."""
    settings = f'state_dir = "{project.state}"\n[web]\npublic_url = "{url}"\n'
    write(project.checkout, {"coffee_maker.toml": settings})
    refused = subprocess.run(
        COMMAND, cwd=project.checkout, capture_output=True, text=True, timeout=30,
        env=dict(os.environ) | {"PYTHONPATH": str(Path(__file__).parents[2])}, check=False,
    )  # fmt: skip

    assert 2 == refused.returncode
    assert "https://coffee.example.com" in refused.stderr
