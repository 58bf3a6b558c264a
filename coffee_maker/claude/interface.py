"""Claude Code as a coding agent: builds a session's settings, environment and command."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from coffee_maker.claude.environment import MARKER, build_environment
from coffee_maker.claude.settings import session_settings, write_settings
from coffee_maker.claude.transcript_folder import session_transcript
from coffee_maker.domain.change import Workspace
from coffee_maker.processes import end_all

if TYPE_CHECKING:
    from coffee_maker.claude.session import ClaudeSession


class ClaudeCLIInterface:
    """The real Claude Code in a terminal session, or a program with the same outside.

    `command` is what to run, before any flag; `state_dir` a folder of ours, for settings that only
    this user can read; `environment` what the agent gets beyond the built list, a key included;
    `pass_through` names variables of ours that it may have as well. `ready_seconds` bounds the
    start; a screen that nobody recognises and that stands still for `still_seconds` is asked about.
    `recordings` and `sockets` are folders of ours: what each session prints is recorded in the one
    and can be watched at a socket in the other; neither happens where they are None.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        name: str = "claude",
        state_dir: Path,
        model: str | None = None,
        environment: Mapping[str, str] | None = None,
        pass_through: Sequence[str] = (),
        ready_seconds: float = 60.0,
        still_seconds: float = 10.0,
        recordings: Path | None = None,
        sockets: Path | None = None,
    ) -> None:
        self.name = name
        self._command = tuple(command)
        self._state_dir, self._model = state_dir, model
        self._extra = dict(environment or {})
        self._pass_through = tuple(pass_through)
        self._recordings, self._sockets = recordings, sockets
        self._ready_seconds, self._still_seconds = ready_seconds, still_seconds

    def open(self, workspace: Workspace, *, session: str, resume: bool) -> "ClaudeSession":
        """Start, or go on with, a session. Raises ClaudeMissing where the program cannot start.

        What may still run of a session that is gone on with is ended first: whoever drove it was
        killed, and two agents must not work in one folder.
        """
        from coffee_maker.claude.hooks import HookServer
        from coffee_maker.claude.session import ClaudeSession

        if resume:
            end_all((MARKER, session))
        environment = build_environment(
            os.environ, session=session, extra=self._extra, pass_through=self._pass_through
        )
        hooks = HookServer()
        settings = write_settings(
            self._state_dir / session, session_settings(hooks.url, hooks.secret)
        )
        try:
            return ClaudeSession(
                self._arguments(session, settings, resume=resume),
                session=session,
                cwd=workspace.path,
                environment=environment,
                hooks=hooks,
                settings=settings,
                transcript=session_transcript(_config(environment), workspace.path, session),
                task=workspace.task,
                recordings=self._recordings,
                sockets=self._sockets,
                ready_seconds=self._ready_seconds,
                still_seconds=self._still_seconds,
            )
        except BaseException:
            hooks.close()
            settings.unlink(missing_ok=True)
            raise

    def _arguments(self, session: str, settings: Path, *, resume: bool) -> list[str]:
        return [
            *self._command,
            *("--resume" if resume else "--session-id", session),
            *("--settings", str(settings)),
            # Since 2.1.3xx the default is a classifier that asks nobody.
            *("--permission-mode", "default"),
            *(("--model", self._model) if self._model else ()),
        ]


def _config(environment: Mapping[str, str]) -> Path:
    given = environment.get("CLAUDE_CONFIG_DIR")
    return Path(given) if given else Path(environment.get("HOME", "~")).expanduser() / ".claude"
