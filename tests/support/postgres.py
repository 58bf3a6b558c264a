"""A PostgreSQL server of the tests' own: loopback only, in its own directory, never durable."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from tests.support.needs import missing

_CURE = "install PostgreSQL's server package (Debian: postgresql)"
_FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60"


@contextmanager
def server() -> Iterator[str]:
    """A running server; its URL up to the database's name. Skips where there is no PostgreSQL."""
    binaries = _binaries()
    # A socket's path may have 107 bytes, so the directory stands at the top of the temporary one.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    port = _free_port()
    control = [str(binaries / "pg_ctl"), "-D", str(folder / "data"), "-w"]
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 {_FAST}"
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    try:
        _run(
            [
                *(str(binaries / "initdb"), "-D", str(folder / "data"), "-U", "tests"),
                *("-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"),
            ]
        )
        _run([*control, "-l", str(folder / "log"), "-o", options, "start"])
        try:
            yield f"postgresql://tests@127.0.0.1:{port}/"
        finally:
            _run([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(server_url: str) -> str:
    """An empty database; its URL."""
    import psycopg

    name = f"t{uuid4().hex}"
    with psycopg.connect(f"{server_url}postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return f"{server_url}{name}"


def _binaries() -> Path:
    found = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")]
    on_path = shutil.which("initdb") and shutil.which("pg_ctl")
    if on_path:
        found.append(Path(on_path).parent)
    if not found:
        missing("PostgreSQL", _CURE)
    return max(found, key=_version)


def _version(binaries: Path) -> int:
    digits = re.search(r"postgresql/(\d+)", str(binaries))
    return int(digits[1]) if digits else 0


def _run(command: Sequence[str]) -> None:
    # The server refuses to run as root; Debian's package brings a user for it.
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
    prefix = as_user if os.geteuid() == 0 else []
    done = subprocess.run(
        [*prefix, *command],
        cwd="/",
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        # A file rather than a pipe: the server inherits it, and a pipe would never end.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}"


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
