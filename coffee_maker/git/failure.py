"""What a remote's refusal means, and what to do about it."""

import re

from coffee_maker.domain.errors import RemoteError

_HOST_KEY = re.compile(r"host key verification failed", re.IGNORECASE)
_CREDENTIALS = re.compile(
    r"authentication failed|could not read (username|password)|terminal prompts disabled"
    r"|permission denied \(|permission to .* denied|invalid username or|access denied"
    r"|error: 40[13]\b|HTTP 40[13]\b|support for password authentication was removed",
    re.IGNORECASE,
)
_NOT_THERE = re.compile(
    r"repository not found|error: 404\b|repository '.*' not found", re.IGNORECASE
)
_PUSH_REASON = re.compile(r"\((?P<reason>[^()]*)\)\s*$")


def remote_failure(said: str, remote: str) -> RemoteError:
    """The error for what git said when it could not talk to the remote.

    Transient is all that is not known to need a person first.
    """
    words = last_words(said)
    if _HOST_KEY.search(said):
        return RemoteError(
            f"the remote {remote!r} is not a host that ssh knows: {words}",
            cure=f"connect once by hand and look at its key: git fetch {remote}",
        )
    if _CREDENTIALS.search(said):
        return RemoteError(
            f"the remote {remote!r} refused your credentials: {words}",
            cure=f"make `git fetch {remote}` and `git push {remote}` work without a question: "
            "an ssh key in the agent, a credential helper, or `gh auth setup-git`",
        )
    if _NOT_THERE.search(said):
        return RemoteError(
            f"the remote {remote!r} has no such repository, or does not show it to you: {words}",
            cure=f"check the address: git remote get-url {remote}",
        )
    return RemoteError(
        f"the remote {remote!r} cannot be reached: {words}",
        cure=f"check the network and the address: git remote get-url {remote}",
        transient=True,
    )


def push_failure(line: str, said: str, branch: str, remote: str) -> RemoteError:
    """The error for one refused ref of `git push --porcelain`."""
    found = _PUSH_REASON.search(line)
    reason = found["reason"] if found else line.strip()
    told = " / ".join(
        text.removeprefix("remote:").strip()
        for text in said.splitlines()
        if text.startswith("remote:") and text.removeprefix("remote:").strip()
    )
    return RemoteError(
        f"the remote {remote!r} rejected {branch}: {reason}" + (f" ({told})" if told else ""),
        cure=_push_cure(reason, branch, remote),
    )


def last_words(said: str) -> str:
    """The lines of git's that count, in one line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:", "remote:", "ssh:"))]
    return " / ".join((fatal or lines)[-3:]) or "no reason was given"


def _push_cure(reason: str, branch: str, remote: str) -> str:
    if "fast-forward" in reason or "fetch first" in reason:
        return (
            f"someone else committed to {branch}: merge their commits, or delete the branch on "
            f"the remote to have it made anew: git push {remote} --delete {branch}"
        )
    if "stale info" in reason:
        return f"someone else changed {branch} this very moment: look at it, then do this again"
    if "checked out" in reason or "current branch" in reason:
        return f"leave that branch in your checkout: git switch -, then delete it: {branch}"
    return "the rule is the remote's own: change it, or push the branch by hand"
