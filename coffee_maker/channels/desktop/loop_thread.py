"""An asyncio loop in a thread of its own, for a library that cannot do without one."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

CLOSING_SECONDS = 3.0


class LoopThread:
    """Runs from the beginning; after `close` nothing of it does."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def result(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """What comes of it, and raises what it raises; after so long its end, and TimeoutError."""
        return asyncio.run_coroutine_threadsafe(_within(work, seconds), self._loop).result()

    def close(self) -> None:
        """End it, whatever is still to be done there. Closing twice does no harm."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(CLOSING_SECONDS)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(_end())
        finally:
            self._loop.close()


async def _within(work: Coroutine[Any, Any, T], seconds: float) -> T:
    async with asyncio.timeout(seconds):
        return await work


async def _end() -> None:
    """What was begun is ended, and a thread that still works for it is waited for."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_default_executor()
