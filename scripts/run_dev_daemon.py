#!/usr/bin/env python3
"""Start the daemon: the same as `coffee-maker run`, with whatever Python this is called by."""

import os
import sys
from pathlib import Path

CLONE = Path(__file__).resolve().parents[1]
OWN_PYTHON = CLONE / ".venv" / "bin" / "python"


def main() -> None:
    """Run here if everything is installed here, else in the environment that `make` made."""
    try:
        import click  # noqa: F401

        import coffee_maker  # noqa: F401
    except ImportError:
        if not OWN_PYTHON.exists() or Path(sys.executable) == OWN_PYTHON:
            sys.exit(f"coffee_maker is not installed yet. Do this first: make -C {CLONE} install")
        os.execv(OWN_PYTHON, [str(OWN_PYTHON), __file__, *sys.argv[1:]])
    from coffee_maker.cli.main import main as run_command
    from coffee_maker.cli.run import run

    run_command(command=run, program=Path(__file__).name)


if __name__ == "__main__":
    main()
