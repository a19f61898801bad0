"""An editor with all its threads, whose loop is a queue that the test empties."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import ThreadRunner
from glide_studio.editor.workers import Workers
from tests.editor.standin import StandInEngine

PATIENCE_S = 600.0  # until a test that waits for an event gives up
LOOK_S = 0.05  # between two looks at a condition


class Loop:
    """Runs on the test's thread what the others post."""

    def __init__(self) -> None:
        self._posted: queue.Queue[Callable[[], object]] = queue.Queue()

    def post(self, function: Callable[[], object]) -> None:
        self._posted.put(function)

    def run_until(self, condition: Callable[[], bool]) -> None:
        """Run what is posted until a condition holds, which threads may fulfill without a word."""
        last = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < last, "waited in vain"
            with suppress(queue.Empty):
                self._posted.get(timeout=LOOK_S)()

    def run_posted(self) -> None:
        while not self._posted.empty():
            self._posted.get()()


@contextmanager
def threaded_editor(engine: StandInEngine, stores: Path) -> Iterator[tuple[Editor, Loop]]:
    loop = Loop()
    editor = Editor(ThreadRunner(lambda: engine, loop.post), Workers.threads(loop.post), stores)
    try:
        yield editor, loop
    finally:
        editor.close()
        loop.run_posted()
