"""Signed tokens: who may answer which question, by a link or by a reply to a mail.

A token names one question, the channel it was sent on, and who got it. Whoever has it may answer
in that name until it expires, or until the question has its answer: the question itself is what
makes it good for one time only.
"""

import hashlib
import hmac
import os
import secrets
import time
from base64 import b32encode
from dataclasses import dataclass
from pathlib import Path

from coffee_maker.domain.errors import CoffeeMakerError

KEY_FILE = "links.key"
_SALT = "coffee_maker.answer"
_STAMP_SALT = b"coffee_maker.stamp:"
STAMP_SIGNS = 20
_WRITING_SECONDS = 1.0  # what another process gets to write the key that it has just made


class LinkRefused(CoffeeMakerError):
    """The token was not made here, was changed, or is too old; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a token says. `who` is as the channel knows them, and may be empty."""

    question: str
    channel: str
    who: str


class Signer:
    """Makes and reads tokens of letters, figures, `-`, `_` and `.`."""

    def __init__(self, key: str) -> None:
        from itsdangerous import URLSafeTimedSerializer

        self._serializer = URLSafeTimedSerializer(key, salt=_SALT)
        self._stamp_key = hashlib.sha256(_STAMP_SALT + key.encode()).digest()

    def sign(self, question: str, channel: str, who: str = "") -> str:
        """A token for one question."""
        token = self._serializer.dumps([question, channel, who])
        return token if isinstance(token, str) else token.decode()

    def stamp(self, *said: str) -> str:
        """The proof that these words were said here: 20 small letters and figures, always the same.

        100 bits of HMAC-SHA256, for places where a token is too long, such as a mail address.
        It holds none of the words, and does not expire.
        """
        made = hmac.new(self._stamp_key, repr(said).encode(errors="replace"), hashlib.sha256)
        return b32encode(made.digest()).decode()[:STAMP_SIGNS].lower()

    def read(self, token: str, *, seconds: float) -> Claim:
        """What a token says that is at most so many seconds old. Raises LinkRefused."""
        from itsdangerous import BadData, SignatureExpired

        try:
            said = self._serializer.loads(token, max_age=int(seconds))
        except SignatureExpired as error:
            raise LinkRefused("this link has expired", cure="answer in a newer message") from error
        except BadData as error:
            cure = "open it from the message again, whole"
            raise LinkRefused("this link is not valid", cure=cure) from error
        match said:
            case [str(question), str(channel), str(who)]:
                return Claim(question=question, channel=channel, who=who)
            case _:
                raise LinkRefused("this link is not valid")


def key_in(state_dir: Path, name: str = KEY_FILE) -> str:
    """A key kept in the state directory, readable by its owner alone; made at the first time.

    Raises OSError.
    """
    path = state_dir / name
    state_dir.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _whole(path)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
    return _whole(path)


def _whole(path: Path) -> str:
    end = time.monotonic() + _WRITING_SECONDS
    while time.monotonic() < end:
        key = path.read_text(encoding="ascii").strip()
        if key:
            return key
        time.sleep(0.01)
    # Whoever was writing it has been killed.
    path.write_text(secrets.token_urlsafe(32) + "\n", encoding="ascii")
    return path.read_text(encoding="ascii").strip()
