"""What gh's complaints mean, and what to do about each: a result goes in, an error comes out."""

import re
from dataclasses import dataclass

from coffee_maker.domain.errors import ForgeError
from coffee_maker.git.gh_program import GhResult
from coffee_maker.git.remote_url import RemoteUrl

_NOT_LOGGED_IN = 4  # gh's exit code, for every command that needs a login
_LONGEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class _Complaint:
    pattern: re.Pattern[str]
    what: str
    cure: str
    transient: bool = False


def _complaint(pattern: str, what: str, cure: str, *, transient: bool = False) -> _Complaint:
    return _Complaint(
        pattern=re.compile(pattern, re.IGNORECASE), what=what, cure=cure, transient=transient
    )


_LOGIN = "log in with `gh auth login --hostname {host}`, or mend GH_TOKEN"
_LATER = "it is tried again later by itself"
# The first that matches counts; {repository} and {host} are filled in.
_COMPLAINTS = (
    _complaint(
        r"rate limit|abuse detection|submitted too quickly|HTTP 429",
        "{host} has had too many requests from this account",
        _LATER,
        transient=True,
    ),
    _complaint(r"HTTP 401|bad credentials", "{host} refused the login", _LOGIN),
    _complaint(
        r"SAML",
        "{repository} wants a login by single sign-on",
        "authorise the token for the organisation: `gh auth refresh --hostname {host}`",
    ),
    _complaint(
        r"could not resolve to a repository|HTTP 404",
        "{repository} was not found on the forge, or this account may not see it",
        "check the address of the remote (`git remote -v`) and the account (`gh auth status`)",
    ),
    _complaint(
        r"no commits between",
        "there is nothing to review: the branch has no commits that its target lacks",
        "look at both branches on {repository}",
    ),
    _complaint(
        r"head (sha can't be blank|ref must be a branch)|head.{0,40}invalid",
        "the branch is not on {repository}",
        "push it, then try again",
    ),
    _complaint(
        r"base (sha can't be blank|ref must be a branch)|base.{0,40}invalid",
        "the target branch is not on {repository}",
        "push it, or choose another base branch",
    ),
    _complaint(
        r"draft pull requests are not supported",
        "{repository} does not take draft pull requests",
        "switch drafts off in the settings",
    ),
    _complaint(
        r"HTTP 403|resource not accessible|must have push access|not have permission|FORBIDDEN",
        "this account may not do that on {repository}",
        "give the token the right to read and write pull requests (`gh auth refresh -s repo`)",
    ),
    _complaint(r"HTTP 5\d\d", "{host} has trouble of its own", _LATER, transient=True),
    _complaint(
        r"x509|certificate",
        "the certificate of {host} is not trusted on this machine",
        "add your organisation's certificate to the system's store",
    ),
    _complaint(
        r"error connecting|dial tcp|no such host|connection (refused|reset)|i/o timeout"
        r"|timeout|\bEOF\b|network is unreachable|proxyconnect|deadline exceeded",
        "{host} cannot be reached",
        "see whether the network is up; " + _LATER,
        transient=True,
    ),
)


def forge_error(result: GhResult, repository: RemoteUrl) -> ForgeError:
    """The error that a call of gh which failed amounts to."""
    names = {"host": repository.host, "repository": str(repository)}
    if result.code == _NOT_LOGGED_IN:
        return ForgeError(f"gh is not logged in to {repository.host}", cure=_LOGIN.format(**names))
    said = " ".join(result.said.split())[:_LONGEST]
    for complaint in _COMPLAINTS:
        if complaint.pattern.search(said):
            return ForgeError(
                f"{complaint.what.format(**names)} (gh said: {said})",
                cure=complaint.cure.format(**names),
                transient=complaint.transient,
            )
    return ForgeError(
        f"gh failed with exit code {result.code}: {said or 'it said nothing'}",
        cure="run `gh auth status` and `gh pr list` in the repository to see more",
    )
