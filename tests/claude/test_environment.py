"""The environment that a session's processes get."""

import sys

from coffee_maker.claude.environment import MARKER, build_environment


def test_it_is_a_list() -> None:
    """What is not named does not get in: keys, tokens, agents, markers of another session."""
    ours = {
        "HOME": "/home/ada",
        "PATH": "/bin",
        "LC_ALL": "C.UTF-8",
        "HTTPS_CA": "x",
        "ANTHROPIC_API_KEY": "stray",
        "ANTHROPIC_BASE_URL": "http://stray",
        "CLAUDE_CODE_OAUTH_TOKEN": "stray",
        "CLAUDECODE": "1",
        "GH_TOKEN": "stray",
        "SSH_AUTH_SOCK": "/stray",
        "GIT_ASKPASS": "/stray",
    }

    built = build_environment(ours, session="s1", extra={})

    assert {"HOME": "/home/ada", "PATH": "/bin", "LC_ALL": "C.UTF-8", MARKER: "s1"}.items() <= (
        built.items()
    )
    assert not {"stray", "/stray", "http://stray"} & set(built.values())
    assert "CLAUDECODE" not in built
    assert "HTTPS_CA" not in built


def test_what_is_asked_for_gets_in() -> None:
    """By name from ours, or with a value; the latter wins, but not over the marker."""
    built = build_environment(
        {"JAVA_HOME": "/java", "PATH": "/bin"},
        session="s1",
        extra={"ANTHROPIC_API_KEY": "given", "PATH": "/other", MARKER: "forged"},
        pass_through=["JAVA_HOME", "MISSING"],
    )

    assert "/java" == built["JAVA_HOME"]
    assert "given" == built["ANTHROPIC_API_KEY"]
    assert "/other" == built["PATH"]
    assert "s1" == built[MARKER]
    assert "MISSING" not in built


def test_loopback_goes_past_a_proxy() -> None:
    """The hooks are spoken to there; without a proxy nothing is added."""
    proxied = build_environment(
        {"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": "internal"}, session="s", extra={}
    )

    assert "internal,127.0.0.1,localhost" == proxied["NO_PROXY"]
    assert "127.0.0.1,localhost" == proxied["no_proxy"]
    assert "NO_PROXY" not in build_environment({}, session="s", extra={})


def test_the_agent_does_not_get_our_python() -> None:
    """What the agent calls python3 is the user's, with the packages that the user installed."""
    ours = {"PATH": f"{sys.prefix}/bin:/usr/bin:/bin", "VIRTUAL_ENV": sys.prefix}

    built = build_environment(ours, session="s", extra={}, pass_through=["VIRTUAL_ENV"])

    assert "/usr/bin:/bin" == built["PATH"]
    assert "VIRTUAL_ENV" not in built
