"""What secrets look like, where the scanner does not know them or takes too much for one.

detect-secrets brings the patterns of AWS, Artifactory, Azure storage, Cloudant, Discord, GitHub
(classic), GitLab, IBM, Mailchimp, PyPI, SendGrid, Slack, SoftLayer,
Square, Stripe, Telegram and Twilio. The rules here add what it misses, and stand in for those of
its plugins that take too much for a secret: high entropy and keywords (hashes, identifiers and
labels set them off; the assignment rules below ask for a value that looks random as well), URLs
(placeholders, this very machine), private keys (a mere mention), JSON Web Tokens (without a
signature), and .npmrc and OpenAI (their patterns take minutes on lines made to that end; here every
repetition has a bound).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A kind of secret. The group `secret` is the secret itself, or the whole match is.

    `guess`: nothing but its surroundings say so, so the value must look random as well.
    `spoken`: it only fits lines that `SPEAKS` finds.
    """

    kind: str
    pattern: re.Pattern[str]
    guess: bool = False
    spoken: bool = False


# The words without which no assignment rule fits; looking for them first is ten times faster.
SPEAKS = re.compile(
    r"pass|pwd|secret|token|credential|(?:api|auth|access|private)[_-]?key|authorization|aws"
    r"|softlayer|cloudant|ibm",
    re.IGNORECASE | re.ASCII,
)


def _token(kind: str, pattern: str) -> Rule:
    """A token with a prefix of its own, first in its pattern, which makes the search fast."""
    return Rule(kind=kind, pattern=re.compile(rf"(?P<secret>{pattern})(?![A-Za-z0-9])"))


_NAME = (
    r"(?:api|auth|access|account|service|client|db|database|priv|private|signing|encryption|master"
    r"|admin|app|bot|webhook|session|aws)?[_-]?"
    r"(?:password|passwd|passphrase|pwd|secret[_-]?(?:access[_-]?)?key|secret|api[_-]?key|apikey"
    r"|auth[_-]?key|access[_-]?key|private[_-]?key|(?:auth|access|refresh|bearer|session|bot)[_-]?token"
    r"|token|credentials?)"
)
_ASSIGNED = r"[\w.-]{0,40}?" + _NAME + r"(?:[_-]?(?:v?\d|value|prod|dev|live|test))?"

# With a body: the mere words stand in documents, and in programs such as this one. Of one whose
# end was cut off, every line of the body counts, whatever a diff or a quotation put before it.
# Whether it is a made-up one is told by how its body begins: among so many signs any word may be.
_PRIVATE_KEY = re.compile(
    r"(?P<secret>-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?s:.{0,300}?)"
    r"(?P<body>[A-Za-z0-9+/]{40})"
    r"(?:(?s:.{0,20000}?)-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
    r"|[A-Za-z0-9+/=]{0,400}"
    r"(?:(?:\\[rn]|[\s\"'>|#*,+-]){1,16}[A-Za-z0-9+/=]{16,400}){0,400}))"
)

RULES: tuple[Rule, ...] = (
    _token("Anthropic key", r"sk-ant-[a-z]{3,6}\d{2}-[A-Za-z0-9_-]{20,400}"),
    _token("OpenAI key", r"sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,400}"),
    _token("OpenAI key", r"sk-[A-Za-z0-9]{40,64}"),
    _token("OpenAI key", r"sk-[A-Za-z0-9_-]{0,80}[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}"),
    _token("OpenRouter key", r"sk-or-v1-[0-9a-f]{64}"),
    _token("Langfuse key", r"sk-lf-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    _token("GitHub token", r"github_pat_[A-Za-z0-9_]{22,255}"),
    _token("GitHub token", r"gh[pousr]_[A-Za-z0-9]{36,255}"),
    _token("Slack token", r"xapp-\d-[A-Z0-9]+-\d+-[0-9a-f]{20,400}"),
    _token("Slack token", r"xox[abceoprs](?:\.xox[bp])?-[A-Za-z0-9-]{20,400}"),
    _token("Google API key", r"AIza[A-Za-z0-9_-]{35}"),
    _token("Google OAuth secret", r"GOCSPX-[A-Za-z0-9_-]{28}"),
    _token("Google OAuth token", r"ya29\.[A-Za-z0-9_-]{30,400}"),
    _token("Hugging Face token", r"hf_[A-Za-z0-9]{30,400}"),
    _token("npm token", r"npm_[A-Za-z0-9]{36}"),
    _token("Groq key", r"gsk_[A-Za-z0-9]{40,400}"),
    _token("Replicate token", r"r8_[A-Za-z0-9]{37,400}"),
    _token("DigitalOcean token", r"do[opr]_v1_[0-9a-f]{64}"),
    _token("Databricks token", r"dapi[0-9a-f]{32}(?:-\d)?"),
    _token("Shopify token", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    _token("Stripe key", r"(?:sk|rk)_live_[A-Za-z0-9]{16,400}"),
    _token("Stripe webhook secret", r"whsec_[A-Za-z0-9+/]{32,400}"),
    _token("Linear key", r"lin_api_[A-Za-z0-9]{40}"),
    _token("Notion token", r"ntn_[A-Za-z0-9]{40,400}"),
    _token("Vault token", r"hv[sb]\.[A-Za-z0-9_-]{24,400}"),
    _token("Terraform token", r"\.atlasv1\.[A-Za-z0-9_-]{60,400}"),
    _token("Grafana token", r"gl(?:sa|c)_[A-Za-z0-9+/=_]{32,400}"),
    _token("Sentry token", r"sntrys_[A-Za-z0-9+/=_]{40,400}"),
    _token("New Relic key", r"NRAK-[A-Z0-9]{27}"),
    _token("Doppler token", r"dp\.(?:pt|st|ct|sa)\.[A-Za-z0-9._-]{40,400}"),
    _token("age key", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    _token("JSON Web Token", r"eyJ[\w-]{10,500}\.eyJ[\w-]{10,8000}\.[\w-]{20,1000}"),
    Rule(kind="private key", pattern=_PRIVATE_KEY),
    _token("private key", r"PuTTY-User-Key-File-\d: (?s:.{10,5000}?)Private-MAC: [0-9a-f]{40,400}"),
    Rule(
        kind="webhook address",
        pattern=re.compile(
            r"https://(?:discord(?:app)?\.com/api/webhooks/\d{15,400}/[\w-]{50,400}"
            r"|[\w.-]+\.webhook\.office\.com/webhookb2/[\w@/-]{60,400})"
        ),
    ),
    Rule(
        kind="Azure shared access signature",
        # Of a storage account, or in other signs of a Teams workflow's webhook.
        pattern=re.compile(r"[?&]sig=(?P<secret>[A-Za-z0-9%+/_-]{40,400}={0,2})"),
        guess=True,
    ),
    Rule(
        kind="npm token",
        pattern=re.compile(r":_authToken\s*=\s*[\"']?(?P<secret>[A-Za-z0-9_-]{20,400})"),
        spoken=True,
    ),
    Rule(
        kind="AWS secret key",
        pattern=re.compile(
            r"(?i:aws.{0,20}?(?:secret|key|token).{0,20}?)[:=]\s*['\"]?"
            r"(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])"
        ),
        guess=True,
        spoken=True,
    ),
    Rule(
        kind="bearer token",
        pattern=re.compile(
            r"(?i:authorization['\"]?\s*[:=,]\s*[a-z]?['\"]?(?:bearer|basic|token)\s+)"
            r"(?P<secret>[\w.+/=-]{16,400})"
        ),
        guess=True,
        spoken=True,
    ),
)

# `name = "value"`, `"name": "value"`, `name => 'value'`, `name("value")`
QUOTED = Rule(
    kind="password or key",
    pattern=re.compile(
        rf"(?i:(?<![\w-]){_ASSIGNED})['\"\]]{{0,2}}\s*"
        r"(?::\s*[\w\[\]| .]{1,30}?(?==))?(?:=>|:=|[:=(]{1,2})\s*[@rbuf]{0,2}"
        r"(?P<quote>['\"`])(?P<secret>[^'\"`\n]{8,200})(?P=quote)"
    ),
    guess=True,
    spoken=True,
)
# In the files whose values stand without quotes.
UNQUOTED = Rule(
    kind="password or key",
    pattern=re.compile(
        rf"(?im:^[ \t]*(?:export[ \t]+|-[ \t]+|set[ \t]+)?{_ASSIGNED})[ \t]*[:=][ \t]*"
        r"(?P<secret>[^\s'\"`#;,]{8,200})(?=[ \t]*(?:[#;].*)?$)",
        re.MULTILINE,
    ),
    guess=True,
    spoken=True,
)
UNQUOTED_FILES = re.compile(
    r"(?:.*/)?(?:\.env(?:\..*)?|.*\.(?:env|ini|cfg|conf|cnf|properties|ya?ml|toml|tfvars|sh|bash)"
    r"|\.(?:npmrc|pypirc|netrc|pgpass|my\.cnf)|credentials|Dockerfile.*)"
)

_URL = re.compile(
    r"://(?P<user>[^\s:/?#@'\"`<>\[\]{}]{0,100}):"
    r"(?P<secret>[^\s/?#@'\"`<>]{3,200})@(?P<host>[^\s/:?#'\"`<>]*)"
)
_HERE = re.compile(
    r"(?i)localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|::1|host\.docker\.internal|example|.*\.example"
    r"|(?:.*\.)?example\.(?:com|org|net)|.*\.(?:test|invalid|local|localhost)|host(?:name)?|server"
)

_STANDS_FOR_A_PASSWORD = re.compile(
    r"(?i)p(?:ass)?(?:w(?:or)?d)?|secret|token|pw|x-oauth-basic|x+|api[_-]?key"
)
_PLACEHOLDER = re.compile(
    r"(?i)example|placeholder|change[_-]?me|dummy|fake|sample|your[_-]|[_-]here\b|redacted|replace"
    r"|not[_-]?real|made[_-]?up|insert[_-]|xxxx|0{8}|foobar|lorem|django-insecure-|\.\.\.|…|\*{3}"
    # The payload of every JSON Web Token in every tutorial: {"sub":"1234567890"
    r"|eyJzdWIiOiIxMjM0NTY3ODkw"
)
_EVERYDAY = re.compile(
    r"(?i)(?:test|secret|passw(?:or)?d|token|hunter2|letmein|qwerty|admin|root|guest|default|demo"
    r"|mock|stub|dev|local|none|null|undefined|true|false|string|value|key|abc|123)"
)
_REFERENCE = re.compile(
    r"\$[{(A-Za-z]|\{\{?|%\(|<[^>]*>|^[a-z_]\w*\(|^(?:os|process|env|config|settings|self|this|secrets|vars|var"
    r"|local|data|request|args|params)[.\[]|^(?:\.{0,2}/|~/|https?:|[A-Za-z]:\\|file:)|\s",
    re.IGNORECASE,
)
# Words and numbers between dashes, UUIDs, dates, versions, identifiers in camel case.
_NAME_LIKE = re.compile(
    r"(?:[A-Za-z][a-z]*|[A-Z]+|v?\d{1,4})(?:[-_./:@](?:[A-Za-z][a-z]*|[A-Z]+|v?\d{1,4}))*"
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|\d{4}-\d\d-\d\d.*|(?:[A-Z]?[a-z]+)+\d{0,3}|[A-Za-z]+(?:[._][A-Za-z]+)*\(.*"
)
_CLASSES = (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z0-9]")
_RUN = 8
_RUNS = frozenset(
    sequence[at : at + _RUN]
    for sequence in (
        "abcdefghijklmnopqrstuvwxyz",
        "zyxwvutsrqponmlkjihgfedcba",
        "01234567890123456789",
        "9876543210",
        "0123456789abcdef",
        "qwertyuiop",
    )
    for at in range(len(sequence) - _RUN + 1)
)


def is_placeholder(value: str) -> bool:
    """Whether a value says of itself that it is none: a word, one sign repeated, the alphabet."""
    if _PLACEHOLDER.search(value):
        return True
    body = re.sub(r"[^A-Za-z0-9]", "", value).lower()
    if len(body) >= 8 and len(set(body)) <= 4 + min(4, len(body) // 16):
        return True
    return any(run in body for run in _RUNS)


def looks_random(value: str, *, length: int = 8) -> bool:
    """Whether nobody would write such a value as a name, a word, a path or a reference."""
    if len(value) < length or _REFERENCE.search(value) or _NAME_LIKE.fullmatch(value):
        return False
    if len(value) < 20 and _EVERYDAY.search(value):
        return False
    classes = [pattern for pattern in _CLASSES if re.search(pattern, value)]
    if len(classes) < (2 if re.search(r"\d", value) else 3) or not re.search("[A-Za-z]", value):
        return False
    return len(set(value)) >= min(8, len(value) * 2 // 3)


def passwords_in_urls(text: str, *, strict: bool) -> Iterator[re.Match[str]]:
    """Of other machines than this one, and no word that stands for a password.

    With `strict` a password must look random everywhere, else only on a host without a domain.
    """
    for found in _URL.finditer(text):
        password, host = found["secret"], found["host"]
        if _HERE.fullmatch(host) or _STANDS_FOR_A_PASSWORD.fullmatch(password):
            continue
        if password.lower() == found["user"].lower() or re.search(r"[${}%<>]", password):
            continue
        if is_placeholder(password) or _REFERENCE.search(password):
            continue
        if looks_random(password) or ("." in host and not strict):
            yield found
