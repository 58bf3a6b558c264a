"""The settings as text: a sample file with all of them, and what of them a person changed."""

import json
import textwrap
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

import msgspec
from msgspec import Meta

from coffee_maker.section import HIDDEN, Section, choices, is_secret
from coffee_maker.settings import Settings


def template() -> str:
    """A settings file in which every setting stands as a comment with its meaning and default."""
    lines = [
        "# Settings of coffee_maker. Every line is the default: take the # away to change it.",
        "# What it does with them is shown by: coffee-maker run --dry-run",
    ]
    for name, section in _tables(Settings()):
        heading = ["", f"# {(section.__doc__ or '').strip()}", f"[{name}]"] if name else [""]
        lines += [*heading, *_describe(section)]
    lines += [
        "",
        "# [[questions.rules]]",
        '# tool = "Bash(npm run lint:*)"',
        '# answer = "allow"           # or "deny", "ask", "park"; else an option, or a text',
        "# More of what a rule may hang on: docs/questions.md; coffee-maker questions rules",
    ]
    return "\n".join(lines) + "\n"


def changed(settings: Settings) -> Iterator[str]:
    """A line `section.key = value` for every setting that has not its default value.

    What is secret is hidden: only that it is set is told.
    """
    for (path, section), (_, default) in zip(_tables(settings), _tables(Settings()), strict=True):
        for field in msgspec.structs.fields(section):
            value = getattr(section, field.name)
            if isinstance(value, Section) or value == getattr(default, field.name):
                continue
            shown = _toml(HIDDEN if is_secret(field.type) else value)
            yield f"{path}.{field.name} = {shown}".removeprefix(".")


def _tables(section: Section, path: str = "") -> Iterator[tuple[str, Section]]:
    """A table and all below it, by the path that a file writes; the top one's is empty."""
    yield path, section
    for name in section.__struct_fields__:
        below = getattr(section, name)
        if isinstance(below, Section):
            yield from _tables(below, f"{path}.{name}".removeprefix("."))


def _describe(section: Section) -> Iterator[str]:
    for field in msgspec.structs.fields(section):
        value = getattr(section, field.name)
        if isinstance(value, Section) or field.name == "rules":
            continue
        meaning = _with_choices(_meaning(field.type), field.type)
        yield from textwrap.wrap(meaning, 96, initial_indent="# ", subsequent_indent="# ")
        yield f"#{field.name} = {_toml(value)}"


def _with_choices(meaning: str, annotation: Any) -> str:
    """What a setting means, and all that it may be where the words do not say it already."""
    words = choices(annotation)
    if all(word.strip('"') in meaning for word in words):
        return meaning
    return f"{meaning} One of {', '.join(words)}.".strip()


def _meaning(annotation: Any) -> str:
    parts = [_meaning(part) for part in get_args(annotation) if get_origin(part) is Annotated]
    found = [p.description for p in get_args(annotation) if isinstance(p, Meta) and p.description]
    return " ".join([*found, *parts])


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(part) for part in value)}]"
    if isinstance(value, Section):
        fields = {field.name: field.default for field in msgspec.structs.fields(value)}
        given = [name for name, default in fields.items() if getattr(value, name) != default]
        return "{ " + ", ".join(f"{n} = {_toml(getattr(value, n))}" for n in given) + " }"
    # A JSON string is a TOML basic string as well.
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else f"{value:g}"
