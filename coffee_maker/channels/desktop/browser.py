"""Opening a page in the browser of the desktop, and nowhere else."""

import os
import shutil
import subprocess
import sys

SECONDS = 10.0


def open_page(link: str) -> bool:
    """Open it; False where there is no link to a page, or no graphical browser to open it in."""
    if not link.startswith(("http://", "https://")):
        return False
    if not sys.platform.startswith("linux"):
        import webbrowser

        return webbrowser.open(link)
    # `webbrowser` would fall back to a browser of text, in the terminal of the daemon.
    opener = shutil.which("xdg-open")
    if opener is None or not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        done = subprocess.run(
            [opener, link],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            start_new_session=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True  # some openers stay until the browser is closed
    except OSError:
        return False
    return done.returncode == 0
