"""GitHub for one repository: gh's own queries, executed on GitHub's real schema.

What is about git (hashes, whether there is anything to merge) is read from a real bare repository.
The levers are plain attributes; see `FakeGitHub`.
"""

import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any

from tests.support.git_server import git, git_over_http
from tests.support.github_schema import Refused, execute, operation_of
from tests.support.wire import Reply, Request

TOKEN = "gho_" + "Loopback" * 4 + "0000"
BODY_LIMIT = 65_536
_COMMENTS = re.compile(r"/repos/[^/]+/[^/]+/issues/(\d+)/comments")


@dataclass(slots=True)
class Pull:
    """A pull request as GitHub holds it; `state` is OPEN, MERGED or CLOSED."""

    number: int
    title: str
    body: str
    head: str
    base: str
    draft: bool = False
    state: str = "OPEN"
    from_fork: bool = False
    comments: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An HTTP answer to give instead of the right one."""

    status: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request that came in; `operation` is the GraphQL operation's name, where it was one."""

    method: str
    host: str
    path: str
    operation: str
    status: int


@dataclass
class FakeGitHub:
    """Knows one repository and one account.

    Levers: `fail_next` (answers to give to the next API requests instead of the right ones),
    `before` (by operation name: what happens just before it is executed, once), `token` (any
    other is refused with 401), `drafts` (False: this plan has none), `pulls` (edit them freely).
    Records: `log` (every request), `schema_warnings` (what the schema says against a query).
    """

    repository: Path
    owner: str = "acme"
    name: str = "widgets"
    login: str = "ada"
    token: str = TOKEN
    drafts: bool = True
    pulls: list[Pull] = field(default_factory=list)
    fail_next: deque[Failure] = field(default_factory=deque)
    before: dict[str, Callable[[], object]] = field(default_factory=dict)
    log: list[Exchange] = field(default_factory=list)
    schema_warnings: list[str] = field(default_factory=list)
    _lock: RLock = field(default_factory=RLock)

    def fail(self, status: int, message: str = "", *, times: int = 1) -> None:
        """Answer the next API requests with an HTTP error."""
        self.fail_next.extend([Failure(status=status, message=message or f"{status}")] * times)

    def limit_rate(self, *, times: int = 1) -> None:
        """Answer the next API requests as GitHub does to one who asks too much."""
        self.fail(403, "API rate limit exceeded for user ID 1.", times=times)

    def open(self, head: str, *, base: str = "main", **fields: Any) -> Pull:
        """A pull request that somebody else opened."""
        pull = Pull(
            number=len(self.pulls) + 1,
            head=head,
            base=base,
            title=fields.pop("title", "by hand"),
            body=fields.pop("body", ""),
            **fields,
        )
        self.pulls.append(pull)
        return pull

    def operations(self) -> list[str]:
        """The GraphQL operations and the other API requests that came in, in order."""
        return [one.operation or f"{one.method} {one.path}" for one in self.log]

    def answer(self, request: Request) -> Reply:
        """What GitHub answers, on all its hosts."""
        with self._lock:
            if request.host.split(":")[0] == "github.com":
                operation, reply = "", self._git(request)
            else:
                operation, reply = self._api(request)
            self.log.append(
                Exchange(
                    method=request.method,
                    host=request.host,
                    path=request.path,
                    operation=operation,
                    status=reply.status,
                )
            )
            return reply

    def _git(self, request: Request) -> Reply:
        for prefix in (f"/{self.owner}/{self.name}.git/", f"/{self.owner}/{self.name}/"):
            if request.path.startswith(prefix):
                rest = request.path.removeprefix(prefix)
                return git_over_http(self.repository, rest, request, token=self.token)
        return Reply(status=404, body=b"Not Found")

    def _api(self, request: Request) -> tuple[str, Reply]:
        payload = json.loads(request.body) if request.body else {}
        operation = operation_of(payload["query"]) if request.path == "/graphql" else ""
        if self.before.keys() & {operation}:
            self.before.pop(operation)()
        if self.fail_next:
            failure = self.fail_next.popleft()
            return operation, _json({"message": failure.message}, failure.status)
        if request.headers.get("authorization") not in {
            f"token {self.token}",
            f"Bearer {self.token}",
        }:
            return operation, _json({"message": "Bad credentials"}, 401)
        if request.path == "/graphql":
            done = execute(payload, self._query(), self._mutation())
            self.schema_warnings += done.warnings
            return operation, _json(done.body)
        return operation, self._rest(request, payload)

    def _rest(self, request: Request, payload: dict[str, Any]) -> Reply:
        pulls = f"/repos/{self.owner}/{self.name}/pulls/"
        if request.path == "/user":
            return _json({"login": self.login, "id": 1})
        if request.path == "/":
            return Reply(body=b"{}", headers={"X-Oauth-Scopes": "repo, read:org"})
        if request.method == "PATCH" and request.path.startswith(pulls):
            pull = self._numbered(int(request.path.removeprefix(pulls)))
            if pull is not None:
                return self._patched(pull, payload)
        comments = _COMMENTS.fullmatch(request.path.partition("?")[0])
        if comments and (pull := self._numbered(int(comments[1]))) is not None:
            if request.method == "POST":
                pull.comments.append(payload["body"])
                return _json({"body": payload["body"]}, 201)
            return _json([{"body": said} for said in pull.comments])
        return _json({"message": "Not Found"}, 404)

    def _patched(self, pull: Pull, payload: dict[str, Any]) -> Reply:
        base = payload.get("base", pull.base)
        if len(payload.get("body", "")) > BODY_LIMIT or not self._tip(base):
            errors = [{"resource": "PullRequest", "field": "base", "code": "invalid"}]
            return _json({"message": "Validation Failed", "errors": errors}, 422)
        pull.title = payload.get("title", pull.title)
        pull.body = payload.get("body", pull.body)
        pull.base = base
        pull.state = payload.get("state", pull.state).upper()
        return _json({"number": pull.number, "title": pull.title})

    def _query(self) -> dict[str, Any]:
        return {
            "repository": self._repository,
            "viewer": {"login": self.login, "id": "U_1"},
            "node": self._node,
        }

    def _repository(self, *, owner: str, name: str, **_: Any) -> dict[str, Any]:
        if (owner.lower(), name.lower()) != (self.owner, self.name):
            raise Refused(
                f"Could not resolve to a Repository with the name '{owner}/{name}'.", "NOT_FOUND"
            )
        return {
            "id": "R_1",
            "name": self.name,
            "owner": self._account(),
            "viewerPermission": "ADMIN",
            "defaultBranchRef": {"name": "main"},
            "pullRequest": self._pull_request,
            "pullRequests": self._pull_requests,
            **dict.fromkeys(("mergeCommitAllowed", "squashMergeAllowed", "hasIssuesEnabled"), True),
        }

    def _account(self) -> dict[str, Any]:
        return {"__typename": "User", "id": "U_1", "login": self.owner, "name": self.owner}

    def _pull_request(self, *, number: int) -> dict[str, Any]:
        pull = self._numbered(number)
        if pull is None:
            raise Refused(
                f"Could not resolve to a PullRequest with the number of {number}.", "NOT_FOUND"
            )
        return self._shown(pull)

    def _pull_requests(self, **wanted: Any) -> dict[str, Any]:
        found = [
            pull
            for pull in reversed(self.pulls)
            if wanted.get("headRefName") in {None, pull.head}
            and wanted.get("baseRefName") in {None, pull.base}
            and (not wanted.get("states") or pull.state in wanted["states"])
        ][: wanted.get("first")]
        return {"nodes": [self._shown(pull) for pull in found], "totalCount": len(found)}

    def _shown(self, pull: Pull) -> dict[str, Any]:
        return {
            "__typename": "PullRequest",
            "id": _id(pull),
            "number": pull.number,
            "url": f"https://github.com/{self.owner}/{self.name}/pull/{pull.number}",
            "title": pull.title,
            "body": pull.body,
            "state": pull.state,
            "isDraft": pull.draft,
            "baseRefName": pull.base,
            "headRefName": pull.head,
            "headRefOid": self._tip(pull.head),
            "isCrossRepository": pull.from_fork,
            "headRepositoryOwner": self._account(),
            "author": self._account(),
        }

    def _mutation(self) -> dict[str, Any]:
        return {
            "createPullRequest": self._create,
            "markPullRequestReadyForReview": self._ready,
            "convertPullRequestToDraft": self._unready,
        }

    def _create(self, *, input: dict[str, Any]) -> dict[str, Any]:
        head, base = input["headRefName"], input["baseRefName"]
        for complaint in self._complaints(head, base, input):
            raise Refused(complaint)
        pull = self.open(
            head,
            base=base,
            title=input["title"],
            body=input.get("body") or "",
            draft=bool(input.get("draft")),
        )
        return {"pullRequest": self._shown(pull)}

    def _complaints(self, head: str, base: str, input: dict[str, Any]) -> list[str]:
        said = []
        if not self._tip(head):
            said.append("Head sha can't be blank, Head ref must be a branch")
        elif not self._tip(base):
            said.append("Base sha can't be blank, Base ref must be a branch")
        elif not int(git("rev-list", "--count", f"{base}..{head}", cwd=self.repository)):
            said.append(f"No commits between {base} and {head}")
        if any((p.head, p.base, p.state) == (head, base, "OPEN") for p in self.pulls):
            said.append(f"A pull request already exists for {self.owner}:{head}.")
        if len(input.get("body") or "") > BODY_LIMIT:
            said.append(f"Body is too long (maximum is {BODY_LIMIT} characters)")
        if input.get("draft") and not self.drafts:
            said.append("Draft pull requests are not supported in this repository.")
        return said

    def _ready(self, *, input: dict[str, Any]) -> dict[str, Any]:
        return self._set_draft(input["pullRequestId"], draft=False)

    def _unready(self, *, input: dict[str, Any]) -> dict[str, Any]:
        return self._set_draft(input["pullRequestId"], draft=True)

    def _set_draft(self, id: str, *, draft: bool) -> dict[str, Any]:
        pull = next(pull for pull in self.pulls if _id(pull) == id)
        pull.draft = draft
        return {"pullRequest": self._shown(pull)}

    def _node(self, *, id: str) -> dict[str, Any] | None:
        return next((self._shown(pull) for pull in self.pulls if _id(pull) == id), None)

    def _numbered(self, number: int) -> Pull | None:
        return next((pull for pull in self.pulls if pull.number == number), None)

    def _tip(self, branch: str) -> str:
        return git(
            "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}", cwd=self.repository
        )


def _id(pull: Pull) -> str:
    return f"PR_{pull.number}"


def _json(content: object, status: int = 200) -> Reply:
    return Reply(
        status=status,
        body=json.dumps(content).encode(),
        headers={"Content-Type": "application/json; charset=utf-8"},
    )
