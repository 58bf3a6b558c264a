"""What people answered in Slack, passed on: by whom, to which question, and what they are told."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from coffee_maker.channels.slack.blocks import escaped
from coffee_maker.channels.slack.events import Heard, read_click, read_message
from coffee_maker.channels.slack.threads import Asked, Meant, Threads, meant, read_blocks
from coffee_maker.channels.slack.worker import Worker
from coffee_maker.domain.errors import ChannelError, CoffeeMakerError
from coffee_maker.domain.message import Received, Reply
from coffee_maker.domain.ports import Receive
from coffee_maker.domain.visible import one_line

_REMEMBERED = 2000
_PAGES = 10


class Call(Protocol):
    """The Web API with the bot's token. Raises ChannelError."""

    def __call__(self, method: str, **arguments: object) -> dict[str, Any]: ...


class SlackReplies:
    """Takes what the socket delivers, and works through it in a thread of its own.

    What people are told goes out in another one: a Slack that is slow to take it keeps no answer
    waiting.
    """

    def __init__(
        self,
        *,
        call: Call,
        receive: Receive,
        threads: Threads,
        users: frozenset[str],
        channel: Callable[[], str],
    ) -> None:
        self._call, self._receive = call, receive
        self._threads, self._users, self._channel = threads, users, channel
        self._me = ""
        self._names: dict[str, str] = {}
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._work, self._told = Worker("slack replies"), Worker("slack receipts")

    def open(self) -> None:
        self._work.open()
        self._told.open()

    def put(self, envelope: str, payload: Mapping[str, Any]) -> None:
        """Take one; never waits."""
        self._work.put(partial(self._take, envelope, payload))

    def close(self) -> None:
        """Pass on what has arrived, then end."""
        self._work.close()
        self._told.close()

    def introduce(self) -> None:
        """Learn who we are, so as not to listen to ourselves. Raises ChannelError."""
        self._me = str(self._call("auth.test").get("user_id", ""))

    def _take(self, envelope: str, payload: Mapping[str, Any]) -> None:
        heard = read_click(payload) or read_message(payload)
        if heard is None or self._is_known(f"envelope {envelope}") or self._is_known(heard.key):
            return
        if heard.name:
            self._names[heard.user] = heard.name
        if heard.question:
            self._pass_on(heard, Meant(question=heard.question, text=heard.text))
        elif heard.user != self._me and heard.channel == self._channel():
            self._take_text(heard)

    def _take_text(self, heard: Heard) -> None:
        try:
            asked = self._asked_in(heard.thread)
        except ChannelError:
            self._whisper(heard, "Which question that is for cannot be looked up now. Try again.")
            return
        about = meant(heard.text, asked, heard.at)
        if about is None:
            return
        if about.of and not self._refusal(heard):
            codes = ", ".join(each.code for each in about.of)
            self._whisper(heard, f"Which one is that for? Begin with its code: {codes}")
        else:
            self._pass_on(heard, about)

    def _pass_on(self, heard: Heard, about: Meant) -> None:
        question = about.question or about.of[0].question
        reply = Reply(
            question=question,
            text=about.text,
            channel="slack",
            who=self._who(heard),
            refusal=self._refusal(heard),
        )
        try:
            receipt = self._receive(reply)
        except CoffeeMakerError as error:
            self._whisper(heard, f"That could not be noted ({error}). Try again.")
            return
        if receipt.received is not Received.ACCEPTED:  # an accepted one is seen on its card
            self._whisper(heard, receipt.message)

    def _refusal(self, heard: Heard) -> str:
        if heard.user in self._users:
            return ""
        user = one_line(heard.user, 80)
        return f"Slack user {user} is not among those who may answer (channels.slack.users)"

    def _who(self, heard: Heard) -> str:
        """A text comes without a name; a click of the same person may have told it."""
        name = heard.name or self._names.get(heard.user, "")
        user = one_line(heard.user, 80)
        return f"{name} ({user})" if name else user

    def _asked_in(self, thread: str) -> tuple[Asked, ...]:
        """What was asked in a thread; read from Slack where it is from before we started."""
        if not self._threads.is_whole(thread):
            own = [message for message in self._said_in(thread) if message.get("user") == self._me]
            self._threads.note_earlier(thread, read_blocks(own))
        return self._threads.asked(thread)

    def _said_in(self, thread: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        cursor: str | None = None
        for _ in range(_PAGES):
            said = self._call(
                "conversations.replies",
                channel=self._channel(),
                ts=thread,
                limit=200,
                cursor=cursor,
            )
            page = said.get("messages")
            if isinstance(page, list):
                found += [each for each in page if isinstance(each, dict)]
            after = said.get("response_metadata")
            cursor = after.get("next_cursor") if isinstance(after, dict) else None
            if not cursor:
                break
        return found

    def _whisper(self, heard: Heard, text: str) -> None:
        """Say something to one person alone; that they do not see it harms no answer."""
        self._told.put(partial(self._say, heard, text))

    def _say(self, heard: Heard, text: str) -> None:
        with suppress(ChannelError):
            self._call(
                "chat.postEphemeral",
                channel=heard.channel or self._channel(),
                user=heard.user,
                thread_ts=heard.thread or None,
                text=escaped(text),
            )

    def _is_known(self, key: str) -> bool:
        """Whether this was told before; Slack tells again what it believes to be lost."""
        if key in self._seen:
            return True
        self._seen[key] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return False
