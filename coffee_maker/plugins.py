"""Things found by name: a dotted path, imported only when it is asked for."""

from importlib import import_module
from typing import Any


def load(path: str) -> Any:
    """What `package.module:attribute` names. Raises ImportError or AttributeError."""
    module, _, attribute = path.partition(":")
    return getattr(import_module(module), attribute)
