"""Real kinds of secrets are found, and what only looks like one is not."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.gates.secrets import find_secrets, redact
from tests.gates.made_up import HEX, SECRETS, some


@pytest.mark.parametrize("kind", SECRETS)
def test_every_kind_is_found(kind: str) -> None:
    """In a file where it is usual, on its line, with no more than its first four signs shown."""
    path, line, secret = SECRETS[kind]
    text = f"first\n{line.format(secret)}\nlast"
    findings = find_secrets(text, path=path)

    assert [2] == [finding.line for finding in findings]
    shown = text[findings[0].start : findings[0].end]
    assert shown in secret or secret in shown
    assert len(findings[0].hint) <= 4
    assert secret[5:20] not in repr(findings)


@pytest.mark.parametrize("kind", SECRETS)
def test_a_comment_makes_no_exception(kind: str) -> None:
    """Whoever wrote the secret could have written the comment."""
    path, line, secret = SECRETS[kind]
    text = f"# pragma: allowlist nextline secret\n{line.format(secret)}  # pragma: allowlist secret"

    assert find_secrets(text.replace("{{", "{"), path=path) or "\n" in secret or path == "prod.env"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package-lock.json", f'"integrity": "sha512-{some(86)}=="'),
        ("poetry.lock", f'hash = "sha256:{some(64, HEX)}"'),
        ("requirements.txt", f"--hash=sha256:{some(64, HEX)}"),
        ("a.py", f'COMMIT = "{some(40, HEX)}"'),
        ("a.py", 'client_secret = "550e8400-e29b-41d4-a716-446655440000"'),
        ("a.py", f'IMAGE = "data:image/png;base64,{some(400)}=="'),
        ("app.min.js", f'var a={{token:"{some(30)}"}};' * 3),
        ("a.js", "x" * 3000 + f'password="{some(20)}"'),
        ("a.py", 'API_KEY = "your-api-key-here"'),
        ("a.py", 'API_KEY = "sk-ant-api03-xxxxxxxxxxxxxxxxxxxxxx"'),
        ("a.py", 'key = "AKIAIOSFODNN7EXAMPLE"'),
        ("a.py", 'token = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"'),
        ("a.py", 'password = os.environ["DB_PASSWORD"]'),
        ("a.py", 'password = getpass("Password: ")'),
        ("a.py", 'password_field = "user_password_1"'),
        ("a.py", 'secret_name = "prod/db/password-v2"'),
        ("a.py", 'token = "refresh-token-v2"'),
        ("a.py", 'PASSWORD = "password123"'),
        ("a.json", '"password": "Choose a password of 12 signs",'),
        ("a.yml", "password: ${{ secrets.DB_PASSWORD }}"),
        ("a.yml", "token: !vault |"),
        ("a.yml", "  secretName: my-service-prod-01"),
        (".env", "DB_PASSWORD=$OTHER_PASSWORD"),
        (".env", "DB_PASSWORD=changeme1"),
        ("a.py", 'db = "postgres://postgres:postgres@db/x"'),
        ("a.py", 'db = "postgres://app:S3cr3tPw9x@localhost/x"'),
        ("a.py", 'url = f"https://{user}:{password}@host.acme.io"'),
        ("a.py", 'url = "https://user:password@host.acme.io"'),
        ("a.py", 'if "-----BEGIN RSA PRIVATE KEY-----" in text:'),
        ("a.pem", f"-----BEGIN CERTIFICATE-----\n{some(64)}\n-----END CERTIFICATE-----"),
        ("tests/test_a.py", 'password = "s3cretPw9"'),
        ("tests/test_a.py", 'client(token="tok-1a2b3c4d")'),
        ("a.py", "def tokenize(self, password: str, secret: bytes = b'') -> str:"),
        ("a.py", 'TOKEN = "2026-01-01T10:00:00Z"'),
        ("a.md", "Set `ANTHROPIC_API_KEY` to your key (it begins with `sk-ant-`)."),
    ],
)
def test_what_only_looks_like_one_is_left_alone(path: str, text: str) -> None:
    """Hashes, identifiers, data, placeholders, references, this machine, tests' small words."""
    assert () == find_secrets(text, path=path)


def test_a_real_token_in_a_test_or_a_lock_file_is_one() -> None:
    """What its own form gives away is found anywhere."""
    for path in ("tests/test_a.py", "package-lock.json", "app.min.js"):
        assert 1 == len(find_secrets(f'"ghp_{some(36)}"', path=path))


def test_secrets_are_taken_out_of_a_text() -> None:
    """The rest of the text stays as it is."""
    text = f"before ghp_{some(36)} between postgres://app:{some(14)}@db.acme.io after"

    assert "before [GitHub token] between postgres://app:[password in a URL]@db.acme.io after" == (
        redact(text)
    )


@given(st.lists(st.sampled_from([s for _, _, s in SECRETS.values()]) | st.text(max_size=9)))
def test_findings_are_in_order_and_do_not_overlap(parts: list[str]) -> None:
    """So that each can be cut out on its own."""
    findings = find_secrets(" ".join(parts))

    assert all(a.end <= b.start for a, b in pairwise(findings))


def test_large_texts_take_little_time() -> None:
    """Linear also on the lines of a minified file, where patterns love to go astray."""
    texts = [
        ("a.js", "a=b://c:d.key,token=" * 20_000),
        ("a.py", 'password_token_key = value.password["key"]\n' * 8_000),
        ("a.txt", "-----BEGIN PRIVATE KEY-----\n" * 4_000),
        ("a.txt", "sk-ant-api03-" * 20_000),
        ("a.txt", "xoxb-1-" * 20_000),
        ("a.txt", "eyJhbGciOi" * 20_000),
        ("a.txt", "https://hooks.slack.com/services/T" * 8_000),
        ("a.txt", "sq0csp-glpat-SG.://" * 10_000),
        ("a.ini", ("aws" * 300 + "key:") * 200),
        ("a.ini", "password" * 200 + "=" + "a1" * 900),
        ("a.txt", "passwordpassword" * 20_000),
    ]
    find_secrets("")
    for path, text in texts:
        began = time.process_time()
        find_secrets(text, path=path)

        assert time.process_time() - began < 5, text[:40]


@pytest.mark.parametrize("before", ["", "+", " ", "> ", "    ", '"'])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\\n", " "])
def test_a_private_key_without_its_end_is_one(before: str, end: str) -> None:
    """As in a diff that was cut: no line of its body is left, and what follows is."""
    signs = some(64)
    body = [signs[number:] + signs[:number] for number in range(9)]
    lines = ["-----BEGIN RSA " + "PRIVATE KEY-----", *body]
    left = redact(end.join(f"{before}{line}" for line in lines) + "\nand that is all.")

    assert [] == [line for line in body if line[:16] in left or line[-16:] in left]
    assert left.endswith("and that is all.")


def test_a_word_in_a_private_key_makes_it_no_example() -> None:
    """Among so many signs any word may be, and whoever writes the text can add one."""
    lines = [some(64), some(40) + "FaKe" + some(20), "example", some(64)]
    text = "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----"])

    assert "[private key]" == redact(text)
