"""Compute many cases: a few at a time, results as they come, none lost when a worker dies."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from itertools import islice
from typing import Any

from symlstm.auditing.pool import BrokenPoolError, Pool, is_broken
from symlstm.errors import SymlstmError

FRUITLESS = 3
"""How often a pool may break in a row, without a result in between."""
AHEAD = 2
"""How many tasks are submitted for each worker, so that none waits for its next."""


def results(
    function: Callable[[Any], Any], tasks: Iterable[Any], pool: Pool
) -> Generator[tuple[Any, Any]]:
    """Yield each task with what ``function`` makes of it, as they get done.

    Tasks are made when there is room for them. Those that were running when the pool broke are
    submitted again, to a mended one; when it breaks again and again without a result in between,
    that is a `SymlstmError`. What a task raises comes through.
    """
    coming, waiting, fruitless = iter(tasks), deque[Any](), 0
    running: dict[Future[Any], Any] = {}
    try:
        while True:
            waiting.extend(islice(coming, max(0, AHEAD * pool.size - len(running) - len(waiting))))
            broken = not _submit(function, waiting, running, pool)
            if not running and not broken:
                return
            for task, future in _done(running):
                error = _error(future)
                if error is None:
                    fruitless = 0
                    yield task, future.result()
                elif is_broken(error):
                    broken = True
                    waiting.append(task)
                else:
                    raise error
            if broken:
                fruitless += 1
                _mend(pool, fruitless)
                waiting.extend(running.values())
                running.clear()
    finally:
        for future in running:
            future.cancel()


def _submit(
    function: Callable[[Any], Any],
    waiting: deque[Any],
    running: dict[Future[Any], Any],
    pool: Pool,
) -> bool:
    """Submit what waits; say whether the pool takes it."""
    while waiting:
        try:
            running[pool.submit(function, waiting[0])] = waiting[0]
        except BrokenPoolError:
            return False
        waiting.popleft()
    return True


def _done(running: dict[Future[Any], Any]) -> list[tuple[Any, Future[Any]]]:
    """Wait for something to be done and take it out; what succeeded comes first."""
    if not running:
        return []
    done = wait(running, return_when=FIRST_COMPLETED).done
    return [(running.pop(f), f) for f in sorted(done, key=lambda f: _error(f) is not None)]


def _error(future: Future[Any]) -> BaseException | None:
    try:
        return future.exception()
    except CancelledError as error:
        return error


def _mend(pool: Pool, fruitless: int) -> None:
    if fruitless >= FRUITLESS:
        raise SymlstmError(
            f"the workers died {fruitless} times in a row without getting a case done; a script "
            "that calls symlstm.audit does so below if __name__ == '__main__':, and workers that "
            "run out of memory may have it when there are fewer of them (workers=1)",
            argument="workers",
        )
    pool.mend()
