"""The GitHub CLI as a child process that cannot ask, cannot hang and tells no secrets."""

import os
import re
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from coffee_maker.domain.errors import ForgeError

INSTALL = "install the GitHub CLI (https://cli.github.com), or set forge to local"
_SECONDS = 60.0

# What would make gh talk to another host or repository, or dress its output up.
_DROPPED = ("GH_HOST", "GH_REPO", "GH_DEBUG", "DEBUG", "GH_FORCE_TTY", "CLICOLOR_FORCE")
_SET = {
    "GH_PROMPT_DISABLED": "1",
    "GH_NO_UPDATE_NOTIFIER": "1",
    "GH_NO_EXTENSION_UPDATE_NOTIFIER": "1",
    "GH_SPINNER_DISABLED": "1",
    "GH_TELEMETRY": "false",
    "NO_COLOR": "1",
    "GIT_TERMINAL_PROMPT": "0",
}
_TOKENS = ("GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
_TOKEN_LIKE = re.compile(r"\b(?:gh[a-z]_|github_pat_)[A-Za-z0-9_]{16,}")
_HIDDEN = "[hidden]"


@dataclass(frozen=True, slots=True, kw_only=True)
class GhResult:
    """How a call of gh ended. No token is in the texts."""

    code: int
    stdout: str
    stderr: str

    @property
    def said(self) -> str:
        """Everything it said, complaints first."""
        return f"{self.stderr.strip()}\n{self.stdout.strip()}".strip()


class GhProgram:
    """Runs gh with the login that `environment` leads to (GH_TOKEN, or gh's own under HOME)."""

    def __init__(
        self, environment: Mapping[str, str], *, program: str = "gh", seconds: float = _SECONDS
    ) -> None:
        kept = {name: value for name, value in environment.items() if name not in _DROPPED}
        self._environment = {**kept, **_SET}
        self._secrets = tuple(value for name in _TOKENS if (value := environment.get(name)))
        self._program = program
        self._seconds = seconds

    def run(self, *arguments: str, input: str | None = None) -> GhResult:
        """Run to the end, whatever the exit code. Raises ForgeError: gh is missing, or hangs."""
        try:
            child = subprocess.Popen(
                [self._program, *map(_argument, arguments)],
                stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd="/",  # nothing of gh's answer may depend on a repository round about
                env=self._environment,
                start_new_session=True,
            )
        except OSError as error:
            raise ForgeError(f"{self._program} cannot be run: {error}", cure=INSTALL) from error
        with child:
            return self._finished(child, input)

    def _finished(self, child: "subprocess.Popen[bytes]", input: str | None) -> GhResult:
        sent = None if input is None else input.encode("utf-8", "replace")
        try:
            stdout, stderr = child.communicate(sent, timeout=self._seconds)
        except subprocess.TimeoutExpired as error:
            raise ForgeError(
                f"gh did not end within {self._seconds:g} s",
                cure="see whether the network is up and the forge answers",
                transient=True,
            ) from error
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
        return GhResult(
            code=child.returncode, stdout=self._readable(stdout), stderr=self._readable(stderr)
        )

    def _readable(self, output: bytes) -> str:
        text = output.decode("utf-8", "replace")
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return _TOKEN_LIKE.sub(_HIDDEN, text)


def _argument(text: str) -> str:
    # What no argument can carry: NUL, and halves of surrogate pairs.
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
