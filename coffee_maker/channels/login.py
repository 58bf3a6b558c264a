"""Who sits at this machine."""

import getpass
import os


def login_name() -> str:
    """The name under which this process runs; its number where it has no name, as in containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
