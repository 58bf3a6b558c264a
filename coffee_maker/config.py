"""Reading the settings.

They stand in `coffee_maker.toml` in the project, else from `[tool.coffee_maker]` in its
`pyproject.toml`; the environment is laid on top (`COFFEE_MAKER_GATES__ROUNDS=5` is `rounds` in
`[gates]`). A key that is not known is an error that names the nearest one.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import msgspec

from coffee_maker.domain.errors import ConfigError
from coffee_maker.section import Section, all_sections, choices, sections
from coffee_maker.settings import RuleSettings, Settings

FILE_NAME = "coffee_maker.toml"
PREFIX = "COFFEE_MAKER_"


def load_settings(
    project: Path,
    environment: Mapping[str, str] = os.environ,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """The settings of the project in this folder. Raises ConfigError, naming place and cure.

    `overrides` is laid on top of everything: nested tables, as a command line gives them.
    """
    data, source = _read(project)
    for layer, origin in ((_from_environment(environment), "the environment"), (overrides, "")):
        data = _merge(data, layer or {})
        source = f"{source} and {origin}" if layer and origin else source
    return settings_from(data, source)


def settings_from(data: Mapping[str, Any], source: str) -> Settings:
    """Settings out of plain tables. Raises ConfigError that names `source`."""
    for path, key, known in _unknown_keys(data, Settings, ""):
        near = _nearest(key, known)
        hint = f"did you mean {near}?" if near else f"known here: {', '.join(known)}"
        place = _counted(f"{path}{key}")
        raise ConfigError(f'unknown setting "{place}" in {source}', cure=hint)
    try:
        return msgspec.convert(data, Settings)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at `$.")
        place = place.rstrip("`")
        raise ConfigError(
            f"{_counted(place) or 'settings'}: {what} (in {source})",
            cure=_allowed(place)
            or "`coffee-maker config --sample` prints every setting with its meaning",
        ) from error


def _counted(place: str) -> str:
    """The place as people count: the first of the rules is rule 1, as it is wherever it is told."""
    rule = re.match(r"questions\.rules\[(\d+)\]\.?", place)
    if rule is None:
        return place
    key = place[rule.end() :]
    return ", ".join(filter(None, ("questions.rules", f"rule {int(rule[1]) + 1}", key)))


def _allowed(place: str) -> str:
    """What may stand there, where it is one of a few words; else nothing."""
    path, _, key = place.rpartition(".")
    tables: dict[str, type[Section]] = {"": Settings, **dict(all_sections(Settings))}
    section = RuleSettings if path.startswith("questions.rules[") else tables.get(path, Section)
    kinds = {field.name: field.type for field in msgspec.structs.fields(section)}
    words = choices(kinds.get(key))
    return f"write one of: {', '.join(words)}" if words else ""


def settings_file(project: Path) -> Path | None:
    """The file in which this project's settings are written, or None where there is none."""
    own, shared = project / FILE_NAME, project / "pyproject.toml"
    if own.exists():
        return own
    has_table = shared.exists() and "coffee_maker" in _parse(shared).get("tool", {})
    return shared if has_table else None


def find_roadmap(project: Path, settings: Settings) -> str:
    """The roadmap's path in the project: as set, else the first usual place that exists."""
    if settings.roadmap:
        return settings.roadmap
    usual = ("ROADMAP.md", "docs/ROADMAP.md")
    return next((path for path in usual if (project / path).exists()), usual[0])


def _read(project: Path) -> tuple[dict[str, Any], str]:
    file = settings_file(project)
    if file is None:
        return {}, "the defaults"
    if file.name == FILE_NAME:
        return _parse(file), FILE_NAME
    return dict(_parse(file)["tool"]["coffee_maker"]), "pyproject.toml [tool.coffee_maker]"


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}", cure="mend that line") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for name, value in sorted(environment.items()):
        if not name.startswith(PREFIX) or name.removeprefix(PREFIX) in _OWN_VARIABLES:
            continue
        *sections, key = name.removeprefix(PREFIX).lower().split("__")
        table = tables
        for section in sections:
            table = table.setdefault(section, {})
        table[key] = _value(value, is_text=_is_text(".".join(sections), key))
    return tables


# Set by this program for its own children, and no settings.
_OWN_VARIABLES = frozenset({"SESSION", "SEEDS", "TEST_RUN"})


def _value(text: str, *, is_text: bool) -> Any:
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
    return text if is_text and not isinstance(value, str) else value


def _is_text(path: str, key: str) -> bool:
    """True where a text is wanted: a password may be made of figures alone."""
    tables: dict[str, type[Section]] = {"": Settings, **dict(all_sections(Settings))}
    section = tables.get(path, Section)
    kinds = {field.name: field.type for field in msgspec.structs.fields(section)}
    return (*get_args(kinds.get(key)), kinds.get(key))[0] is str


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        known = merged.get(key)
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            merged[key] = _merge(known, value)
        else:
            merged[key] = value
    return merged


def _unknown_keys(
    data: Mapping[str, Any], section: type[Section], path: str
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    known = dict(sections(section))
    names = section.__struct_fields__
    for key, value in data.items():
        if key not in names:
            yield path, key, names
        elif key in known and isinstance(value, Mapping):
            yield from _unknown_keys(value, known[key], f"{path}{key}.")
        elif key == "rules" and isinstance(value, list):
            for number, rule in enumerate(value):
                if isinstance(rule, Mapping):
                    yield from _unknown_keys(rule, RuleSettings, f"{path}{key}[{number}].")


def _nearest(key: str, known: Sequence[str]) -> str:
    """The settings that may have been meant: misspelt, or of another table, or both."""
    places: dict[str, list[str]] = {}
    tables: list[tuple[str, type[Section]]] = [("", Settings), *all_sections(Settings)]
    for table, section in tables:
        for name in section.__struct_fields__:
            places.setdefault(name, []).append(f"{table}.{name}".removeprefix("."))
    import difflib

    here = difflib.get_close_matches(key, known, n=1)
    if here and key not in places:
        return f'"{here[0]}"'
    elsewhere = difflib.get_close_matches(key, places, n=1)
    return " or ".join(f'"{place}"' for name in elsewhere for place in places[name])
