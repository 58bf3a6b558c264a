"""Files that are there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coffee_maker.domain.errors import StoreError


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A file beside `path` to write into, readable by its owner alone; it takes its place at the
    end, durably, or is gone where something went wrong. Raises StoreError, also where `path` is
    there already: a history is never written over.
    """
    if path.exists():
        raise StoreError(f"{path} is there already", cure="Name another file, or move it away.")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
        yield part
        _to_disk(part)
        part.replace(path)
        _to_disk(path.parent)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error.strerror or error}",
            cure="Free some space there, or name another place.",
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
