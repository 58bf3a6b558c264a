"""The settings of the ways to reach a person."""

from datetime import time
from typing import Annotated, Literal

from msgspec import Meta

from coffee_maker.section import SECRET, NotNegative, Section


class ChannelSettings(Section, frozen=True, kw_only=True):
    """What every way to reach a person has in common: its rung of the ladder."""

    enabled: Annotated[bool, Meta(description="Whether it is used.")] = False
    after_seconds: Annotated[
        NotNegative,
        Meta(description="How long a question must have waited before it is told here."),
    ] = 0
    from_severity: Annotated[
        Literal["routine", "important", "critical"],
        Meta(
            description="Questions below that are not told here: routine (leave to do something), "
            "important (a choice, or words), critical (credentials, production, merging)."
        ),
    ] = "routine"
    notices: Annotated[
        bool, Meta(description="Also tell what was delivered, parked, or failed.")
    ] = True

    def lacks(self) -> tuple[str, ...]:
        """The settings without which it cannot work, and which are not there.

        That is no error of the file: a secret may stand in the environment of the daemon alone,
        and whoever only reads or answers in another window needs none.
        """
        return tuple(name for name in self._needs() if not getattr(self, name))

    def _needs(self) -> tuple[str, ...]:
        return ()


class TerminalSettings(ChannelSettings, frozen=True, kw_only=True):
    """The window in which the daemon runs."""

    enabled: Annotated[bool, Meta(description="Whether it is used.")] = True


class DesktopSettings(ChannelSettings, frozen=True, kw_only=True):
    """Notifications on this machine's screen, with buttons where it can."""

    sound: Annotated[bool, Meta(description="Make a sound.")] = True
    urgency: Annotated[
        Literal["auto", "low", "normal", "critical"],
        Meta(description="auto: as severe as the question."),
    ] = "auto"


class SlackSettings(ChannelSettings, frozen=True, kw_only=True):
    """Slack: with buttons by an app's two tokens, or with links by an incoming webhook."""

    bot_token: Annotated[
        str,
        Meta(
            description="xoxb-…; better set as COFFEE_MAKER_CHANNELS__SLACK__BOT_TOKEN in the "
            "environment than written here. The same goes for everything secret below.",
            extra=SECRET,
        ),
    ] = ""
    app_token: Annotated[str, Meta(description="xapp-…, for Socket Mode.", extra=SECRET)] = ""
    channel: Annotated[str, Meta(description="Where to write: the channel's id (C…).")] = ""
    users: Annotated[tuple[str, ...], Meta(description="Who may answer: member ids (U…).")] = ()
    mention: Annotated[str, Meta(description="Who is called: a member id.")] = ""
    webhook_url: Annotated[
        str, Meta(description="An incoming webhook instead of the tokens.", extra=SECRET)
    ] = ""
    api_url: Annotated[str, Meta(description="Slack's own, or a gateway's.")] = (
        "https://slack.com/api/"
    )

    def _needs(self) -> tuple[str, ...]:
        return () if self.webhook_url else ("bot_token", "app_token", "channel", "users")


class DiscordSettings(ChannelSettings, frozen=True, kw_only=True):
    """A Discord webhook, with links."""

    webhook_url: Annotated[str, Meta(description="The webhook's address.", extra=SECRET)] = ""
    mention: Annotated[str, Meta(description="Who is called: a user id.")] = ""

    def _needs(self) -> tuple[str, ...]:
        return ("webhook_url",)


class TeamsSettings(ChannelSettings, frozen=True, kw_only=True):
    """A Microsoft Teams workflow webhook, with links."""

    webhook_url: Annotated[str, Meta(description="The webhook's address.", extra=SECRET)] = ""

    def _needs(self) -> tuple[str, ...]:
        return ("webhook_url",)


class WebhookSettings(ChannelSettings, frozen=True, kw_only=True):
    """Any webhook: JSON, signed by HMAC."""

    url: Annotated[str, Meta(description="Where it is posted to.", extra=SECRET)] = ""
    secret: Annotated[str, Meta(description="The key of the signature.", extra=SECRET)] = ""

    def _needs(self) -> tuple[str, ...]:
        return ("url",)


class EmailSettings(ChannelSettings, frozen=True, kw_only=True):
    """Email, answered by link or by reply."""

    smtp_host: Annotated[str, Meta(description="Where mail is handed in.")] = ""
    smtp_port: Annotated[int, Meta(description="Its port.", gt=0, lt=65536)] = 587
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password: Annotated[str, Meta(extra=SECRET)] = ""
    sender: Annotated[str, Meta(description="The From address.")] = ""
    to: Annotated[
        tuple[str, ...], Meta(description="Who is written to; they alone may answer by reply.")
    ] = ()
    plus_addressing: Annotated[
        bool,
        Meta(description="Whether SENDER+anything@ reaches the same mailbox: replies come there."),
    ] = True
    imap_host: Annotated[str, Meta(description="Where replies are read; empty: links only.")] = ""
    imap_port: Annotated[int, Meta(gt=0, lt=65536)] = 993
    imap_security: Literal["tls", "starttls", "none"] = "tls"
    imap_user: str = ""
    imap_password: Annotated[str, Meta(extra=SECRET)] = ""
    imap_folder: str = "INBOX"

    def _needs(self) -> tuple[str, ...]:
        return ("smtp_host", "sender", "to")


class ChannelsSettings(Section, frozen=True, kw_only=True):
    """Ways to reach you. `coffee-maker channels test NAME` sends a real question."""

    quiet_hours: Annotated[
        str, Meta(description='Only critical questions go out then: "22:00-07:00", local time.')
    ] = ""
    digest_at: Annotated[
        int, Meta(ge=2, description="So many questions at once on a channel become one message.")
    ] = 5
    terminal: TerminalSettings = TerminalSettings()
    desktop: DesktopSettings = DesktopSettings()
    slack: SlackSettings = SlackSettings()
    discord: DiscordSettings = DiscordSettings()
    teams: TeamsSettings = TeamsSettings()
    webhook: WebhookSettings = WebhookSettings()
    email: EmailSettings = EmailSettings()

    def __post_init__(self) -> None:
        quiet_span(self.quiet_hours)


def quiet_span(text: str) -> tuple[time, time] | None:
    """When quiet hours begin and end, None for no text. Raises ValueError."""
    if not text:
        return None
    try:
        begin, _, end = text.partition("-")
        return time.fromisoformat(begin.strip()), time.fromisoformat(end.strip())
    except ValueError as error:
        raise ValueError(f'"{text}" is no span of hours; write it like "22:00-07:00"') from error
