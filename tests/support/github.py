"""GitHub on loopback, complete enough for the real gh and the real git, in one `with`.

    with github(tmp_path) as site:
        subprocess.run(["git", "push", site.url, "feature/x"], env=site.environment, ...)
        subprocess.run(["gh", "pr", "create", ...], env=site.environment, ...)
        site.fake.pulls       # what GitHub has now (and the levers: see FakeGitHub)
        site.refused          # every other host that anybody tried to reach: should be []
        site.repository       # GitHub's side of the repository: a bare one, on disk

`github` leads `https://github.com/...` through a proxy, with TLS: pushes work, nothing in the
clients' addresses changes. `github_api` gives gh a unix socket: no git, but half a second quicker.
"""

import os
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trustme

from tests.support.connect_proxy import connect_proxy
from tests.support.fake_github import FakeGitHub
from tests.support.git_server import bare_repository
from tests.support.github_schema import github_schema
from tests.support.needs import program
from tests.support.wire import serve_tls, serve_unix

_GITCONFIG = """\
[user]
\tname = Ada
\temail = ada@example.com
[init]
\tdefaultBranch = main
[credential "https://github.com"]
\thelper =
\thelper = !"{gh}" auth git-credential
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """`environment` is a whole one for child processes: account, certificates, proxy, PATH."""

    fake: FakeGitHub
    repository: Path
    environment: Mapping[str, str]
    refused: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://github.com/{self.fake.owner}/{self.fake.name}.git"


@contextmanager
def github(folder: Path, repository: Path | None = None) -> Iterator[Site]:
    """GitHub behind a proxy. `repository`: an existing bare one, else it is made with a commit."""
    fake = _fake(folder, repository)
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("github.com", "api.github.com").configure_cert(context)
    certificate = folder / "ca.pem"
    authority.cert_pem.write_to_path(certificate)
    with (
        serve_tls(fake.answer, context) as port,
        connect_proxy({"github.com:443": port, "api.github.com:443": port}) as proxy,
    ):
        way = {
            **dict.fromkeys(("HTTPS_PROXY", "https_proxy"), proxy.url),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
            "SSL_CERT_FILE": str(certificate),
            "GIT_SSL_CAINFO": str(certificate),
        }
        yield Site(
            fake=fake,
            repository=fake.repository,
            environment={**_environment(folder, fake), **way},
            refused=proxy.refused,
        )


@contextmanager
def github_api(folder: Path, repository: Path | None = None) -> Iterator[Site]:
    """GitHub's API on a unix socket; put commits into `repository` with `git_server.commit`."""
    fake = _fake(folder, repository)
    # In a folder of its own: a socket's path may be no longer than about a hundred bytes.
    with tempfile.TemporaryDirectory(prefix="gh-") as short:
        socket = Path(short) / "api"
        environment = _environment(folder, fake)
        config = Path(environment["GH_CONFIG_DIR"]) / "config.yml"
        config.write_text(f'version: "1"\nhttp_unix_socket: {socket}\nprompt: disabled\n')
        with serve_unix(fake.answer, socket):
            yield Site(fake=fake, repository=fake.repository, environment=environment)


def _fake(folder: Path, repository: Path | None) -> FakeGitHub:
    github_schema()  # before any request waits for it
    return FakeGitHub(repository or bare_repository(folder / "github.git"))


def _environment(folder: Path, fake: FakeGitHub) -> dict[str, str]:
    home = folder / "github-home"
    for name in ("config", "cache", "tmp"):
        (home / name).mkdir(parents=True, exist_ok=True)
    gh = program("gh", "it is installed with the test requirements: run `make test`")
    (home / "gitconfig").write_text(_GITCONFIG.format(gh=gh))
    return {
        "PATH": f"{Path(gh).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "GH_TOKEN": fake.token,
        "GH_CONFIG_DIR": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "cache"),
        "GH_PROMPT_DISABLED": "1",
        "GH_NO_UPDATE_NOTIFIER": "1",
        "GH_TELEMETRY": "false",
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        # gh asks the keyring where it finds no token, and dbus would be started for that.
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/dev/null",
    }
