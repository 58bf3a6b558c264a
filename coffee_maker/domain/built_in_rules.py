"""What no rule, no `--auto-approve` and no mistake may allow, and what is always a person's.

The list is enforced before every tool call, also where the user's own settings of the agent would
let the call through. It is the second wall; the first is that the agent's clone has no remote and
no credentials, and that its environment holds none.
"""

from coffee_maker.domain.question import ALLOW, DENY
from coffee_maker.domain.rules import ASK, Rule

BUILT_IN = "built in"

_PUSH = "Pushing is done for you after the checks have passed. Leave your commits on this branch."
_FORGE = "Pull requests and releases are made for you after the checks have passed."
_SECRETS = (
    "Credentials are out of bounds. Work without them, or say in your report what is missing."
)
_CONFIG = "The rules you work under are not yours to change."
_GIT = "Write files, not git's own folder."
_HISTORY = "The branch and its remotes are looked after for you. Commit here, and nothing else."
_ANSWERS = "Questions are answered by people, and so are your own. Wait for the answer."
_SYSTEM = "This reaches beyond the project. Do without it, or say in your report what is missing."

_BY_MESSAGE: dict[str, tuple[str, ...]] = {
    _PUSH: ("Bash(git push:*)", "Bash(git send-pack:*)", "Bash(git http-push:*)"),
    _FORGE: (
        "Bash(gh pr:*)",
        "Bash(gh release:*)",
        "Bash(gh repo:*)",
        "Bash(gh api:*)",
        "Bash(gh auth:*)",
        "Bash(gh secret:*)",
        "Bash(glab:*)",
        "Bash(hub:*)",
        "Bash(npm publish:*)",
        "Bash(twine upload:*)",
        "Bash(cargo publish:*)",
        "mcp__*__push*",
        "mcp__*__create_pull_request*",
        "mcp__*__create_or_update_file*",
        "mcp__*__merge*",
    ),
    # Whoever asks must not be able to say yes to it.
    _ANSWERS: tuple(
        f"Bash({program}*{command}*)"
        for program in ("coffee-maker ", "*-m coffee_maker ")
        for command in ("inbox", "web", "channels", "questions")
    ),
    _HISTORY: ("Bash(git remote add:*)", "Bash(git remote set-url:*)", "Bash(git credential:*)"),
    _SYSTEM: ("Bash(sudo:*)", "Bash(su:*)", "Bash(shutdown:*)", "Bash(reboot:*)", "Bash(mkfs*)"),
}

# Files and folders in which programs keep what opens doors, wherever they lie.
CREDENTIALS = (
    *(".ssh", ".aws", ".gnupg", ".netrc", ".git-credentials", ".config/gh"),
    *(".claude/.credentials.json", ".claude.json"),
    *("links.key", "web.token"),  # with these, whoever asks could answer in a person's name
)

_READERS = ("Read", "Grep", "Glob", "Write", "Edit", "MultiEdit", "NotebookEdit")
_WRITERS = ("Write", "Edit", "MultiEdit", "NotebookEdit")

NEVER: tuple[Rule, ...] = (
    *(
        Rule(name=pattern, answer=DENY, source=BUILT_IN, tool=pattern, message=message)
        for message, patterns in _BY_MESSAGE.items()
        for pattern in patterns
    ),
    *(
        Rule(name=pattern, answer=DENY, source=BUILT_IN, tool=pattern, message=_SECRETS)
        for path in CREDENTIALS
        for tool in _READERS
        for pattern in (f"{tool}(**/{path})", f"{tool}(**/{path}/**)")
    ),
    *(
        Rule(name=pattern, answer=DENY, source=BUILT_IN, tool=pattern, message=_SECRETS)
        # Variables of other processes, and where the answers are kept.
        for path in ("**/proc/**/environ", "**/coffee_maker/*/journal.db*")
        for pattern in (f"{tool}({path})" for tool in _READERS)
    ),
    *(
        Rule(name=pattern, answer=DENY, source=BUILT_IN, tool=pattern, message=message)
        for path, message in (
            ("**/.git/**", _GIT),
            ("**/coffee_maker.toml", _CONFIG),
            # Its hooks run commands that nobody is asked about.
            ("**/.claude/settings*.json", _CONFIG),
        )
        for pattern in (f"{tool}({path})" for tool in _WRITERS)
    ),
)

# What the agent may do in its own clone without a question: that is what the clone is for.
ROUTINE: tuple[Rule, ...] = tuple(
    Rule(name=pattern, answer=answer, source=BUILT_IN, tool=pattern)
    for answer, patterns in (
        (ASK, ("Bash(git diff *--output*)", "Bash(git log *--output*)")),  # these write a file
        (ALLOW, _WRITERS),
        (ALLOW, ("Bash(git status:*)", "Bash(git diff:*)", "Bash(git log:*)")),
        (ALLOW, ("Bash(git add:*)", "Bash(git commit:*)", "Bash(ls:*)", "Bash(pwd)")),
    )
    for pattern in patterns
)

# A question whose text says one of these is put to a person, whatever else would answer it.
ALWAYS_ASK: tuple[Rule, ...] = tuple(
    Rule(name=text, answer=ASK, source=BUILT_IN, text=text)
    for text in (
        r"\bAPI[ _-]?keys?\b",
        r"\bcredentials?\b",
        r"\b(password|secret|token)s?\b.{0,60}\b(commit|push|publish|print|send|use)",
        r"\b(commit|push|publish|print|send|use)\b.{0,60}\b(password|secret|token)s?\b",
        r"\b(delete|drop|wipe|migrate|deploy)\b.{0,60}\bproduction\b",
        r"\bbreaking change",
        r"\bmerge\b.{0,30}\b(in)?to (main|master)\b",
        r"\bforce[ -]push",
    )
)
