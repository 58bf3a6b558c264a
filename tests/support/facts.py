"""Hypothesis strategies for the domain's dataclasses, made from their own annotations."""

import dataclasses
import types
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from coffee_maker.domain.events import EVENT_TYPES, Event

INTEGERS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | FLOATS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)

_PLAIN: dict[object, st.SearchStrategy[Any]] = {
    str: st.text(max_size=40),
    int: INTEGERS,
    float: FLOATS,
    bool: st.booleans(),
    object: JSON,
    Path: st.text(min_size=1, max_size=20).map(Path),
    type(None): st.none(),
    datetime: st.datetimes(timezones=st.just(UTC)),
}


def facts(type_: Any) -> st.SearchStrategy[Any]:
    """Values of a type, with every field filled in, also those that have a default."""
    if type_ in _PLAIN:
        return _PLAIN[type_]
    if isinstance(type_, type) and issubclass(type_, Enum):
        return st.sampled_from(list(type_))
    if dataclasses.is_dataclass(type_) and isinstance(type_, type):
        hints = get_type_hints(type_)
        return st.builds(type_, **{f.name: facts(hints[f.name]) for f in dataclasses.fields(type_)})
    return _composed(get_origin(type_), get_args(type_))


def _composed(origin: object, inner: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if origin in {types.UnionType, Union}:
        return st.one_of(*(facts(one) for one in inner))
    if origin is tuple and inner[-1] is not Ellipsis:
        return st.tuples(*(facts(one) for one in inner))
    if origin is tuple:
        return st.lists(facts(inner[0]), max_size=3).map(tuple)
    if origin is frozenset:
        return st.frozensets(facts(inner[0]), max_size=3)
    if origin is Mapping:
        return st.dictionaries(facts(inner[0]), facts(inner[1]), max_size=3)
    raise TypeError(f"no strategy for {origin}")


def events() -> st.SearchStrategy[Event]:
    """Any event."""
    return st.one_of(*(facts(type_) for type_ in EVENT_TYPES.values()))
