"""What can be said of the container's files without an engine that builds them."""

import re
from pathlib import Path

from tests.support.needs import CLAUDE_VERSIONS

ROOT = Path(__file__).resolve().parents[2]
LINES = re.sub(r"\\\n", "", (ROOT / "Dockerfile").read_text()).splitlines()
LET_IN = {
    line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
}


def instructions(name: str) -> list[str]:
    return [line.removeprefix(f"{name} ") for line in LINES if line.startswith(f"{name} ")]


def test_everything_that_is_copied_is_let_in() -> None:
    """And nothing else: no history, no settings, no keys."""
    copied = {
        source
        for words in map(str.split, instructions("COPY"))
        if not words[0].startswith("--from=")
        for source in words[:-1]
    }

    assert LET_IN == copied
    assert all((ROOT / source).exists() for source in copied)


def test_it_runs_as_nobody_special() -> None:
    """The last word on the user is not root's, and every installation checks hashes."""
    assert ["coffee"] == instructions("USER")
    installed = [line for line in LINES if "pip install" in line and ".txt" in line]
    assert 2 == len(installed)
    assert all("--require-hashes" in line for line in installed)


def test_the_client_is_one_that_is_tested() -> None:
    """The same version as in the tests, by the same lock file."""
    (version,) = (line.split("=")[1] for line in instructions("ARG") if "CLAUDE" in line)

    assert version in CLAUDE_VERSIONS


def test_no_key_is_baked_in() -> None:
    """Neither in the image nor in what is committed beside it; and no host of images is named."""
    texts = [(ROOT / name).read_text() for name in ("Dockerfile", "compose.yaml")]

    assert not re.search(r"(?i)(api_key|token|password)\s*[=:]\s*[\"']?\w", "".join(texts))
    assert all("/" not in image.split()[0] for image in instructions("FROM"))
    assert "/coffee-maker.env" in (ROOT / ".gitignore").read_text().splitlines()
