"""Where files may be dropped while they are dragged over the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from glide_studio.translation import translate
from glide_studio.ui import theme
from glide_studio.ui.widgets import make_row

VEIL_ALPHA = 205  # of 255: the picture stays visible below


class DropZones(QWidget):
    """Fields over the canvas: open the files, add them as layers, or take one as the mask.

    The widget around takes the events of the drag: one that appears under the pointer and took them
    would end the drag over the other, which hides it again.

    opened, added, masked: called with the dropped files, `added` with the place of the drop as
    well.
    """

    def __init__(
        self,
        canvas: QWidget,
        opened: Callable[[Sequence[Path]], object],
        added: Callable[[Sequence[Path], QPoint], object],
        masked: Callable[[Sequence[Path]], object],
    ) -> None:
        super().__init__(canvas)
        self._canvas, self._opened, self._added, self._masked = canvas, opened, added, masked
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setStyleSheet("DropZones { background: transparent; }")
        self.layer_zone = _make_zone(translate("DropZones", "Add as a layer"))
        self.open_zone = _make_zone(translate("DropZones", "Open in a tab"))
        self.mask_zone = _make_zone(translate("DropZones", "Use as the mask"))
        left = QVBoxLayout()
        left.setSpacing(16)
        left.addWidget(self.layer_zone, 2)
        left.addWidget(self.mask_zone, 1)
        row = make_row(self, (24, 24, 24, 24), 16)
        row.addLayout(left)
        row.addWidget(self.open_zone)
        self.hide()

    def offer(self) -> None:
        """Show the zones over all of the canvas."""
        self.setGeometry(self._canvas.rect())
        self._highlight(None)
        self.raise_()
        self.show()

    def hover(self, place: QPoint) -> None:
        """Mark the field at a place of this widget."""
        self._highlight(self._zone_at(place))

    def drop(self, paths: Sequence[Path], place: QPoint) -> None:
        """Use files as the field at a place of this widget says; beside all of them open them."""
        self.hide()
        zone = self._zone_at(place)
        if zone is self.layer_zone:
            self._added(paths, place)
        elif zone is self.mask_zone:
            self._masked(paths)
        else:
            self._opened(paths)

    def _zone_at(self, place: QPoint) -> QWidget | None:
        if not self.rect().contains(place):
            return None
        if place.x() >= self.width() // 2:
            return self.open_zone
        return self.layer_zone if place.y() < self.mask_zone.y() else self.mask_zone

    def _highlight(self, chosen: QWidget | None) -> None:
        veil = QColor(theme.RAISED)
        ground = f"rgba({veil.red()}, {veil.green()}, {veil.blue()}, {VEIL_ALPHA})"
        for zone in (self.layer_zone, self.mask_zone, self.open_zone):
            edge = theme.ACCENT if zone is chosen else theme.CONTROL_BORDER
            zone.setStyleSheet(
                f"#zone {{ background: {ground}; border: 2px dashed {edge}; border-radius: 12px; }}"
            )


def dropped_paths(data: QMimeData) -> list[Path]:
    """List the local files that are being dropped."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def _make_zone(text: str) -> QFrame:
    zone = QFrame()
    zone.setObjectName("zone")
    label = QLabel(text)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setStyleSheet("font-size: 16px; font-weight: 600;")
    row = QHBoxLayout(zone)
    row.addWidget(label)
    return zone
