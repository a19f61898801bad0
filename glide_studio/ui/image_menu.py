"""The image menu: what changes the whole picture."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QMenu, QWidget

from glide_studio.editor.session import Session
from glide_studio.ui.menu_parts import add
from glide_studio.ui.size_dialog import CanvasDialog, ScaleDialog


class ImageMenu(QMenu):
    """Crop, canvas, scale, turn, mirror, depth; greyed out while nothing is open."""

    def __init__(self, window: QWidget, session: Session) -> None:
        super().__init__("&Image")
        self._session = session
        sizing = session.sizing
        self._entry("&Crop to mask", sizing.crop_to_mask)
        add(self, "C&anvas size…", lambda: CanvasDialog(window, session).open(), "Ctrl+Alt+C")
        add(self, "&Scale…", lambda: ScaleDialog(window, session).open(), "Ctrl+Alt+I")
        self.addSeparator()
        self._entry("Rotate 90° &right", partial(sizing.rotate, 1))
        self._entry("Rotate 90° &left", partial(sizing.rotate, 3))
        self._entry("Rotate 180°", partial(sizing.rotate, 2))
        self._entry("Flip &horizontally", partial(sizing.flip, "horizontal"))
        self._entry("Flip &vertically", partial(sizing.flip, "vertical"))
        self.addSeparator()
        self._entry("8 bits a channel", partial(sizing.set_depth, 8))
        self._entry("16 bits a channel", partial(sizing.set_depth, 16))
        session.document_changed.connect(lambda *_: self._show())
        self._show()

    def _entry(self, text: str, verb: Callable[[], object]) -> None:
        add(self, text, lambda: self._session.attempt(verb))

    def _show(self) -> None:
        for action in self.actions():
            action.setEnabled(self._session.history is not None)
