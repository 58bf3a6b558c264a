"""What `doctor` says of the machine: pure functions, and once for real."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from coffee_maker.cli.main import cli
from coffee_maker.domain.events import NoticeGiven
from coffee_maker.machine import clock_check, disk_check, file_system_check, versions_check
from coffee_maker.project import open_project
from coffee_maker.store.store import Store
from tests.support.clocks import SteppedClock
from tests.support.project import project_with_remote

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MOUNTS = [("/", "ext4"), ("/home", "nfs4"), ("/home/ada/disk", "xfs"), ("/mnt/c", "9p")]


@pytest.mark.parametrize(
    ("free", "ok", "told"),
    [
        (50_000_000, False, "only 50 MB are free"),
        (400_000_000, True, "0.4 GB free for the state in /s; a task may need more than that"),
        (8_000_000_000, True, "8.0 GB free for the state in /s"),
    ],
)
def test_room_on_the_disk(free: int, ok: bool, told: str) -> None:
    """Little is told, too little is to be mended."""
    check = disk_check(Path("/s"), free)

    assert check.ok is ok
    assert check.detail.startswith(told)
    assert bool(check.cure) is not ok


@pytest.mark.parametrize(
    ("path", "ok", "kind"),
    [
        ("/var/s/journal.db", True, "ext4"),
        ("/home/ada/s/journal.db", False, "nfs4"),
        ("/home/ada/disk/journal.db", True, "xfs"),
        ("/homes/journal.db", True, "ext4"),
        ("/mnt/c/journal.db", False, "9p"),
    ],
)
def test_the_file_system_is_the_deepest_mount(path: str, ok: bool, kind: str) -> None:
    """A network's is refused, with what to name instead."""
    check = file_system_check(Path(path), MOUNTS)

    assert check.ok is ok
    assert kind in check.detail
    assert ok or "store_url" in check.cure


def test_what_is_mounted_over_counts() -> None:
    """The last of two mounts on one folder is what is seen there."""
    over = [*MOUNTS, ("/home", "ext4")]

    assert file_system_check(Path("/home/journal.db"), over).ok
    assert file_system_check(Path("/x"), []).ok


def test_a_clock_behind_the_journal() -> None:
    """A minute is nothing, more is told with both times."""
    assert clock_check(None, NOW).ok
    assert clock_check(NOW + timedelta(seconds=59), NOW).ok

    wrong = clock_check(NOW + timedelta(days=2), NOW)
    assert not wrong.ok
    assert "2026-11-20 09:00" in wrong.detail
    assert "2026-11-22 09:00" in wrong.detail


@pytest.mark.parametrize(
    ("git", "ok"), [("2.37.9", False), ("2.38.0", True), ("2.39.5", True), ("3.0.rc1", True)]
)
def test_an_old_git(git: str, ok: bool) -> None:
    """It is named with what is needed."""
    check = versions_check({"Python": "3.11.2", "SQLite": "3.40.1", "git": git})

    assert check.ok is ok
    assert f"Python 3.11.2, SQLite 3.40.1, git {git}" == check.detail
    assert ("" if ok else "git 2.38 or newer is needed") == check.cure


def test_the_doctor_looks_at_the_machine(tmp_path: Path) -> None:
    """All of it on a real project, whose journal is from tomorrow."""
    project = project_with_remote(tmp_path).checkout
    (project / "coffee_maker.toml").write_text('[agent]\nkind = "scripted"\nscript = "x"\n')
    tomorrow = SteppedClock(datetime.now(UTC) + timedelta(days=1))
    with Store(open_project(project).store_location, tomorrow) as store:
        store.journal.append(NoticeGiven(message="from tomorrow"))

    told = CliRunner().invoke(cli, ["doctor", "--json", "--repo", str(project)]).output

    found = {check["name"]: check["ok"] for check in json.loads(told)}
    looked_at = {name: found[name] for name in ("versions", "disk", "file system", "clock")}
    assert {"versions": True, "disk": True, "file system": True, "clock": False} == looked_at
    assert found["roadmap"] is True


def test_a_state_that_does_not_open_is_told_once(tmp_path: Path) -> None:
    """And nothing that needs it is looked at."""
    project = project_with_remote(tmp_path).checkout
    (project / "coffee_maker.toml").write_text('[agent]\nkind = "scripted"\nscript = "x"\n')
    where = Path(open_project(project).store_location)
    where.parent.mkdir(parents=True)
    where.write_text("no database")

    told = CliRunner().invoke(cli, ["doctor", "--repo", str(project)]).output

    assert 1 == told.count("not ok  state: ") == told.count("is not a database")
    assert "roadmap: " not in told
