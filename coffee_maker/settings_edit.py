"""Adding a rule to the settings file that a person wrote; every other byte stays as it is.

The rule goes behind the last one of the file, so that it answers only what no other rule does.
"""

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from coffee_maker.config import FILE_NAME, load_settings, settings_file
from coffee_maker.domain.errors import ConfigError
from coffee_maker.domain.visible import one_line
from coffee_maker.settings import RuleSettings, Settings

_BOM = b"\xef\xbb\xbf"
_COMMENT_LENGTH = 160


def add_rule(project: Path, fields: Mapping[str, str | bool], comment: str = "") -> Path:
    """Append a rule, with a comment above it, to the project's settings; the file it went into.

    The settings are read before and after: where the rule would not stand last among them, or
    anything else would change, the file stays as it is and ConfigError says what to write by hand.
    Where there is no file yet, `coffee_maker.toml` is made.
    """
    found = settings_file(project)
    named = found or project / FILE_NAME
    file = named.resolve()  # where it is a link, what it leads to is written
    table = "questions.rules" if named.name == FILE_NAME else "tool.coffee_maker.questions.rules"
    block = rule_block(table, fields, comment)
    before = load_settings(project, {})
    old = _read(file) if found else b""
    new = _appended(old, block)
    _prove(named.name, new, before, fields, block)
    _replace(file, new, old if found else None)
    return file


def rule_block(table: str, fields: Mapping[str, str | bool], comment: str = "") -> str:
    """The rule as a settings file holds it, with `\\n` as its line ends."""
    import tomlkit

    entry = tomlkit.table()
    for name, value in fields.items():
        entry.add(name, value)
    notes = [f"# {one_line(line, _COMMENT_LENGTH)}" for line in comment.splitlines()]
    return "\n".join([*notes, f"[[{table}]]", entry.as_string().strip()]) + "\n"


def _appended(old: bytes, block: str) -> bytes:
    end = b"\r\n" if b"\r\n" in old else b"\n"
    added = block.encode().replace(b"\n", end)
    if not old.removeprefix(_BOM):
        return old + added
    return old + (b"" if old.endswith(b"\n") else end) + end + added


def _prove(
    name: str, new: bytes, before: Settings, fields: Mapping[str, str | bool], block: str
) -> None:
    """Read the new file from a folder of its own. Raises ConfigError."""
    import msgspec

    by_hand = f"add this to it yourself:\n{block.rstrip()}"
    with tempfile.TemporaryDirectory(prefix="coffee-maker-settings-") as folder:
        (Path(folder) / name).write_bytes(new)
        try:
            rule = msgspec.convert(dict(fields), RuleSettings)
            after = load_settings(Path(folder), {})
        except (ConfigError, msgspec.ValidationError) as error:
            told = str(error).replace(f"{folder}/", "")
            raise ConfigError(
                f"the rule cannot be added to the end of {name}: {told}", cure=by_hand
            ) from error
    questions = msgspec.structs.replace(before.questions, rules=(*before.questions.rules, rule))
    if after != msgspec.structs.replace(before, questions=questions):
        raise ConfigError(f"adding the rule to {name} would change other settings", cure=by_hand)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from error


def _replace(file: Path, new: bytes, old: bytes | None) -> None:
    """Put the new bytes in the file's place in one step, unless somebody else was quicker."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(new)
        if old is not None:
            temporary.chmod(file.stat().st_mode & 0o7777)
        if (file.read_bytes() if file.exists() else None) != old:
            raise ConfigError(
                f"{file.name} was changed by somebody else at this moment", cure="try again"
            )
        temporary.replace(file)
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be written: {error.strerror}", cure="make it writable for you"
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink()
