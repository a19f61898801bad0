"""What retouching computes in the background: one work at a time, with its progress."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from glide_studio.editor.state import EditorState, Severity
from glide_studio.editor.workers import Worker
from glide_studio.errors import GlideError
from glide_studio.imaging.completion.canvas_extension import Margins
from glide_studio.imaging.completion.complete import warm_up
from glide_studio.imaging.completion.solver import CompletionCancelled
from glide_studio.signals import Signal
from glide_studio.translation import translate

Result = TypeVar("Result")
IsCancelled = Callable[[], bool]


class RetouchWork:
    """The work of Remove, Heal, Object select and Extend canvas, which can be cancelled.

    changed: work has begun, ended or been stopped by the user. dropped: it has ended without a
    change of the document. applied: it has ended, and its result was taken.
    is_running: work is under way. done: share of it that is done, 0 .. 1. extending: by how much it
    extends the canvas, None if it does something else. selects: it looks for an object, and cannot
    say how much of that is done.
    """

    def __init__(self, state: EditorState, worker: Worker) -> None:
        self.changed: Signal[()] = Signal()
        self.dropped: Signal[()] = Signal()
        self.applied: Signal[()] = Signal()
        self.is_running = False
        self.done = 0.0
        self.extending: Margins | None = None
        self.selects = False
        self._state = state
        self._worker = worker
        self._cancelled = threading.Event()
        self._waiting: deque[Callable[[], None]] = deque()
        state.document_changed.connect(lambda before, after, dirty: self._cancel_if(dirty.whole))

    @property
    def is_pending(self) -> bool:
        """True while work runs that has not been cancelled, or some waits."""
        return bool(self._waiting) or (self.is_running and not self._cancelled.is_set())

    def warm_up(self, then: Callable[[], object] = lambda: None) -> None:
        """Load and compile what removal needs, so that the first stroke does not wait for it.

        then: is called once that is done.
        """
        self._worker.run(warm_up, lambda _: then(), lambda _: None)

    def run(
        self,
        work: Callable[[IsCancelled], Result],
        then: Callable[[Result], object],
        extending: Margins | None = None,
        *,
        selects: bool = False,
    ) -> None:
        """Do `work` in place of what still runs, then call `then` with its result.

        GlideErrors of both are shown to the user. extending, selects: see `RetouchWork`.
        """
        self.cancel()
        self._begin(work, then, extending, selects)

    def run_after(
        self,
        prepare: Callable[[], Callable[[IsCancelled], Result] | None],
        then: Callable[[Result], object],
    ) -> None:
        """Do work after what runs and waits. prepare: returns it at its turn, None for nothing."""

        def begin() -> None:
            work = prepare()
            if work is None:
                self._begin_next()
            else:
                self._begin(work, then)

        if self.is_running:
            self._waiting.append(begin)
        else:
            begin()

    def cancel(self) -> None:
        """Stop what runs and drop what waits; the document stays as it is."""
        self._waiting.clear()
        self._cancelled.set()

    def stop(self) -> None:
        """Cancel on the user's wish: say once what was cancelled."""
        is_stopped = self.is_running and not self._cancelled.is_set()
        self.cancel()
        if is_stopped:
            self._state.notify(
                translate("RetouchWork", "Cancelled; the picture stays as it is.")
                if self.extending is None
                else translate("RetouchWork", "Extend was cancelled; the picture stays as it is.")
            )
            self.changed.emit()

    def report(self, share: float) -> None:
        """Take a report from the worker's thread; the window reads `done` on its own clock."""
        self.done = share

    def _begin(
        self,
        work: Callable[[IsCancelled], Result],
        then: Callable[[Result], object],
        extending: Margins | None = None,
        selects: bool = False,
    ) -> None:
        cancelled = self._cancelled = threading.Event()
        self._show(True, extending, selects)

        def run_guarded() -> Result | None:
            try:
                return work(cancelled.is_set)
            except CompletionCancelled:
                return None

        def finish(result: Result | None) -> None:
            if cancelled is self._cancelled:
                self._show(False)
            if result is None or cancelled.is_set():
                self.dropped.emit()
            else:
                try:
                    then(result)
                except GlideError as error:
                    self._state.notify(str(error), Severity.ERROR)
                    self.dropped.emit()
                else:
                    self.applied.emit()
            self._begin_next()

        def fail(error: GlideError) -> None:
            if cancelled is self._cancelled:
                self._show(False)
                self.dropped.emit()
                if not cancelled.is_set():
                    self._state.notify(str(error), Severity.ERROR)
            self._begin_next()

        self._worker.run(run_guarded, finish, fail)

    def _begin_next(self) -> None:
        if self._waiting and not self.is_running:
            self._waiting.popleft()()

    def _show(
        self, is_running: bool, extending: Margins | None = None, selects: bool = False
    ) -> None:
        self.is_running, self.done = is_running, 0.0
        self.extending, self.selects = extending, selects
        self.changed.emit()

    def _cancel_if(self, another_picture: bool) -> None:
        if another_picture:
            self.cancel()
