"""Screens painted on other screens."""

import re

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coffee_maker.claude.picture import Picture

HARMLESS = re.compile(r"\x1b\[(?:\d*(?:;\d+)*[HmrK]|2J|\?25[hl]|\?2004[hl])")
SEQUENCES = st.sampled_from(
    [
        "\x1b[31m",
        "\x1b[1;7m",
        "\x1b[38;5;200m",
        "\x1b[48;2;1;2;3m",
        "\x1b[95m",
        "\x1b[105m",
        "\x1b[3;4H",
        "\x1b[2J",
        "\x1b[K",
        "\x1b[?25l",
        "\x1b[?25h",
        "\x1b[?2004h",
        "\x1b]52;c;aGVsbG8=\x07",
        "\x1b]0;title\x07",
        "\x1b[6n",
        "\x1b[5S",
        "\x1bPq\x1b\\",
        "\r\n",
        "宽字",
        "e\u0301",
        "\u202e",
        "💡",
        "text ",
    ]
)
PROGRAMS = st.lists(st.one_of(SEQUENCES, st.text(max_size=10)), max_size=30).map("".join)


@given(program=PROGRAMS)
@settings(max_examples=150)
def test_a_redraw_looks_the_same(program: str) -> None:
    """Text, colours, cursor, and whether pastes are to be marked, on a terminal that was used."""
    first, second = Picture(30, 8), Picture(30, 8)
    first.feed(program.encode("utf-8", "replace"))
    second.feed(b"something \x1b[31mold" * 9)
    second.feed(first.redraw())

    assert first.redraw() == second.redraw()


def test_letters_and_their_looks() -> None:
    """Cell by cell, wide ones and half-overwritten ones among them."""
    first, second = Picture(12, 4), Picture(12, 4)
    first.feed("a\x1b[1;31mb宽\x1b[0m!\r\n宽\ra\r\n宽\x1b[3;2Hx\x1b[2;5H".encode())
    second.feed(first.redraw())

    assert ["ab宽!", "a", " x", ""] == [line.rstrip() for line in second.screen.display]
    assert ("red", True) == (second.screen.buffer[0][1].fg, second.screen.buffer[0][1].bold)
    assert (4, 1) == (second.screen.cursor.x, second.screen.cursor.y)


@given(program=st.one_of(st.binary(max_size=200), PROGRAMS.map(str.encode)))
@settings(max_examples=150)
def test_nothing_but_a_picture_comes_out(program: bytes) -> None:
    """Whatever was printed, what is painted moves, colours and writes, and does nothing else."""
    picture = Picture(30, 8)
    picture.feed(program)
    drawn = picture.redraw().decode() + picture.paint(range(8), columns=20, rows=5)

    left = HARMLESS.sub("", drawn)
    assert "" == "".join(c for c in left if not c.isprintable())


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (10, 3), (200, 90)])
def test_a_window_of_another_size(columns: int, rows: int) -> None:
    """What does not fit is cut off, a wide character as a whole."""
    picture = Picture(20, 5)
    picture.feed("宽宽宽宽宽宽\r\nplain text".encode())
    window = pyte.Screen(columns, rows)
    pyte.Stream(window).feed(picture.paint(range(5), columns=columns, rows=rows))

    assert "宽" * min(6, columns // 2) == "".join(window.display[0]).replace(" ", "").strip()
    if rows > 1:
        assert "plain text"[:columns] == window.display[1].rstrip()[:columns].strip()


def test_only_what_changed_is_told() -> None:
    """Rows that were printed on since the last time."""
    picture = Picture(20, 5)
    picture.changed()
    picture.feed(b"\x1b[3Hhello")

    assert 2 in picture.changed()
    assert () == picture.changed()
