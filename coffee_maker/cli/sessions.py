"""The agent's sessions of a task, as the journal tells of them."""

from coffee_maker.cli.task_name import known_task
from coffee_maker.domain.events import SessionClosed, SessionOpened
from coffee_maker.domain.ports import Journal


def sessions_of(journal: Journal, wanted: str) -> tuple[str, dict[str, bool]]:
    """The task's name, and its sessions, oldest first; True for those that nobody has closed.

    A session that was killed is not closed either. Raises click.BadParameter.
    """
    kinds = (SessionOpened.kind, SessionClosed.kind)
    entries = list(journal.read(kinds=kinds))
    task = known_task(wanted, dict.fromkeys(entry.task for entry in entries))
    sessions: dict[str, bool] = {}
    for entry in entries:
        if entry.task == task and isinstance(entry.event, SessionOpened | SessionClosed):
            is_open = isinstance(entry.event, SessionOpened)
            if is_open:
                sessions.pop(entry.event.session, None)  # the newest stands last
            sessions[entry.event.session] = is_open
    return task, sessions
