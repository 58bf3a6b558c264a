"""A bare repository and git's own smart HTTP in front of it, as a forge has them."""

import base64
import os
import subprocess
from pathlib import Path

from tests.support.wire import Reply, Request

_PLAIN = {"GIT_CONFIG_SYSTEM": "/dev/null", "GIT_CONFIG_GLOBAL": "/dev/null"}
_ADA = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (
        ("NAME", "Ada"),
        ("EMAIL", "ada@example.com"),
        ("DATE", "2026-01-01T12:00:00Z"),
    )
}


def git(*arguments: str, cwd: Path, input: str | None = None) -> str:
    """What a git command prints; no configuration but the repository's own counts."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=cwd,
        input=input,
        env={"PATH": os.environ["PATH"], "HOME": str(cwd), **_PLAIN, **_ADA},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"git {' '.join(arguments)}: {done.stderr}{done.stdout}")
    return done.stdout.rstrip("\n")


def bare_repository(path: Path) -> Path:
    """A bare repository with one commit on `main`."""
    git("init", "--quiet", "--bare", "--initial-branch=main", str(path), cwd=path.parent)
    commit(path, "main", {"README.md": "# Widgets\n"}, "feat: begin")
    return path


def commit(
    repository: Path, branch: str, files: dict[str, str], message: str, *, onto: str | None = None
) -> str:
    """Put a commit on a branch of a bare repository, without a work tree; its hash.

    A branch that is new begins at the branch `onto`, or at nothing.
    """
    known = git("for-each-ref", "--format=%(refname)", f"refs/heads/{branch}", cwd=repository)
    parent = f"refs/heads/{branch if known else onto}" if known or onto else None
    lines = git("ls-tree", "-r", parent, cwd=repository).splitlines() if parent else []
    tree = {line.partition("\t")[2]: line for line in lines}
    for path, text in files.items():
        blob = git("hash-object", "-w", "--stdin", cwd=repository, input=text)
        tree[path] = f"100644 blob {blob}\t{path}"
    made = _tree(repository, tree)
    parents = ["-p", parent] if parent else []
    sha = git("commit-tree", made, *parents, "-m", message, cwd=repository)
    git("update-ref", f"refs/heads/{branch}", sha, cwd=repository)
    return sha


def _tree(repository: Path, entries: dict[str, str]) -> str:
    here, below = [], dict[str, dict[str, str]]()
    for path, line in entries.items():
        folder, slash, rest = path.partition("/")
        if slash:
            below.setdefault(folder, {})[rest] = line.partition("\t")[0] + "\t" + rest
        else:
            here.append(line)
    here += [f"040000 tree {_tree(repository, sub)}\t{name}" for name, sub in below.items()]
    return git("mktree", cwd=repository, input="".join(f"{line}\n" for line in here))


def git_over_http(repository: Path, rest: str, request: Request, *, token: str) -> Reply:
    """Let `git http-backend` answer; `rest` is the path behind the repository's address.

    As on a private repository of GitHub, reading needs the token too.
    """
    login = request.headers.get("authorization", "")
    if login != "Basic " + base64.b64encode(f"x-access-token:{token}".encode()).decode():
        return Reply(status=401, headers={"WWW-Authenticate": 'Basic realm="GitHub"'})
    environment = {
        "PATH": os.environ["PATH"],
        **_PLAIN,
        "GIT_PROJECT_ROOT": str(repository.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{repository.name}/{rest}",
        "QUERY_STRING": request.query,
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "REMOTE_USER": "ada",
        "REMOTE_ADDR": "127.0.0.1",
    }
    done = subprocess.run(
        ["git", "http-backend"],
        input=request.body,
        env=environment,
        capture_output=True,
        check=True,
    )
    return _cgi(done.stdout)


def _cgi(output: bytes) -> Reply:
    head, _, body = output.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if line)
    status = headers.pop("Status", "200 OK")
    return Reply(status=int(status.split()[0]), headers=headers, body=body)
