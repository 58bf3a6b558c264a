"""Made-up secrets of every kind, put together at run time so that no scanner finds them here."""

import base64
import json
import random
import string

ALL = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + string.digits
HEX = "0123456789abcdef"
_RANDOM = random.Random(3)


def some(length: int, signs: str = ALL) -> str:
    return "".join(_RANDOM.choice(signs) for _ in range(length))


def _jwt() -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": "u77", "name": "Ana K"})
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join([*(text.rstrip("=") for text in texts), some(43)])


def _pem(kind: str) -> str:
    return f"-----BEGIN {kind}-----\n{some(64)}\n{some(64)}\n-----END {kind}-----"


# Kind of file, then a line around `{}`, then the secret.
SECRETS: dict[str, tuple[str, str, str]] = {
    "AWS access key": ("a.py", 'key = "{}"', "AKIA" + some(16, UPPER)),
    "AWS secret key": ("a.ini", "aws_secret_access_key = {}", some(40)),
    "GitHub classic": ("a.py", 'x = "{}"', "ghp_" + some(36)),
    "GitHub OAuth": ("a.py", 'x = "{}"', "gho_" + some(36)),
    "GitHub fine-grained": ("a.py", 'x = "{}"', f"github_pat_{some(22)}_{some(59)}"),
    "GitLab": ("a.py", 'x = "{}"', "glpat-" + some(20)),
    "Slack bot": ("a.py", 'x = "{}"', f"xoxb-{some(12, '123456789')}-{some(24)}"),
    "Slack app": (
        "a.py",
        'x = "{}"',
        f"xapp-1-A{some(9, UPPER)}-{some(13, '1234567')}-{some(64, HEX)}",
    ),
    "Slack webhook": (
        "a.md",
        "post to {}",
        f"https://hooks.slack.com/services/T0{some(8, UPPER)}/B0{some(8, UPPER)}/{some(24)}",
    ),
    "Teams workflow": (
        "a.md",
        "post to https://prod-1.westeurope.logic.azure.com/workflows/a/invoke?sv=1.0&sig={}",
        f"{some(20)}_{some(10)}-{some(11)}",
    ),
    "Anthropic": ("a.py", "Client('{}')", "sk-ant-api03-" + some(93)),
    "OpenAI": ("a.py", "Client('{}')", "sk-proj-" + some(80)),
    "OpenAI, old": ("a.py", "Client('{}')", f"sk-{some(20)}T3BlbkFJ{some(20)}"),
    "Stripe": ("a.py", "stripe.api_key = '{}'", "sk_live_" + some(24)),
    "Stripe webhook": ("a.py", "x = '{}'", "whsec_" + some(32)),
    "Google": ("a.js", "key: '{}'", "AIza" + some(35)),
    "Google OAuth": ("a.js", "x: '{}'", "GOCSPX-" + some(28)),
    "Hugging Face": ("a.py", "login('{}')", "hf_" + some(34)),
    "npm": (".npmrc", "//registry.example.org/:_authToken={}", "npm_" + some(36)),
    "PyPI": ("a.py", "x = '{}'", "pypi-AgEIcHlwaS5vcmc" + some(80)),
    "SendGrid": ("a.py", "x = '{}'", f"SG.{some(22)}.{some(43)}"),
    "Twilio": ("a.py", "x = '{}'", "SK" + some(32, HEX)),
    "Telegram": ("a.py", "x = '{}'", f"{some(9, '123456789')}:AA{some(33)}"),
    "Discord": ("a.py", "x = '{}'", f"M{some(23)}.{some(6)}.{some(27)}"),
    "Azure storage": ("a.py", "x = '{}'", f"AccountKey={some(86)}=="),
    "DigitalOcean": ("a.py", "x = '{}'", "dop_v1_" + some(64, HEX)),
    "Shopify": ("a.py", "x = '{}'", "shpat_" + some(32, HEX)),
    "Vault": ("a.py", "x = '{}'", "hvs." + some(90)),
    "Langfuse": ("a.py", "x = '{}'", f"sk-lf-{some(8, HEX)}-1a2b-3c4d-5e6f-{some(12, HEX)}"),
    "Mailchimp": ("a.py", "x = '{}'", some(32, HEX) + "-us12"),
    "Square": ("a.py", "x = '{}'", "sq0csp-" + some(43)),
    "age": ("keys.txt", "{}", "AGE-SECRET-KEY-1" + some(58, UPPER)),
    "JSON Web Token": ("a.py", "x = '{}'", _jwt()),
    "private key": ("notes.txt", "{}", _pem("RSA PRIVATE KEY")),
    "private key, OpenSSH": ("notes.txt", "{}", _pem("OPENSSH PRIVATE KEY")),
    "private key, encrypted": ("notes.txt", "{}", _pem("ENCRYPTED PRIVATE KEY")),
    "password in a URL": ("a.py", 'db = "postgres://app:{}@db.acme.io/x"', some(14)),
    "password in a git URL": ("a.sh", "git clone https://bob:{}@git.acme.io/x.git", "Ramona1x"),
    "password": ("a.py", 'DB_PASSWORD = "{}"', "Tr0ub4dor&3x"),
    "password with a type": ("a.py", 'password: str = "{}"', "kJ8sd!92hs"),
    "password in YAML": ("a.yml", "  password: {}", "kJ8sd!92hs"),
    "password in .env": ("prod.env", "export DB_PASSWORD={}", "kJ8sd!92hs"),
    "key in JSON": ("a.json", '  "api_key": "{}",', some(32)),
    "key in JavaScript": ("a.js", "const clientSecret = '{}';", some(32)),
    "bearer token": ("a.py", 'headers = {{"Authorization": "Bearer {}"}}', some(32)),
    "behind an escape": ("a.py", r'text = "token:\n{}"', "ghp_" + some(36)),
}
