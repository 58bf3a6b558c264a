"""Whose repository a remote's address names, in every spelling that git takes."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

_SCHEMES = ("https", "http", "ssh", "git", "git+ssh", "ssh+git", "git+https")
# git's rule: a colon before the first slash makes it host:path, whatever comes after.
_SCP_LIKE = re.compile(r"(?:[^@/:\s]+@)?(?P<host>[^@/:\s]+):(?P<path>[^\s]*)")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
# GitHub's doors through port 443, and a spelling that its own pages accept.
_OTHER_DOORS = {"ssh.github.com": "github.com", "www.github.com": "github.com"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteUrl:
    """A repository on a forge. Never holds the user or password that the address carried."""

    host: str
    owner: str
    name: str

    def __str__(self) -> str:
        return f"{self.host}/{self.owner}/{self.name}"


def parse_remote(url: str) -> RemoteUrl | None:
    """The forge's repository behind a remote's address.

    None where there is none: a path, a `file:` address, another transport, or an address that
    does not end in exactly an owner and a name.
    """
    found = _host_and_path(url.strip())
    if found is None:
        return None
    host, path = found
    parts = path.strip("/").removesuffix(".git").split("/")
    if len(parts) != 2 or not all(_is_name(part) for part in parts) or not _NAME.fullmatch(host):
        return None
    host = host.lower()
    return RemoteUrl(host=_OTHER_DOORS.get(host, host), owner=parts[0], name=parts[1])


def _host_and_path(url: str) -> tuple[str, str] | None:
    if "://" in url:
        try:
            address = urlsplit(url)
            host = address.hostname
        except ValueError:
            return None
        if address.scheme not in _SCHEMES or host is None:
            return None
        return host, unquote(address.path)
    found = _SCP_LIKE.fullmatch(url)
    return (found["host"], found["path"]) if found else None


def _is_name(part: str) -> bool:
    # A name that begins with a dash would be read as an option further on.
    return bool(_NAME.fullmatch(part)) and part not in {".", ".."} and not part.startswith("-")
