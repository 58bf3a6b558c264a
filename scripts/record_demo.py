#!/usr/bin/env python3
"""Take the picture in the README: the demo in a real terminal, at a moment when it is at work.

Run it with .venv/bin/python after a change to what people see; it writes docs/demo.svg.
"""

import io
import sys
import tempfile
import time
from itertools import groupby
from pathlib import Path

import pexpect
import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
COLUMNS, ROWS = 108, 30
LAST_TASK = "PRIORITY 3: A countdown"


def main() -> None:
    """Run the demo, stop looking when its last task is under way, and draw what stands there."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    with tempfile.TemporaryDirectory() as folder:
        child = pexpect.spawn(
            sys.executable,
            ["-m", "coffee_maker", "demo", "--into", f"{folder}/demo"],
            dimensions=(ROWS, COLUMNS),
            timeout=60,
        )
        picture = list(_until_the_last_task(child, stream, screen))
        child.expect(pexpect.EOF)
    (ROOT / "docs" / "demo.svg").write_text(_drawn(picture), encoding="utf-8")


def _until_the_last_task(
    child: pexpect.spawn, stream: pyte.ByteStream, screen: pyte.Screen
) -> list[Text]:
    picture: list[Text] = []
    while child.isalive():
        try:
            stream.feed(child.read_nonblocking(65536, timeout=0.05))
        except pexpect.TIMEOUT:
            time.sleep(0.02)
        except pexpect.EOF:
            break
        shown = "\n".join(screen.display)
        if f"─ {LAST_TASK}" in shown and "Write" in shown:
            picture = [_line(screen, row) for row in range(ROWS)]
            break
    return picture


def _line(screen: pyte.Screen, row: int) -> Text:
    line = Text()
    cells = [screen.buffer[row][column] for column in range(COLUMNS)]
    for (colour, bold), run in groupby(cells, key=lambda cell: (cell.fg, cell.bold)):
        named = None if colour == "default" else colour.replace("brown", "yellow")
        line.append("".join(cell.data for cell in run), Style(color=named, bold=bold))
    line.rstrip()
    return line


def _drawn(lines: list[Text]) -> str:
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text("$ make demo", style="bold"))
    for line in lines:
        if line.plain and "project with a roadmap" not in line.plain:
            console.print(line)
    # Without the address of a web font: the page must not call anybody.
    drawn = console.export_svg(title="coffee_maker", unique_id="demo")
    start, end = drawn.index("@font-face"), drawn.index(".demo-matrix")
    return drawn[:start] + drawn[end:]


if __name__ == "__main__":
    main()
