"""Every error that is raised on purpose, in one tree.

    CoffeeMakerError
    ├── ConfigError          the user's settings
    ├── RoadmapError         the roadmap's text
    ├── ClaudeError          the coding agent
    │   ├── ClaudeMissing        no such program, or not a version that works
    │   └── ClaudeUnusable       it runs, but a person must act first (log in, pay, choose a key)
    ├── GitError             the repository, on this machine
    │   ├── BranchTaken          the branch exists and is not ours
    │   └── RemoteError          the other side: unreachable, or it refused
    ├── ForgeError           the pull request's home
    ├── GateError            a gate could not do its check at all
    ├── ChannelError         a person could not be reached this way
    ├── UndoError            a person's decision that cannot be carried out as things stand
    └── StoreError           the database

Each says what happened and, in `cure`, what to do about it. Callers branch on the type and on
attributes, never on the text. An SDK's own exception never leaves the room that called it.
"""


class CoffeeMakerError(Exception):
    """Root of the tree. `str(error)` is what happened; `error.cure` is the next step, or empty.

    `transient`: trying again later may help. `stops_the_line`: no task at all can be worked on
    before a person has acted.
    """

    transient: bool = False
    stops_the_line: bool = False

    def __init__(self, what: str, *, cure: str = "") -> None:
        super().__init__(what)
        self.cure = cure


class ConfigError(CoffeeMakerError):
    """The settings cannot be used as they are written."""

    stops_the_line = True


class RoadmapError(CoffeeMakerError):
    """The roadmap cannot be used as written; `line` is 1-based, 0 where no line is to blame."""

    stops_the_line = True

    def __init__(self, what: str, *, cure: str = "", line: int = 0) -> None:
        super().__init__(what, cure=cure)
        self.line = line


class ClaudeError(CoffeeMakerError):
    """The coding agent failed."""


class ClaudeMissing(ClaudeError):
    """The program is not there, cannot be run, or has a version that is not supported."""

    stops_the_line = True


class ClaudeUnusable(ClaudeError):
    """The program runs, but a person must act before it can work: log in, pay, allow a key."""

    stops_the_line = True


class GitError(CoffeeMakerError):
    """Git refused something on this machine."""


class BranchTaken(GitError):
    """The branch a task needs exists already and was not made by this program."""


class RemoteError(GitError):
    """The remote could not be reached, or refused. `transient`: trying again may help."""

    def __init__(self, what: str, *, cure: str = "", transient: bool = False) -> None:
        super().__init__(what, cure=cure)
        self.transient = transient


class ForgeError(CoffeeMakerError):
    """The pull request could not be opened or read. `transient`: trying again may help."""

    def __init__(self, what: str, *, cure: str = "", transient: bool = False) -> None:
        super().__init__(what, cure=cure)
        self.transient = transient


class GateError(CoffeeMakerError):
    """A gate could not do its check; this is not the same as a check that found something.

    `stops_the_line`: it cannot do it for any task, as where the settings name no such program.
    """

    def __init__(self, what: str, *, cure: str = "", stops_the_line: bool = False) -> None:
        super().__init__(what, cure=cure)
        self.stops_the_line = stops_the_line


class ChannelError(CoffeeMakerError):
    """A person could not be reached this way.

    `transient`: the same message may go through later, in `retry_after` seconds where the other
    side said so. Else a person must mend the settings first.
    """

    def __init__(
        self,
        what: str,
        *,
        cure: str = "",
        transient: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(what, cure=cure)
        self.transient, self.retry_after = transient, retry_after


class UndoError(CoffeeMakerError):
    """What a person wants of a task, or of the daemon, cannot be done as things stand."""


class StoreError(CoffeeMakerError):
    """The database could not be read or written."""

    stops_the_line = True
