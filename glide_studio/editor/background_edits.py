"""Edits and steps of the history that take longer than a click may, done in the background."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from glide_studio.document.document import Document
from glide_studio.document.history import History, HistoryState
from glide_studio.editor.state import EditorState, Severity
from glide_studio.editor.workers import Task, Worker, let_paint
from glide_studio.errors import GlideError
from glide_studio.signals import Signal
from glide_studio.translation import translate

FEW_TILES = 64  # that are loaded within a click, 0.3 ms each

Edit: TypeAlias = Callable[[Document], Document]
FindState: TypeAlias = Callable[[History], HistoryState | None]


class _Waiting(NamedTuple):
    """begin: returns what makes the document, in the background. take: shows what was made."""

    history: History
    label: str
    begin: Callable[[], Edit]
    take: Callable[[Document], object]
    is_edit: bool


class BackgroundEdits:
    """Makes edits one after the other, each an entry of the history, and goes to states of it.

    An edit begins from the document at its turn. If that is another one by the time the edit is
    made, it is made again from that one, so that neither is lost.

    changed: an edit was added, made or dropped.
    """

    def __init__(self, state: EditorState, worker: Worker, autosave: Worker) -> None:
        """worker: makes the edits. autosave: writes them."""
        self.changed: Signal[()] = Signal()
        self._state, self._worker, self._autosave = state, worker, autosave
        self._waiting: deque[_Waiting] = deque()
        self._task = Task()  # of the first of them
        state.document_changed.connect(lambda *_: self._drop_if_closed())

    @property
    def label(self) -> str:
        """What is being done, an edit as it will be called in the history; "" if nothing is."""
        return self._waiting[0].label if self._waiting else ""

    def run(self, label: str, edit: Edit, then: Callable[[], object] = lambda: None) -> None:
        """Make an edit after those that wait.

        then: is called once it is made.

        Raises:
            GlideError: if no picture is open.
        """

        def take(made: Document) -> None:
            self._state.apply(label, made)
            then()

        self._add(_Waiting(self._state.timeline, label, lambda: edit, take, is_edit=True))

    def go(self, find: FindState) -> None:
        """Undo, redo or jump after what waits.

        At once if nothing does and the state is in memory, else once its pixels are loaded.

        find: tells the state to go to at its turn, None to stay.
        """
        history = self._state.timeline

        def begin() -> Edit:
            target = find(history)
            history.expect(target)
            return lambda start: start if target is None else target.document

        def take(_: Document) -> None:
            target = find(history)
            self._state.go(lambda one: None if target is None else one.jump(target.id))

        target = find(history)
        if self._waiting or (target and target.document.count_unloaded() > FEW_TILES):
            label = translate("BackgroundEdits", "Load step")
            self._add(_Waiting(history, label, begin, take, is_edit=False))
        else:
            take(history.document)

    def finish(self) -> None:
        """Make what waits at once, for what begins from the document or saves it."""
        self._task.cancel()
        while self._waiting:
            one = self._waiting.popleft()
            try:
                one.take(one.begin()(one.history.document))
            except GlideError as error:
                self._state.notify(str(error), Severity.ERROR)
            self.changed.emit()

    def drop_edit(self) -> bool:
        """Do not make the edit that was added last; False if none waits, or an undo after it."""
        is_edit = bool(self._waiting) and self._waiting[-1].is_edit
        if is_edit:
            self._drop_last()
        return is_edit

    def drop(self) -> None:
        """Make none of what waits."""
        while self._waiting:
            self._drop_last()

    def _drop_if_closed(self) -> None:
        """Make nothing of a picture that is closed, whose tiles cannot be read any more."""
        if self._waiting and self._waiting[0].history is not self._state.history:
            self.drop()

    def _drop_last(self) -> None:
        history = self._waiting.pop().history
        if not self._waiting:
            self._task.cancel()
            history.expect(None)
        self.changed.emit()

    def _add(self, one: _Waiting) -> None:
        self._waiting.append(one)
        if len(self._waiting) == 1:
            self._begin()
        self.changed.emit()

    def _begin(self) -> None:
        history, _, begin, take, is_edit = self._waiting[0]
        start, edit = history.document, begin()

        def make() -> Document:
            made = edit(start)
            made.reduce_as(start)
            return made

        def apply(made: Document) -> None:
            if history.document is start:
                self._waiting.popleft()
                if is_edit:
                    self._autosave.run(lambda: let_paint(made.size), _ignore, _ignore)
                take(made)
            self._begin_next()

        def fail(error: GlideError) -> None:
            self._waiting.popleft()
            self._state.notify(str(error), Severity.ERROR)
            self._begin_next()

        self._task = task = Task()
        if is_edit:
            history.trim()
        if is_edit and history.hidden_bytes > history.budget:
            # Some is not on the disk yet and cannot leave memory: wait until it is.
            self._autosave.run(
                lambda: None, lambda _: self._worker.run(make, apply, fail, task), fail, task
            )
        else:
            self._worker.run(make, apply, fail, task)

    def _begin_next(self) -> None:
        if self._waiting:
            self._begin()
        self.changed.emit()


def _ignore(_: object) -> None:
    pass
