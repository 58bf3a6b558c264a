"""Which task a person means."""

from collections.abc import Iterable

import click


def known_task(wanted: str, known: Iterable[str], *, hint: str = "--task") -> str:
    """The task with this name; case, and the word before a lone number, may be left out.

    Raises click.BadParameter that names what there is.
    """
    tasks = [task for task in known if task]
    spoken = wanted.strip().casefold()
    exact = [task for task in tasks if task == wanted] or [
        task for task in tasks if task.casefold() == spoken
    ]
    numbered = [task for task in tasks if task.casefold().split(" ")[-1] == spoken]
    if exact:
        return exact[0]
    if len(numbered) == 1:
        return numbered[0]
    there_is = ", ".join(sorted(tasks)[:20]) or "none yet"
    raise click.BadParameter(
        f"the journal tells of no task {wanted!r}; there is: {there_is}", param_hint=hint
    )
