"""What every table of the settings file is made of."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta, Struct

Seconds = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
SECRET = {"secret": True}  # such a setting is never printed
HIDDEN = "********"


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the settings file. Its `repr` shows nothing secret, for it may reach a log."""

    def __repr__(self) -> str:
        said = (f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({', '.join(said)})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        values = [(field, getattr(self, field.name)) for field in msgspec.structs.fields(self)]
        return [
            (field.name, HIDDEN if value and is_secret(field.type) else value)
            for field, value in values
        ]


def is_secret(annotation: Any) -> bool:
    """True for a setting that must not be printed."""
    metas = [part for part in get_args(annotation) if isinstance(part, Meta)]
    return any((meta.extra or {}).get("secret") for meta in metas)


def choices(annotation: Any) -> tuple[str, ...]:
    """The words that a setting may be, quoted, where it is one of a few; else none."""
    for part in (annotation, *get_args(annotation)):
        if get_origin(part) is Literal:
            return tuple(f'"{word}"' for word in get_args(part) if word)
    return ()


def sections(section: type[Section]) -> Iterator[tuple[str, type[Section]]]:
    """The tables right below a table, by name."""
    for field in msgspec.structs.fields(section):
        if isinstance(field.type, type) and issubclass(field.type, Section):
            yield field.name, field.type


def all_sections(section: type[Section], above: str = "") -> Iterator[tuple[str, type[Section]]]:
    """The tables below a table at any depth, by the path that a file writes."""
    for name, below in sections(section):
        yield f"{above}{name}", below
        yield from all_sections(below, f"{above}{name}.")
