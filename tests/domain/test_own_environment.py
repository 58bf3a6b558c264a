"""Coffee_maker's own Python is nobody else's."""

import sys
from pathlib import Path

from coffee_maker.domain.own_environment import own_environment, without_own_environment


def test_it_is_not_on_the_path(tmp_path: Path) -> None:
    """However it got there, by a link too; everything else keeps its order."""
    own = tmp_path / "clone" / ".venv"
    (own / "bin").mkdir(parents=True)
    (tmp_path / "link").symlink_to(own)
    path = f"/a:{own}/bin:{own}/bin/:/b::{tmp_path}/link/bin"

    assert {"PATH": "/a:/b:", "HOME": "/h"} == without_own_environment(
        {"PATH": path, "HOME": "/h", "VIRTUAL_ENV": str(own)}, own
    )


def test_what_is_the_users_stays(tmp_path: Path) -> None:
    """Their environment; and a PATH on which there would be nothing left."""
    own = tmp_path / ".venv"
    theirs = {"PATH": "/theirs/bin:/bin", "VIRTUAL_ENV": "/theirs"}

    assert theirs == without_own_environment(theirs, own)
    assert {"PATH": f"{own}/bin"} == without_own_environment({"PATH": f"{own}/bin"}, own)
    assert {} == without_own_environment({}, own)


def test_it_knows_its_own() -> None:
    """The environment of this very Python, where it is one."""
    expected = None if sys.prefix == sys.base_prefix else Path(sys.prefix)

    assert expected == own_environment()
