"""The layer menu, in the menu bar and as the context menu of a layer's row."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from glide_studio.document.layer import Layer
from glide_studio.editor.editor import Editor
from glide_studio.editor.settings import Tool
from glide_studio.translation import translate
from glide_studio.ui.adjustment_card import AdjustmentCard, fill_adjustment_menu
from glide_studio.ui.commands import set_source
from glide_studio.ui.theme import style_window
from glide_studio.ui.tool_strip import ToolStrip
from glide_studio.ui.widgets import add_action, add_menu

PAINT_TOOLS = (
    Tool.PAINT,
    Tool.ERASE_PIXELS,
    Tool.BUCKET,
    Tool.GRADIENT,
    Tool.SHAPE,
    Tool.PICKER,
)


class LayerMenu(QMenu):
    """The actions of the active layer; those that do not apply to it are disabled."""

    def __init__(
        self, window: QWidget, editor: Editor, tools: ToolStrip, adjustments: AdjustmentCard
    ) -> None:
        super().__init__(translate("LayerMenu", "&Layer"), window)
        set_source(self, translate("LayerMenu", "&Layer"))
        self._editor = editor
        self._window = window
        self.open_adjustment = adjustments.open
        self._tools = [tools.actions_by_tool[tool] for tool in (Tool.TRANSFORM, *PAINT_TOOLS)]
        layers = editor.layers
        entry = self._add
        entry(translate("LayerMenu", "&New layer"), layers.add, keys="Ctrl+Shift+N")
        fill_adjustment_menu(add_menu(self, translate("LayerMenu", "New &adjustment")), editor)
        entry(translate("LayerMenu", "Adjustment &settings"), adjustments.open, on=_is_adjustment)
        entry(translate("LayerMenu", "&Duplicate"), layers.duplicate, on=_is_any, keys="Ctrl+J")
        entry(translate("LayerMenu", "&Rename…"), self._ask_active_name, on=_is_any)
        entry(translate("LayerMenu", "De&lete"), layers.remove, on=_is_unlocked)
        entry(
            translate("LayerMenu", "Choose all la&yers"),
            layers.choose_all,
            on=_is_any,
            keys="Ctrl+Alt+A",
        )
        self.addSeparator()
        self.addAction(self._tools[0])
        add_menu(self, translate("LayerMenu", "&Paint")).addActions(self._tools[1:])
        self.addSeparator()
        entry(translate("LayerMenu", "&Group"), layers.group, on=_is_any, keys="Ctrl+G")
        entry(
            translate("LayerMenu", "&Ungroup"),
            layers.ungroup,
            on=_is_editable_group,
            keys="Ctrl+Shift+G",
        )
        self._order = order = add_menu(self, translate("LayerMenu", "Arrang&e"))
        entry(
            translate("LayerMenu", "&Raise"),
            lambda: layers.move(None, 1),
            on=_is_unlocked,
            keys="Ctrl+]",
            menu=order,
        )
        entry(
            translate("LayerMenu", "&Lower"),
            lambda: layers.move(None, -1),
            on=_is_unlocked,
            keys="Ctrl+[",
            menu=order,
        )
        entry(
            translate("LayerMenu", "&Move into group below"),
            layers.put_into_group,
            on=_is_unlocked,
            menu=order,
        )
        self.addSeparator()
        self._merge = entry(
            translate("LayerMenu", "&Merge down"), layers.merge, on=_is_unlocked, keys="Ctrl+E"
        )
        entry(translate("LayerMenu", "Merge group"), layers.merge_group, on=_is_editable_group)
        entry(translate("LayerMenu", "&Flatten image"), layers.flatten, on=_is_any)
        self.addSeparator()
        self._mask = mask = add_menu(self, translate("LayerMenu", "Layer mas&k"))
        for text, verb, on in (
            (translate("LayerMenu", "&Add layer mask"), layers.add_mask, _can_add_mask),
            (translate("LayerMenu", "&Invert layer mask"), layers.invert_mask, _has_editable_mask),
            (translate("LayerMenu", "&Remove layer mask"), layers.remove_mask, _has_editable_mask),
            (
                translate("LayerMenu", "&Load layer mask as mask"),
                layers.select_mask,
                _has_editable_mask,
            ),
        ):
            entry(text, verb, on=on, menu=mask)
        self.load_pixels = entry(
            translate("LayerMenu", "Load layer pixels as mask"), layers.select_alpha, on=_has_pixels
        )
        self.addSeparator()
        self._clipping = self._add_check(
            translate("LayerMenu", "&Clip to the layer below"), layers.set_clipping
        )
        self._locked = self._add_check(translate("LayerMenu", "L&ock"), layers.set_locked)
        self._keeps_alpha = self._add_check(
            translate("LayerMenu", "Lock &transparency"),
            layers.set_keeps_alpha,
            on=_has_editable_pixels,
            keys="/",
        )
        self._visible = self._add_check(translate("LayerMenu", "&Visible"), layers.set_visible)
        editor.document_changed.connect(lambda *_: self._show())
        layers.chosen_changed.connect(self._show)
        self._show()

    def _add(
        self,
        text: str,
        verb: Callable[[], object],
        *,
        on: Callable[[Layer], bool] | None = None,
        keys: str = "",
        menu: QMenu | None = None,
    ) -> QAction:
        """Add an action. on: tells if it applies to a layer; None if it needs no layer.

        menu: the submenu for it.
        """
        action = add_action(menu or self, text, lambda: self._editor.attempt(verb), keys)
        action.setData(on)
        return action

    def _add_check(
        self,
        text: str,
        verb: Callable[[None, bool], object],
        *,
        on: Callable[[Layer], bool] | None = None,
        keys: str = "",
    ) -> QAction:
        """Add a checkable action; on: as in `_add`, None if it applies to every layer."""
        action = set_source(QAction(text, self, checkable=True), text)
        action.setShortcut(keys)
        action.setData(on or _is_any)
        action.triggered.connect(lambda on: self._editor.attempt(lambda: verb(None, on)))
        self.addAction(action)
        return action

    def ask_name(self, layer: Layer) -> None:
        """Ask for another name of a layer."""
        editor = self._editor
        dialog = QInputDialog(self._window.window())
        style_window(dialog)
        dialog.setWindowTitle(translate("LayerMenu", "Rename layer"))
        dialog.setLabelText(translate("LayerMenu", "Name"))
        dialog.setTextValue(layer.name)
        dialog.textValueSelected.connect(
            lambda name: editor.attempt(lambda: editor.layers.rename(layer.id, name))
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _ask_active_name(self) -> None:
        layer = self._editor.document.active_layer
        if layer is not None:
            self.ask_name(layer)

    def _show(self) -> None:
        history = self._editor.history
        layer = None if history is None else history.document.active_layer
        inner = (menu.actions() for menu in (self._order, self._mask))
        for action in (*self.actions(), *chain.from_iterable(inner)):
            if action in self._tools:
                continue
            on = action.data()
            fits = history is not None if on is None else layer is not None and on(layer)
            action.setEnabled(fits)
        several = len(self._editor.layers.chosen) > 1
        self._merge.setText(
            translate("LayerMenu", "&Merge chosen layers")
            if several
            else translate("LayerMenu", "&Merge down")
        )
        if layer is not None:
            self._clipping.setChecked(layer.clipping)
            self._locked.setChecked(layer.locked)
            self._keeps_alpha.setChecked(layer.keeps_alpha)
            self._visible.setChecked(layer.visible)


def _is_any(layer: Layer) -> bool:
    return True


def _is_unlocked(layer: Layer) -> bool:
    return not layer.locked


def _is_editable_group(layer: Layer) -> bool:
    return layer.is_group and not layer.locked


def _has_pixels(layer: Layer) -> bool:
    return layer.raster is not None


def _has_editable_pixels(layer: Layer) -> bool:
    return layer.raster is not None and not layer.locked


def _is_adjustment(layer: Layer) -> bool:
    return layer.adjustment is not None


def _has_editable_mask(layer: Layer) -> bool:
    return layer.mask is not None and not layer.locked


def _can_add_mask(layer: Layer) -> bool:
    return layer.mask is None and not layer.locked
