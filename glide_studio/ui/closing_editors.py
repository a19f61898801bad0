"""Editors whose tabs are closed, while what must still be written of them is written."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from glide_studio.editor.editor import Editor
from glide_studio.editor.state import Notification


class _Closing:
    """An editor that is being closed, in a thread of its own."""

    def __init__(self, editor: Editor, then: Callable[[], object]) -> None:
        self.editor = editor
        paths = editor.state.path, editor.files.opening
        self.paths = {path.absolute() for path in paths if path is not None}
        self._end, self._then = editor.begin_close(), then
        self.is_done = False
        self.thread = threading.Thread(target=self._close, name="closing")

    def _close(self) -> None:
        try:
            self._end()
        finally:
            self.is_done = True
            self._then()


class ClosingEditors(QObject):
    """Closes editors in the background, so that the window answers meanwhile.

    ended: all of an editor is written, and its threads have ended. told: what became of a save or
    an export after its tab was closed.
    """

    ended = Signal()
    told = Signal(object)
    _closed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._closing: list[_Closing] = []
        self._closed.connect(self._forget)

    def close(self, editor: Editor) -> None:
        """Close an editor; what it has to write is written, in the order of the calls."""
        closing = _Closing(editor, self._closed.emit)
        editor.notice.connect(self._tell)
        self._closing.append(closing)
        closing.thread.start()

    @property
    def writing(self) -> list[str]:
        """What is still being saved and exported, in words."""
        return [one for closing in self._closing for one in closing.editor.files.writing]

    def wait(self) -> None:
        """Block until all editors are closed."""
        for closing in self._closing:
            closing.thread.join()

    def wait_for_file(self, path: Path) -> None:
        """Block until no editor is being closed that holds a file; for threads."""
        for closing in tuple(self._closing):
            if path.absolute() in closing.paths:
                closing.thread.join()

    def _tell(self, notice: Notification) -> None:
        self.told.emit(notice)

    def _forget(self) -> None:
        before = len(self._closing)
        self._closing = [one for one in self._closing if not one.is_done]
        for _ in range(before - len(self._closing)):
            self.ended.emit()
