"""The daemon inside somebody else's program."""

import subprocess
import sys
from pathlib import Path

from coffee_maker.cli.demo import make_sample

PROGRAM = """
from coffee_maker.autonomous.daemon import DevDaemon, Mode

daemon = DevDaemon(
    roadmap_path="ROADMAP.md", auto_approve=True, create_prs=True, model="any", project={project!r}
)
print("delivered:", daemon.run(mode=Mode.ONCE))
"""


def test_the_daemon_is_an_object_that_runs(tmp_path: Path) -> None:
    """As in the founding documents; and files beside the program cannot pose as our modules."""
    project = make_sample(tmp_path / "demo")
    for name in ("coffee_maker.py", "secrets.py", "click.py"):
        (tmp_path / name).write_text("raise SystemExit('not this one')\n")

    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM.format(project=str(project))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert ("delivered: True\n", "") == (done.stdout, done.stderr)
