"""Foreign text is shown whole, and can do nothing."""

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from coffee_maker.domain.foreign_text import BREAK, cell, code, fenced, inline, neutralise

NASTY = st.text(
    alphabet=st.sampled_from("@#`<>!-[]()|\\*_~$/.+&;:0123 ghGHa\n\t\r\u202e\u200b\u2028é☕"),
    max_size=80,
) | st.text(max_size=80)
WORDS = st.lists(
    st.sampled_from(
        [
            "@ada",
            "fixes #12",
            "acme/widgets#3",
            "GH-7",
            "closes",
            "<!-- hidden -->",
            "```",
            "`x`",
            "\n",
            "https://github.com/acme/widgets/issues/9",
            "![a](https://b.example/c.png)",
            "\x1b[31m",
        ]
    ),
    max_size=8,
).map(" ".join)
TEXT = NASTY | WORDS

# GitHub's own rules for what it turns into a mention or a reference, as far as documented.
ALIVE = (
    re.compile(r"(?:^|[^A-Za-z0-9_])@[A-Za-z0-9]"),
    re.compile(r"#[0-9]"),
    re.compile(r"(?:^|[^A-Za-z0-9_])GH-[0-9]", re.IGNORECASE),
    re.compile(r"/(?:issues|pull|discussions)/[0-9]"),
    re.compile(r"<!--"),
)


def flat(tokens: list[Token]) -> list[Token]:
    """Every token of a document, those inside a line as well."""
    return [t for token in tokens for t in (token, *flat(token.children or []))]


def rendered(markdown: str) -> list[Token]:
    return flat(MarkdownIt("gfm-like", {"linkify": False}).parse(markdown))


@given(TEXT)
def test_nothing_is_left_alive(text: str) -> None:
    """No mention, reference, comment or invisible character survives."""
    safe = neutralise(text)

    assert [found for pattern in ALIVE for found in pattern.findall(safe)] == []
    invisible = {c for c in safe if unicodedata.category(c) in {"Cc", "Cf", "Cs"}}
    assert invisible <= set(f"\n\t\u200c\u200d{BREAK}")


@given(TEXT)
def test_twice_is_once(text: str) -> None:
    """What is safe already stays as it is."""
    assert neutralise(text) == neutralise(neutralise(text))


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"])))
def test_words_stay(text: str) -> None:
    """Visible text loses nothing: without the breaks it is what it was."""
    assert text == neutralise(text).replace(BREAK, "")


@given(TEXT, st.integers(min_value=1, max_value=60))
def test_a_fence_holds_its_content(text: str, limit: int) -> None:
    """A code block is one token, whatever its content tries."""
    tokens = rendered(f"before\n\n{fenced(text, limit)}\n\nafter")

    assert [
        t.type for t in tokens if t.type in {"inline", "fence"} or t.type.startswith("html")
    ] == ["inline", "fence", "inline"]


@given(TEXT)
def test_a_short_text_is_whole_in_its_fence(text: str) -> None:
    """A reader sees the text itself in the block."""
    content = next(t.content for t in rendered(fenced(text, 10_000)) if t.type == "fence")

    assert neutralise(text).strip("\n") == content.removesuffix("\n")


@pytest.mark.parametrize("shown", [inline, cell])
@given(TEXT)
def test_a_line_brings_no_markup_but_code(shown: type, text: str) -> None:
    """In a list or a table, foreign text is text or inline code and nothing else."""
    line = inline(text) if shown is inline else cell(text)
    kinds = {t.type for t in rendered(f"- {line}") if t.type != "text_special"}
    allowed = {"bullet_list_open", "list_item_open", "paragraph_open", "inline", "text"}
    closing = {"bullet_list_close", "list_item_close", "paragraph_close", "code_inline"}

    assert kinds <= allowed | closing
    assert "\n" not in line


@given(TEXT, TEXT)
def test_a_cell_stays_a_cell(one: str, other: str) -> None:
    """A row has as many cells as its head, whatever is in them."""
    tokens = rendered(f"| a | b |\n|---|---|\n| x{cell(one)} | y{cell(other)} |\n")

    assert [t.content[0] for before, t in pairwise(tokens) if before.type == "td_open"] == [
        "x",
        "y",
    ]


@given(TEXT)
def test_inline_code_holds_its_content(text: str) -> None:
    """A path with backticks in it is still one piece of code."""
    shown = code(text)

    assert [
        t.type for t in rendered(f"- {shown}") if t.type.startswith(("html", "link", "em"))
    ] == []
    if shown:
        assert len([t for t in rendered(f"- {shown}") if t.type == "code_inline"]) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail ada@example.com", "mail ada@example.com"),
        ("ping @ada now", f"ping @{BREAK}ada now"),
        ("Fixes #12, acme/widgets#3", f"Fixes #{BREAK}12, acme/widgets#{BREAK}3"),
        ("closes GH-12", f"closes GH-{BREAK}12"),
        ("a\u202eb\u2066c\x00d\x1b[1m", "abcd[1m"),
        ("half \ud83d", "half \ufffd"),
        ("👩‍🚀 ☕️", "👩‍🚀 ☕️"),
        ("C# and F# stay", "C# and F# stay"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
    ],
)
def test_examples(text: str, expected: str) -> None:
    """Each kind of reference is broken, each harmless neighbour is left alone."""
    assert expected == neutralise(text)


def test_a_cut_is_said() -> None:
    """What was left out is marked, with the figures."""
    assert (
        fenced("abcdefghij", 5) == "```text\nabcde\n[… cut here: 5 of 10 characters are shown]\n```"
    )
