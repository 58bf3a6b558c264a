"""Descriptions that the service managers' own tools find no fault with."""

import os
import plistlib
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coffee_maker.cli.main import cli
from coffee_maker.domain.errors import CoffeeMakerError, ConfigError
from coffee_maker.service.description import Description, describe
from coffee_maker.service.launchd import Launchd, plist
from coffee_maker.service.systemd import SystemdUser, runs_here, unit
from coffee_maker.store.daemon_lock import DaemonLock
from tests.support import needs

NAMES = ("widgets", "two words", "q\"uo'te", "100%h $HOME ${X}", "back\\slash", "kaffee ☕ é")

# Writes down how it was called; one that is told to fails.
PROGRAM = """#!/bin/sh
echo "$(basename "$0") $*" >> "{calls}"
case "$*" in *{fails}*) echo "Access denied" >&2; exit 4;; *status*) echo "active (running)";; esac
"""


def described(folder: Path, **variables: str) -> Description:
    folder.mkdir(exist_ok=True)
    return describe(folder, folder.parent / "state", {"PATH": "/usr/bin:/bin", **variables})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "widgets"
    (folder / ".git").mkdir(parents=True)
    return folder


def programs(tmp_path: Path, fails: str = "nothing") -> Path:
    """systemctl and launchctl, the far side of the wire; where they note how they were called."""
    calls, folder = tmp_path / "calls", tmp_path / "bin"
    folder.mkdir()
    for name in ("systemctl", "launchctl"):
        (folder / name).write_text(PROGRAM.format(calls=calls, fails=fails))
        (folder / name).chmod(0o755)
    os.environ["PATH"] = f"{folder}:{os.environ['PATH']}"
    return calls


def service(project: Path, *arguments: str) -> Result:
    command, *rest = arguments
    return CliRunner().invoke(cli, ["service", command, "--repo", str(project), *rest])


def verified(text: str, folder: Path) -> str:
    """What systemd's own check has to say; any word is a fault, because it only warns of many."""
    analyze = needs.program("systemd-analyze", "install systemd")
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    path = folder / "checked.service"
    path.write_text(text)
    done = subprocess.run(
        [analyze, "--user", "--man=no", "verify", str(path)],
        env={**os.environ, "XDG_RUNTIME_DIR": str(runtime)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr + done.stdout + ("" if done.returncode == 0 else f" ({done.returncode})")


@pytest.mark.parametrize("name", NAMES)
def test_systemd_finds_no_fault_with_the_unit(tmp_path: Path, name: str) -> None:
    """Whatever the project's folder is called."""
    odd = described(tmp_path / name, LANG="C.UTF-8", CLAUDE_CONFIG_DIR='/x/%h "y"\\')

    assert "" == verified(unit(odd), tmp_path)


def test_the_check_sees_faults(tmp_path: Path) -> None:
    """A misspelt word, and a program that is not there."""
    text = unit(described(tmp_path / "widgets")).replace("WatchdogSec", "WatchDogSecs")
    told = verified(text.replace(sys.executable, "/nowhere/python"), tmp_path)

    assert "Unknown key" in told
    assert "/nowhere/python is not executable" in told


def test_the_unit_says_what_matters(tmp_path: Path) -> None:
    """Ready when it says so, watched, restarted, ended gently, and with this shell's PATH."""
    odd = described(tmp_path / "100% $HOME", PATH="/opt/node/bin:/bin", ANTHROPIC_API_KEY="sk")
    lines = unit(odd).splitlines()

    run = f'"{sys.executable}" "-P" "-m" "coffee_maker" "run" "--repo"'
    assert f'ExecStart={run} "{tmp_path}/100%% $$HOME"' in lines
    assert 'Environment="PATH=/opt/node/bin:/bin"' in lines
    assert {"Type=notify", "WatchdogSec=20min", "Restart=on-failure", "KillMode=mixed"} < set(lines)
    assert "ANTHROPIC_API_KEY=sk" not in unit(odd)


def test_a_namespace_can_be_made_with_what_the_unit_forbids(tmp_path: Path) -> None:
    """Claude Code's sandbox needs one of its own: no new privileges must not be in its way."""
    setpriv = needs.program("setpriv", "install util-linux")
    unshare = [needs.program("unshare", "install util-linux"), "--user", "--mount", "true"]
    free = subprocess.run(unshare, capture_output=True, check=False)
    if free.returncode:
        pytest.skip("this kernel lets nobody make namespaces")

    bound = subprocess.run([setpriv, "--no-new-privs", *unshare], capture_output=True, check=False)

    assert 0 == bound.returncode, bound.stderr
    assert "RestrictNamespaces" not in unit(described(tmp_path / "widgets"))


@pytest.mark.parametrize("name", NAMES)
def test_launchd_gets_a_property_list(tmp_path: Path, name: str) -> None:
    """Its words read back as they were meant."""
    odd = described(tmp_path / name)
    read = plistlib.loads(plist(odd).encode())

    assert list(odd.command) == read["ProgramArguments"]
    assert str(tmp_path / name) == read["WorkingDirectory"] == read["ProgramArguments"][-1]
    assert {"PATH": "/usr/bin:/bin"} == read["EnvironmentVariables"]
    assert {"SuccessfulExit": False} == read["KeepAlive"]
    assert read["Label"] == odd.name


def test_names_are_one_per_place(tmp_path: Path) -> None:
    """The same again for the same folder, another for another; fit for a file's name."""
    one, again = described(tmp_path / "a b"), described(tmp_path / "a b")
    other = described(tmp_path / "a-b")

    assert one.name == again.name != other.name
    assert one.name.startswith("coffee-maker-a-b-")


def test_a_path_that_no_unit_can_hold(tmp_path: Path) -> None:
    """It is refused, rather than read as another line."""
    with pytest.raises(ConfigError, match="cannot stand in a service's description"):
        described(tmp_path / "a\nExecStart=b")


def test_systemd_is_told_in_order(project: Path, tmp_path: Path) -> None:
    """Written, read, enabled, started; and the other way round at the end."""
    calls = programs(tmp_path)
    daemon, manager = described(project), SystemdUser({"XDG_CONFIG_HOME": str(tmp_path / "conf")})
    path = tmp_path / "conf" / "systemd" / "user" / f"{daemon.name}.service"

    manager.install(daemon)
    assert unit(daemon) == path.read_text()
    found = manager.status(daemon)
    manager.uninstall(daemon)

    assert (True, "active (running)\n") == (found.runs, found.text)
    assert [
        "systemctl --user daemon-reload",
        f"systemctl --user enable {daemon.name}",
        f"systemctl --user reset-failed {daemon.name}",
        f"systemctl --user --no-block restart {daemon.name}",
        f"systemctl --user status --no-pager {daemon.name}",
        f"systemctl --user disable --now {daemon.name}",
        "systemctl --user daemon-reload",
    ] == calls.read_text().splitlines()
    assert not path.exists()
    assert "loginctl enable-linger" in manager.next_steps(daemon)


def test_what_systemd_refuses_is_told(project: Path, tmp_path: Path) -> None:
    """In its own words."""
    programs(tmp_path, fails="enable")

    with pytest.raises(CoffeeMakerError, match="Access denied"):
        SystemdUser({"XDG_CONFIG_HOME": str(tmp_path)}).install(described(project))


def test_launchd_is_told_in_order(project: Path, tmp_path: Path) -> None:
    """An agent of before is taken out first."""
    calls = programs(tmp_path)
    daemon, target = described(project), f"gui/{os.getuid()}"

    Launchd().install(daemon)
    path = Path.home() / "Library" / "LaunchAgents" / f"{daemon.name}.plist"
    assert plist(daemon) == path.read_text()
    Launchd().uninstall(daemon)

    assert [
        f"launchctl bootout {target}/{daemon.name}",
        f"launchctl bootstrap {target} {path}",
        f"launchctl bootout {target}/{daemon.name}",
    ] == calls.read_text().splitlines()
    assert not path.exists()


@pytest.mark.skipif(sys.platform == "darwin" or runs_here(), reason="a service manager runs here")
def test_without_a_manager_the_command_is_named(project: Path) -> None:
    """What to run instead, ready to be copied; and the description can be printed all the same."""
    done = service(project, "install")

    assert isinstance(done.exception, CoffeeMakerError)
    assert "systemd does not run on this machine" in str(done.exception)
    assert f" && nohup {sys.executable} -P -m coffee_maker run --repo" in done.exception.cure
    printed = service(project, "install", "--print").output
    assert f'"--repo" "{project}"\n' in printed


def test_systemd_is_recognised(tmp_path: Path) -> None:
    """By its folder and its program, both."""
    assert runs_here(tmp_path / "none") is False
    programs(tmp_path)
    assert runs_here(tmp_path) is True


def test_a_daemon_that_runs_by_hand_is_not_raced(project: Path, tmp_path: Path) -> None:
    """It would hold the lock, and the service would fail again and again."""
    from coffee_maker.cli.service import _refuse_a_second

    daemon = described(project)
    with (
        DaemonLock(daemon.state_dir),
        pytest.raises(CoffeeMakerError, match=f"process {os.getpid()}"),
    ):
        _refuse_a_second(daemon)
    _refuse_a_second(daemon)
