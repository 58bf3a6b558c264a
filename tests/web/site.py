"""A real server on a real store, and questions to put into it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

from coffee_maker.autonomous.input_handler import InputHandler
from coffee_maker.clock import RealClock
from coffee_maker.domain.facts import Facts
from coffee_maker.domain.message import Receipt, Reply
from coffee_maker.domain.question import (
    DENY,
    Option,
    Question,
    QuestionKind,
    Severity,
    ToolCall,
)
from coffee_maker.gates.secrets import redact
from coffee_maker.links import Signer
from coffee_maker.store.store import Store
from coffee_maker.web.app import create_app
from coffee_maker.web.server import WebServer

TOKEN = "made-up-token"
SECRET = "made-up-secret"
KEY = "made-up-key"
LINK_SECONDS = 3600.0
DIFF = """\
--- a/src/shop/prices.py
+++ b/src/shop/prices.py
@@ -12,7 +12,9 @@ class Prices:
     def of(self, article: str) -> Decimal:
-        return self._ask_the_supplier(article)
+        if article not in self._known:
+            self._known[article] = self._ask_the_supplier(article, timeout_seconds=30, retries=3)
+        return self._known[article]
     # until somebody asks anew
     def forget(self) -> None:
         self._known.clear()
"""


def permission(id: str = "q-permission", **given: object) -> Question:
    """Whether a file may be written."""
    facts: dict[str, object] = {
        "id": id,
        "task": "PRIORITY 3",
        "kind": QuestionKind.PERMISSION,
        "text": "May Claude edit src/shop/prices.py?",
        "safe_default": DENY,
        "asked_at": datetime.now(UTC),
        "deadline": datetime.now(UTC) + timedelta(minutes=5),
        "severity": Severity.IMPORTANT,
        "tool_call": ToolCall(
            id="t1", tool="Edit", input={"file_path": "src/shop/prices.py", "new_string": "x"}
        ),
        "context": {"title": "Cache the prices of the supplier"},
        "diff": DIFF,
        "facts": Facts(branch="feature/priority-3-cache", files_modified=("src/shop/prices.py",)),
    }
    return Question(**(facts | given))  # type: ignore[arg-type]


def choice(id: str = "q-choice", **given: object) -> Question:
    """Which of several ways to go."""
    facts: dict[str, object] = {
        "kind": QuestionKind.CHOICE,
        "text": "How long should a price be kept?",
        "options": (
            Option(label="One hour", description="Prices change several times a day"),
            Option(label="One day", description="As the supplier recommends"),
            Option(label="For ever", description="Until somebody calls forget()"),
        ),
        "severity": Severity.ROUTINE,
        "tool_call": None,
        "diff": "",
        "safe_default": "One hour",
    }
    return permission(id, **(facts | given))


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A served project. `replies`: all that came in by the one door; `refused`: of those who may
    not answer.
    """

    url: str
    store: Store
    replies: list[Reply]
    refused: list[Reply]
    signer: Signer

    def link(self, question: str, *, channel: str = "email", who: str = "ana@example.com") -> str:
        return f"{self.url}/a/{self.signer.sign(question, channel, who)}"

    def logged_in(self, name: str = "") -> requests.Session:
        """A person who has typed the token."""
        person = requests.Session()
        person.trust_env = False
        entered = person.post(f"{self.url}/login", data={"token": TOKEN, "name": name})
        assert entered.status_code == 200, entered.text
        return person


@contextmanager
def serve(
    folder: Path, *, public_url: str = "", link_seconds: float = LINK_SECONDS
) -> Iterator[Site]:
    """The pages over an empty store."""
    clock, signer = RealClock(), Signer(KEY)
    replies: list[Reply] = []
    refused: list[Reply] = []
    with Store(folder / "store.db", clock) as store:
        door = InputHandler(store.questions, clock)

        def receive(reply: Reply) -> Receipt:
            (refused if reply.refusal else replies).append(reply)
            return door.receive(reply)

        app = create_app(
            box=store.questions,
            receive=receive,
            signer=signer,
            token=TOKEN,
            project="webshop",
            redact=redact,
            journal=store.journal,
            public_url=public_url,
            link_seconds=link_seconds,
            webhook_secret=SECRET,
        )
        with WebServer(app, "127.0.0.1", 0) as server:
            yield Site(
                url=server.address, store=store, replies=replies, refused=refused, signer=signer
            )
