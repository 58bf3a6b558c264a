"""Where a live session can be watched: a socket that only this user can reach."""

import socket
import struct
import tempfile
from pathlib import Path

LONGEST = 100  # bytes of a socket's path: 104 with its end on macOS, 108 on Linux
_APART = "coffee-maker-live-"


def live_path(folder: Path, session: str) -> Path:
    """The name of a session's socket. Where that is too long for a socket, it is a link to one."""
    return folder / f"{session[:13]}.sock"


def bind(path: Path) -> socket.socket:
    """A socket that listens there, for this user alone. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.parent.chmod(0o700)
    sweep(path.parent)
    remove(path)
    place = path
    if len(bytes(path)) > LONGEST:
        place = Path(tempfile.mkdtemp(prefix=_APART)) / "s"
        path.symlink_to(place)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(place))
        place.chmod(0o600)
        listener.listen(8)
        listener.setblocking(False)  # noqa: FBT003 - the library's signature
    except OSError:
        listener.close()
        remove(path)
        raise
    return listener


def connect(path: Path) -> socket.socket:
    """Raises OSError where nobody listens, or somebody who is not this user."""
    import os

    place = path.readlink() if path.is_symlink() else path
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        made.connect(str(place))
        if peer_uid(made) != os.getuid():
            raise PermissionError(f"{path} belongs to another user")
    except OSError:
        made.close()
        raise
    return made


def peer_uid(connection: socket.socket) -> int:
    """Whose process is on the other side. Raises OSError."""
    if hasattr(socket, "SO_PEERCRED"):
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", raw)[1])
    # macOS and the BSDs: LOCAL_PEERCRED of SOL_LOCAL gives a version and the user's number.
    raw = connection.getsockopt(0, 1, 76)
    return int(struct.unpack_from("2I", raw)[1])


def remove(path: Path) -> None:
    """The socket, and the folder it has to itself where the name was too long."""
    if path.is_symlink():
        place = path.readlink()
        place.unlink(missing_ok=True)
        if place.parent.name.startswith(_APART):
            place.parent.rmdir()
    path.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Take away sockets that a killed process left behind."""
    for path in folder.glob("*.sock"):
        try:
            connect(path).close()
        except ConnectionRefusedError:
            remove(path)
        except OSError:
            if not path.exists():  # a link into a folder that is gone
                path.unlink(missing_ok=True)
