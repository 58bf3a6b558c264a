"""How a reply is known to be the reply of one person to one question.

Every mail carries a tag, in its Message-ID and, where the mailbox takes such addresses, in the
reply address: `cm-INSTANCE-CODE-PROOF`. INSTANCE tells several daemons apart that share a mailbox.
CODE is the question's. PROOF is an HMAC over the code and the recipient's address, cut to 100 bits:
a local part may have 64 characters, and a whole signed token has twice as many. It does not expire;
that its question has an answer ends it.

From can be forged, and a proof can be passed on: a reply counts where both fit each other.
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

from coffee_maker.links import Signer

_LOCAL_PART = 64  # characters, RFC 5321 4.5.3.1.1
_INSTANCE_SIGNS = 5
_TAG = re.compile(
    r"cm-(?P<instance>[a-z2-7]{5})-(?P<code>[a-z0-9]{1,12})-(?P<proof>[a-z2-7]{20})(?![a-z0-9])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A tag found in a mail: it says to answer the question of this code."""

    code: str
    proof: str


class MailIdentity:
    """Makes the addresses and ids of outgoing mails, and finds them again in replies."""

    def __init__(self, signer: Signer, sender: str, *, plus_addressing: bool) -> None:
        self._signer, self._sender, self._plus = signer, sender, plus_addressing
        self._instance = signer.stamp("email", "instance")[:_INSTANCE_SIGNS]
        self._local, _, self._domain = sender.rpartition("@")

    def tag(self, code: str, recipient: str) -> str:
        """What goes to this recipient alone, about this question."""
        return f"cm-{self._instance}-{code}-{self._proof(code, recipient)}"

    def reply_address(self, code: str, recipient: str) -> str:
        """Where a reply is to go: the sender, with the tag behind a plus where that fits."""
        local = f"{self._local}+{self.tag(code, recipient)}"
        if not (self._plus and code) or len(local) > _LOCAL_PART:
            return self._sender
        return f"{local}@{self._domain}"

    def has_own_address(self, code: str, recipient: str) -> bool:
        """True where a mail that begins a new conversation can answer as well."""
        return self.reply_address(code, recipient) != self._sender

    def asked_id(self, code: str, recipient: str) -> str:
        """The Message-ID of the mail that asks; the same when it is sent again."""
        return f"<{self.tag(code, recipient)}.ask@{self._domain}>"

    def follow_up_id(self, code: str, recipient: str, id: str) -> str:
        """The Message-ID of a later mail about the same question."""
        mark = self._signer.stamp("email", "mail", id, recipient.casefold())
        return f"<{self.tag(code, recipient)}.{mark}@{self._domain}>"

    def other_id(self, id: str, recipient: str) -> str:
        """The Message-ID of a mail that nobody can answer."""
        mark = self._signer.stamp("email", "mail", id, recipient.casefold())
        return f"<cm-{self._instance}.{mark}@{self._domain}>"

    def thread_id(self, task: str, recipient: str) -> str:
        """The Message-ID, of no mail, to which all mails of a task refer."""
        mark = self._signer.stamp("email", "task", task, recipient.casefold())
        return f"<cm-{self._instance}.task.{mark}@{self._domain}>"

    def claims(self, texts: Iterable[str]) -> tuple[Claim, ...]:
        """The tags of this daemon's in these headers, in order, each once."""
        found = (
            Claim(code=tag["code"].lower(), proof=tag["proof"].lower())
            for text in texts
            for tag in _TAG.finditer(text)
            if tag["instance"].lower() == self._instance
        )
        return tuple(dict.fromkeys(found))

    def proves(self, claim: Claim, address: str) -> bool:
        """True where this tag was made for a mail to this address."""
        return hmac.compare_digest(claim.proof, self._proof(claim.code, address))

    def _proof(self, code: str, recipient: str) -> str:
        return self._signer.stamp("email", "answer", code, recipient.casefold())
