"""JSON posted to an address that is itself a secret: no error and no log line ever holds it."""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests

from coffee_maker.channels.webhooks.deadline import Deadline, Within
from coffee_maker.domain.errors import ChannelError

TIMEOUT_SECONDS = 8.0  # for all of it, however slowly an answer drips
_LONGEST_PAUSE = 24 * 3600.0
_BIGGEST_ANSWER = 64 * 1024  # bytes
_COME_BACK = frozenset({408, 425, 429})
_GONE = frozenset({401, 403, 404, 410})

# It writes the path of every request at DEBUG, and the path of a webhook is its password.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


class Refused(ChannelError):
    """The far side answered, and not with success; `status` is what it said."""

    def __init__(
        self,
        what: str,
        *,
        status: int,
        cure: str = "",
        transient: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(what, cure=cure, transient=transient, retry_after=retry_after)
        self.status = status


class Poster:
    """Sends to one address; `whose` is what errors call it: "the Discord webhook"."""

    def __init__(self, url: str, *, whose: str, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._url, self._whose, self._timeout = url.strip(), whose, timeout_seconds

    def send(
        self,
        body: bytes,
        *,
        method: str = "POST",
        below: str = "",
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """The answer's body, its first 64 KiB. `below` is a path under the address.

        Raises ChannelError: transient where the network or the far side fails or asks to come
        back later, else with a cure.
        """
        url = self._address(below, query or {})
        sent = {
            "Content-Type": "application/json",
            "User-Agent": "coffee_maker",
            **(headers or {}),
        }
        trouble, late = "", f"did not answer within {self._timeout:g} s"
        deadline = Deadline(self._timeout)
        try:
            with deadline:
                answer = self._exchange(method, url, body, sent, deadline)
            if not deadline.passed:  # else it may have been cut in the middle
                return answer
            trouble = late
        except requests.Timeout:
            trouble = late
        except requests.exceptions.SSLError:
            trouble = late if deadline.passed else "has no valid certificate"
        except (requests.RequestException, UnicodeError, ValueError):
            trouble = late if deadline.passed else "cannot be reached"
        # Raised here, because the exception above names the address.
        raise ChannelError(f"{self._whose} {trouble}", transient=True)

    def _exchange(
        self,
        method: str,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        deadline: Deadline,
    ) -> bytes:
        with requests.Session() as session:
            session.mount("https://", Within(deadline))
            session.mount("http://", Within(deadline))
            session.trust_env = not _is_loopback(url)
            response = session.request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
                auth=_nobody,
            )
            with response:
                if not 200 <= response.status_code < 300:
                    raise self._refused(response.status_code, response.headers)
                return _beginning(response)

    def _address(self, below: str, query: Mapping[str, str]) -> str:
        try:
            parts = urlsplit(self._url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            usable = False
        if not usable:
            raise ChannelError(
                f"the address of {self._whose} is no web address",
                cure="write it whole, as it was given: https://…",
            )
        asked = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *query.items()])
        path = parts.path.rstrip("/") + below if below else parts.path
        return urlunsplit((parts.scheme, parts.netloc, path, asked, ""))

    def _refused(self, status: int, headers: Mapping[str, str]) -> Refused:
        said = f"{self._whose} answered {status}{_phrase(status)}"
        if status in _COME_BACK or status >= 500:
            pause = retry_after(headers.get("Retry-After", ""), datetime.now(UTC))
            return Refused(said, status=status, transient=True, retry_after=pause)
        if 300 <= status < 400:
            cure = "set the address that it leads to: nothing is sent to where a redirect points"
        elif status in _GONE:
            cure = "the address is not valid any more, or never was: make a new one and set that"
        else:
            cure = "look whether the address is one for this kind of webhook"
        return Refused(said, status=status, cure=cure)


def as_json(value: object) -> bytes:
    """The bytes that are sent: UTF-8, half characters replaced."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def retry_after(header: str, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or as a date; None for neither."""
    try:
        seconds = float(header)
    except ValueError:
        try:
            at = parsedate_to_datetime(header)
        except ValueError:
            return None
        seconds = (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()
    # Neither a number that is none nor a year's pause is taken at its word.
    return min(max(seconds, 0.0), _LONGEST_PAUSE) if seconds == seconds else None  # noqa: PLR0124


def is_loopback(host: str) -> bool:
    """True for this machine itself, by name or by number."""
    if host.casefold().rstrip(".") == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _beginning(response: requests.Response) -> bytes:
    read = b""
    for piece in response.iter_content(4096):
        read += piece
        if len(read) >= _BIGGEST_ANSWER:
            break
    return read[:_BIGGEST_ANSWER]


def _is_loopback(url: str) -> bool:
    return is_loopback(urlsplit(url).hostname or "")


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Without this, a line of the user's .netrc would be sent as a password."""
    return request


def _phrase(status: int) -> str:
    try:
        return f" ({HTTPStatus(status).phrase})"
    except ValueError:
        return ""
