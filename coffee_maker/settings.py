"""The settings: one class is the reference, the validation and the text that `init` writes."""

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from coffee_maker.channel_settings import ChannelsSettings
from coffee_maker.domain.question import ALLOW, DENY, PARK
from coffee_maker.domain.rules import ASK, TOOL_PATTERN
from coffee_maker.section import SECRET, Seconds, Section


class AgentSettings(Section, frozen=True, kw_only=True):
    """Who does the work."""

    kind: Annotated[
        Literal["claude", "scripted"],
        Meta(
            description="claude: the real Claude Code. scripted: plays a file (demo, rehearsals)."
        ),
    ] = "claude"
    command: Annotated[str, Meta(description="The program; empty: `claude` on the PATH.")] = ""
    model: Annotated[str, Meta(description="Passed to Claude Code; empty: its own default.")] = ""
    script: Annotated[str, Meta(description="The file that the scripted agent plays.")] = ""
    pass_environment: Annotated[
        tuple[str, ...],
        Meta(
            description="Variables that the agent sees beside the few it always gets, by name. "
            "Name ANTHROPIC_API_KEY only if you want to be billed by it."
        ),
    ] = ()
    ready_seconds: Annotated[Seconds, Meta(description="How long its start may take.")] = 60


class RuleSettings(Section, frozen=True, kw_only=True):
    """One rule: all that is given must match, then `answer` is given."""

    answer: Annotated[
        str, Meta(description="allow, deny, ask (a person), park, an option, or a text.")
    ]
    name: Annotated[str, Meta(description="What you call it; empty: what it matches.")] = ""
    tool: Annotated[str, Meta(description='As in Claude\'s own rules: "Bash(npm test:*)".')] = ""
    text: Annotated[str, Meta(description="A regular expression for the question's text.")] = ""
    kind: Literal["", "permission", "choice", "text"] = ""
    message: Annotated[str, Meta(description="What the agent is told with a denial.")] = ""
    severity: Literal["", "routine", "important", "critical"] = ""
    tests_passed: Annotated[
        bool | None, Meta(description="Matches where the tests pass (true) or fail (false) now.")
    ] = None
    changes_valid: Annotated[
        bool | None, Meta(description="There is a change, and no other gate finds fault with it.")
    ] = None
    branch_ready: Annotated[bool | None, Meta(description="Both, and everything is committed.")] = (
        None
    )
    inside_workspace: Annotated[
        bool | None, Meta(description="Every path that the call names lies in the workspace.")
    ] = None
    changed_lines_at_most: Annotated[int, Meta(ge=0)] | None = None
    deadline_seconds: (
        Annotated[float, Meta(gt=0, description="How long a person has, for `ask`.")] | None
    ) = None
    safe_default: Annotated[
        str, Meta(description="What silence means, for `ask`: deny, park, an option, or a text.")
    ] = ""

    def __post_init__(self) -> None:
        """A rule that cannot be read must not look like one that protects."""
        if not (self.tool or self.text or self.kind or self.severity):
            raise ValueError("a rule needs a tool, a text, a kind or a severity")
        if self.tool:
            _check_tool(self.tool)
        _check_expression(self.text)
        if self.kind == "permission" or self._asks_to_use_a_tool():
            msgspec.structs.force_setattr(self, "answer", _permission(self.answer))
            silence = _silence(self.safe_default)
            msgspec.structs.force_setattr(self, "safe_default", silence)

    def _asks_to_use_a_tool(self) -> bool:
        # This one is a question itself, and answered with one of its options.
        return bool(self.tool) and not self.kind and self.tool != "AskUserQuestion"


def _check_tool(pattern: str) -> None:
    if TOOL_PATTERN.match(pattern) is None:
        raise ValueError(f'"{pattern}" is no tool; write it like "Write" or "Bash(npm test:*)"')


def _check_expression(text: str) -> None:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f'"{text}" is no regular expression: {error}') from error


# What a person would write, and what it stands for.
_PERMISSIONS = {ALLOW: ALLOW, DENY: DENY, ASK: ASK, PARK: PARK, "yes": ALLOW, "no": DENY}


def _permission(answer: str) -> str:
    """Whatever else stood there would count as a denial, and look like something better."""
    word = answer.strip().casefold()
    if word in _PERMISSIONS:
        return _PERMISSIONS[word]
    import difflib

    near = difflib.get_close_matches(word, _PERMISSIONS, n=1)
    hint = f'did you mean "{near[0]}"?' if near else "write allow, deny, ask or park"
    raise ValueError(f'"{answer}" is no answer to whether a tool may be used; {hint}')


def _silence(safe_default: str) -> str:
    """Silence lets no tool be used: a person who is asleep has allowed nothing."""
    word = _PERMISSIONS.get(safe_default.strip().casefold(), safe_default)
    if word in ("", DENY, PARK):
        return word
    raise ValueError(f'safe_default "{safe_default}" is not safe for a tool; write deny or park')


class QuestionSettings(Section, frozen=True, kw_only=True):
    """What may be answered without you."""

    auto_approve: Annotated[
        bool, Meta(description="Answer yes to whatever is not on the never list.")
    ] = False
    deadline_seconds: Annotated[
        Seconds, Meta(description="How long a person has; then the safe default counts.")
    ] = 300
    silence: Annotated[
        Literal["deny", "park"],
        Meta(
            description="The safe default. deny: the agent does without, and says so. park: the "
            "task waits for the answer, for days if need be. Critical questions are always parked."
        ),
    ] = "deny"
    park_days: Annotated[
        float, Meta(gt=0, description="How long a parked question waits; then it is denied.")
    ] = 7
    always_ask: Annotated[
        tuple[str, ...],
        Meta(
            description="Regular expressions: a question whose text matches one is critical and a "
            'person\'s, beside the built-in ones: "customer data".'
        ),
    ] = ()
    interaction_log_dir: Annotated[
        str, Meta(description="A JSON file per exchange is written there; empty: none.")
    ] = ""
    never: Annotated[
        tuple[str, ...],
        Meta(
            description="Refused always, beside the built-in list (pushes, credentials, writes "
            'outside the workspace): "Bash(terraform apply:*)".'
        ),
    ] = ()
    rules: Annotated[
        tuple[RuleSettings, ...],
        Meta(description="In order; the first that matches answers, but deny outranks allow."),
    ] = ()

    def __post_init__(self) -> None:
        for pattern in self.never:
            _check_tool(pattern)
        for expression in self.always_ask:
            _check_expression(expression)


class GateSettings(Section, frozen=True, kw_only=True):
    """What a change must pass before it becomes a pull request."""

    test_command: Annotated[
        str, Meta(description='Run by sh in a clean checkout; empty: found ("pytest", "npm test").')
    ] = ""
    test_timeout_seconds: Annotated[
        Seconds, Meta(description="Then the tests and all they started are ended.")
    ] = 1800
    rounds: Annotated[
        int,
        Meta(ge=0, description="How often failing gates go back to the agent before it is parked."),
    ] = 3
    pass_environment: Annotated[
        tuple[str, ...], Meta(description="Variables that the tests see beside the usual few.")
    ] = ()
    ignore_secrets_in: Annotated[
        tuple[str, ...],
        Meta(description='Paths in which secrets are known to be none: "tests/data/*".'),
    ] = ()


class GitSettings(Section, frozen=True, kw_only=True):
    """Where the code comes from and goes to."""

    remote: Annotated[str, Meta(description="Without such a remote, this repository itself.")] = (
        "origin"
    )
    base: Annotated[str, Meta(description="Branch to work from; empty: the remote's own.")] = ""
    forge: Annotated[
        Literal["auto", "gh", "local"],
        Meta(description="Where pull requests live. auto: gh for a GitHub remote, else local."),
    ] = "auto"
    create_prs: Annotated[
        bool, Meta(description="false: push the branches, open no pull requests.")
    ] = True


class WebSettings(Section, frozen=True, kw_only=True):
    """The page on which questions can be answered, also from a phone."""

    enabled: Annotated[
        bool, Meta(description="Serve it while the daemon runs; else `coffee-maker web` does.")
    ] = False
    host: Annotated[str, Meta(description="127.0.0.1: from this machine only.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, lt=65536)] = 8642
    public_url: Annotated[
        str,
        Meta(
            description="Where people reach it from outside (https://…), for the links in mails "
            "and chats; empty: the messages carry no links."
        ),
    ] = ""
    secret: Annotated[
        str,
        Meta(
            description="The key of links and log-in; empty: one is made and kept in the state "
            "directory.",
            extra=SECRET,
        ),
    ] = ""

    def __post_init__(self) -> None:
        """An address that no browser can open would make every message's link a dead one."""
        if self.public_url and not self.public_url.startswith(("https://", "http://")):
            raise ValueError(
                f'public_url "{self.public_url}" must begin with https://, like '
                '"https://coffee.example.com"'
            )


class Settings(Section, frozen=True, kw_only=True):
    """Everything that can be set."""

    roadmap: Annotated[
        str, Meta(description="Path in the project; empty: ROADMAP.md, else docs/ROADMAP.md.")
    ] = ""
    state_dir: Annotated[
        str, Meta(description="Workspaces and the journal; empty: your usual state directory.")
    ] = ""
    store_url: Annotated[
        str,
        Meta(
            description="postgresql://…; empty: an SQLite file in the state directory.",
            extra=SECRET,  # a password may stand in it
        ),
    ] = ""
    watch_seconds: Annotated[
        Seconds, Meta(description="How often the roadmap is looked at when there is no work.")
    ] = 60
    agent: AgentSettings = AgentSettings()
    questions: QuestionSettings = QuestionSettings()
    channels: ChannelsSettings = ChannelsSettings()
    web: WebSettings = WebSettings()
    gates: GateSettings = GateSettings()
    git: GitSettings = GitSettings()
