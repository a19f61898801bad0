"""Where slow work runs: a writer for the working store, others for files, and a pool."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

from glide_studio.api.thread_priority import lower_priority
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.translation import translate

T = TypeVar("T")

Post = Callable[[Callable[[], object]], object]
"""Runs a function on the loop's thread, soon: `loop.call_soon_threadsafe`."""

LARGE_PX = 32_000_000  # of a canvas
PAINT_FIRST_S = 0.2

log = logging.getLogger(__name__)


class WorkCancelled(Exception):
    """Raised by `Task.check` inside of work that was cancelled."""


class Task:
    """One piece of work that was handed to a worker."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()

    @property
    def is_cancelled(self) -> bool:
        """True once `cancel` was called."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Do not start the work, or drop its result; its callbacks are not called any more."""
        self._cancelled.set()

    def check(self) -> None:
        """Leave the work early: call this between two parts of long work.

        Raises:
            WorkCancelled: if the task was cancelled.
        """
        if self.is_cancelled:
            raise WorkCancelled


def let_paint(size: Size) -> None:
    """Leave the interpreter to the window until it has painted an edit of a large picture.

    For threads, before work on all of its tiles that no click waits for.
    """
    if size.area > LARGE_PX:
        time.sleep(PAINT_FIRST_S)


class Worker(Protocol):
    """Runs functions and hands what they return to the loop's thread."""

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[GlideError], object],
        task: Task | None = None,
    ) -> Task:
        """Do `work`; then exactly one of the other two is called on the loop's thread.

        task: made beforehand if `work` calls its `check`. Returns it, or a new one.
        """
        ...

    def post(self, function: Callable[[], object]) -> None:
        """Run a function on the loop's thread, soon: for progress of work under way."""
        ...

    def stop(self) -> None:
        """Take no more work: what comes later is cancelled. Waits for nothing."""
        ...

    def close(self) -> None:
        """Do as `stop`, then wait for what was handed over; may be called in any thread."""
        ...


class ThreadWorker:
    """Threads of its own, in the order of the calls; `post` brings the answers back."""

    def __init__(
        self,
        post: Post,
        name: str,
        threads: int = 1,
        *,
        background: bool = False,
        cancel_at_close: bool = False,
    ) -> None:
        """background: the window's thread goes before these.

        cancel_at_close: `stop` drops what has not begun, and what has not been answered yet.
        """
        self._post = post
        begin = lower_priority if background else None
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name, initializer=begin)
        self._cancel_at_close = cancel_at_close
        self._closed = False
        self._tasks: set[Task] = set()
        self._lock = threading.Lock()

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[GlideError], object],
        task: Task | None = None,
    ) -> Task:
        task = task or Task()
        if self._closed:
            task.cancel()
            return task
        with self._lock:
            self._tasks.add(task)
        self._pool.submit(self._work, task, work, then, failed)
        return task

    def post(self, function: Callable[[], object]) -> None:
        self._post(lambda: None if self._drops_answers else function())

    @property
    def _drops_answers(self) -> bool:
        """True once the worker is stopped and its window is gone."""
        return self._closed and self._cancel_at_close

    def stop(self) -> None:
        self._closed = True
        if self._cancel_at_close:
            with self._lock:
                for task in self._tasks:
                    task.cancel()

    def close(self) -> None:
        self.stop()
        self._pool.shutdown(wait=True)

    def _work(
        self,
        task: Task,
        work: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[GlideError], object],
    ) -> None:
        try:
            if task.is_cancelled:
                return
            result = work()
        except WorkCancelled:
            return
        except GlideError as error:
            self._answer(task, failed, error)
        except Exception as error:
            if task.is_cancelled:  # what it worked on may have been closed meanwhile
                return
            log.exception("Work in the background failed")
            defect = GlideError(
                translate("Workers", "That did not work ({error}); please report this.").format(
                    error=error
                )
            )
            self._answer(task, failed, defect)
        else:
            self._answer(task, then, result)
        finally:
            with self._lock:
                self._tasks.discard(task)

    def _answer(self, task: Task, callback: Callable[[T], object], value: T) -> None:
        def answer() -> None:
            if not (task.is_cancelled or self._drops_answers):
                callback(value)

        self._post(answer)


class InlineWorker:
    """At once, in the caller's thread: headless."""

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[GlideError], object],
        task: Task | None = None,
    ) -> Task:
        task = task or Task()
        try:
            result = work()
        except WorkCancelled:
            pass
        except GlideError as error:
            failed(error)
        else:
            then(result)
        return task

    def post(self, function: Callable[[], object]) -> None:
        function()

    def stop(self) -> None:
        pass

    def close(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Workers:
    """The workers of one editor.

    autosave: writes the working store and nothing else, so that a finished edit is on the disk at
        once. files: opens and adds files, and makes edits in the background. saves: writes
        projects. exports: writes pictures, which takes longest and so lets nothing else wait.
        pool: everything that may be dropped: cutting out, fitting candidates, thumbnails. Each but
        the last works in the order of the user's calls.
    """

    autosave: Worker
    files: Worker
    saves: Worker
    exports: Worker
    pool: Worker

    @classmethod
    def threads(cls, post: Post) -> Self:
        """Return workers with threads for each of them."""
        return cls(
            ThreadWorker(post, "autosave"),
            ThreadWorker(post, "files", background=True),
            ThreadWorker(post, "saves", background=True),
            ThreadWorker(post, "exports", background=True),
            ThreadWorker(post, "work", 2, background=True, cancel_at_close=True),
        )

    @classmethod
    def inline(cls) -> Self:
        """Return workers that do all work in the caller's thread."""
        worker = InlineWorker()
        return cls(worker, worker, worker, worker, worker)
