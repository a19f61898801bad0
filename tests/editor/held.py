"""A worker that does nothing until it is told to, as a busy thread does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from glide_studio.editor.workers import InlineWorker, Task
from glide_studio.errors import GlideError

T = TypeVar("T")


class HeldWorker(InlineWorker):
    """Keeps all work until `catch_up`, in the order of the calls."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[GlideError], object],
        task: Task | None = None,
    ) -> Task:
        held = task or Task()

        def later() -> None:
            if not held.is_cancelled:
                InlineWorker.run(self, work, then, failed, held)

        self.waiting.append(later)
        return held

    def catch_up(self) -> None:
        """Do all that waits, and what comes of it."""
        while self.waiting:
            self.waiting.pop(0)()

    def close(self) -> None:
        self.catch_up()
