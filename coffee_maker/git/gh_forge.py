"""Pull requests on GitHub, by way of the GitHub CLI and the login that the user has there."""

import json
import re
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from coffee_maker.domain.change import PullRequest, PullRequestDraft, PullRequestState
from coffee_maker.domain.errors import ForgeError
from coffee_maker.domain.ports import Clock
from coffee_maker.git.gh_errors import forge_error
from coffee_maker.git.gh_program import GhProgram, GhResult
from coffee_maker.git.remote_url import RemoteUrl
from coffee_maker.git.submission import choose, differs, may_be_closed, refuse_closed

_FIELDS = "number,url,title,body,state,isDraft,baseRefName,headRefName,isCrossRepository"
_PULL_URL = re.compile(r"https://\S+/pull/(\d+)")
_PAUSES = (2.0, 8.0, 30.0)  # seconds before each further try of what may pass

T = TypeVar("T")


class GhForge:
    """The port `Forge`. The branch must have been pushed before `submit`."""

    name = "gh"

    def __init__(
        self,
        repository: RemoteUrl,
        *,
        gh: GhProgram,
        clock: Clock,
        pauses: tuple[float, ...] = _PAUSES,
    ) -> None:
        self._repository = repository
        self._gh = gh
        self._clock = clock
        self._pauses = pauses

    def find(self, branch: str) -> PullRequest | None:
        """The open pull request of a branch, or the newest of the others. Raises ForgeError."""
        return self._patiently(lambda: choose(self._listed(branch)))

    def submit(self, draft: PullRequestDraft, *, superseded: Collection[str] = ()) -> PullRequest:
        """Open the pull request, or bring the open one of that branch up to date.

        One that is merged is returned as it is. One that is ready for review stays so. Raises
        ForgeError: also where somebody closed one that is not among the `superseded` addresses.
        """
        return self._patiently(lambda: self._submit(draft, superseded))

    def close(self, pull_request: PullRequest, comment: str) -> None:
        """Comment on it, once, and close it; nothing happens where it is closed.

        Raises ForgeError, also where it is merged.
        """
        self._patiently(lambda: self._close(pull_request, comment))

    def _patiently(self, action: Callable[[], T]) -> T:
        # The whole action is repeated, looking included: nobody knows how far a broken one came.
        for pause in self._pauses:
            try:
                return action()
            except ForgeError as error:
                if not error.transient:
                    raise
            self._clock.sleep(pause)
        return action()

    def _close(self, pull: PullRequest, comment: str) -> None:
        known = next((p for p in self._listed(pull.branch) if p.number == pull.number), pull)
        if not may_be_closed(known):
            return
        # The comment first: who was killed before closing does both again, and finds it there.
        where = f"repos/{self._repository.owner}/{self._repository.name}/issues/{pull.number}"
        said = self._api(f"{where}/comments?per_page=100", "--paginate", "--jq=.[].body | @json")
        if comment.strip() not in [json.loads(line).strip() for line in said.splitlines() if line]:
            self._api(f"{where}/comments", "--method=POST", "--silent", body=comment)
        self._change(pull.number, state="closed")

    def _submit(self, draft: PullRequestDraft, superseded: Collection[str]) -> PullRequest:
        known = choose(self._listed(draft.branch), target=draft.target, superseded=superseded)
        if known is None:
            return self._create(draft)
        refuse_closed(
            known, cure=f"reopen it with `gh pr reopen {known.url}`, or delete the branch"
        )
        return self._update(known, draft) if known.state is PullRequestState.OPEN else known

    def _create(self, draft: PullRequestDraft) -> PullRequest:
        result = self._pr(
            "create",
            f"--head={draft.branch}",
            f"--base={draft.target}",
            f"--title={draft.title}",
            "--body-file=-",
            *(["--draft"] if draft.draft else []),
            input=draft.body,
        )
        if result.code and "already exists" in result.said:
            return self._update(self._just_opened(draft), draft)
        found = _PULL_URL.search(self._good(result).stdout)
        if found is None:
            raise ForgeError(f"gh named no pull request: {result.said[:200]}")
        return PullRequest(
            number=int(found[1]),
            url=found[0],
            branch=draft.branch,
            target=draft.target,
            title=draft.title,
            body=draft.body,
            state=PullRequestState.OPEN,
            draft=draft.draft,
        )

    def _just_opened(self, draft: PullRequestDraft) -> PullRequest:
        known = choose(self._listed(draft.branch), target=draft.target)
        if known is None or known.state is not PullRequestState.OPEN:
            raise ForgeError(
                f"{self._repository} says that a pull request of {draft.branch} exists already, "
                "but does not list it yet",
                cure="try again in a minute",
                transient=True,
            )
        return known

    def _update(self, known: PullRequest, draft: PullRequestDraft) -> PullRequest:
        if differs(known, draft):
            self._change(known.number, title=draft.title, body=draft.body, base=draft.target)
        if known.draft and not draft.draft:
            self._good(self._pr("ready", str(known.number)))
        return PullRequest(
            number=known.number,
            url=known.url,
            branch=known.branch,
            target=draft.target,
            title=draft.title,
            body=draft.body,
            state=known.state,
            draft=known.draft and draft.draft,
        )

    def _change(self, number: int, **fields: str) -> None:
        # Not `gh pr edit`: that asks for the projects as well, which tokens often may not see.
        where = f"repos/{self._repository.owner}/{self._repository.name}/pulls/{number}"
        self._api(where, "--method=PATCH", "--silent", **fields)

    def _api(self, where: str, *options: str, **fields: str) -> str:
        """What a call of the REST interface answers; `fields` are sent as JSON."""
        host, given = f"--hostname={self._repository.host}", ("--input=-",) if fields else ()
        text = json.dumps(fields) if fields else None
        return self._good(self._gh.run("api", host, where, *options, *given, input=text)).stdout

    def _listed(self, branch: str) -> list[PullRequest]:
        result = self._good(
            self._pr("list", f"--head={branch}", "--state=all", "--limit=100", f"--json={_FIELDS}")
        )
        try:
            rows = json.loads(result.stdout)
            # A fork may have a branch of the same name; its pull requests are not ours.
            own = [r for r in rows if not r["isCrossRepository"] and r["headRefName"] == branch]
            return [_pull_request(row) for row in own]
        except (ValueError, KeyError, TypeError) as error:
            raise ForgeError(
                f"gh's list of pull requests cannot be read: {result.said[:200]}",
                cure="use gh 2.20 or newer",
            ) from error

    def _pr(self, command: str, *arguments: str, input: str | None = None) -> GhResult:
        return self._gh.run("pr", command, f"--repo={self._repository}", *arguments, input=input)

    def _good(self, result: GhResult) -> GhResult:
        if result.code:
            raise forge_error(result, self._repository)
        return result


def _pull_request(row: dict[str, Any]) -> PullRequest:
    return PullRequest(
        number=row["number"],
        url=row["url"],
        branch=row["headRefName"],
        target=row["baseRefName"],
        title=row["title"],
        body=row["body"],
        state=PullRequestState(row["state"].lower()),
        draft=row["isDraft"],
    )
