"""One message for one channel, and when it is to go: the escalation ladder is made of these."""

from dataclasses import dataclass
from datetime import datetime

from coffee_maker.domain.message import About, Card
from coffee_maker.domain.question import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message before it is sent.

    `id` names what it tells (`ask:QUESTION`, `settled:QUESTION`, `event:17`); with the channel it
    is unique for ever. `due` is in UTC. `question` and `task` may be empty. `tries`: how often
    sending it has failed. `outcome`: how the question was settled, for SETTLED.
    """

    id: str
    channel: str
    about: About
    due: datetime
    card: Card
    task: str = ""
    question: str = ""
    outcome: str = ""
    tries: int = 0

    @property
    def severity(self) -> Severity:
        return self.card.severity


def thread_key(task: str) -> str:
    """Under which key a channel's reference of a task's thread is kept."""
    return f"thread:{task}"
