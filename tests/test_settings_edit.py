"""A rule goes into the settings file, and nothing else in it changes."""

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffee_maker.config import load_settings
from coffee_maker.domain.errors import ConfigError
from coffee_maker.settings_edit import add_rule, rule_block

FIELDS: dict[str, str | bool] = {"tool": "Bash(npm run lint:*)", "answer": "allow"}
ADDED = '[[questions.rules]]\ntool = "Bash(npm run lint:*)"\nanswer = "allow"\n'


def test_without_a_file_one_is_made(tmp_path: Path) -> None:
    """With the comment above the rule."""
    file = add_rule(tmp_path, FIELDS, "2026-11-21: why")

    assert tmp_path / "coffee_maker.toml" == file
    assert "# 2026-11-21: why\n" + ADDED == file.read_text()
    assert [file] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "before",
    [
        "# mine\n\n[gates]\nrounds = 5   # five\n",
        "[gates]\nrounds=5",  # no line end at the end
        '[[questions.rules]]\ntool = "Write"\nanswer = "ask"\n\n\n[git]\nbase = "x"\n',
        "[questions]\nauto_approve = true\n",
    ],
)
def test_what_stood_there_stays_as_it_was(tmp_path: Path, before: str) -> None:
    """Byte for byte; the new rule is the last one."""
    file = tmp_path / "coffee_maker.toml"
    file.write_text(before)
    file.chmod(0o640)
    add_rule(tmp_path, FIELDS)

    assert before.rstrip("\n") == file.read_text().removesuffix(ADDED).rstrip("\n")
    assert "Bash(npm run lint:*)" == load_settings(tmp_path, {}).questions.rules[-1].tool
    assert 0o640 == file.stat().st_mode & 0o777


def test_line_ends_and_the_mark_of_the_encoding_are_kept(tmp_path: Path) -> None:
    """As an editor on Windows writes them."""
    file = tmp_path / "coffee_maker.toml"
    before = b"\xef\xbb\xbf[gates]\r\nrounds = 5\r\n"
    file.write_bytes(before)
    add_rule(tmp_path, FIELDS, "why")
    added = f"\n# why\n{ADDED}".replace("\n", "\r\n").encode()

    assert before + added == file.read_bytes()


def test_the_table_of_a_pyproject_gets_the_rule(tmp_path: Path) -> None:
    """Where the settings stand in it."""
    file = tmp_path / "pyproject.toml"
    file.write_text("[tool.coffee_maker.gates]\nrounds = 5\n\n[tool.ruff]\nline-length = 9\n")
    add_rule(tmp_path, FIELDS)

    assert 9 == tomllib.loads(file.read_text())["tool"]["ruff"]["line-length"]
    assert 1 == len(load_settings(tmp_path, {}).questions.rules)
    assert [file] == list(tmp_path.iterdir())


def test_what_a_link_leads_to_is_written(tmp_path: Path) -> None:
    """And the link stays a link."""
    real = tmp_path / "dotfiles.toml"
    real.write_text("[gates]\nrounds = 5\n")
    project = tmp_path / "project"
    project.mkdir()
    link = project / "coffee_maker.toml"
    link.symlink_to(real)
    add_rule(project, FIELDS)

    assert link.is_symlink()
    assert real.read_text().endswith(ADDED)


@pytest.mark.parametrize(
    "before",
    [
        '[questions]\nrules = [{ tool = "Write", answer = "ask" }]\n',
        "questions = { auto_approve = true }\n",
        "[gates\n",
        "[gates]\nunheard_of = 1\n",
    ],
)
def test_a_file_that_cannot_take_it_stays_as_it_was(tmp_path: Path, before: str) -> None:
    """The error is one for people, with something to do about it."""
    file = tmp_path / "coffee_maker.toml"
    file.write_text(before)
    with pytest.raises(ConfigError) as told:
        add_rule(tmp_path, FIELDS)

    assert before == file.read_text()
    assert told.value.cure
    assert [file] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "fields",
    [{"answer": "allow"}, {"tool": "Bash(x)", "answer": "alow"}, {"tool": "(", "answer": "ask"}],
)
def test_a_rule_that_could_not_be_read_is_refused(
    tmp_path: Path, fields: dict[str, str | bool]
) -> None:
    """Before anything is written."""
    with pytest.raises(ConfigError):
        add_rule(tmp_path, fields)

    assert [] == list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """As an error of the settings; here something else has the name that is written first."""
    (tmp_path / f".coffee_maker.toml.{os.getpid()}.tmp").mkdir()
    with pytest.raises(ConfigError, match="cannot be written"):
        add_rule(tmp_path, FIELDS)

    assert not (tmp_path / "coffee_maker.toml").exists()


@given(st.text(), st.text())
def test_whatever_is_said_is_read_back(message: str, comment: str) -> None:
    """Quotes, line ends and control characters end neither the text nor the comment."""
    try:
        message.encode()
    except UnicodeEncodeError:
        return
    block = rule_block("questions.rules", {**FIELDS, "message": message}, comment)

    assert {"questions": {"rules": [{**FIELDS, "message": message}]}} == tomllib.loads(block)
