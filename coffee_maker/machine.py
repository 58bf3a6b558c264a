"""What `doctor` says of the machine under the state: its disk, its clock, its versions."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from coffee_maker.domain.check import Check

NEEDED_BYTES = 100_000_000  # a clone, a checkout and a test run; without them nothing is delivered
WANTED_BYTES = 1_000_000_000
SLACK = timedelta(minutes=1)  # clocks that are set by the network are put back by less
OLDEST_GIT = (2, 38)  # the first with `merge-tree --write-tree`
OLDEST_SQLITE = (3, 24)  # the first with ON CONFLICT DO UPDATE

# SQLite's log is shared memory between processes, which these do not have across machines.
NETWORKED = frozenset(
    {
        *(
            "nfs",
            "nfs3",
            "nfs4",
            "cifs",
            "smb",
            "smb2",
            "smb3",
            "smbfs",
            "afpfs",
            "webdav",
            "davfs",
        ),
        *("9p", "vboxsf", "fuse.vmhgfs-fuse", "prl_fs", "fuse.sshfs", "fuse.rclone", "fuse.davfs2"),
        *("afs", "ceph", "fuse.ceph", "fuse.glusterfs", "glusterfs", "lustre", "gpfs", "beegfs"),
    }
)


def disk_check(folder: Path, free_bytes: int) -> Check:
    """Room for the state: too little is to be mended, little is told."""
    free = f"{free_bytes / 1e9:.1f} GB" if free_bytes >= 1e8 else f"{free_bytes / 1e6:.0f} MB"
    if free_bytes < NEEDED_BYTES:
        return Check(
            name="disk",
            ok=False,
            detail=f"only {free} are free for the state in {folder}",
            cure="free some space there, or name another place: state_dir in the settings",
        )
    note = "; a task may need more than that" if free_bytes < WANTED_BYTES else ""
    return Check(name="disk", ok=True, detail=f"{free} free for the state in {folder}{note}")


def file_system_check(database: Path, mounts: Iterable[tuple[str, str]]) -> Check:
    """Whether SQLite's log is safe on this file's disk; `mounts` are folders and their types."""
    kind = _kind_of(database, mounts)
    if kind in NETWORKED:
        return Check(
            name="file system",
            ok=False,
            detail=f"{database.parent} is on {kind}, where SQLite's log would be damaged",
            cure="name a place on a disk of this machine (state_dir in the settings), or a "
            "PostgreSQL server (store_url)",
        )
    return Check(name="file system", ok=True, detail=f"{kind or 'unknown'}, for the journal")


def clock_check(newest: datetime | None, now: datetime) -> Check:
    """Whether the journal knows of a later moment than this machine does."""
    if newest is None or newest <= now + SLACK:
        return Check(name="clock", ok=True, detail=f"{now.astimezone():%Y-%m-%d %H:%M %Z}")
    return Check(
        name="clock",
        ok=False,
        detail=f"it is {now:%Y-%m-%d %H:%M} UTC here, and the journal's newest entry is of "
        f"{newest:%Y-%m-%d %H:%M} UTC",
        cure="set the clock (`timedatectl status` tells whether the network does); if it was "
        "wrong before and is right now, all is well again when that moment has passed",
    )


def versions_check(versions: dict[str, str]) -> Check:
    """What runs here; git and SQLite must not be older than what is asked of them."""
    detail = ", ".join(f"{name} {version}" for name, version in versions.items())
    for name, oldest in (("git", OLDEST_GIT), ("SQLite", OLDEST_SQLITE)):
        if name in versions and _numbers(versions[name]) < oldest:
            wanted = ".".join(map(str, oldest))
            cure = f"{name} {wanted} or newer is needed"
            return Check(name="versions", ok=False, detail=detail, cure=cure)
    return Check(name="versions", ok=True, detail=detail)


def _kind_of(path: Path, mounts: Iterable[tuple[str, str]]) -> str:
    """The type of the file system that a path is on: of what is mounted deepest, and last."""
    kind, depth = "", 0
    for folder, of_kind in mounts:
        parts = Path(folder).parts
        if path.is_relative_to(folder) and len(parts) >= depth:
            kind, depth = of_kind, len(parts)
    return kind


def _numbers(version: str) -> tuple[int, ...]:
    numbers = []
    for part in version.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)
