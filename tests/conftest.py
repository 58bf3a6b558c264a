"""Fixtures that every room's tests use."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test sees the developer's own settings, credentials or home."""
    home = tmp_path_factory.mktemp("home")
    kept = {k: os.environ[k] for k in ("PATH", "LANG", "LC_ALL", "TMPDIR", "CI") if k in os.environ}
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(
        kept,
        HOME=str(home),
        GIT_CONFIG_SYSTEM="/dev/null",
        GIT_CONFIG_GLOBAL=str(home / "gitconfig"),
        GIT_TERMINAL_PROMPT="0",
    )
    (home / "gitconfig").write_text(
        "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n"
    )
    yield home
    os.environ.clear()
    os.environ.update(before)
