"""Tells people and takes their answers, as the daemon does while a worker is at work.

    python -m benchmarks.telling_daemon PROJECT

The notifier and the page, built from the project's settings, attended to as often as by the
daemon. Says the page's address when both listen; ends when its standard input does.
"""

import select
import sys
from pathlib import Path

from coffee_maker.autonomous.daemon import LOOK_SECONDS
from coffee_maker.people import make_notifier
from coffee_maker.project import open_project
from coffee_maker.rooms import project_store
from coffee_maker.web.build import web_server


def main(folder: str) -> None:
    project = open_project(Path(folder))
    with project_store(project) as store, web_server(project, store) as server:
        notifier = make_notifier(project, store, window=None, handler=None)
        notifier.start()
        print(server.address, flush=True)  # noqa: T201 - read by the one who started this
        while not select.select([sys.stdin], [], [], LOOK_SECONDS)[0]:
            notifier.attend()
        notifier.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
