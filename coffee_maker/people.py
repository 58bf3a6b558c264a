"""Settings to the ways in which people are reached, and to the one door for their answers.

Like `wiring`, of which it is a part, this names concrete classes, and imports each where it is
used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from coffee_maker.channel_settings import ChannelSettings, quiet_span
from coffee_maker.clock import RealClock
from coffee_maker.config import PREFIX
from coffee_maker.domain.errors import ConfigError
from coffee_maker.domain.question import Severity
from coffee_maker.project import Project

if TYPE_CHECKING:
    from coffee_maker.autonomous.input_handler import InputHandler
    from coffee_maker.autonomous.message_handler import MessageHandler
    from coffee_maker.autonomous.notifier import ChannelPlan, Notifier
    from coffee_maker.domain.ports import Channel, QuestionBox
    from coffee_maker.links import Signer
    from coffee_maker.store.store import Store


def make_notifier(
    project: Project, store: Store, *, window: Channel | None, handler: MessageHandler | None
) -> Notifier:
    """Who tells people on every channel that is switched on. `window`: that of the run itself."""
    from coffee_maker.autonomous.notifier import Notifier
    from coffee_maker.gates.secrets import redact

    chosen = project.settings.channels
    return Notifier(
        store.questions,
        store.journal,
        store.outbox,
        RealClock(),
        receive=answer_door(store.questions).receive,
        redact=redact,
        channels=[_plan(name, project) for name in BUILDERS if _settings(name, project).enabled],
        window=window if chosen.terminal.enabled else None,
        handler=handler,
        link=linker(project),
        quiet=quiet_span(chosen.quiet_hours),
        digest_at=chosen.digest_at,
    )


def answer_door(box: QuestionBox) -> InputHandler:
    """Where every person's answer goes in."""
    from coffee_maker.autonomous.input_handler import InputHandler

    return InputHandler(box, RealClock())


def make_channel(name: str, project: Project) -> Channel:
    """The channel of this name, whether or not it is switched on.

    Raises ConfigError, also where it lacks what it needs: the night is no time to find out.
    """
    build = BUILDERS.get(name)
    if build is None:
        raise ConfigError(
            f'there is no channel "{name}" to be tested', cure=f"there are: {', '.join(BUILDERS)}"
        )
    lacking = _settings(name, project).lacks()
    if lacking:
        raise ConfigError(
            f"channels.{name}: it has no {' and no '.join(lacking)}",
            cure=f"write it under [channels.{name}] in the settings, or what is secret into the "
            f"environment: {PREFIX}CHANNELS__{name.upper()}__{lacking[0].upper()}",
        )
    return build(project)


def linker(project: Project) -> Callable[[str, str], str]:
    """What gives the address of a question's page on a channel; empty where none can be reached."""
    public = project.settings.web.public_url.rstrip("/")
    if not public:
        return lambda question, channel: ""  # noqa: ARG005 - the caller's
    sign = _signer(project).sign
    return lambda question, channel: f"{public}/a/{sign(question, channel)}"


def _signer(project: Project) -> Signer:
    from coffee_maker.links import Signer, key_in

    return Signer(project.settings.web.secret or key_in(project.state_dir))


def _plan(name: str, project: Project) -> ChannelPlan:
    from coffee_maker.autonomous.notifier import ChannelPlan

    chosen = _settings(name, project)
    return ChannelPlan(
        channel=make_channel(name, project),
        after_seconds=chosen.after_seconds,
        from_severity=Severity(chosen.from_severity),
        notices=chosen.notices,
    )


def _settings(name: str, project: Project) -> ChannelSettings:
    chosen: ChannelSettings = getattr(project.settings.channels, name)
    return chosen


def _desktop(project: Project) -> Channel:
    from coffee_maker.channels.desktop.channel import DesktopChannel

    chosen = project.settings.channels.desktop
    return DesktopChannel(sound=chosen.sound, urgency=chosen.urgency)


def _slack(project: Project) -> Channel:
    chosen = project.settings.channels.slack
    if chosen.webhook_url:
        from coffee_maker.channels.slack.webhook import SlackWebhook

        return SlackWebhook(url=chosen.webhook_url, mention=chosen.mention)
    from coffee_maker.channels.slack.channel import SlackChannel

    return SlackChannel(
        bot_token=chosen.bot_token,
        app_token=chosen.app_token,
        channel=chosen.channel,
        users=chosen.users,
        mention=chosen.mention,
        api_url=chosen.api_url,
    )


def _discord(project: Project) -> Channel:
    from coffee_maker.channels.webhooks.discord import DiscordWebhook

    chosen = project.settings.channels.discord
    return DiscordWebhook(chosen.webhook_url, chosen.mention)


def _teams(project: Project) -> Channel:
    from coffee_maker.channels.webhooks.teams import TeamsWebhook

    return TeamsWebhook(project.settings.channels.teams.webhook_url)


def _webhook(project: Project) -> Channel:
    from coffee_maker.channels.webhooks.signed import Webhook

    chosen = project.settings.channels.webhook
    return Webhook(chosen.url, chosen.secret)


def _email(project: Project) -> Channel:
    from coffee_maker.channels.mail.channel import EmailChannel

    chosen = project.settings.channels.email
    return EmailChannel(
        smtp_host=chosen.smtp_host,
        smtp_port=chosen.smtp_port,
        smtp_security=chosen.smtp_security,
        smtp_user=chosen.smtp_user,
        smtp_password=chosen.smtp_password,
        sender=chosen.sender,
        to=chosen.to,
        plus_addressing=chosen.plus_addressing,
        imap_host=chosen.imap_host,
        imap_port=chosen.imap_port,
        imap_security=chosen.imap_security,
        imap_user=chosen.imap_user,
        imap_password=chosen.imap_password,
        imap_folder=chosen.imap_folder,
        signer=_signer(project),
    )


# Every channel but the terminal, which is the window of a run.
BUILDERS: Mapping[str, Callable[[Project], Channel]] = {
    "desktop": _desktop,
    "slack": _slack,
    "discord": _discord,
    "teams": _teams,
    "webhook": _webhook,
    "email": _email,
}
