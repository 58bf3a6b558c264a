"""Secrets in a text: where they are, and never what they are."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from coffee_maker.gates.secret_rules import (
    QUOTED,
    RULES,
    SPEAKS,
    UNQUOTED,
    UNQUOTED_FILES,
    Rule,
    is_placeholder,
    looks_random,
    passwords_in_urls,
)
from coffee_maker.gates.test_files import is_test_file

# Of detect_secrets.plugins. Those that guess have patterns that also fit what is no secret.
_SURE = (
    "aws:AWSKeyDetector",
    "azure_storage_key:AzureStorageKeyDetector",
    "github_token:GitHubTokenDetector",
    "gitlab_token:GitLabTokenDetector",
    "pypi_token:PypiTokenDetector",
    "sendgrid:SendGridDetector",
    "slack:SlackDetector",
    "square_oauth:SquareOAuthDetector",
    "stripe:StripeDetector",
)
_GUESSING = (
    "artifactory:ArtifactoryDetector",
    "discord:DiscordBotTokenDetector",
    "mailchimp:MailchimpDetector",
    "telegram_token:TelegramBotTokenDetector",
    "twilio:TwilioKeyDetector",
)
_ASSIGNMENTS = (
    "cloudant:CloudantDetector",
    "ibm_cloud_iam:IbmCloudIamDetector",
    "ibm_cos_hmac:IbmCosHmacDetector",
    "softlayer:SoftlayerDetector",
)

_LOCK_FILE = re.compile(
    r"(?:.*/)?(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|go\.sum"
    r"|.*\.lock|.*\.lock\.json|Package\.resolved|Cartfile\.resolved|requirements.*\.txt|.*\.sum)"
)
_MACHINE_MADE = re.compile(
    r"(?:.*/)?.*(?:\.min\.[cm]?js|\.min\.css|\.map|\.svg|\.ipynb|\.bundle\.js)"
)
_LONG_LINE = 2_000  # characters; people write shorter ones
_PASSWORD = 8
_IN_TESTS = 20  # characters that a guessed value must have there
_HINT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A secret at `text[start:end]`, on the 1-based `line`. `hint`: at most its first 4 signs."""

    kind: str
    line: int
    start: int
    end: int
    hint: str


def find_secrets(text: str, *, path: str = "") -> tuple[Finding, ...]:
    """Everything in a text that looks like a secret, in order, without overlaps.

    `path` tells what may be guessed: in lock files and in what machines wrote, a value counts only
    where its own form gives it away; in tests a guessed one must be long. Nothing is asked of any
    network, and no comment (`pragma: allowlist secret`) makes an exception, because whoever wrote
    the text could have written the comment as well.
    """
    spans = sorted(_spans(text, path), key=lambda span: (span[0], -span[1]))
    lines = [0, *(found.end() for found in re.finditer("\n", text))]
    findings: list[Finding] = []
    for start, end, kind, guessed in spans:
        if findings and start < findings[-1].end:
            continue
        hint = "" if guessed else re.split(r"\s", text[start : min(end, start + _HINT)])[0]
        line = bisect_right(lines, start)
        findings.append(Finding(kind=kind, line=line, start=start, end=end, hint=hint))
    return tuple(findings)


def redact(text: str) -> str:
    """The same text with every secret replaced by its kind."""
    parts, at = [], 0
    for finding in find_secrets(text):
        parts += [text[at : finding.start], f"[{finding.kind}]"]
        at = finding.end
    return "".join([*parts, text[at:]])


def _spans(text: str, path: str) -> Iterator[tuple[int, int, str, bool]]:
    """Start, end, kind, and whether only the surroundings made it one."""
    length = _IN_TESTS if path and is_test_file(path) else _PASSWORD
    guess = not (_LOCK_FILE.fullmatch(path) or _MACHINE_MADE.fullmatch(path))
    spoken = list(_lines_that_speak(text)) if guess else []
    for rule in _rules(path):
        if guess or not rule.guess:
            places = spoken if rule.spoken else [(0, len(text))]
            yield from _by_rule(text, rule, length, places)
    for found in passwords_in_urls(text, strict=length > _PASSWORD):
        yield *found.span("secret"), "password in a URL", True


def _lines_that_speak(text: str) -> Iterator[tuple[int, int]]:
    """Where the lines begin and end that name something secret; not those that no person wrote."""
    end = -1
    for found in SPEAKS.finditer(text):
        if found.start() < end:
            continue
        begin = text.rfind("\n", 0, found.start()) + 1
        end = text.find("\n", found.end())
        end = len(text) if end < 0 else end
        if end - begin <= _LONG_LINE:
            yield begin, end


def _rules(path: str) -> Iterator[Rule]:
    yield from RULES
    yield QUOTED
    if not path or UNQUOTED_FILES.fullmatch(path):
        yield UNQUOTED
    yield from _scanner_rules()


def _by_rule(
    text: str, rule: Rule, length: int, places: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, int, str, bool]]:
    for begin, stop in places:
        for found in rule.pattern.finditer(text, begin, stop):
            start, end = _secret_of(found)
            value = text[start:end]
            whole = rule.spoken or _is_whole(text, start)
            fake = is_placeholder(found["body"] if "body" in found.re.groupindex else value)
            if whole and not fake and (not rule.guess or looks_random(value, length=length)):
                yield start, end, rule.kind, rule.spoken


def _secret_of(found: re.Match[str]) -> tuple[int, int]:
    """The named group, or the longest that is no mere prefix, or all without its surroundings."""
    if "secret" in found.re.groupindex:
        return found.span("secret")
    groups = [found.span(n) for n in range(1, found.re.groups + 1) if found.start(n) >= 0]
    start, end = max(groups, key=lambda span: span[1] - span[0], default=(0, 0))
    if end - start >= 16:
        return start, end
    value = found[0]
    start = found.start() + len(value) - len(value.lstrip(" \t\r\n\"'=:"))
    return start, start + len(value.strip(" \t\r\n\"'=:"))


def _is_whole(text: str, start: int) -> bool:
    """Not the middle of a longer word, such as of base64 data; "\\nghp_" ends in an escape."""
    before = text[start - 1 : start]
    return not (before.isalnum() or before == "_") or text[max(0, start - 2) : start] in (
        "\\n",
        "\\r",
        "\\t",
    )


@cache
def _scanner_rules() -> tuple[Rule, ...]:
    """The scanner's own patterns.

    Its filters, which a comment can switch off, and its verification, which asks the network,
    belong to calls that are not made here.
    """
    # 200 ms, most of it for an HTTP client that is never used here: only when first needed.
    from importlib import import_module

    rules = []
    for name in (*_SURE, *_GUESSING, *_ASSIGNMENTS):
        module, _, plugin = name.partition(":")
        detector = getattr(import_module(f"detect_secrets.plugins.{module}"), plugin)
        rules += [
            Rule(
                kind=detector.secret_type,
                pattern=pattern,
                guess=name not in _SURE,
                spoken=name in _ASSIGNMENTS,
            )
            for pattern in detector.denylist
        ]
    return tuple(rules)
