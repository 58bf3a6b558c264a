"""What the demo says at its end."""

import os
import shlex
import sys
from pathlib import Path

import pytest

from coffee_maker.cli.demo import _told, _where_to_look, make_sample


def test_made_up_figures_are_called_so(tmp_path: Path) -> None:
    """No reader takes the dollars for their own, or a short command for one that works anywhere."""
    told = "\n".join(_told(["  pull request  coffee-maker review show 1", "  cost  $0.01"]))

    assert "pull request  #1\n" in told
    assert "made up" in told


def test_it_ends_with_what_comes_next(tmp_path: Path) -> None:
    """Every command is whole, and the last line leads to the reader's own project."""
    lines = _where_to_look(tmp_path, tmp_path / "project")

    assert all(str(tmp_path) in line for line in lines[1:-2])
    assert '"On your own repository" in README.md' in lines[-1]
    assert "## On your own repository" in (Path(__file__).parents[2] / "README.md").read_text()


@pytest.mark.parametrize(("exit_code", "command"), [(0, "python3"), (1, sys.executable)])
def test_the_samples_tests_are_run_by_a_python_that_is_there(
    tmp_path: Path, exit_code: int, command: str
) -> None:
    """`python3` where that will do, which is short to read; else our own."""
    program = tmp_path / "bin" / "python3"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nexit {exit_code}\n")
    program.chmod(0o755)
    os.environ["PATH"] = f"{program.parent}{os.pathsep}{os.environ['PATH']}"

    settings = (make_sample(tmp_path / "demo") / "coffee_maker.toml").read_text()

    assert f'test_command = "{shlex.quote(command)} -m unittest -q"' in settings
