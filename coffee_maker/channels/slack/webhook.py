"""Slack by an incoming webhook: it tells, and leads to where one answers."""

from coffee_maker.channels.slack.blocks import fallback, linked_blocks
from coffee_maker.channels.slack.errors import refusal
from coffee_maker.channels.slack.web import post
from coffee_maker.domain.message import Message, Sent
from coffee_maker.domain.ports import Receive


class SlackWebhook:
    """Posts to the webhook's own channel. Nothing comes back that way, and nothing can be changed.

    The `url` is a secret: whoever has it may post. No error and no text of ours holds it.
    """

    name = "slack"

    def __init__(self, *, url: str, mention: str = "") -> None:
        self._url, self._mention = url.strip(), mention

    def __repr__(self) -> str:
        return "SlackWebhook()"

    def open(self, receive: Receive) -> None:
        """Nothing to do: answers come by the link."""

    def send(self, message: Message) -> Sent:
        """Post it. The reference says only that it was posted. Raises ChannelError."""
        body = {
            "text": fallback(message),
            "blocks": linked_blocks(message, self._mention),
            "unfurl_links": False,
            "unfurl_media": False,
        }
        status, headers, text = post(self._url, body, {}, "the webhook")
        if status != 200:
            raise refusal("the webhook's message", status, headers, {"error": text.strip()})
        return Sent(reference=message.id)

    def poll(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""
