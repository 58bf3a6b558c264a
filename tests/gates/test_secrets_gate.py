"""Nothing that opens a door leaves in a pull request."""

from dataclasses import replace

import pytest

from coffee_maker.domain.change import Commit, FileChange, FileState
from coffee_maker.gates.secrets_gate import SecretsGate, secrets_of
from tests.gates.candidates import candidate, change, diff_of, file_change
from tests.gates.made_up import some

TOKEN = "ghp_" + some(36)


def test_an_added_line_is_shown_by_place_and_kind_only() -> None:
    """File, line, kind, the first four signs; and what to do."""
    diff = diff_of("src/a.py", added=["x = 1", f'token = "{TOKEN}"'])
    result = SecretsGate().check(candidate(change(["src/a.py"], diff=diff)))

    assert ("failed", "1 found: src/a.py:2: GitHub token (ghp_…)") == (
        result.verdict,
        result.summary,
    )
    assert result.evidence.startswith("src/a.py:2: GitHub token (ghp_…)\nTake them out")
    assert TOKEN[5:] not in str(result)


def test_what_was_taken_away_or_moved_is_nothing_new() -> None:
    """Only what the change brings counts."""
    line = f'token = "{TOKEN}"'
    gone = diff_of("a.py", removed=[line])
    moved = diff_of("a.py", removed=[line], added=["if x:", f"    {line}"])

    assert [] == list(secrets_of(change(diff=gone)))
    assert [] == list(secrets_of(change(diff=moved)))


def test_a_change_that_could_not_be_read_whole_has_not_passed() -> None:
    """Finding nothing in a part of it is no proof."""
    cut = replace(change(["a.py"]), is_whole=False)

    assert "not checked" == SecretsGate().check(candidate(cut)).verdict


def test_messages_of_commits_are_read() -> None:
    """They are pushed like everything else."""
    found = secrets_of(change(messages=["feat: x", f"fix: y\n\nuses {TOKEN}"]))

    assert ["message of commit 0000000000, line 3: GitHub token (ghp_…)"] == list(found)


def test_a_secret_that_a_later_commit_took_away_is_still_in_the_history() -> None:
    """A push brings every commit along, so each is read by itself."""
    commit = Commit(sha="a" * 40, message="feat: x", diff=diff_of("a.py", added=[TOKEN]))
    found = secrets_of(replace(change(["a.py"]), commits=(commit,)))

    assert ["commit aaaaaaaaaa: a.py:1: GitHub token (ghp_…)"] == list(found)


@pytest.mark.parametrize(
    ("file", "flagged"),
    [
        (".env", True),
        ("deploy/.env.production", True),
        (".env.example", False),
        ("keys/id_rsa", True),
        ("keys/id_rsa.pub", False),
        ("certs/server.pem", True),
        ("home/.aws/credentials", True),
        ("src/credentials.py", False),
        ("src/environment.py", False),
        (file_change(".env", FileState.DELETED), False),
        (file_change(".env", FileState.MODIFIED), False),
        (file_change("x/.env", FileState.RENAMED, old_path="x/env.txt"), True),
    ],
)
def test_files_that_are_made_for_secrets_are_named(file: FileChange | str, flagged: bool) -> None:
    """By their names, when they come in; examples and public halves are fine."""
    assert flagged == bool(list(secrets_of(change([file]))))


def test_a_certificate_is_public() -> None:
    """It shares its ending with private keys."""
    diff = diff_of("ca.pem", added=["-----BEGIN CERTIFICATE-----", some(64)])

    assert [] == list(secrets_of(change(["ca.pem"], diff=diff)))


def test_a_secret_as_a_name_is_not_repeated() -> None:
    """The path that is shown has it taken out."""
    (line,) = secrets_of(change([f"out/{TOKEN}.txt"]))

    assert "the name of out/[GitHub token].txt: GitHub token (ghp_…)" == line


def test_only_the_users_settings_make_exceptions() -> None:
    """By path, for what a person has looked at."""
    diff = diff_of("tests/data/key.txt", added=[TOKEN])
    made = candidate(change(["tests/data/key.txt"], diff=diff))

    assert "passed" == SecretsGate(ignored=["tests/data/*"]).check(made).verdict
    assert "failed" == SecretsGate().check(made).verdict


def test_a_clean_change_passes() -> None:
    """And says what was looked at."""
    result = SecretsGate().check(candidate(change(["a.py"], diff=diff_of("a.py", added=["x"]))))

    assert ("passed", "none in the diff, messages and names") == (result.verdict, result.summary)
