"""Brings open questions to people, and answers back."""

from collections.abc import Sequence

from coffee_maker.domain.errors import ChannelError
from coffee_maker.domain.events import NoticeGiven
from coffee_maker.domain.ports import Channel, Journal, QuestionBox
from coffee_maker.domain.question import Question


class Notifier:
    """Shows every open question on every channel, once, and tells each when it is settled.

    A channel that fails is told of in the journal and keeps no other channel waiting.
    """

    def __init__(self, box: QuestionBox, channels: Sequence[Channel], journal: Journal) -> None:
        self._box, self._channels, self._journal = box, tuple(channels), journal
        self._shown: dict[str, Question] = {}

    def attend(self) -> None:
        """Look once; made for being called several times a second."""
        if not self._channels:
            return
        still_open = {question.id: question for question in self._box.open()}
        for question in still_open.values():
            if question.id not in self._shown:
                self._shown[question.id] = question
                self._ask(question)
        for settled in self._shown.keys() - still_open.keys():
            self._settle(self._shown.pop(settled))
        for channel in self._channels:
            for asked, answer in channel.answers():
                self._box.answer(asked, answer)

    def _ask(self, question: Question) -> None:
        for channel in self._channels:
            try:
                channel.ask(question)
            except ChannelError as error:
                notice = NoticeGiven(message=f"{channel.name} could not be used: {error}")
                self._journal.append(notice, task=question.task)

    def _settle(self, question: Question) -> None:
        answer = self._box.answer_to(question.id)
        if answer is None:
            return
        for channel in self._channels:
            channel.settle(question, answer)
