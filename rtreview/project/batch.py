"""Reviews of many files, in this process or in several: the same ones in the same order."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from rtreview.reviews.report import Review
from rtreview.text.output import uninterrupted

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess

Task = TypeVar("Task")

PAYS = 20
"""Files for each process from which on a second one pays.

To load and start the processes takes 60 ms; a design takes 7 ms to review, and its review 0.7 ms to be sent.
"""

CHUNK = 4
"""Files that a process takes at a time: the last ones to end are at most as much apart."""

PATIENCE = 1.0
"""Seconds after which it is told how far the reviews are."""

PACE = 0.1
"""Seconds from one such line to the next."""


def reviews(
    review_one: Callable[[Task], list[Review]],
    tasks: Sequence[Task],
    *,
    jobs: int = 0,
    progress: TextIO | None = None,
) -> list[Review]:
    """The reviews of all tasks, files for example, in their order.

    Args:
        review_one: makes the reviews of a task; what it loads for the first, all processes have.
        tasks: what to review.
        jobs: how many processes, where the system can fork; 0 takes as many as pay.
        progress: a terminal on which it is told, after a second, how far they are.

    Raises:
        ChildProcessError: a process was killed before it had reviewed what it took, or none could be started.

    """
    line = _Line(progress, len(tasks))
    rest = tasks[1:]
    processes = _count(len(rest), jobs)
    try:
        found = line.counted(map(review_one, tasks[:1]))
        found += line.counted(
            _in_processes(review_one, rest, processes) if processes > 1 else map(review_one, rest)
        )
    finally:
        line.wipe()
    return [review for several in found for review in several]


def _count(tasks: int, jobs: int) -> int:
    """How many processes review this many tasks."""
    if not hasattr(os, "fork"):
        return 1
    # Only Linux says which processors this process may use.
    free = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(jobs, tasks) if jobs else min(free, tasks // PAYS)


def _in_processes(
    review_one: Callable[[Task], list[Review]], tasks: Sequence[Task], processes: int
) -> Iterator[list[Review]]:
    """The reviews of each task, from processes that take chunk after chunk until none is left.

    Each has a pipe of its own, and no other holds the end that it writes to. So one that is killed ends it,
    also in the middle of an answer, and nobody waits for the rest.
    """
    from multiprocessing import get_context  # noqa: PLC0415 - one process needs none

    chunks = [tasks[at : at + CHUNK] for at in range(0, len(tasks), CHUNK)]
    context = get_context("fork")
    workers: dict[Connection, ForkProcess] = {}
    try:
        # Python loses an interrupt that comes while it forks, and a new child would tell of it.
        with uninterrupted():
            for _ in range(min(processes, len(chunks))):
                ours, theirs = context.Pipe()
                worker = context.Process(target=_work, args=(review_one, chunks, theirs, (*workers, ours)))
                workers[ours] = worker
                with theirs:
                    worker.start()
        yield from _answers(list(workers), len(chunks))
    except BlockingIOError:
        raise ChildProcessError("the system has no process to spare: try --jobs 1") from None
    finally:
        with uninterrupted():
            for ours, worker in workers.items():
                if worker.pid is not None:
                    worker.kill()
                    worker.join()
                worker.close()
                ours.close()


def _answers(pipes: Sequence[Connection], chunks: int) -> Iterator[list[Review]]:
    """What processes answer to the numbers of chunks, in the order of the numbers."""
    from multiprocessing.connection import wait  # noqa: PLC0415 - one process needs none

    ahead, due = iter(range(chunks)), 0
    found: dict[int, list[list[Review]]] = {}
    busy: list[Any] = list(pipes)
    for pipe in busy:
        _asked(pipe, next(ahead))
    while due < chunks:
        for pipe in wait(busy):
            number, answer = _answer(pipe)
            if isinstance(answer, Exception):
                raise answer
            found[number] = answer
            following = next(ahead, None)
            if following is None:
                busy.remove(pipe)
            else:
                _asked(pipe, following)
        while due in found:
            yield from found.pop(due)
            due += 1


def _asked(pipe: Any, number: int) -> None:
    with _of_one_that_may_be_killed():
        pipe.send(number)


def _answer(pipe: Any) -> tuple[int, Any]:
    with _of_one_that_may_be_killed():
        return pipe.recv()  # type: ignore[no-any-return]


@contextlib.contextmanager
def _of_one_that_may_be_killed() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError):
        raise ChildProcessError("a process that reviews was killed") from None


def _work(
    review_one: Callable[[Task], list[Review]],
    chunks: Sequence[Sequence[Task]],
    pipe: Connection,
    others: Sequence[Connection],
) -> None:
    """Review the chunks that are asked for, until the pipe ends. `others` are ends of the parent."""
    _follow_parent()
    for other in others:
        other.close()
    with contextlib.suppress(EOFError, OSError):
        while True:
            number = pipe.recv()
            try:
                answer: Any = [review_one(task) for task in chunks[number]]
            except Exception as error:  # it is raised by whoever asked
                answer = error
            pipe.send((number, answer))


def _follow_parent() -> None:
    """Leave an interrupt, which from a terminal reaches every process, to the first one; end when it ends."""
    import multiprocessing  # noqa: PLC0415 - one process needs none
    import threading  # noqa: PLC0415 - likewise

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGHUP})
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        # One that is killed cannot end its children, which would wait for work forever.
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


class _Line:
    """One line on a terminal that says how far the reviews are, if they take long."""

    def __init__(self, stream: TextIO | None, tasks: int) -> None:
        self.stream = stream if stream is not None and stream.isatty() else None
        self.tasks = tasks
        self.done = 0
        self.due = time.monotonic() + PATIENCE
        self.width = 0

    def counted(self, found: Iterable[list[Review]]) -> list[list[Review]]:
        """What is found, counted while it is."""
        kept = []
        for several in found:
            kept.append(several)
            self.done += 1
            if time.monotonic() >= self.due:
                self.due = time.monotonic() + PACE
                self._write(f"reviewed {self.done:,} of {self.tasks:,}")
        return kept

    def wipe(self) -> None:
        """Leave the line as it was before."""
        if self.width:
            self._write(" " * self.width)
            self._write("")

    def _write(self, line: str) -> None:
        if self.stream is not None:
            self.width = len(line)
            # A terminal that is gone does not end the review.
            with contextlib.suppress(OSError):
                self.stream.write(f"\r{line}")
                self.stream.flush()
