"""Slow work that needs no engine, one piece after another in one thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

from glide_studio.editor.hosts import Post
from glide_studio.errors import GlideError

T = TypeVar("T")

log = logging.getLogger(__name__)


class Background(Protocol):
    """Runs pure functions and hands what they return to the loop's thread."""

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[GlideError], object],
    ) -> None:
        """Do `work`; then exactly one of the other two is called on the loop's thread."""
        ...

    def close(self) -> None:
        """Wait for what has begun."""
        ...


class InThread:
    """A thread of its own; `post` brings the answers back."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="files")

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[GlideError], object],
    ) -> None:
        def answer(future: Future[T]) -> None:
            error = future.exception()
            if error is None:
                self._post(lambda: then(future.result()))
            elif isinstance(error, GlideError):
                self._post(lambda: failed(error))
            else:
                log.error("Work in the background failed", exc_info=error)
                defect = GlideError(f"That did not work ({error}); please report this.")
                self._post(lambda: failed(defect))

        self._pool.submit(work).add_done_callback(answer)

    def close(self) -> None:
        self._pool.shutdown(wait=True)


class Here:
    """At once, in the caller's thread: headless."""

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[GlideError], object],
    ) -> None:
        try:
            result = work()
        except GlideError as error:
            failed(error)
        else:
            then(result)

    def close(self) -> None:
        pass
