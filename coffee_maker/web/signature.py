"""Requests that programs sign with the webhook's secret, each good for one time."""

import hashlib
import hmac

from coffee_maker.domain.ports import Clock
from coffee_maker.web.refusal import Refusal

HEADER = "X-Coffee-Maker-Signature"
OLD_SECONDS = 300


def sign(secret: str, at: int, body: bytes) -> str:
    """The header's value: `t=SECONDS,v1=HEX`, HMAC-SHA256 over `SECONDS.BODY`."""
    return f"t={at},v1={_mac(secret, str(at), body)}"


class SignatureCheck:
    """Whether a request was signed, lately, and is not one that came before.

    What came before is remembered as long as its signature would be good.
    """

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret, self._clock = secret, clock
        self._seen: dict[str, float] = {}

    def check(self, header: str, body: bytes) -> None:
        """Raises Refusal: 401 for a wrong or old signature, 409 for one that was used."""
        at, signature = _parts(header)
        if not hmac.compare_digest(signature.encode(), _mac(self._secret, at, body).encode()):
            raise Refusal(401, "the signature is wrong", cure=f"sign the body in {HEADER}")
        now = self._clock.now().timestamp()
        if abs(now - int(at)) > OLD_SECONDS:
            raise Refusal(401, "the signature is too old", cure="look at the clocks, sign anew")
        self._seen = {kept: until for kept, until in self._seen.items() if until > now}
        if signature in self._seen:
            raise Refusal(409, "this request was received before")
        # One from a clock ahead of ours is good for up to twice as long.
        self._seen[signature] = now + 2 * OLD_SECONDS


def _parts(header: str) -> tuple[str, str]:
    pairs = dict(part.strip().partition("=")[::2] for part in header.split(","))
    at, signature = pairs.get("t", ""), pairs.get("v1", "")
    if not (at.isascii() and at.isdecimal() and len(at) <= 12):
        return "0", ""
    return at, signature


def _mac(secret: str, at: str, body: bytes) -> str:
    return hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
