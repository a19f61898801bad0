"""One budget of memory for all open documents: tabs that are not in view give way."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer

from glide_studio.imaging.memory import return_freed_memory
from glide_studio.ui.preferences import Preferences
from glide_studio.ui.window import EditorWindow

PAUSE_MS = 1000  # from the first change until memory is looked after


class TabMemory(QObject):
    """Divides what histories may take among the tabs, and returns freed memory to the system.

    The document in view goes first, then the others as they were looked at last. What has no room
    is read from the working store when its tab is next looked at.
    """

    def __init__(self, parent: QObject, preferences: Preferences) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._pages: list[EditorWindow] = []  # the one in view first
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self.settle)

    def note_change(self) -> None:
        """Look after memory soon: a document or its results have changed, or a tab was closed."""
        if not self._timer.isActive():
            self._timer.start()

    def view(self, page: EditorWindow, pages: Sequence[EditorWindow]) -> None:
        """Note which of all tabs is in view."""
        older = [one for one in self._pages if one is not page and one in pages]
        self._pages = [page, *older, *(one for one in pages if one not in (page, *older))]
        self.note_change()

    def settle(self) -> None:
        """Let the histories of tabs that are not in view give way to what is in use."""
        room = self._preferences.history_mb << 20
        for page in self._pages:
            is_shown = page is self._pages[0]
            if history := page.editor.history:
                page.editor.files.autosave.spill(room, is_shown=is_shown)
                room -= min(room, history.hidden_bytes if is_shown else history.held_bytes)
        self._pages[0].editor.run_in_background(return_freed_memory, lambda _: None)
