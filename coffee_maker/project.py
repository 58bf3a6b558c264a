"""The worked project: its folder, its settings, and where its state is kept."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coffee_maker.config import find_roadmap, load_settings
from coffee_maker.domain.errors import GitError
from coffee_maker.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Project:
    """One worked project: its folder, its settings, and where its state is kept."""

    folder: Path
    settings: Settings
    state_dir: Path
    roadmap: str

    @property
    def store_location(self) -> str | Path:
        return self.settings.store_url or self.state_dir / "journal.db"

    @property
    def recordings_dir(self) -> Path:
        """What the agent's terminals showed, a recording a session."""
        return self.state_dir / "recordings"

    @property
    def live_dir(self) -> Path:
        """The sockets at which live sessions can be watched."""
        return self.state_dir / "live"

    @property
    def script(self) -> Path:
        """The file that the scripted agent plays."""
        return self.folder / self.settings.agent.script


def project_folder(start: Path | None) -> Path:
    """The top folder of the repository that this folder is in. Raises GitError."""
    folder = (start or Path()).resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / ".git").exists():
            return candidate
    raise GitError(
        f"{folder} is in no git repository",
        cure="go into your project, or name it with --repo; `git init` makes one",
    )


def open_project(start: Path | None, overrides: Mapping[str, Any] | None = None) -> Project:
    """The project of this folder, with its settings. Raises GitError, ConfigError."""
    folder = project_folder(start)
    return make_project(folder, load_settings(folder, overrides=overrides))


def make_project(folder: Path, settings: Settings) -> Project:
    """The project in this folder with settings that were read already."""
    return Project(
        folder=folder,
        settings=settings,
        state_dir=_state_dir(folder, settings),
        roadmap=find_roadmap(folder, settings),
    )


def _state_dir(folder: Path, settings: Settings) -> Path:
    if settings.state_dir:
        return (folder / Path(settings.state_dir).expanduser()).resolve()
    from platformdirs import user_state_path

    # Two clones of one project are two projects: each has its own journal.
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]
    return user_state_path("coffee_maker") / f"{folder.name}-{digest}"
