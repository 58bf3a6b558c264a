"""What a text says to whoever reads it, however it is written."""

import unicodedata
from functools import lru_cache

# Letters of other scripts that no reader tells from ours (Unicode's confusables, UTS 39), and
# hyphens that no keyboard has.
_SEEN_AS = str.maketrans(
    "авеёкмнорстухіјѕԁԛԝһӏАВЕЁКМНОРСТУХІЈЅԚԜҺӀαεικνορτυχϲΑΒΕΖΗΙΚΜΝΟΡΤΥΧ‐‑‒–—―−ıſ",
    "abeekmhopctyxijsdqwhlABEEKMHOPCTYXIJSQWHIaeikvoptuxcABEZHIKMNOPTYX-------is",
)


@lru_cache(maxsize=256)
def as_read(text: str) -> str:
    """The same words in plain letters, with one blank between them and nothing invisible.

    For what looks for a word in order to be careful; a word that is nobody's may come out of it.
    """
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text)
        kept = (sign for sign in apart if unicodedata.category(sign) not in ("Cf", "Mn", "Me"))
        text = "".join(kept).translate(_SEEN_AS)
    return " ".join(text.split())
