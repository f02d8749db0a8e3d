"""The same work on many items, on all cores: in order, in bounded memory, and with the same results for any number of processes.

The processes are loky's: they are new ones, as a fork would copy the locks of threads that run in this process, such as those of
a progress bar and of numpy, and may hang; they do not run the main script again; and one that is killed is noticed.
Small inputs never pay for the start: it is put off until the work has taken ``ALONE`` seconds.
"""

from __future__ import annotations

import os
import pickle
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from standpoint.core.model import StandpointError

if TYPE_CHECKING:
    from concurrent.futures import Future

Item = TypeVar("Item")
Result = TypeVar("Result")

ALONE = 1.0  # seconds of work before processes are started: about what their start and their imports cost
CHUNK = 16  # items that are sent at once: one by one, sending would take as long as the work on a short text
AHEAD = 3  # chunks that each process has at most, done ones included, so that memory is bounded however slow the results are used
WATCH = 0.5  # seconds


def cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def mapped(work: Callable[[Item], Result], items: Iterable[Item], jobs: int = 1, chunk: int = CHUNK) -> Iterator[Result]:
    """``work(item)`` of each item, in order, in so many processes; in this one if ``jobs`` is 1, or if the work is soon done.

    ``work`` is a function of a module, or a ``partial`` of one; it, its items and its results can be pickled. ``chunk`` items are
    sent at once. What ``work`` raises is raised here, after the results of the items before. StandpointError if a process is
    ended from outside.
    """
    items, begun = iter(items), time.monotonic()
    for item in items:
        yield work(item)
        if jobs > 1 and time.monotonic() - begun >= ALONE:
            yield from _in_processes(work, items, jobs, chunk)


def _in_processes(work: Callable[[Item], Result], items: Iterator[Item], jobs: int, size: int) -> Iterator[Result]:
    from loky.process_executor import ProcessPoolExecutor, TerminatedWorkerError

    executor = ProcessPoolExecutor(jobs, initializer=_begin, initargs=(work, os.getpid()))
    sent: deque[Future[Done]] = deque()
    try:
        while True:
            while len(sent) < AHEAD * jobs and (chunk := list(islice(items, size))):
                sent.append(executor.submit(_worked, chunk))
            if not sent:
                return
            done = sent.popleft().result()
            yield from done.results
            if done.error:
                raise done.error
    except TerminatedWorkerError as error:
        how = str(error).rpartition("are ")[2].partition("\n")[0]
        hint = "memory may be short: try again with fewer processes, such as --jobs 1"
        raise StandpointError(f"a process at work was ended from outside: {how}", hint) from None
    finally:
        executor.shutdown(kill_workers=True)


def batches(items: Iterable[Item], size: Callable[[Item], int], limit: int) -> Iterator[list[Item]]:
    """The items, in order, in lists whose sizes add up to ``limit`` or a little more; the last list may be smaller."""
    batch: list[Item] = []
    total = 0
    for item in items:
        batch.append(item)
        total += size(item)
        if total >= limit:
            yield batch
            batch, total = [], 0
    if batch:
        yield batch


class Done(NamedTuple):
    """The results of the items of a chunk, up to one with an error, and this error."""

    results: Sequence[Any]
    error: Exception | None = None


_work: Callable[[Any], Any]  # in a process at work: sent once, as it may hold a codebook


def _begin(work: Callable[[Any], Any], parent: int) -> None:
    global _work
    _work = work
    Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End with the process that started this one: loky's wait forever for work if that one is killed."""
    while os.getppid() == parent:
        time.sleep(WATCH)
    os._exit(1)


def _worked(chunk: Sequence[Any]) -> Done:
    results: list[Any] = []
    try:
        for item in chunk:
            results.append(_work(item))
    except Exception as error:
        shown = traceback.format_exc()
        try:
            pickle.loads(pickle.dumps(error))
            error.add_note(f"In a process at work:\n{shown}")
            return Done(results, error)
        except Exception:  # an error that cannot be sent
            return Done(results, RuntimeError(shown))
    return Done(results)
