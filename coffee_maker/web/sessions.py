"""Who has logged in: a signed cookie, and a token in each form that only our own pages know."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer

SESSION_SECONDS = 7 * 24 * 3600
NAME_AT_MOST = 60  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One log-in. `name` is what the person calls themselves, and may be empty."""

    id: str
    name: str
    form_token: str


class Sessions:
    """Log-ins by one token. Another token, and every cookie made with the first is worthless."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self._serializer = URLSafeTimedSerializer(token, salt="coffee_maker.session")
        self._ended: set[str] = set()
        # A browser sends a cookie to every port of a machine: two projects must not share a name.
        self.cookie = f"coffee_maker_{self._mac('cookie')[:8]}"

    def matches(self, token: str) -> bool:
        """Whether this is the token; it takes as long whatever is wrong with it."""
        return hmac.compare_digest(_digest(token.encode()), _digest(self._token))

    def begin(self, name: str) -> str:
        """A cookie for somebody who knew the token."""
        cookie = self._serializer.dumps([secrets.token_urlsafe(16), name[:NAME_AT_MOST]])
        return cookie if isinstance(cookie, str) else cookie.decode()

    def read(self, cookie: str) -> Session | None:
        """The log-in of a cookie, or None where it was not made here, is too old, or ended."""
        try:
            said = self._serializer.loads(cookie, max_age=SESSION_SECONDS)
        except BadData:
            return None
        match said:
            case [str(id), str(name)] if id not in self._ended:
                return Session(id=id, name=name, form_token=self._mac(f"form:{id}"))
            case _:
                return None

    def end(self, session: Session) -> None:
        """Its cookie counts no more as long as this runs, even where a browser keeps it."""
        self._ended.add(session.id)

    def _mac(self, text: str) -> str:
        return hmac.new(self._token, text.encode(), hashlib.sha256).hexdigest()


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
