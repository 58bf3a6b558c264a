"""Which priority comes next."""

from coffee_maker.roadmap.choice import choose, waiting
from tests.roadmap.writing import parsed

_ROADMAP = parsed(
    """\
    # PRIORITY 1: done
    Status: done
    # PRIORITY 2: optional
    Status: optional
    # PRIORITY 3: needs 4
    Depends on: PRIORITY 4
    # PRIORITY 4: needs 1
    Depends on: PRIORITY 1
    # PRIORITY 5: going on
    Status: in progress
    # PRIORITY 6: blocked
    Status: blocked
    # PRIORITY 7: needs nobody knows what
    Depends on: PRIORITY 77
    """
)


def _next(finished: tuple[str, ...] = (), unavailable: tuple[str, ...] = ()) -> str | None:
    chosen = choose(_ROADMAP, finished, unavailable)
    return chosen.id if chosen else None


def test_the_first_that_waits_for_nothing_is_next() -> None:
    """In document order; what the document calls done fulfils a dependency."""
    assert "PRIORITY 4" == _next()


def test_what_is_finished_or_unavailable_is_not_chosen_again() -> None:
    """Finished tasks free those that wait for them; unavailable ones do not."""
    assert "PRIORITY 3" == _next(finished=("PRIORITY 4",))
    assert "PRIORITY 5" == _next(unavailable=("PRIORITY 4",))


def test_optional_ones_come_last_and_then_nothing() -> None:
    """Blocked ones, and ones that wait for a task nobody has, never come."""
    rest = ("PRIORITY 3", "PRIORITY 4", "PRIORITY 5")

    assert "PRIORITY 2" == _next(finished=rest)
    assert None is _next(finished=(*rest, "PRIORITY 2"))


def test_each_that_waits_says_why() -> None:
    """In words that fit behind its name."""
    told = waiting(_ROADMAP, (), ("PRIORITY 5",))

    assert [
        ("PRIORITY 3", "waits for PRIORITY 4"),
        ("PRIORITY 5", "set aside"),
        ("PRIORITY 6", "blocked"),
        ("PRIORITY 7", "waits for PRIORITY 77 (not in this roadmap)"),
    ] == [(priority.id, reason) for priority, reason in told]
