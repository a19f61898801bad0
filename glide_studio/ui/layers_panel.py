"""The layers, topmost first."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from glide_studio.document.document import Document
from glide_studio.document.layer import BLEND_MODES, Layer
from glide_studio.session.session import Session
from glide_studio.session.state import Dirty
from glide_studio.ui import theme
from glide_studio.ui.icons import icon
from glide_studio.ui.parts import LabelledSlider, Section, button, label


class LayersPanel(Section):
    """A row for each layer; blend mode, opacity and order of the active one."""

    def __init__(self, session: Session) -> None:
        super().__init__("Layers")
        self._session = session
        self.rows: list[LayerRow] = []
        self._layers: tuple[Layer, ...] | None = None
        self._active: str | None = None
        for name, text, verb in (
            ("up", "Raise layer", lambda: self._move(1)),
            ("down", "Lower layer", lambda: self._move(-1)),
            ("trash", "Delete layer", self._remove),
        ):
            self.header.addWidget(button(name, text, verb))
        self.blend = QComboBox()
        self.blend.setAccessibleName("Blend mode")
        for mode in BLEND_MODES:
            if mode != "pass-through":
                self.blend.addItem(mode.replace("-", " ").capitalize(), mode)
        self.blend.activated.connect(self._set_blend)
        self.opacity = LabelledSlider("Opacity", 0, 100, lambda value: f"{value} %", 64)
        self.opacity.moved.connect(self._preview_opacity)
        self.opacity.chosen.connect(self._set_opacity)
        line = QHBoxLayout()
        self.blend.setFixedWidth(104)
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
        self.body.addWidget(area, 1)
        session.document_changed.connect(self._document_changed)

    def _document_changed(self, before: Document | None, after: Document, dirty: Dirty) -> None:
        document = self._session.document
        if document.layers is self._layers and document.active == self._active:
            return
        self._layers, self._active = document.layers, document.active
        for row in self.rows:
            row.hide()
            row.deleteLater()
        self.rows = []
        self._add(tuple(reversed(document.layers)), 0, document.active)
        active = document.active_layer
        for widget in (self.blend, self.opacity):
            widget.setEnabled(active is not None)
        if active is not None:
            self.blend.setCurrentIndex(self.blend.findData(active.blend))
            self.opacity.show_value(round(active.opacity * 100))

    def _add(self, layers: tuple[Layer, ...], depth: int, active: str | None) -> None:
        for layer in layers:
            row = LayerRow(self._session, layer, depth, layer.id == active)
            self.rows.append(row)
            self._list.addWidget(row)
            self._add(tuple(reversed(layer.children)), depth + 1, active)

    def _move(self, by: int) -> None:
        if self._active is not None:
            self._session.layering.move(self._active, by)

    def _remove(self) -> None:
        if self._active is not None:
            self._session.layering.remove(self._active)

    def _set_blend(self) -> None:
        if self._active is not None:
            self._session.layering.set_blend(self._active, self.blend.currentData())

    def _preview_opacity(self, value: int) -> None:
        if self._active is not None:
            self._session.layering.preview_opacity(self._active, value / 100)

    def _set_opacity(self, value: int) -> None:
        if self._active is not None:
            self._session.layering.set_opacity(self._active, value / 100)


class LayerRow(QFrame):
    """Eye, name and what made it; a click chooses the layer, a double click renames it."""

    def __init__(self, session: Session, layer: Layer, depth: int, active: bool) -> None:
        super().__init__()
        self._session = session
        self._layer = layer
        self.setObjectName("row")
        self.setAccessibleName(f"Layer {layer.name}")
        ground = theme.ACCENT_SOFT if active else "transparent"
        self.setStyleSheet(f"#row {{ background: {ground}; border-radius: 6px; }}")
        self.eye = QToolButton()
        self.eye.setIcon(icon("eye" if layer.visible else "eye-off"))
        self.eye.setIconSize(QSize(16, 16))
        text = "Hide layer" if layer.visible else "Show layer"
        self.eye.setToolTip(text)
        self.eye.setAccessibleName(f"{text} {layer.name}")
        self.eye.clicked.connect(lambda: session.layering.set_visible(layer.id, not layer.visible))
        name: QLabel = label(layer.name, "" if layer.visible else "faint")
        detail = label(describe(layer), "faint")
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(name)
        if detail.text():
            words.addWidget(detail)
        row = QHBoxLayout(self)
        row.setContentsMargins(4 + 16 * depth, 4, 8, 4)
        row.setSpacing(6)
        row.addWidget(self.eye)
        row.addLayout(words, 1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._session.layering.activate(self._layer.id)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        dialog = QInputDialog(self.window())
        dialog.setWindowTitle("Rename layer")
        dialog.setLabelText("Name")
        dialog.setTextValue(self._layer.name)
        session, layer = self._session, self._layer.id
        dialog.textValueSelected.connect(lambda name: session.layering.rename(layer, name))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def describe(layer: Layer) -> str:
    """A second line: what is not as usual about a layer."""
    parts = []
    if layer.provenance is not None:
        parts.append(f"seed {layer.provenance.request.sampling.seed}")
    if layer.blend != "normal":
        parts.append(layer.blend.replace("-", " "))
    if layer.opacity < 1:
        parts.append(f"{layer.opacity:.0%}")
    return " · ".join(parts)
