"""Slack by an app of the user's own: cards with buttons, one thread for each task.

The app needs a bot token with the scope `chat:write`, and for answers that are written in a thread
`channels:history` (`groups:history` in a private channel) with the event `message.channels`
(`message.groups`); an app-level token with `connections:write`; Socket Mode and interactivity
switched on. Each daemon needs an app of its own: Slack hands each click to any one connection.

Which question a click answers stands in the button, so that it outlives us. Which one a text
answers is known from what was sent in its thread, or after a restart is read from there again:
cards name their question in the ids of their blocks.
"""

from collections.abc import Sequence
from typing import Any

from coffee_maker.channels.slack.blocks import (
    blocks,
    code_of,
    escaped,
    fallback,
    parent_blocks,
    parent_text,
    settled_line,
)
from coffee_maker.channels.slack.errors import SlackRefusal
from coffee_maker.channels.slack.replies import SlackReplies
from coffee_maker.channels.slack.socket_mode import SlackSocket
from coffee_maker.channels.slack.threads import Asked, Threads, read_blocks
from coffee_maker.channels.slack.web import SlackWeb
from coffee_maker.domain.errors import ChannelError
from coffee_maker.domain.message import About, Message, Sent
from coffee_maker.domain.ports import Receive
from coffee_maker.domain.visible import one_line

_DIGEST = "digest:"  # of a reference: the message is about several questions
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
_NO_THREAD = frozenset({"thread_not_found", "message_not_found", "invalid_thread_ts"})


class SlackChannel:
    """Writes to one channel; takes answers from `users` (member ids) and from nobody else."""

    name = "slack"

    def __init__(
        self,
        *,
        bot_token: str,
        app_token: str,
        channel: str,
        users: Sequence[str],
        mention: str = "",
        api_url: str = "https://slack.com/api/",
    ) -> None:
        self._bot_token, self._app_token = bot_token.strip(), app_token.strip()
        self._channel, self._users, self._mention = channel, frozenset(users), mention
        self._web = SlackWeb(api_url)
        self._threads = Threads()
        self._parents: dict[str, str] = {}
        self._replies: SlackReplies | None = None
        self._socket: SlackSocket | None = None

    def __repr__(self) -> str:
        return f"SlackChannel(channel={self._channel!r})"

    def open(self, receive: Receive) -> None:
        """Begin to listen, in the background; that Slack is away or refuses is told by `send`."""
        self.close()
        replies = SlackReplies(
            call=self._call,
            receive=receive,
            threads=self._threads,
            users=self._users,
            channel=lambda: self._channel,
        )
        self._socket = SlackSocket(
            self._web, self._app_token, before=replies.introduce, deliver=replies.put
        )
        self._replies = replies
        replies.open()
        self._socket.open()

    def poll(self) -> None:
        """Nothing to do: Slack calls us."""

    def close(self) -> None:
        """Stop listening; what has arrived by then is still passed on."""
        listening, replies = self._socket, self._replies
        self._socket = self._replies = None
        if listening is not None:
            listening.close()
        if replies is not None:
            replies.close()

    def send(self, message: Message) -> Sent:
        """Post it, or bring the earlier one up to date.

        Raises ChannelError, also where answers cannot be heard before a person mends the settings.
        """
        trouble = self._socket.trouble if self._socket is not None else None
        if trouble is not None and not trouble.transient:
            raise ChannelError(str(trouble), cure=trouble.cure)
        match message.about:
            case About.SETTLED:
                return self._settle(message)
            case About.DIGEST:
                return self._tell_several(message)
            case About.ASK if message.reference and not message.reference.startswith(_DIGEST):
                return self._ask_again(message)
            case _:
                return self._tell(message)

    def _tell_several(self, message: Message) -> Sent:
        ts = self._post(message)
        self._threads.begin(ts)
        self._threads.note(ts, [_listed(card.code, ts) for card in message.cards if card.code])
        return Sent(reference=f"{_DIGEST}{ts}")

    def _tell(self, message: Message) -> Sent:
        thread = self._thread(message)
        try:
            ts = self._post(message, thread)
        except SlackRefusal as error:
            if not thread or error.code not in _NO_THREAD:
                raise
            thread = self._begin(message)  # somebody has deleted the one there was
            ts = self._post(message, thread)
        if not thread:
            self._threads.begin(ts)
        if message.about is About.ASK:
            self._threads.note(thread or ts, [_asked(message, ts)])
        return Sent(reference=ts, thread=thread)

    def _ask_again(self, message: Message) -> Sent:
        try:
            self._update(message.reference, message)
        except SlackRefusal as error:
            if error.code not in _GONE:
                raise
            return self._tell(message)
        asked = _asked(message, message.reference)
        self._threads.note(message.thread or message.reference, [asked])
        return Sent(reference=message.reference, thread=message.thread)

    def _settle(self, message: Message) -> Sent:
        """Show on the card how it ended; where there is no card any more, say it beside."""
        self._threads.settle(code_of(message.card, message.question))
        reference = message.reference
        try:
            if reference.startswith(_DIGEST):
                self._settle_in_digest(reference.removeprefix(_DIGEST), message)
            elif reference:
                self._update(reference, message)
        except SlackRefusal as error:
            if error.code not in _GONE:
                raise
            reference = ""
        return (
            Sent(reference=reference, thread=message.thread) if reference else self._tell(message)
        )

    def _settle_in_digest(self, ts: str, message: Message) -> None:
        code = code_of(message.card, message.question)
        said = self._call("conversations.replies", channel=self._channel, ts=ts, limit=1)
        match said:
            case {"messages": [{"blocks": [*shown], **root}, *_]}:
                pass
            case _:
                return
        line = settled_line(message.card, message.question, message.outcome)
        new = [line if _is_about(block, code) else block for block in shown]
        if new != shown:
            text = escaped(one_line(str(root.get("text", ""))))
            self._call("chat.update", channel=self._channel, ts=ts, text=text, blocks=new)

    def _thread(self, message: Message) -> str:
        """Where the task's messages hang; begun now where there is none. Empty without a task."""
        task = message.card.task
        if not task:
            return ""
        thread = message.thread or self._parents.get(task, "")
        if thread:
            self._parents[task] = thread
        return thread or self._begin(message)

    def _begin(self, message: Message) -> str:
        card = message.card
        said = self._call(
            "chat.postMessage",
            channel=self._channel,
            text=escaped(parent_text(card)),
            blocks=parent_blocks(card),
            unfurl_links=False,
        )
        thread = str(said["ts"])
        self._threads.begin(thread)
        self._parents[card.task] = thread
        return thread

    def _post(self, message: Message, thread: str = "") -> str:
        asks = message.about is About.ASK
        said = self._call(
            "chat.postMessage",
            channel=self._channel,
            text=fallback(message),
            blocks=blocks(message, self._mention),
            thread_ts=thread or None,
            # In a thread that nobody follows yet, a question without a mention reaches nobody.
            reply_broadcast=True if asks and thread and not self._mention else None,
            unfurl_links=False,
            unfurl_media=False,
        )
        # Events name it by its id, whatever name the settings have for it.
        self._channel = str(said.get("channel") or self._channel)
        return str(said["ts"])

    def _update(self, ts: str, message: Message) -> None:
        self._call(
            "chat.update",
            channel=self._channel,
            ts=ts,
            text=fallback(message),
            blocks=blocks(message, self._mention),
        )

    def _call(self, method: str, **arguments: object) -> dict[str, Any]:
        return self._web.call(method, self._bot_token, **arguments)


def _asked(message: Message, ts: str) -> Asked:
    code = code_of(message.card, message.question)
    return Asked(question=message.question, code=code, open=True, at=ts)


def _listed(code: str, ts: str = "") -> Asked:
    return Asked(question=code, code=code, open=True, at=ts)


def _is_about(block: object, code: str) -> bool:
    return read_blocks([{"blocks": [block]}]) == (_listed(code),)
