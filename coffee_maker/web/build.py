"""The pages of a project, out of its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from coffee_maker.clock import RealClock
from coffee_maker.domain.errors import ConfigError
from coffee_maker.links import Signer, key_in
from coffee_maker.project import Project
from coffee_maker.settings import QuestionSettings

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from coffee_maker.domain.ports import Receive
    from coffee_maker.store.store import Store
    from coffee_maker.web.server import WebServer

TOKEN_FILE = "web.token"  # noqa: S105 - a file's name
_DAY_SECONDS = 24 * 3600.0


def web_token(project: Project) -> str:
    """What people log in with: `web.secret`, or one kept in the state directory, 0600."""
    return project.settings.web.secret or key_in(project.state_dir, TOKEN_FILE)


def web_server(
    project: Project, store: Store, *, receive: Receive | None = None, log_level: str = "critical"
) -> WebServer:
    """The pages of a project where its settings want them, not started yet. Raises ConfigError."""
    from coffee_maker.web.server import WebServer

    app = web_app(project, store, receive=receive)
    return WebServer(app, project.settings.web.host, project.settings.web.port, log_level=log_level)


def web_app(project: Project, store: Store, *, receive: Receive | None = None) -> Starlette:
    """The pages of a project. `receive`: the one door for answers, where it stands already.

    Raises ConfigError.
    """
    from coffee_maker.autonomous.input_handler import InputHandler
    from coffee_maker.gates.secrets import redact
    from coffee_maker.web.app import create_app

    chosen, clock = project.settings, RealClock()
    _check_public(chosen.web.public_url)
    return create_app(
        box=store.questions,
        receive=receive or InputHandler(store.questions, clock).receive,
        signer=Signer(chosen.web.secret or key_in(project.state_dir)),
        token=web_token(project),
        project=project.folder.name,
        redact=redact,
        journal=store.journal,
        clock=clock,
        host=chosen.web.host,
        public_url=chosen.web.public_url,
        link_seconds=_link_seconds(chosen.questions),
        webhook_secret=chosen.channels.webhook.secret,
    )


def _link_seconds(chosen: QuestionSettings) -> float:
    """A link outlives its question, which may be parked after it was asked."""
    return chosen.deadline_seconds + (chosen.park_days + 1) * _DAY_SECONDS


def _check_public(url: str) -> None:
    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ConfigError(
            f'web.public_url is "{url}", which is no address',
            cure='write it like "https://coffee.example.com"',
        )
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigError(
            f'web.public_url is "{url}": the pages must stand at the top of their host',
            cure='give them a name of their own, like "https://coffee.example.com"',
        )
