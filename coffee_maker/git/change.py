"""What lies between two commits, read in the mirror, where nobody else's settings count."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from coffee_maker.domain.change import Change, Commit, FileChange, FileState
from coffee_maker.git.command import Command

LONGEST_DIFF_BYTES = 8 * 1024 * 1024
_PLAIN = ("--no-ext-diff", "--no-textconv", "--no-color", "--find-renames")
_STATES = {"A": FileState.ADDED, "D": FileState.DELETED, "R": FileState.RENAMED}


def read_change(
    git: Command,
    *,
    branch: str,
    base: str,
    head: str,
    notes: Sequence[str] = (),
    longest_diff: int = LONGEST_DIFF_BYTES,
) -> Change:
    """Commits, files and diff from `base` to `head`.

    A diff of more than so many bytes ends in a line that says so, and a note says it too.
    """
    diff, cut = _read_diff(git, base, head, longest_diff)
    commits, all_read = _with_diffs(git, read_commits(git, base, head), longest_diff)
    return Change(
        branch=branch,
        base_commit=base,
        head_commit=head,
        commits=commits,
        files=_read_files(git, base, head),
        diff=diff,
        is_whole=all_read and not cut,
        notes=(*notes, *((cut,) if cut else ())),
    )


def _with_diffs(
    git: Command, commits: tuple[Commit, ...], longest: int
) -> tuple[tuple[Commit, ...], bool]:
    """Each commit with its own diff, and whether all could be read within `longest` bytes.

    A single commit's is that of the whole change already. A merge is held against its first parent.
    """
    if len(commits) < 2:
        return commits, True
    told, left, all_read = [], longest, True
    for commit in commits:
        shown = git.run(
            "diff-tree", *_PLAIN, "-p", "-m", "--first-parent", "--root", "--no-commit-id",
            commit.sha, longest_output=max(1, left),
        )  # fmt: skip
        left -= len(shown.out)
        all_read = all_read and not shown.cut
        told.append(replace(commit, diff=shown.out.decode("utf-8", "replace")))
    return tuple(told), all_read


def read_commits(git: Command, base: str, head: str) -> tuple[Commit, ...]:
    """The commits that `head` has and `base` has not, oldest first."""
    listed = git.text(
        "log",
        "-z",
        "--topo-order",
        "--reverse",
        "--encoding=UTF-8",
        "--format=%H%n%B",
        f"{base}..{head}",
    )
    commits = []
    for item in listed.split("\0"):
        sha, _, message = item.partition("\n")
        if sha:
            commits.append(Commit(sha=sha, message=message.rstrip("\n")))
    return tuple(commits)


def parse_files(raw: bytes, numbers: bytes) -> tuple[FileChange, ...]:
    """The files in the output of `git diff -z --raw` and of `git diff -z --numstat`.

    A name that is no UTF-8 shows its odd bytes as `\\xe9`. Binary files count no lines.
    """
    counts = {path: (plus, minus) for path, plus, minus in _numstat(numbers)}
    files = []
    for letter, old, new in _raw(raw):
        insertions, deletions = counts.get(new, (0, 0))
        files.append(
            FileChange(
                path=_name(new),
                state=_STATES.get(letter, FileState.MODIFIED),
                insertions=insertions,
                deletions=deletions,
                old_path=_name(old) if old is not None else None,
            )
        )
    return tuple(files)


def _read_files(git: Command, base: str, head: str) -> tuple[FileChange, ...]:
    raw = git.out("diff", *_PLAIN, "-z", "--raw", base, head)
    numbers = git.out("diff", *_PLAIN, "-z", "--numstat", base, head) if raw else b""
    return parse_files(raw, numbers)


def _read_diff(git: Command, base: str, head: str, longest: int) -> tuple[str, str]:
    result = git.run("diff", *_PLAIN, base, head, longest_output=longest)
    text = result.out.decode("utf-8", "replace")
    if not result.cut:
        return text, ""
    cut = f"the diff was cut after {longest:,} bytes; the whole: git diff {base} {head}"
    return f"{text}\n[{cut}]\n", cut


def _raw(listed: bytes) -> Iterator[tuple[str, bytes | None, bytes]]:
    """Letter, old name where there is one, and name."""
    fields = iter(listed.split(b"\0"))
    for meta in fields:
        if not meta:
            return
        letter = meta.decode().split(" ")[4][0]
        path = next(fields)
        yield (letter, path, next(fields)) if letter in "RC" else (letter, None, path)


def _numstat(listed: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, insertions and deletions."""
    fields = iter(listed.split(b"\0"))
    for line in fields:
        if not line:
            return
        plus, minus, path = line.split(b"\t", 2)
        if not path:  # a renamed file: both names follow
            next(fields)
            path = next(fields)
        yield path, _lines(plus), _lines(minus)


def _lines(count: bytes) -> int:
    return 0 if count == b"-" else int(count)


def _name(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")
