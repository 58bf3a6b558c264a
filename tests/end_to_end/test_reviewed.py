"""What a reviewer decides is heard by the next run."""

from pathlib import Path

from coffee_maker.cli.demo import make_sample
from tests.end_to_end.test_bad_input import coffee_maker


def test_nothing_is_begun_for_or_built_on_what_was_rejected(tmp_path: Path) -> None:
    """Before any session: dependants wait, and asked for by name it says how to open it again."""
    project = make_sample(tmp_path / "demo")
    coffee_maker(project, "run", "--task", "1")
    coffee_maker(project, "review", "reject", "1", "--reason", "not like this")

    planned = coffee_maker(project, "run", "--dry-run")
    asked_for = coffee_maker(project, "run", "--task", "1")
    status = coffee_maker(project, "status")
    early = coffee_maker(project, "run", "--task", "3", "--dry-run")

    assert "Next: PRIORITY 2" in planned.out
    assert "(PRIORITY 1 was rejected)" in planned.out
    assert 2 == asked_for.code
    assert "PRIORITY 1 was rejected" in asked_for.err
    assert "coffee-maker review reopen 1" in asked_for.err
    assert "attempt" not in asked_for.out.lower()
    assert "PRIORITY 1  rejected" in status.out
    assert "note: PRIORITY 3 builds on PRIORITY 1, which was rejected" in early.out
    assert "Later: PRIORITY 3" not in early.out
