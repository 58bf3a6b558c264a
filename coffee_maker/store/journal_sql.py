"""The journal's questions to the database, where their text depends on what is asked.

Only conditions and their `?` are put in; values always travel as parameters.
"""

from collections.abc import Sequence

from coffee_maker.store.database import Parameters

Query = tuple[str, Parameters]


def batch(*, after: int, task: str | None, kinds: Sequence[str], size: int) -> Query:
    """The next entries behind an id, in order."""
    if kinds and task is None:
        return _batch_of_kinds(after, sorted(set(kinds)), size)
    of_task = "" if task is None else "AND task = ? "
    sql = f"""SELECT id, at, task, kind, body FROM events
        WHERE id > ? {of_task}{_among(kinds)}ORDER BY id LIMIT ?"""  # noqa: S608 - see above
    return sql, (after, *(() if task is None else (task,)), *kinds, size)


def newest_per_task(kinds: Sequence[str]) -> Query:
    """Every task's newest entry of some kinds.

    Walks from one task to the next by the index, because grouping would look at every entry.
    """
    sql = f"""WITH RECURSIVE tasks (task) AS (
            SELECT MIN(task) FROM events
            UNION ALL
            SELECT (SELECT MIN(task) FROM events WHERE task > tasks.task)
            FROM tasks WHERE task IS NOT NULL
        ), newest (id) AS (
            SELECT (
                SELECT id FROM events
                WHERE events.task = tasks.task {_among(kinds)}ORDER BY id DESC LIMIT 1
            ) FROM tasks
        )
        SELECT id, at, task, kind, body FROM events
        WHERE id IN (SELECT id FROM newest) ORDER BY id"""  # noqa: S608 - see above
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
