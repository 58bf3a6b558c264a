"""Text in columns whose last one has what is left of the window."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size

LAST_AT_LEAST = 20  # cells; a narrower window wraps the line


def in_columns(rows: Sequence[Sequence[str]], at_most: Sequence[int], width: int) -> Iterator[str]:
    """A line for each row; all columns but the last are at most so many cells wide."""
    widths = [
        min(most, max(cell_len(row[column]) for row in rows)) for column, most in enumerate(at_most)
    ]
    for row in rows:
        cells = (set_cell_size(_cut(row[n], room), room) for n, room in enumerate(widths))
        left = "".join(f"{cell}  " for cell in cells)
        last = _cut(row[-1], max(LAST_AT_LEAST, width - cell_len(left)))
        yield f"{left}{last}".rstrip()


def _cut(text: str, cells: int) -> str:
    """At most so many cells, with a mark where something is left out."""
    return text if cell_len(text) <= cells else set_cell_size(text, cells - 1).rstrip() + "…"
