"""A roadmap's file: read as it is, written back all at once or not at all."""

import codecs
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

from coffee_maker.domain.errors import RoadmapError

_ENDED_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")
_OTHER_ENCODINGS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: Path) -> str:
    """The file's text with its line ends, its BOM, and bad bytes as lone surrogates.

    `write_atomically` gives back the same bytes. Raises RoadmapError where there is no such file,
    it cannot be read, or it is UTF-16.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise RoadmapError(
            f"there is no {path}",
            cure="name the roadmap's file, or run `coffee-maker init` to begin with a sample",
        ) from error
    except OSError as error:
        raise RoadmapError(
            f"{path} cannot be read: {error.strerror}", cure="check the path and its permissions"
        ) from error
    if data.startswith(_OTHER_ENCODINGS):
        raise RoadmapError(f"{path} is UTF-16", cure="save it as UTF-8")
    return data.decode("utf-8", "surrogateescape")


def write_atomically(path: Path, text: str, *, instead_of: str) -> None:
    """Replace the file's text; a crash leaves the old text or the new one. Keeps the file's mode.

    `instead_of` is the text that was read before the edit. Raises RoadmapError, and changes
    nothing, where the file holds another by now or cannot be written.
    """
    target = path.resolve()
    if read_text(target) != instead_of:
        raise RoadmapError(
            f"{path} was changed by someone else in between", cure="read it again and repeat"
        )
    try:
        _replace(target, text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise RoadmapError(
            f"{path} cannot be written: {error.strerror}",
            cure="check the permissions of its folder and the free space",
        ) from error


def _replace(target: Path, data: bytes) -> None:
    mode = target.stat().st_mode & 0o7777
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".roadmap-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name last as well; some file systems cannot, and then the data still does."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def split_lines(text: str) -> list[str]:
    """The lines with their ends; joined they are the text again."""
    return _ENDED_LINE.findall(text)
