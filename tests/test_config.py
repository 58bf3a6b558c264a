"""The settings file."""

import tomllib
from pathlib import Path

import pytest

from coffee_maker.config import load_settings, settings_from
from coffee_maker.domain.errors import ConfigError
from coffee_maker.settings import Settings
from coffee_maker.settings_text import changed, template


def write(folder: Path, text: str, name: str = "coffee_maker.toml") -> Path:
    (folder / name).write_text(text)
    return folder


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    """It works without configuration."""
    assert Settings() == load_settings(tmp_path, {})


def test_a_misspelt_key_is_named_with_the_nearest_right_one(tmp_path: Path) -> None:
    """The error names place and key, and the cure the key that was meant."""
    write(tmp_path, '[gates]\ntest_comand = "x"\n')

    with pytest.raises(ConfigError, match=r'"gates.test_comand" in coffee_maker.toml') as told:
        load_settings(tmp_path, {})

    assert 'did you mean "test_command"?' == told.value.cure


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tset_command = 1", 'did you mean "gates.test_command"?'),
        ("rounds = 1", 'did you mean "gates.rounds"?'),
        ("[agent]\nbase = 1", 'did you mean "git.base"?'),
        ("[git]\nroadmap = 1", 'did you mean "roadmap"?'),
        (
            "pass_enviroment = 1",
            'did you mean "agent.pass_environment" or "gates.pass_environment"?',
        ),
        ("[gates]\nxyz = 1", "known here: test_command, test_timeout_seconds, rounds, "),
    ],
)
def test_a_key_in_the_wrong_table_is_told_its_right_one(
    tmp_path: Path, text: str, expected: str
) -> None:
    """Whoever knows the name only finds the table."""
    with pytest.raises(ConfigError) as told:
        load_settings(write(tmp_path, text), {})

    assert told.value.cure.startswith(expected)


def test_the_cure_of_a_wrong_value_names_what_prints_them_all(tmp_path: Path) -> None:
    """Only the sample has every setting with its meaning."""
    with pytest.raises(ConfigError) as told:
        load_settings(write(tmp_path, "watch_seconds = 0"), {})

    assert "`coffee-maker config --sample`" in told.value.cure


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[questions]\nsilence = "wait"', 'write one of: "deny", "park"'),
        (
            '[channels.desktop]\nfrom_severity = "high"',
            'write one of: "routine", "important", "critical"',
        ),
        (
            '[[questions.rules]]\nanswer = "yes"\nkind = "txt"',
            'write one of: "permission", "choice", "text"',
        ),
    ],
)
def test_the_cure_of_a_wrong_word_names_the_right_ones(
    tmp_path: Path, text: str, expected: str
) -> None:
    """Nobody must look elsewhere for three words."""
    with pytest.raises(ConfigError) as told:
        load_settings(write(tmp_path, text), {})

    assert expected == told.value.cure


@pytest.mark.parametrize("silence", ["allow", "yes", "prk"])
def test_silence_lets_no_tool_be_used(tmp_path: Path, silence: str) -> None:
    """Neither by intention nor by a slip."""
    rule = f'[[questions.rules]]\ntool = "WebFetch"\nanswer = "ask"\nsafe_default = "{silence}"'
    with pytest.raises(ConfigError, match="write deny or park"):
        load_settings(write(tmp_path, rule), {})


def test_an_address_that_no_browser_opens_is_told(tmp_path: Path) -> None:
    """It would stand in every mail."""
    with pytest.raises(ConfigError, match="must begin with https://"):
        load_settings(write(tmp_path, '[web]\npublic_url = "coffee.example.com"'), {})


@pytest.mark.parametrize(
    ("about", "answer", "expected"),
    [
        ('tool = "Bash(make:*)"', "yes", "allow"),
        ('kind = "permission"', "No", "deny"),
        ('tool = "Write"', "ask", "ask"),
        ('kind = "choice"', "yes", "yes"),
        ('tool = "AskUserQuestion"', "SQLite", "SQLite"),
        ('text = "which database"', "SQLite", "SQLite"),
    ],
)
def test_yes_and_no_are_spellings_where_a_tool_is_asked_for(
    tmp_path: Path, about: str, answer: str, expected: str
) -> None:
    """A permission is allow, deny or ask; any other question is answered as it is written."""
    text = f'[[questions.rules]]\n{about}\nanswer = "{answer}"\n'

    assert [expected] == [
        rule.answer for rule in load_settings(write(tmp_path, text), {}).questions.rules
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[gates]\nrounds = "many"', "gates.rounds: Expected `int`, got `str`"),
        ("watch_seconds = 0", "watch_seconds: Expected `float` > 0"),
        ('[git]\nforge = "gitlab"', "git.forge: Invalid enum value 'gitlab'"),
        ("[[questions.rules]]\nansver = 1", 'unknown setting "questions.rules, rule 1, ansver"'),
        (
            "[[questions.rules]]\nanswer = 'deny'\ntext = 'x'\n[[questions.rules]]\nanswer = 1",
            "questions.rules, rule 2, answer: Expected `str`",
        ),
        ("[questions\n", "coffee_maker.toml is not valid TOML"),
        ("gates = 3", "gates: Expected `object`, got `int`"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    """Each kind of mistake says where it is and what was expected."""
    write(tmp_path, text)

    with pytest.raises(ConfigError) as told:
        load_settings(tmp_path, {})

    assert expected in str(told.value)
    assert told.value.cure


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[questions]\nnever = ["Bash(terraform"]\n', '"Bash\\(terraform" is no tool'),
        ('[[questions.rules]]\nanswer = "deny"\ntool = "rm -rf"\n', '"rm -rf" is no tool'),
        ('[[questions.rules]]\nanswer = "deny"\ntext = "("\n', "no regular expression"),
        ('[[questions.rules]]\nanswer = "alow"\ntool = "Bash"\n', 'did you mean "allow"'),
        (
            '[[questions.rules]]\nanswer = "x"\nkind = "permission"\n',
            "write allow, deny, ask or park",
        ),
        ('[[questions.rules]]\nanswer = "allow"\n', "needs a tool, a text, a kind or a severity"),
    ],
)
def test_a_rule_that_could_never_speak_is_an_error(
    tmp_path: Path, text: str, expected: str
) -> None:
    """What looks like protection must protect."""
    with pytest.raises(ConfigError, match=expected):
        load_settings(write(tmp_path, text), {})


def test_the_own_file_wins_over_pyproject_and_the_environment_over_both(tmp_path: Path) -> None:
    """coffee_maker.toml is taken instead of pyproject.toml; a variable is laid on top."""
    write(tmp_path, "[tool.coffee_maker.gates]\nrounds = 1\n", "pyproject.toml")
    assert 1 == load_settings(tmp_path, {}).gates.rounds

    write(tmp_path, "[gates]\nrounds = 2\n")
    assert 2 == load_settings(tmp_path, {}).gates.rounds

    assert 5 == load_settings(tmp_path, {"COFFEE_MAKER_GATES__ROUNDS": "5"}).gates.rounds
    overrides = {"gates": {"rounds": 6}}
    assert 6 == load_settings(tmp_path, {"COFFEE_MAKER_GATES__ROUNDS": "5"}, overrides).gates.rounds


def test_a_misspelt_variable_is_an_error_too(tmp_path: Path) -> None:
    """The environment is no way round the check."""
    with pytest.raises(ConfigError, match="and the environment"):
        load_settings(tmp_path, {"COFFEE_MAKER_GATES__ROUND": "5"})


def test_the_sample_is_valid_and_changes_nothing(tmp_path: Path) -> None:
    """As it is written every line is a comment; without the marks it is all defaults."""
    assert Settings() == load_settings(write(tmp_path, template()), {})

    lines = template().splitlines()
    active = "\n".join(line.removeprefix("#") for line in lines if not line.startswith("# "))
    assert Settings() == settings_from(tomllib.loads(active), "the sample")


def test_what_was_changed_is_told_and_nothing_else() -> None:
    """`config` prints the settings that differ, as TOML would have them."""
    given = {"watch_seconds": 5, "gates": {"test_command": 'say "hi"'}}

    assert ["watch_seconds = 5", 'gates.test_command = "say \\"hi\\""'] == list(
        changed(settings_from(given, "test"))
    )


@pytest.mark.parametrize(
    ("channel", "text", "missing"),
    [
        ("slack", "", ("bot_token", "app_token", "channel", "users")),
        ("slack", 'bot_token = "b"\napp_token = "a"\nchannel = "C"\n', ("users",)),
        ("slack", 'webhook_url = "https://example.com"\n', ()),
        ("email", "", ("smtp_host", "sender", "to")),
        ("discord", "", ("webhook_url",)),
        ("teams", "", ("webhook_url",)),
        ("webhook", "", ("url",)),
        ("desktop", "", ()),
    ],
)
def test_a_channel_says_what_it_lacks(
    tmp_path: Path, channel: str, text: str, missing: tuple[str, ...]
) -> None:
    """Reading the settings is no error: its secrets may be in the daemon's environment alone."""
    read = load_settings(write(tmp_path, f"[channels.{channel}]\nenabled = true\n{text}"), {})

    assert missing == getattr(read.channels, channel).lacks()


def test_quiet_hours_that_cannot_be_read_are_told_with_their_form(tmp_path: Path) -> None:
    """A night is the wrong time to find out."""
    with pytest.raises(ConfigError, match="22:00-07:00"):
        load_settings(write(tmp_path, '[channels]\nquiet_hours = "late"\n'), {})


def test_what_is_secret_comes_from_the_environment_and_is_never_printed(tmp_path: Path) -> None:
    """A token is told as set, and its text nowhere."""
    environment = {"COFFEE_MAKER_CHANNELS__SLACK__BOT_TOKEN": "xoxb-1-made-up"}

    settings = load_settings(write(tmp_path, ""), environment)

    assert "xoxb-1-made-up" == settings.channels.slack.bot_token
    assert ['channels.slack.bot_token = "********"'] == list(changed(settings))


def test_a_misspelt_channel_setting_is_named_with_its_path(tmp_path: Path) -> None:
    """Tables below tables are checked as well."""
    with pytest.raises(ConfigError, match=r'"channels\.slack\.chanel"') as told:
        load_settings(write(tmp_path, '[channels.slack]\nchanel = "C"\n'), {})

    assert "channel" in told.value.cure


def test_no_secret_stands_in_what_a_log_or_a_traceback_would_show(tmp_path: Path) -> None:
    """Neither the settings' own text nor what people are shown; a store's address is secret too."""
    environment = {
        "COFFEE_MAKER_STORE_URL": "postgresql://ana:hunter2@db/coffee",
        "COFFEE_MAKER_CHANNELS__SLACK__WEBHOOK_URL": "https://hooks.example/hunter2",
        "COFFEE_MAKER_WEB__SECRET": "hunter2",
    }
    settings = load_settings(tmp_path, environment)
    shown = [repr(settings), str(settings.channels), *changed(settings)]

    assert "postgresql://ana:hunter2@db/coffee" == settings.store_url
    assert [] == [line for line in shown if "hunter2" in line]
    assert "hunter2" not in repr(settings.web.__rich_repr__())
    assert "port=8642" in repr(settings)


@pytest.mark.parametrize("written", ["123456", "true", "1e5", "2026-01-05", "[1]"])
def test_a_password_may_look_like_a_number(tmp_path: Path, written: str) -> None:
    """A text that comes from the environment is a text, whatever else it could be."""
    variables = {"COFFEE_MAKER_CHANNELS__EMAIL__SMTP_PASSWORD": written}
    settings = load_settings(tmp_path, {**variables, "COFFEE_MAKER_GATES__ROUNDS": "5"})

    assert (written, 5) == (settings.channels.email.smtp_password, settings.gates.rounds)
