"""Durations as people write them."""


def seconds(text: str) -> int:
    """The seconds in a text such as "90s"."""
    return int(text.removesuffix("s"))
