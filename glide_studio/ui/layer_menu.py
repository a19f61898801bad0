"""The layer menu: in the menu bar, and at the mouse over a layer's row."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from glide_studio.document.layer import Layer
from glide_studio.editor.session import Session
from glide_studio.ui.widgets import add_action


class LayerMenu(QMenu):
    """Every verb of the active layer; what does not apply to it is greyed out."""

    def __init__(self, session: Session) -> None:
        super().__init__("&Layer")
        self._session = session
        layers = session.layering
        entry = self._entry
        entry("&New layer", layers.add, keys="Ctrl+Shift+N")
        entry("&Duplicate", layers.duplicate, on=_any, keys="Ctrl+J")
        entry("De&lete", layers.remove, on=_loose)
        self.addSeparator()
        entry("&Group", layers.group, on=_any, keys="Ctrl+G")
        entry("&Ungroup", layers.ungroup, on=_group, keys="Ctrl+Shift+G")
        entry("Move into the group below", layers.put_into_group, on=_loose)
        entry("Raise", lambda: layers.move(None, 1), on=_loose, keys="Ctrl+]")
        entry("Lower", lambda: layers.move(None, -1), on=_loose, keys="Ctrl+[")
        self.addSeparator()
        entry("&Merge down", layers.merge_down, on=_loose, keys="Ctrl+E")
        entry("Merge group", layers.merge_group, on=_group)
        entry("&Flatten picture", layers.flatten, on=_any)
        self.addSeparator()
        entry("Add layer &mask", layers.add_mask, on=_unmasked)
        entry("Invert layer mask", layers.invert_mask, on=_masked)
        entry("Remove layer mask", layers.remove_mask, on=_masked)
        entry("Layer mask to mask", layers.select_mask, on=_masked)
        entry("Layer's pixels to mask", layers.select_alpha, on=_pixels)
        self.addSeparator()
        self._clipping = self._check("&Clip to the layer below", layers.set_clipping)
        self._locked = self._check("L&ock", layers.set_locked)
        self._visible = self._check("&Visible", layers.set_visible)
        session.document_changed.connect(lambda *_: self._show())
        self._show()

    def _entry(
        self,
        text: str,
        verb: Callable[[], object],
        *,
        on: Callable[[Layer], bool] | None = None,
        keys: str = "",
    ) -> None:
        """on: which layers it is for; None if it needs none."""
        action = add_action(self, text, lambda: self._session.attempt(verb), keys)
        action.setData(on)

    def _check(self, text: str, verb: Callable[[None, bool], object]) -> QAction:
        action = QAction(text, self, checkable=True)
        action.setData(_any)
        action.triggered.connect(lambda on: self._session.attempt(lambda: verb(None, on)))
        self.addAction(action)
        return action

    def _show(self) -> None:
        history = self._session.history
        layer = None if history is None else history.document.active_layer
        for action in self.actions():
            on = action.data()
            fits = history is not None if on is None else layer is not None and on(layer)
            action.setEnabled(fits)
        if layer is not None:
            self._clipping.setChecked(layer.clipping)
            self._locked.setChecked(layer.locked)
            self._visible.setChecked(layer.visible)


def _any(layer: Layer) -> bool:
    return True


def _loose(layer: Layer) -> bool:
    return not layer.locked


def _group(layer: Layer) -> bool:
    return layer.is_group and not layer.locked


def _pixels(layer: Layer) -> bool:
    return not layer.is_group


def _masked(layer: Layer) -> bool:
    return layer.mask is not None and not layer.locked


def _unmasked(layer: Layer) -> bool:
    return layer.mask is None and not layer.locked
