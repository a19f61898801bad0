"""The panel of layers, the topmost first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from typing import cast

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QIcon, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from glide_studio.document.document import Document
from glide_studio.document.document_thumbnail import Thumbnail
from glide_studio.document.layer import BLEND_MODES, BlendMode, Layer
from glide_studio.editor.editor import Editor
from glide_studio.editor.state import DirtyRegion
from glide_studio.io.provenance import provenance_from_dict
from glide_studio.translation import QT_TRANSLATE_NOOP, translate
from glide_studio.ui import theme
from glide_studio.ui.adjustment_card import fill_adjustment_menu
from glide_studio.ui.icons import icon, pixmap
from glide_studio.ui.layer_menu import LayerMenu
from glide_studio.ui.widgets import (
    ElidedLabel,
    LabeledSlider,
    Section,
    make_icon_button,
    make_idle_timer,
    thumbnail_pixmap,
)

HEIGHT_PX = 42  # of a row
MIN_LIST_PX = 42  # a row
VERB_WIDTH_PX = 29  # of a button of the header
INDENT_PX = 14  # of the layers of a group
LINE_PX = 2  # that shows where dragged layers go
FOLD_PX = INDENT_PX  # of a group's triangle, under which its layers are indented
SCROLL_MS = 60  # between two steps of the list under a pointer that drags at its edge
GROUP_EDGE = 0.25  # of a group's row, where a drop lands beside the group, not in it

BLEND_NAMES: Mapping[BlendMode, str] = {
    "normal": QT_TRANSLATE_NOOP("LayersPanel", "Normal"),
    "multiply": QT_TRANSLATE_NOOP("LayersPanel", "Multiply"),
    "screen": QT_TRANSLATE_NOOP("LayersPanel", "Screen"),
    "overlay": QT_TRANSLATE_NOOP("LayersPanel", "Overlay"),
    "darken": QT_TRANSLATE_NOOP("LayersPanel", "Darken"),
    "lighten": QT_TRANSLATE_NOOP("LayersPanel", "Lighten"),
    "color-dodge": QT_TRANSLATE_NOOP("LayersPanel", "Color dodge"),
    "color-burn": QT_TRANSLATE_NOOP("LayersPanel", "Color burn"),
    "hard-light": QT_TRANSLATE_NOOP("LayersPanel", "Hard light"),
    "soft-light": QT_TRANSLATE_NOOP("LayersPanel", "Soft light"),
    "difference": QT_TRANSLATE_NOOP("LayersPanel", "Difference"),
    "exclusion": QT_TRANSLATE_NOOP("LayersPanel", "Exclusion"),
    "hue": QT_TRANSLATE_NOOP("LayersPanel", "Hue"),
    "saturation": QT_TRANSLATE_NOOP("LayersPanel", "Saturation"),
    "color": QT_TRANSLATE_NOOP("LayersPanel", "Color"),
    "luminosity": QT_TRANSLATE_NOOP("LayersPanel", "Luminosity"),
    "pass-through": QT_TRANSLATE_NOOP("LayersPanel", "Pass through"),
}


@dataclass(frozen=True)
class DropPlace:
    """Where dragged layers go: below it lie `index` layers of a group, or of the top for None.

    mark: what shows it in the list, a line between rows or the row of a group.
    """

    index: int
    parent: str | None
    mark: QRect


class LayersPanel(Section):
    """A row for each layer, dragged to another place; blend mode and opacity of the active one.

    The layers of a collapsed group have no rows.

    menu: opened by a right click on a row.
    """

    def __init__(self, editor: Editor, menu: LayerMenu) -> None:
        super().__init__(translate("LayersPanel", "Layers"))
        self._editor = editor
        self._menu = menu
        self.rows: list[LayerRow] = []
        self._layers: tuple[Layer, ...] | None = None
        self._active: str | None = None
        self._parent: str | None = None  # the group that holds the active layer
        self._collapsed: set[str] = set()  # groups, also those that an undo may bring back
        self._in_view: str | None = None  # the layer whose row is scrolled to
        self.header.setSpacing(0)
        self._verb_buttons: list[QToolButton] = []
        verbs = editor.layers
        adjust = make_icon_button(
            "adjust", translate("LayersPanel", "New adjustment"), lambda: None
        )
        choices = QMenu(adjust)
        fill_adjustment_menu(choices, editor)
        adjust.setMenu(choices)
        adjust.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        adjust.setEnabled(False)
        adjust.setFixedWidth(VERB_WIDTH_PX)
        self._verb_buttons.append(adjust)
        for name, text, verb in (
            ("plus", translate("LayersPanel", "New layer"), verbs.add),
            ("copy", translate("LayersPanel", "Duplicate layer"), verbs.duplicate),
            ("group", translate("LayersPanel", "Group layer"), verbs.group),
            (
                "mask",
                translate("LayersPanel", "Add layer mask, from the painted mask if there is one"),
                verbs.add_mask,
            ),
            ("up", translate("LayersPanel", "Raise layer"), partial(verbs.move, None, 1)),
            ("down", translate("LayersPanel", "Lower layer"), partial(verbs.move, None, -1)),
            ("trash", translate("LayersPanel", "Delete layer"), verbs.remove),
        ):
            verb_button = make_icon_button(name, text, partial(editor.attempt, verb))
            verb_button.setEnabled(False)
            self._verb_buttons.append(verb_button)
            self.header.addWidget(verb_button)
            verb_button.setFixedWidth(VERB_WIDTH_PX)
            if name == "plus":
                self.header.addWidget(adjust)
        self.blend = QComboBox()
        self.blend.setAccessibleName(translate("LayersPanel", "Blend mode"))
        self.blend.setToolTip(translate("LayersPanel", "Blend mode"))
        for mode in BLEND_MODES:
            self.blend.addItem(translate("LayersPanel", BLEND_NAMES[mode]), mode)
        self.blend.activated.connect(self._set_blend)
        self.opacity = LabeledSlider(
            translate("LayersPanel", "Opacity"), 0, 100, lambda value: f"{value} %", 64
        )
        self.opacity.show_value(100)
        for widget in (self.blend, self.opacity):
            widget.setEnabled(False)
        self.opacity.moved.connect(self._preview_opacity)
        self.opacity.chosen.connect(self._set_opacity)
        line = QHBoxLayout()
        self.blend.setFixedWidth(128)
        # The room of the arrow is counted already; the slider beside it needs the rest.
        self.blend.setStyleSheet("QComboBox { padding-right: 2px; }")
        line.addWidget(self.blend)
        line.addStretch()
        line.addWidget(self.opacity)
        self.body.addLayout(line)
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        self._list.setContentsMargins(0, 0, 0, 0)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._list)
        column.addStretch()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(holder)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumHeight(MIN_LIST_PX)
        self.body.addWidget(area, 1)
        self._area = area
        self._drop: DropPlace | None = None
        self._dragged: tuple[str, QPoint] | None = None  # a layer, and the pointer on the screen
        self._scroll_on = QTimer(self, interval=SCROLL_MS)
        self._scroll_on.timeout.connect(self._show_drag)
        self._mark = QFrame(holder)
        self._mark.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._mark.hide()
        area.verticalScrollBar().rangeChanged.connect(lambda *_: self._reveal_row())
        self._reveal_soon = make_idle_timer(self, self._reveal_row)
        editor.thumbnails.begin()
        editor.document_changed.connect(self._document_changed)
        editor.settings_changed.connect(self._show_target)
        editor.thumbnails.made.connect(self._show_pictures)
        editor.layers.chosen_changed.connect(self._show_chosen)

    def _document_changed(
        self, before: Document | None, after: Document, dirty: DirtyRegion
    ) -> None:
        document = self._editor.document
        if document.layers is self._layers and document.active == self._active:
            return
        active = document.active_layer
        parent = None if active is None else document.parent_id(active.id)
        if (document.active, parent) != (self._active, self._parent):
            self._collapsed.difference_update(_list_groups_around(document, document.active))
        self._layers, self._active, self._parent = document.layers, document.active, parent
        self._show_drop(None)
        for widget in (self.blend, self.opacity):
            widget.setEnabled(active is not None)
        for verb_button in self._verb_buttons:
            verb_button.setEnabled(True)
        if active is not None:
            self.blend.setCurrentIndex(self.blend.findData(active.blend))
            self.opacity.show_value(round(active.opacity * 100))
            # "Pass through", the last mode, is for groups only.
            list_view = cast(QListView, self.blend.view())
            list_view.setRowHidden(self.blend.count() - 1, not active.is_group)
        self._show_rows(document.active)

    def _show_rows(self, in_view: str | None) -> None:
        """Show the rows, and scroll to that of a layer."""
        self._in_view = in_view
        self._place_rows()
        self._show_pictures()
        self._show_chosen()
        self._show_target()
        self._reveal_soon.start()  # once the rows have their places

    def _reveal_row(self) -> None:
        rows = self._area.widget()
        layout = None if rows is None else rows.layout()
        if layout is not None:
            layout.activate()
        for row in self.rows:
            if row.layer_id == self._in_view:
                self._area.ensureWidgetVisible(row, 0, 0)

    def _show_pictures(self) -> None:
        for row in self.rows:
            row.show_pictures()

    def _show_chosen(self) -> None:
        chosen = self._editor.layers.chosen
        for row in self.rows:
            row.show_chosen(row.layer_id in chosen, several=len(chosen) > 1)

    def _show_target(self) -> None:
        for row in self.rows:
            row.show_target(self._editor.tool_settings.on_layer_mask)

    def _place_rows(self) -> None:
        """Show a row for each layer, the topmost first; rows that show the same as before stay."""
        document = self._editor.document
        before = {(id(row.layer), row.level, row.is_active): row for row in self.rows}
        wanted = list(_list_rows(document.layers, 0, document.active, self._collapsed))
        for row in self.rows:
            row.end_drag()
        rows = [
            before.pop((id(layer), level, is_active), None) for layer, level, is_active in wanted
        ]
        for old in before.values():
            self._list.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.rows = [
            self._make_row(*shown) if row is None else row
            for row, shown in zip(rows, wanted, strict=True)
        ]
        for index, row in enumerate(self.rows):
            if self._list.indexOf(row) != index:
                self._list.removeWidget(row)
                self._list.insertWidget(index, row)
            row.show_collapsed(row.layer_id in self._collapsed)

    def _make_row(self, layer: Layer, level: int, is_active: bool) -> LayerRow:
        row = LayerRow(self._editor, layer, level, is_active, self._menu)
        row.dragged.connect(self._drag)
        row.let_go.connect(self._place)
        row.drag_ended.connect(self._end_drag)
        row.folded.connect(self._fold)
        return row

    def _fold(self, group_id: str, is_collapsed: bool) -> None:
        """Hide or show the layers of a group; the document stays as it is."""
        if is_collapsed != (group_id in self._collapsed):
            self._collapsed ^= {group_id}
            self._show_rows(group_id)

    def _drag(self, layer_id: str, pointer: QPoint) -> None:
        self._dragged = layer_id, pointer
        self._show_drag()
        # Held still near an edge of the list, it scrolls on.
        if not self._scroll_on.isActive():
            self._scroll_on.start()

    def _end_drag(self) -> None:
        self._scroll_on.stop()
        self._show_drop(None)

    def _show_drag(self) -> None:
        """Show where the dragged layers would go, scrolled to if that is at an edge."""
        holder, place = self._area.widget(), None
        assert holder is not None
        assert self._dragged is not None
        layer_id, pointer = self._dragged
        at = holder.mapFromGlobal(pointer)
        if self.rect().contains(self.mapFromGlobal(pointer)):
            self._area.ensureVisible(0, at.y(), 0, HEIGHT_PX // 2)
            place = self._find_place(holder.mapFromGlobal(pointer))
            if not self._editor.layers.can_place(self._find_moved(layer_id), place.parent):
                place = None
        self._show_drop(place)

    def _place(self, layer_id: str) -> None:
        """Move the dragged layers to where the mark is."""
        place, verbs = self._drop, self._editor.layers
        if place is not None:
            moved = self._find_moved(layer_id)
            if place.parent is not None:
                self._fold(place.parent, False)  # what was moved is seen there
            self._editor.attempt(lambda: verbs.place(moved, place.index, place.parent))

    def _find_moved(self, layer_id: str) -> str | None:
        """Return what a drag of a row moves: None, all chosen layers, if it is one of them."""
        return None if layer_id in self._editor.layers.chosen else layer_id

    def _find_place(self, at: QPoint) -> DropPlace:
        """Find the place for a pointer in the list."""
        last = self.rows[-1].geometry()
        if at.y() > last.bottom():
            return DropPlace(0, None, _line_below(last, 0))
        row = next(one for one in self.rows if at.y() <= one.geometry().bottom())
        document, box, level = self._editor.document, row.geometry(), row.level
        layer = document.layer(row.layer_id)
        parent = document.parent_id(layer.id)
        index = _place_in(document, parent, layer.id)
        share = (at.y() - box.top()) / box.height()
        if share < (GROUP_EDGE if layer.is_group else 0.5):
            return DropPlace(
                index + 1, parent, _line_below(box.translated(0, -box.height()), level)
            )
        is_open = bool(layer.children) and layer.id not in self._collapsed
        if layer.is_group and (share < 1 - GROUP_EDGE or is_open):
            return DropPlace(len(layer.children), layer.id, box)
        # Below the last layer of a group, the pointer further to the left means out of the group.
        while (
            parent is not None
            and index == 0
            and at.x() < row.indent - INDENT_PX * (row.level - level)
        ):
            index = _place_in(document, outer := document.parent_id(parent), parent)
            parent, level = outer, level - 1
        return DropPlace(index, parent, _line_below(box, level))

    def _show_drop(self, place: DropPlace | None) -> None:
        self._drop = place
        self._mark.setVisible(place is not None)
        if place is not None:
            is_line = place.mark.height() == LINE_PX
            self._mark.setStyleSheet(
                f"background: {theme.ACCENT};"
                if is_line
                else f"background: transparent; border: {LINE_PX}px solid {theme.ACCENT};"
                " border-radius: 6px;"
            )
            self._mark.setGeometry(place.mark)
            self._mark.raise_()

    def _set_blend(self) -> None:
        blend = self.blend.currentData()
        self._editor.attempt(lambda: self._editor.layers.set_blend(None, blend))

    def _preview_opacity(self, value: int) -> None:
        if self._active is not None:
            self._editor.layers.preview_opacity(None, value / 100)

    def _set_opacity(self, value: int) -> None:
        self._editor.attempt(lambda: self._editor.layers.set_opacity(None, value / 100))


class LayerRow(QFrame):
    """One layer: eye, thumbnail, mask, name, lock; a group has a triangle that collapses it.

    A click activates it, with Ctrl it is chosen along with others, with Shift all in between are. A
    double click renames it; one on the icon of an adjustment opens its settings. Left and Right,
    with the keyboard on one of its buttons, collapse and expand a group.

    Signals: `dragged(layer_id, pointer)`, the pointer on the screen, while the row is dragged,
    `let_go(layer_id)` at its place, and `drag_ended` in any case; Esc ends a drag.
    `folded(layer_id, is_collapsed)` asks to collapse or expand its group.
    """

    dragged = Signal(str, QPoint)
    let_go = Signal(str)
    drag_ended = Signal()
    folded = Signal(str, bool)

    def __init__(
        self, editor: Editor, layer: Layer, level: int, active: bool, menu: LayerMenu
    ) -> None:
        super().__init__()
        self._editor = editor
        self.layer = layer
        self.is_active = active
        self.level = level
        self._menu = menu
        self._pressed_at: QPoint | None = None  # on the screen
        self._is_dragged = False
        self.setObjectName("row")
        self.show_chosen(active, several=False)
        verbs = editor.layers
        self.eye = _make_switch(
            "eye" if layer.visible else "eye-off",
            translate("LayersPanel", "Hide layer")
            if layer.visible
            else translate("LayersPanel", "Show layer"),
            layer.name,
            lambda: editor.attempt(lambda: verbs.set_visible(self._target, not layer.visible)),
        )
        self.lock = _make_switch(
            "lock" if layer.locked else "unlock",
            translate("LayersPanel", "Unlock layer")
            if layer.locked
            else translate("LayersPanel", "Lock layer"),
            layer.name,
            lambda: editor.attempt(lambda: verbs.set_locked(self._target, not layer.locked)),
        )
        # Open locks are hidden, so that closed ones stand out.
        if not (layer.locked or active):
            self.lock.hide()
        self.picture = LayerThumbnail(
            translate("LayersPanel", "Activate {name} and paint the mask").format(name=layer.name),
            self._choose_pixels,
        )
        self.mask_picture = LayerThumbnail(
            translate("LayersPanel", "Activate {name} and paint its layer mask").format(
                name=layer.name
            ),
            self._choose_mask,
        )
        if layer.mask is None:
            self.mask_picture.hide()
        if layer.raster is None:
            self.picture.show_icon("group" if layer.is_group else "adjust")
        self.fold: QToolButton | None = None
        self._is_collapsed = False
        if layer.is_group:
            self.fold = QToolButton()
            self.fold.setFixedSize(FOLD_PX, 32)
            self.fold.setIconSize(QSize(12, 12))
            self.fold.setStyleSheet("QToolButton { padding: 0; }")
            self.fold.clicked.connect(lambda: self.folded.emit(layer.id, not self._is_collapsed))
            self.picture.setFixedWidth(self.picture.width() - FOLD_PX)
            for button in (self.fold, self.eye, self.lock):
                button.installEventFilter(self)
            self._label_fold()
        texts = QVBoxLayout()
        texts.setSpacing(0)
        for text, role in (
            (layer.name, "" if layer.visible else "hint"),
            (describe_layer(layer), "hint"),
        ):
            if text:
                label = ElidedLabel(role)
                label.show_text(text)
                texts.addWidget(label)
        row = QHBoxLayout(self)
        self.setFixedHeight(HEIGHT_PX)
        row.setContentsMargins(4, 3, 4, 3)
        row.setSpacing(6)
        row.addWidget(self.eye)
        row.addSpacing(INDENT_PX * level)
        if layer.clipping:
            arrow = QLabel()
            arrow.setPixmap(pixmap("clip", theme.SECONDARY, 12))
            arrow.setToolTip(translate("LayersPanel", "Clipped to the layer below"))
            row.addWidget(arrow)
        if self.fold is not None:
            row.addWidget(self.fold)
            row.addSpacing(-row.spacing())
        for picture in (self.picture, self.mask_picture):
            row.addWidget(picture)
            picture.installEventFilter(self)
        row.addLayout(texts, 1)
        if layer.keeps_alpha:
            mark = QLabel()
            mark.setPixmap(pixmap("checker", theme.SECONDARY, 14))
            mark.setToolTip(translate("LayersPanel", "Transparency locked: only colors change"))
            row.addWidget(mark)
        row.addWidget(self.lock)

    @property
    def layer_id(self) -> str:
        """The id of its layer."""
        return self.layer.id

    @property
    def indent(self) -> int:
        """Where its thumbnail, or the triangle before it, begins, in pixels from the left."""
        return (self.fold or self.picture).x()

    @property
    def _target(self) -> str | None:
        """What a switch of this row changes: all chosen layers if this is one of them."""
        return None if self.is_chosen else self.layer.id

    def show_chosen(self, chosen: bool, *, several: bool) -> None:
        """Highlight the row of a chosen layer; of several, the active one has a border."""
        self.is_chosen = chosen
        name = self.layer.name
        self.setAccessibleName(
            translate("LayersPanel", "Layer {name}, chosen").format(name=name)
            if chosen
            else translate("LayersPanel", "Layer {name}").format(name=name)
        )
        ground = theme.SELECTED if chosen else "transparent"
        edge = theme.ACCENT if several and self.is_active else "transparent"
        style = (
            f"#row {{ background: {ground}; border-radius: 6px; border: 1px solid {edge}; }}"
            f"#row:focus {{ border-color: {theme.ACCENT}; }}"
        )
        if style != self.styleSheet():  # setting it costs more than all the rest of the panel
            self.setStyleSheet(style)

    def show_collapsed(self, is_collapsed: bool) -> None:
        """Turn the triangle of a group."""
        if self.fold is not None and is_collapsed is not self._is_collapsed:
            self._is_collapsed = is_collapsed
            self._label_fold()

    def _label_fold(self) -> None:
        assert self.fold is not None
        text = (
            translate("LayersPanel", "Expand group")
            if self._is_collapsed
            else translate("LayersPanel", "Collapse group")
        )
        self.fold.setIcon(icon("collapsed" if self._is_collapsed else "expanded"))
        self.fold.setToolTip(text)
        self.fold.setAccessibleName(f"{text} {self.layer.name}")

    def show_pictures(self) -> None:
        """Show the newest thumbnails."""
        for widget, key in ((self.picture, ""), (self.mask_picture, "/mask")):
            pixels = self._editor.thumbnails.layers.get(self.layer.id + key)
            if pixels is not None:
                widget.show_pixels(pixels)

    def show_target(self, on_mask: bool) -> None:
        """Frame the thumbnail that the brush paints on. on_mask: on that of a layer's mask."""
        on_mask = on_mask and self.layer.mask is not None
        self.picture.set_framed(self.is_active and not on_mask)
        self.mask_picture.set_framed(self.is_active and on_mask)

    def _choose_pixels(self) -> None:
        self._choose(on_mask=False)

    def _choose_mask(self) -> None:
        self._choose(on_mask=True)

    def _choose(self, *, on_mask: bool) -> None:
        # Before the activation, which replaces all rows, this one included.
        if self._editor.tool_settings.on_layer_mask != on_mask:
            self._editor.set_tool_settings(on_layer_mask=on_mask)
        self._editor.layers.activate(self.layer.id)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let a drag begin on a thumbnail as well, which then is not clicked; fold by keys."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            return self._fold_by(event)
        if not (isinstance(event, QMouseEvent) and isinstance(watched, LayerThumbnail)):
            return False
        if event.type() is QEvent.Type.MouseButtonDblClick and self.layer.adjustment is not None:
            self._menu.open_adjustment()
            return True
        if event.type() is QEvent.Type.MouseButtonPress:
            self.mousePressEvent(event)
        elif event.type() is QEvent.Type.MouseMove:
            self.mouseMoveEvent(event)
            return self._is_dragged
        elif event.type() is QEvent.Type.MouseButtonRelease and self._is_dragged:
            watched.setDown(False)
            self.mouseReleaseEvent(event)
            return True
        return False

    def _fold_by(self, event: QKeyEvent) -> bool:
        """Collapse or expand a group by a key; return whether it was one for that."""
        key = event.key()
        if self.fold is None or key not in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            return False
        self.folded.emit(self.layer.id, key == Qt.Key.Key_Left)
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed_at = event.globalPosition().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        pointer = event.globalPosition().toPoint()
        way = (pointer - self._pressed_at).manhattanLength()
        if self._is_dragged or way >= QApplication.startDragDistance():
            if not self._is_dragged:
                self._is_dragged = True
                self.grabKeyboard()
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.dragged.emit(self.layer.id, pointer)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._is_dragged:
            self.end_drag()
        else:
            super().keyPressEvent(event)

    def end_drag(self) -> None:
        """End a drag; nothing is moved."""
        self._pressed_at = None
        if self._is_dragged:
            self._is_dragged = False
            self.releaseKeyboard()
            self.unsetCursor()
            self.drag_ended.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton or self._pressed_at is None:
            return
        self._pressed_at = None
        if self._is_dragged:
            self.dragged.emit(self.layer.id, event.globalPosition().toPoint())
            self.let_go.emit(self.layer.id)
            self.end_drag()
            return
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._editor.layers.choose_along(self.layer.id)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._editor.layers.choose_range(self.layer.id)
        else:
            self._choose_pixels()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if not self.is_chosen:
            self._editor.layers.activate(self.layer.id)
        self._menu.popup(event.globalPos())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._menu.ask_name(self.layer)


class LayerThumbnail(QToolButton):
    """The thumbnail of a layer or its mask; framed if the brush paints there."""

    def __init__(self, name: str, clicked: Callable[[], object]) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFixedSize(40, 32)
        self.setIconSize(QSize(34, 26))
        self._framed: bool | None = None
        self._shown: tuple[Thumbnail, float] | None = None
        self.set_framed(False)
        self.clicked.connect(lambda: clicked())

    def set_framed(self, framed: bool) -> None:
        """Show or hide the frame."""
        if framed is self._framed:
            return  # setting a style sheet costs more than all the rest of the panel
        self._framed = framed
        edge = theme.ACCENT if framed else theme.CONTROL_BORDER
        self.setStyleSheet(
            f"QToolButton {{ padding: 2px; border: 1px solid {edge}; border-radius: 4px; }}"
            f"QToolButton:focus {{ padding: 1px; border: 2px solid {theme.ACCENT}; }}"
        )

    def show_pixels(self, pixels: Thumbnail) -> None:
        """Show RGBA [h, w, 4] uint8."""
        ratio = self.devicePixelRatioF()
        if self._shown is None or self._shown[0] is not pixels or self._shown[1] != ratio:
            self._shown = pixels, ratio
            self.setIcon(QIcon(thumbnail_pixmap(pixels, 34, 26, ratio)))

    def show_icon(self, name: str) -> None:
        """Show an icon by name, for a layer without pixels."""
        self.setIconSize(QSize(18, 18))
        self.setIcon(icon(name))


def _list_rows(
    layers: Sequence[Layer], level: int, active: str | None, collapsed: Set[str]
) -> Iterator[tuple[Layer, int, bool]]:
    """List layer, level and whether it is the active one, the topmost first.

    The layers of collapsed groups are left out.
    """
    for layer in reversed(layers):
        yield layer, level, layer.id == active
        if layer.id not in collapsed:
            yield from _list_rows(layer.children, level + 1, active, collapsed)


def _list_groups_around(document: Document, layer_id: str | None) -> Iterator[str]:
    """List the groups that hold a layer, the innermost first."""
    while layer_id is not None and (layer_id := document.parent_id(layer_id)) is not None:
        yield layer_id


def _place_in(document: Document, parent: str | None, layer_id: str) -> int:
    """Return how many layers of a group lie below one of them."""
    return [one.id for one in document.siblings(parent)].index(layer_id)


def _line_below(row: QRect, level: int) -> QRect:
    """Return the line in the gap below a row, indented as layers of that level are."""
    left = row.left() + INDENT_PX * level
    return QRect(left, max(0, row.bottom() + 1), row.right() - left, LINE_PX)


def _make_switch(name: str, text: str, layer: str, clicked: Callable[[], object]) -> QToolButton:
    result = QToolButton()
    result.setIcon(icon(name))
    result.setIconSize(QSize(16, 16))
    result.setToolTip(text)
    result.setAccessibleName(f"{text} {layer}")
    result.clicked.connect(lambda: clicked())
    return result


def describe_layer(layer: Layer) -> str:
    """Describe in a second line how a layer differs from a plain one."""
    parts: list[str] = []
    if layer.provenance is not None:
        made = provenance_from_dict(layer.provenance)
        if made.request.prompt:
            parts.append(
                translate("LayersPanel", "seed {seed}").format(seed=made.request.sampling.seed)
            )
    if layer.blend != ("pass-through" if layer.is_group else "normal"):
        parts.append(translate("LayersPanel", BLEND_NAMES[layer.blend]).lower())
    if layer.opacity < 1:
        parts.append(f"{layer.opacity:.0%}")
    return " · ".join(parts)
