"""What the journal says to the database.

Only conditions and their `?` are put in; values always travel as parameters.
"""

from collections.abc import Sequence

from coffee_maker.store.database import Parameters

Query = tuple[str, Parameters]

INSERT = "INSERT INTO events (id, at, task, kind, body, hash) VALUES (?, ?, ?, ?, ?, ?)"
REMEMBER_NEWEST = """INSERT INTO newest_events (task, kind, event) VALUES (?, ?, ?)
    ON CONFLICT (task, kind) DO UPDATE SET event = excluded.event"""


def batch(*, after: int, task: str | None, kinds: Sequence[str], size: int) -> Query:
    """The next entries behind an id, in order."""
    if kinds and task is None:
        return _batch_of_kinds(after, sorted(set(kinds)), size)
    of_task = "" if task is None else "AND task = ? "
    sql = f"""SELECT id, at, task, kind, body FROM events
        WHERE id > ? {of_task}{_among(kinds)}ORDER BY id LIMIT ?"""  # noqa: S608 - see above
    return sql, (after, *(() if task is None else (task,)), *kinds, size)


def newest_per_task(kinds: Sequence[str]) -> Query:
    """Every task's newest entry of some kinds."""
    sql = f"""SELECT id, at, task, kind, body FROM events WHERE id IN (
            SELECT MAX(event) FROM newest_events WHERE event > 0 {_among(kinds)}GROUP BY task
        ) ORDER BY id"""  # noqa: S608 - see above
    return sql, tuple(kinds)


def _batch_of_kinds(after: int, kinds: Sequence[str], size: int) -> Query:
    # One range of the index per kind, merged: left to itself SQLite sorts all entries of these
    # kinds for each batch, or walks over all the others.
    one = "SELECT id FROM (SELECT id FROM events WHERE kind = ? AND id > ? ORDER BY id LIMIT ?)"
    ranges = " UNION ALL ".join(f"{one} AS range_{n}" for n in range(len(kinds)))
    sql = f"""SELECT id, at, task, kind, body FROM events WHERE id IN (
            SELECT id FROM ({ranges}) AS merged ORDER BY id LIMIT ?
        ) ORDER BY id"""  # noqa: S608 - see above
    return sql, (*(value for kind in kinds for value in (kind, after, size)), size)


def _among(kinds: Sequence[str]) -> str:
    return f"AND kind IN ({', '.join('?' * len(kinds))}) " if kinds else ""
