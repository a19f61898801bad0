"""Edits of the whole picture that take longer than a click may, made in the background."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from glide_studio.document.document import Document
from glide_studio.document.history import History
from glide_studio.editor.state import EditorState, Severity
from glide_studio.editor.workers import Task, Worker
from glide_studio.errors import GlideError
from glide_studio.signals import Signal

Edit: TypeAlias = Callable[[Document], Document]


class _Waiting(NamedTuple):
    history: History
    label: str
    edit: Edit
    then: Callable[[], object]


class BackgroundEdits:
    """Makes edits one after the other, each an entry of the history.

    An edit begins from the document at its turn. If that is another one by the time the edit is
    made, it is made again from that one, so that neither is lost.

    changed: an edit was added, made or dropped.
    """

    def __init__(self, state: EditorState, worker: Worker) -> None:
        self.changed: Signal[()] = Signal()
        self._state, self._worker = state, worker
        self._waiting: deque[_Waiting] = deque()
        self._task = Task()  # of the first of them

    @property
    def label(self) -> str:
        """What is being made, as it will be called in the history; "" if nothing is."""
        return self._waiting[0].label if self._waiting else ""

    def run(self, label: str, edit: Edit, then: Callable[[], object] = lambda: None) -> None:
        """Make an edit after those that wait.

        then: is called once it is made.

        Raises:
            GlideError: if no picture is open.
        """
        self._waiting.append(_Waiting(self._state.timeline, label, edit, then))
        if len(self._waiting) == 1:
            self._begin()
        self.changed.emit()

    def finish(self) -> None:
        """Make what waits at once, for what begins from the document or saves it."""
        self._task.cancel()
        while self._waiting:
            history, label, edit, then = self._waiting.popleft()
            if self._state.history is history:
                try:
                    self._state.apply(label, edit(history.document))
                    then()
                except GlideError as error:
                    self._state.notify(str(error), Severity.ERROR)
            self.changed.emit()

    def drop_last(self) -> None:
        """Do not make the edit that was added last."""
        self._waiting.pop()
        if not self._waiting:
            self._task.cancel()
        self.changed.emit()

    def drop(self) -> None:
        """Make none of what waits."""
        while self._waiting:
            self.drop_last()

    def _begin(self) -> None:
        history, label, edit, then = self._waiting[0]
        start = history.document

        def make() -> Document:
            made = edit(start)
            made.reduce_as(start)
            return made

        def apply(made: Document) -> None:
            if self._state.history is not history:
                self._waiting.popleft()
            elif history.document is start:
                self._waiting.popleft()
                self._state.apply(label, made)
                then()
            self._begin_next()

        def fail(error: GlideError) -> None:
            self._waiting.popleft()
            self._state.notify(str(error), Severity.ERROR)
            self._begin_next()

        self._task = task = Task()
        self._worker.run(make, apply, fail, task)

    def _begin_next(self) -> None:
        if self._waiting:
            self._begin()
        self.changed.emit()
