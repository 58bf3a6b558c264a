"""What stands on a page, as a person and as a form sees it."""

import html
import re

_FIELD = re.compile(r'name="form_token" value="([0-9a-f]+)"')


def form_token(page: str) -> str:
    """The token of its forms."""
    found = _FIELD.search(page)
    assert found is not None, page
    return found[1]


def words(page: str) -> str:
    """Its text without the markup, spaces made one."""
    body = page.partition("<main")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", f"<main{body}")).split())
