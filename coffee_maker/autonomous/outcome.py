"""How an attempt that broke is told."""

import dataclasses
import traceback

from coffee_maker.domain.errors import CoffeeMakerError
from coffee_maker.domain.events import TaskFailed


def failure(error: CoffeeMakerError) -> TaskFailed:
    """What the journal says of an error that was raised on purpose."""
    return TaskFailed(
        error=type(error).__name__,
        message=str(error),
        cure=error.cure,
        transient=error.transient,
        stops_the_line=error.stops_the_line,
    )


def surprise(error: Exception) -> TaskFailed:
    told = "".join(traceback.format_exception(error))
    return dataclasses.replace(
        failure(CoffeeMakerError(told, cure="please report this: it is a mistake in coffee_maker")),
        error=type(error).__name__,
    )
