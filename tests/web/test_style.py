"""The style sheet: what can be read, and by whom."""

import re
from importlib.resources import files

import pytest

STYLE = (files("coffee_maker.web") / "static" / "style.css").read_text()
_READ_ON = [
    ("ink", "ground"),
    ("ink", "panel"),
    ("ink", "added"),
    ("ink", "removed"),
    ("muted", "ground"),
    ("muted", "panel"),
    ("accent", "ground"),
    ("accent", "panel"),
    ("on-accent", "accent"),
    ("good", "good-ground"),
    ("bad", "bad-ground"),
    ("warn", "warn-ground"),
    ("place-ink", "place"),
]
_ENOUGH = 4.5  # WCAG 2.2, level AA


def palette(scheme: str) -> dict[str, str]:
    """The colours of a scheme, by name."""
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light if scheme == "light" else dark))


def luminance(colour: str) -> float:
    """As WCAG reckons it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), _READ_ON)
def test_all_text_can_be_read(scheme: str, text: str, ground: str) -> None:
    """In both colour schemes, by people who see less well."""
    colours = palette(scheme)
    dark, light = sorted(luminance(colours[name]) for name in (text, ground))

    assert (light + 0.05) / (dark + 0.05) >= _ENOUGH


def test_nothing_is_loaded_from_elsewhere() -> None:
    """Neither fonts nor pictures."""
    assert not re.search(r"url\(|@import|https?:", STYLE)
