"""`coffee-maker web`: the page on which questions are answered."""

import sys
import threading
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import click

from coffee_maker import plugins
from coffee_maker.cli.options import repo_option
from coffee_maker.domain.errors import ConfigError
from coffee_maker.project import Project, open_project


@click.command()
@repo_option
@click.option("--host", metavar="ADDRESS", help="Listen here; from this machine only if not given.")
@click.option("--port", type=click.IntRange(0, 65535), metavar="N", help="0 takes a free one.")
@click.option("--open", "show", is_flag=True, help="Open it in this machine's browser.")
def web(*, repo: Path | None, host: str | None, port: int | None, show: bool) -> None:
    """Answer questions in a browser, also on a phone. Ctrl-C ends it.

    \b
    Examples:
      coffee-maker web --open
      coffee-maker web --port 9000
    """
    chosen = {"host": host, "port": port}
    overrides = {"web": {name: given for name, given in chosen.items() if given is not None}}
    project = open_project(repo, overrides)
    if host is None and not is_loopback(project.settings.web.host):
        raise ConfigError(
            f"web.host is {project.settings.web.host}: every machine there could reach the page",
            cure=f"if that is wanted, say it here too: coffee-maker web --host "
            f"{project.settings.web.host}",
        )
    _serve(project, show=show)


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine alone."""
    if host.casefold() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _serve(project: Project, *, show: bool) -> None:
    from coffee_maker.rooms import project_store

    # Neighbours on the top floor know each other by name only.
    build: Any = plugins.load("coffee_maker.web.build:web_server")
    token: Any = plugins.load("coffee_maker.web.build:web_token")
    with project_store(project) as store, build(project, store, log_level="error") as server:
        try:
            click.echo("\n".join(_told(project, server.address, server.port, token(project))))
            if show:
                click.launch(server.address)
            threading.Event().wait()
        except KeyboardInterrupt:
            click.echo("")


def _told(project: Project, address: str, port: int, token: str) -> Iterator[str]:
    chosen = project.settings.web
    yield f"Questions of {project.folder.name}:  {address}"
    yield f"Token to log in with:  {_shown(project, token)}"
    if not is_loopback(chosen.host):
        yield ""
        yield "Warning: every machine that reaches this one can open the log-in, and what is sent"
        yield "is not encrypted: others on the way can read the token."
    yield ""
    if chosen.public_url:
        yield f"From a phone:  {chosen.public_url}"
    else:
        yield "From a phone, or from elsewhere:"
        yield f"  ssh -L {port}:127.0.0.1:{port} THIS-MACHINE     then open http://127.0.0.1:{port}"
        yield "  or a proxy with TLS that leads here; set `public_url` under [web] to its https"
        yield "  address, and mails and chats carry links as well"
    yield "Ctrl-C ends it."


def _shown(project: Project, token: str) -> str:
    """The token for eyes only: not for files and pipes, and not what was set as a secret."""
    if project.settings.web.secret:
        return "what web.secret is set to"
    if not sys.stdout.isatty():
        return f"in {project.state_dir / 'web.token'}"
    return token
