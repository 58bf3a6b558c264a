"""A user's project as the git room meets it: a checkout, and a bare repository as its remote."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from coffee_maker.git.manager import GitManager
from tests.support.git_server import git

ROADMAP = "# Roadmap\n\n## PRIORITY 1: Greet\n\n- [ ] greet.py\n"
FILES = {"docs/ROADMAP.md": ROADMAP, "README.md": "# Widgets\n", ".gitignore": "*.log\n"}
BRANCH = "feature/priority-1-greet"
TASK = "PRIORITY 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserProject:
    """`remote` is None where the checkout has none."""

    checkout: Path
    remote: Path | None
    state: Path

    def manager(self, **settings: object) -> GitManager:
        return GitManager(self.checkout, self.state, **settings)  # type: ignore[arg-type]

    def ready(self, **settings: object) -> GitManager:
        manager = self.manager(**settings)
        manager.refresh()
        return manager


def project_with_remote(folder: Path, files: dict[str, str] | None = None) -> UserProject:
    """A checkout on `main`, pushed to a bare repository."""
    made = project_without_remote(folder, files)
    remote = folder / "remote.git"
    git("init", "--quiet", "--bare", "--initial-branch=main", str(remote), cwd=folder)
    git("remote", "add", "origin", str(remote), cwd=made.checkout)
    git("push", "--quiet", "--set-upstream", "origin", "main", cwd=made.checkout)
    git("remote", "set-head", "origin", "main", cwd=made.checkout)
    return UserProject(checkout=made.checkout, remote=remote, state=made.state)


def project_without_remote(folder: Path, files: dict[str, str] | None = None) -> UserProject:
    """A checkout on `main` that nobody else has."""
    checkout = folder / "project"
    git("init", "--quiet", "--initial-branch=main", str(checkout), cwd=folder)
    write(checkout, FILES if files is None else files)
    git("add", "--all", cwd=checkout)
    git("commit", "--quiet", "-m", "feat: begin", cwd=checkout)
    return UserProject(checkout=checkout, remote=None, state=folder / "state")


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, newline="")


def fingerprint(folder: Path) -> dict[str, str]:
    """Every path below a folder with its kind, mode, time and content."""
    found = {}
    for path in sorted([folder, *folder.rglob("*")]):
        facts = path.lstat()
        content = (
            str(path.readlink())
            if path.is_symlink()
            else hashlib.sha256(path.read_bytes()).hexdigest()
            if path.is_file()
            else ""
        )
        name = os.fsencode(path.relative_to(folder)).decode("latin-1")
        found[name] = f"{facts.st_mode:o} {facts.st_mtime_ns} {content}"
    return found
