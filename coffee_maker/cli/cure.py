"""What to do about an error, as it is printed."""

from collections.abc import Iterator

from coffee_maker.domain.visible import visible


def cure_lines(cure: str, *, indent: int) -> Iterator[str]:
    """One sentence beside the words; several lines are commands to copy, each on its own line."""
    margin = " " * indent
    lines = visible(cure, keep="\n").splitlines()
    if len(lines) == 1:
        yield f"{margin}what to do: {lines[0]}"
        return
    yield f"{margin}what to do:"
    yield from (f"{margin}  {line}" for line in lines)
