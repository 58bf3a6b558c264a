"""The key of the links, which several processes may want at once."""

import threading
import time
from pathlib import Path

from coffee_maker.links import KEY_FILE, key_in


def test_a_key_that_is_just_being_written_is_waited_for(tmp_path: Path) -> None:
    """Two processes that start together sign with one key, else no link of one counts there."""
    path = tmp_path / KEY_FILE
    path.touch(mode=0o600)

    def write() -> None:
        time.sleep(0.1)
        path.write_text("the-key\n", encoding="ascii")

    writer = threading.Thread(target=write)
    writer.start()
    found = key_in(tmp_path)
    writer.join()

    assert ["the-key", "the-key"] == [found, key_in(tmp_path)]


def test_a_key_that_nobody_finished_is_made_anew(tmp_path: Path) -> None:
    """It is the same from then on, and its owner's alone."""
    path = tmp_path / KEY_FILE
    path.touch(mode=0o600)
    found = key_in(tmp_path)

    assert found == key_in(tmp_path)
    assert len(found) > 30
    assert 0o600 == path.stat().st_mode & 0o777
