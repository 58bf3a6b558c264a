"""What the daemon's own window shows of the questions."""

from collections.abc import Mapping

from coffee_maker.domain.cards import Redact, compose_card, outcome
from coffee_maker.domain.errors import ChannelError
from coffee_maker.domain.events import ChannelFailed
from coffee_maker.domain.message import About, Message, Sent
from coffee_maker.domain.ports import Channel, Journal, QuestionBox, Receive
from coffee_maker.domain.question import Question


class WindowView:
    """Keeps a window as the question box is: used by one thread, and never waiting.

    A window that cannot be written to is told of in the journal; the other ways are left.
    """

    def __init__(self, window: Channel, box: QuestionBox, journal: Journal, redact: Redact) -> None:
        self._window, self._box, self._journal = window, box, journal
        self._redact = redact
        self._shown: dict[str, tuple[bool, Sent]] = {}

    def open(self, receive: Receive) -> None:
        """Take what is typed."""
        try:
            self._window.open(receive)
        except ChannelError as error:
            self._failed(error)

    def show(self, questions: Mapping[str, Question]) -> None:
        """These are open now: ask what was not asked yet, settle what is not open any more."""
        for name in self._shown.keys() - questions.keys():
            _, sent = self._shown.pop(name)
            self._settle(name, sent)
        for question in questions.values():
            known = self._shown.get(question.id)
            if known is None or known[0] != question.parked:
                sent = self._tell(About.ASK, question, known[1] if known else Sent())
                self._shown[question.id] = question.parked, sent

    def poll(self) -> None:
        """Take what was typed since the last call."""
        self._window.poll()

    def close(self) -> None:
        self._window.close()
        self._shown.clear()

    def _settle(self, id: str, sent: Sent) -> None:
        question = self._box.find(id)
        answer = self._box.answer_to(id)
        if question is not None and answer is not None:
            self._tell(About.SETTLED, question, sent, outcome(answer, self._redact))

    def _tell(self, about: About, question: Question, known: Sent, how: str = "") -> Sent:
        message = Message(
            id=f"{about}:{question.id}",
            about=about,
            card=compose_card(question, self._redact),
            question=question.id,
            outcome=how,
            reference=known.reference,
        )
        try:
            return self._window.send(message)
        except ChannelError as error:
            self._failed(error)
            return Sent()

    def _failed(self, error: ChannelError) -> None:
        event = ChannelFailed(channel=self._window.name, error=str(error), cure=error.cure)
        self._journal.append(event)
