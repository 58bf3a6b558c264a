"""Projects for the git room's tests."""

from pathlib import Path

import pytest

from tests.support.project import UserProject, project_with_remote, project_without_remote


@pytest.fixture
def project(tmp_path: Path) -> UserProject:
    """A checkout with a remote."""
    return project_with_remote(tmp_path)


@pytest.fixture
def lonely(tmp_path: Path) -> UserProject:
    """A checkout without one."""
    return project_without_remote(tmp_path)
