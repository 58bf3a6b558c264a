"""Where a request comes from, and which name it calls us by."""

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit


def host_name(header: str) -> str:
    """The name in a Host header without its port, in small letters; empty where it is none."""
    if any(sign in header for sign in "/@?# \\"):
        return ""
    try:
        return (urlsplit(f"//{header}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_ours(header: str, names: Collection[str]) -> bool:
    """Whether a Host header names us. A page elsewhere can have its own name lead to 127.0.0.1.

    An address is no name that could be made to lead here, so every address is taken.
    """
    name = host_name(header)
    if name in names:
        return bool(name)
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def from_our_page(*, origin: str | None, site: str, host: str, public_url: str) -> bool:
    """Whether a form was sent by a page of ours, by its Origin and Sec-Fetch-Site headers.

    Programs send neither, and have no cookies that a stranger's page could borrow.
    """
    if origin is None:
        return site in {"", "same-origin", "none"}
    if origin == "null":  # what browsers send from a page that gives away no referrer
        return site == "same-origin"
    if public_url and origin == public_origin(public_url):
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.netloc.casefold() == host.casefold()


def public_origin(public_url: str) -> str:
    """Scheme and host of an address, as a browser writes them."""
    parts = urlsplit(public_url)
    return f"{parts.scheme}://{parts.netloc}".casefold()
