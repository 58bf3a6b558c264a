"""The agent's last message, read back however it was spelt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.domain.report import FORM, Claim, asks_something, read_report

WORDS = st.text(
    st.characters(categories=("L", "N"), include_characters=" ,.—–-:()`*_[]/'\"?!"), min_size=1
).map(lambda text: " ".join(text.split()))
DELIVERABLE = WORDS.filter(lambda t: any(c.isalnum() for c in t) and "not" not in t.lower())
PATH = st.from_regex(r"[a-z][a-z0-9_]{0,8}(/[a-z][a-z0-9_-]{0,8}){0,3}\.[a-z]{1,4}", fullmatch=True)

SPELLINGS = {
    "- [x] Text — a/one.py, two.py": ("Text", ("a/one.py", "two.py")),
    "* [X] **Text** – `a/one.py`, `two.py`": ("Text", ("a/one.py", "two.py")),
    "+ [x] Text -- a/one.py": ("Text", ("a/one.py",)),
    "1. [x] Text: a/one.py": ("Text", ("a/one.py",)),
    "2) [✓] Text -> a/one.py": ("Text", ("a/one.py",)),
    "- [x] Text - files: a/one.py, two.py": ("Text", ("a/one.py", "two.py")),
    "- [x] **Text:** one.py (new), two.py (changed).": ("Text", ("one.py", "two.py")),
    "- [x] Text (one.py, two.py)": ("Text", ("one.py", "two.py")),
    "- [x] Text (files: one.py)": ("Text", ("one.py",)),
    "- ✅ Text — one.py": ("Text", ("one.py",)),
    "**[x] Text** — one.py": ("Text", ("one.py",)),
    "> - [x] Text — ./one.py": ("Text", ("./one.py",)),
    "- [x] Text — [one.py](src/one.py) and [src/two.py](https://x/y)": (
        "Text",
        ("src/one.py", "src/two.py"),
    ),
    "- [x] Text — one.py; two.py & three.py": ("Text", ("one.py", "two.py", "three.py")),
    "- [x] Text — `one.py` `two words.py`": ("Text", ("one.py", "two words.py")),
    "- [x] Text — .github/ci.yml, Makefile, .gitignore": (
        "Text",
        (".github/ci.yml", "Makefile", ".gitignore"),
    ),
    "- [x] Text — configure": ("Text", ("configure",)),
    "- [x] Add a — b, c — one.py": ("Add a — b, c", ("one.py",)),
    "- [x] Support `a.py`, b and c: fast — src/x.py": (
        "Support `a.py`, b and c: fast",
        ("src/x.py",),
    ),
    "- [x] Show what is not done — one.py": ("Show what is not done", ("one.py",)),
    "- [x] Text": ("Text", ()),
    "- [x] Text\n  Files: one.py, two.py": ("Text", ("one.py", "two.py")),
    "- [x] Text\n  - one.py\n  - `two.py`": ("Text", ("one.py", "two.py")),
    "- [x] A text that\n  wraps — one.py": ("A text that wraps", ("one.py",)),
    "- [x] Text — one.py:12, two.py:3-9": ("Text", ("one.py:12", "two.py:3-9")),
}


@pytest.mark.parametrize(("line", "meant"), SPELLINGS.items())
def test_done_is_read_in_many_spellings(line: str, meant: tuple[str, tuple[str, ...]]) -> None:
    """Text and files come out of every way in which models write the form."""
    text, files = meant

    assert (Claim(deliverable=text, done=True, files=files),) == read_report(line).claims


@pytest.mark.parametrize(
    ("line", "text", "note"),
    [
        ("- [ ] Text — not done: no time, and — more", "Text", "no time, and — more"),
        ("- [ ] A — b – not done: why", "A — b", "why"),
        ("- [ ] Text (not done: why)", "Text", "why)"),
        ("* [ ] Text - because", "Text", "because"),
        ("❌ Text: not done, the API is gone", "Text", "the API is gone"),
        ("- [x] Text — not done: why", "Text", "why"),
        ("- [ ] Text", "Text", ""),
        ("- [] Text not done: why", "Text", "why"),
    ],
)
def test_what_was_not_done_keeps_its_reason(line: str, text: str, note: str) -> None:
    """An open box, a cross, or words that contradict a ticked box: not done, and why."""
    assert (Claim(deliverable=text, done=False, note=note),) == read_report(line).claims


def test_a_fence_round_the_report_does_not_matter() -> None:
    """Models like to wrap the form; what stands around it is no claim."""
    text = "All done!\n\n```markdown\n- [x] One — a.py\n- [ ] Two — not done: later\n```\nBye."

    assert ["One", "Two"] == [claim.deliverable for claim in read_report(text).claims]


def test_praise_with_a_tick_is_no_claim() -> None:
    """A tick before a sentence claims nothing unless it names a file."""
    assert () == read_report("✅ All tests pass\n✅ Everything works").claims


@given(st.lists(st.tuples(DELIVERABLE, st.lists(PATH, min_size=1, max_size=4)), max_size=5))
def test_the_form_is_read_back(claims: list[tuple[str, list[str]]]) -> None:
    """Whatever dashes, commas and colons a deliverable has: the files come out as written."""
    text = "\n".join(f"- [x] {text} — {', '.join(paths)}" for text, paths in claims)

    assert [tuple(paths) for _, paths in claims] == [c.files for c in read_report(text).claims]


@given(st.text(max_size=400) | st.lists(st.sampled_from("- [x]  —:(`*_\n✅ab./")).map("".join))
def test_no_message_is_too_odd(text: str) -> None:
    """Any text is read without an error, kept whole, and says done only of a non-empty text."""
    report = read_report(text)

    assert text == report.text
    assert all(not claim.done or not claim.note or claim.files for claim in report.claims)


def test_a_long_line_is_read_in_time() -> None:
    """A line of 200,000 characters takes no more than moments."""
    read_report("- [x] " + "word — " * 30_000)
    read_report("- [x] " + " " * 200_000 + "x")
    asks_something("a " * 100_000)


def test_the_form_itself_is_a_report() -> None:
    """What the prompt shows is what is read."""
    assert [True, False] == [claim.done for claim in read_report(FORM).claims]


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Which database should it be?\n\n1. SQLite\n2. PostgreSQL", True),
        ("Should I use A or B? Let me know!", True),
        ("Shall I go on?**", True),
        ("Please confirm the name.", True),
        ("Let me know which one you prefer.", True),
        ("I asked myself why?\n\nDone now.", False),
        ("Done. See http://example.com/?a=1", False),
        ("I used `a ? b : c` there.", False),
        ("Done.\n\n```\nis this ok?\n```", False),
        ("Done. Anything else you'd like me to do?", False),
        ("Let me know if you have any questions!", False),
        ("- [x] One — a.py\n\nIs that all right?", False),
        ("", False),
    ],
)
def test_a_question_is_told_from_an_end(text: str, asks: bool) -> None:
    """Only an end that wants an answer is a question; code, addresses and courtesy are none."""
    assert asks == asks_something(text)
