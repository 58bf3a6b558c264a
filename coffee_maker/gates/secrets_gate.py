"""The gate "secrets": nothing that opens a door may leave the machine in a pull request.

It reads the lines that the change adds, those that each commit of it adds (a push brings the whole
history along), the messages of the commits and the names of the files.
An agent cannot wave a secret through: the scanner's pragma comments mean nothing here. Only the
user's settings can, by path.
"""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from coffee_maker.domain.change import Change, Commit, FileState
from coffee_maker.domain.gate import Candidate, GateResult, Verdict
from coffee_maker.gates.diff import FileDiff, read_diff
from coffee_maker.gates.secrets import find_secrets, redact

NAME = "secrets"
_SHOWN = 50
_FILES = (
    ".env", ".env.*", "*.env", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "*.pem", "*.key",
    "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk", ".netrc", "_netrc", ".pgpass",
    ".htpasswd", ".git-credentials", "credentials.json", "client_secret*.json", "*.tfstate",
    "service-account*.json", "service_account*.json", "*.ovpn", ".dockercfg", "secring.*",
)  # fmt: skip
_PATHS = (".aws/credentials", ".docker/config.json", ".kube/config", ".config/gh/hosts.yml")
_PATTERNS_OF_FILES = ("example", "sample", "template", "tmpl", "dist", "schema", "defaults")
_PUBLIC = ("-----BEGIN CERTIFICATE", "-----BEGIN PUBLIC KEY", "-----BEGIN RSA PUBLIC KEY")
_CURE = (
    "Take them out of every commit, history included, and read them from the environment instead. "
    "A secret that was real must be replaced: it has been in a file."
)


class SecretsGate:
    """`ignored` are patterns of paths that a person has looked at, from the user's settings."""

    name = NAME

    def __init__(self, ignored: Sequence[str] = ()) -> None:
        self._ignored = tuple(ignored)

    def check(self, candidate: Candidate) -> GateResult:
        """Says where a secret is, its kind, and at most its first four characters."""
        found = list(dict.fromkeys(secrets_of(candidate.change, self._ignored)))
        if not found and not candidate.change.is_whole:
            return GateResult(
                gate=NAME,
                verdict=Verdict.NOT_CHECKED,
                summary="none found, but the change is too large to be read whole",
            )
        if not found:
            return GateResult(
                gate=NAME, verdict=Verdict.PASSED, summary="none in the diff, messages and names"
            )
        more = [f"… and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
        return GateResult(
            gate=NAME,
            verdict=Verdict.FAILED,
            summary=f"{len(found)} found: {found[0]}" + (" …" if len(found) > 1 else ""),
            evidence="\n".join([*found[:_SHOWN], *more, _CURE]),
        )


def secrets_of(change: Change, ignored: Sequence[str] = ()) -> Iterator[str]:
    """One line for each secret in a change."""
    files = read_diff(change.diff)
    yield from _in_names(change, files, ignored)
    for file in files:
        if not _is_ignored(file.path, ignored):
            yield from _in_lines(file)
    for commit in change.commits:
        yield from _in_commit(commit, ignored)


def _in_commit(commit: Commit, ignored: Sequence[str]) -> Iterator[str]:
    for finding in find_secrets(commit.message):
        place = f"message of commit {commit.sha[:10]}, line {finding.line}"
        yield _line(place, finding.kind, finding.hint)
    for file in read_diff(commit.diff):
        if not _is_ignored(file.path, ignored):
            yield from (f"commit {commit.sha[:10]}: {line}" for line in _in_lines(file))


def _in_lines(file: FileDiff) -> Iterator[str]:
    """What was already there and has only moved within the file is nothing new."""
    text = "\n".join(line for _, line in file.added)
    before = "\n".join(file.removed)
    for finding in find_secrets(text, path=file.path):
        if text[finding.start : finding.end] not in before:
            number = file.added[finding.line - 1][0]
            yield _line(f"{redact(file.path)}:{number}", finding.kind, finding.hint)


def _in_names(change: Change, files: Sequence[FileDiff], ignored: Sequence[str]) -> Iterator[str]:
    texts = {file.path: file for file in files}
    for file in change.files:
        if file.state is FileState.DELETED or _is_ignored(file.path, ignored):
            continue
        for finding in find_secrets(file.path):
            yield _line(f"the name of {redact(file.path)}", finding.kind, finding.hint)
        is_new = file.state in (FileState.ADDED, FileState.RENAMED)
        if is_new and _holds_secrets(file.path) and not _is_public(texts.get(file.path)):
            yield _line(redact(file.path), "a file that is made to hold secrets", "")


def _holds_secrets(path: str) -> bool:
    name = PurePosixPath(path).name.lower()
    if any(word in name for word in _PATTERNS_OF_FILES):
        return False
    by_name = any(fnmatchcase(name, pattern) for pattern in _FILES)
    return by_name or any(f"/{path}".endswith(f"/{known}") for known in _PATHS)


def _is_public(file: FileDiff | None) -> bool:
    """Certificates and public keys share their endings with private ones."""
    lines = [text for _, text in file.added] if file else []
    return any(line.startswith(_PUBLIC) for line in lines) and not any(
        "PRIVATE KEY" in line for line in lines
    )


def _is_ignored(path: str, ignored: Sequence[str]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in ignored)


def _line(place: str, kind: str, hint: str) -> str:
    return f"{place}: {kind}" + (f" ({hint}…)" if hint else "")
