"""Rulers along the canvas: where the picture's pixels are; guides are dragged out of them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from PySide6.QtCore import QEvent, QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from glide_studio.document.transform import Axis
from glide_studio.imaging.geometry import Point
from glide_studio.translation import translate
from glide_studio.ui import theme
from glide_studio.ui.canvas.canvas import Canvas

THICKNESS_PX = 20
LABEL_DISTANCE_PX = 64  # between two numbers, at least
TICK_PX = 4
FONT_PX = 10


class RuledCanvas(QWidget):
    """The canvas, and rulers at its upper and left edge while they are shown."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__()
        self.rulers = (Ruler(canvas, "horizontal"), Ruler(canvas, "vertical"))
        self._corner = QWidget()
        self._corner.setObjectName("ruler")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self._corner, 0, 0)
        grid.addWidget(self.rulers[0], 0, 1)
        grid.addWidget(self.rulers[1], 1, 0)
        grid.addWidget(canvas, 1, 1)
        self.setFocusProxy(canvas)  # which a stack of pages gives the focus
        self.show_rulers(False)

    def show_rulers(self, shown: bool) -> None:
        """Show or hide the rulers."""
        for widget in (self._corner, *self.rulers):
            widget.setVisible(shown)


class Ruler(QWidget):
    """One ruler. A guide of its direction is dragged out of it onto the canvas.

    Numbers are document pixels. Beside a turned view it has none, since no edge of the canvas runs
    along the picture's pixels there.
    """

    def __init__(self, canvas: Canvas, direction: Axis) -> None:
        super().__init__()
        self._canvas, self._direction = canvas, direction
        self._pointed: Point | None = None
        self._lies = direction == "horizontal"
        if self._lies:
            self.setFixedHeight(THICKNESS_PX)
            name = translate("Rulers", "Horizontal ruler")
        else:
            self.setFixedWidth(THICKNESS_PX)
            name = translate("Rulers", "Vertical ruler")
        self.setAccessibleName(name)
        self.setToolTip(translate("Rulers", "Drag from here onto the picture for a guide"))
        split = Qt.CursorShape.SplitVCursor if self._lies else Qt.CursorShape.SplitHCursor
        self.setCursor(split)
        canvas.viewport_changed.connect(self.update)
        canvas.pointed.connect(self._point_at)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.PANEL))
        edge = THICKNESS_PX - 1
        painter.setPen(QColor(theme.BORDER))
        painter.drawLine(self._line(0, self._length, edge))
        if self._canvas.view.angle == 0:
            self._paint_scale(painter)
        painter.end()

    def _paint_scale(self, painter: QPainter) -> None:
        font = painter.font()
        font.setPixelSize(FONT_PX)
        painter.setFont(font)
        for place, value, is_labeled in self._ticks():
            painter.setPen(QColor(theme.SECONDARY))
            size = THICKNESS_PX if is_labeled else TICK_PX
            painter.drawLine(self._tick(place, size))
            if is_labeled:
                self._write(painter, place, f"{value}")
        if self._pointed is not None:
            painter.setPen(QColor(theme.ACCENT))
            painter.drawLine(self._tick(self._place(self._pointed), THICKNESS_PX))

    def _write(self, painter: QPainter, place: float, text: str) -> None:
        if self._lies:
            painter.drawText(QPointF(place + 3, FONT_PX), text)
            return
        painter.save()
        painter.translate(FONT_PX, place - 3)
        painter.rotate(-90)
        painter.drawText(QPointF(0, 0), text)
        painter.restore()

    def _ticks(self) -> Iterator[tuple[float, int, bool]]:
        """Yield place on the ruler, document position and whether it has a number."""
        scale = self._canvas.view.viewport.scale / self.devicePixelRatioF()
        step = number_step(LABEL_DISTANCE_PX / scale)
        parts = next(parts for parts in (10, 5, 2, 1) if step % parts == 0)
        small = step // parts
        first, last = (
            self._canvas.view.document_point(QPointF(end, end))
            for end in (0.0, float(self._length))
        )
        start, end = (first.x, last.x) if self._lies else (first.y, last.y)
        # Of a number beyond the near end, the rest may reach into the ruler; downwards of the far
        # one.
        for number in range(math.floor(start / small) - parts, math.ceil(end / small) + parts):
            value = number * small
            yield self._place(Point(value, value)), value, value % step == 0

    def _place(self, point: Point) -> float:
        """Return where on the ruler a point of the document is."""
        place = self._canvas.view.widget_point(point)
        return place.x() if self._lies else place.y()

    @property
    def _length(self) -> int:
        return self.width() if self._lies else self.height()

    def _line(self, start: float, end: float, at: float) -> QLineF:
        return QLineF(start, at, end, at) if self._lies else QLineF(at, start, at, end)

    def _tick(self, place: float, size: float) -> QLineF:
        near, far = THICKNESS_PX - size, THICKNESS_PX
        return QLineF(place, near, place, far) if self._lies else QLineF(near, place, far, place)

    def _point_at(self, point: Point | None) -> None:
        self._pointed = point
        if self.isVisible():
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._canvas.guides.begin(self._direction)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._canvas.guides.drag(self._on_canvas(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._canvas.guides.drop(self._on_canvas(event))

    def _on_canvas(self, event: QMouseEvent) -> QPointF:
        return QPointF(self._canvas.mapFromGlobal(event.globalPosition()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self.update()


def number_step(least: float) -> int:
    """Return the smallest of 1, 2, 5, 10, 20, 50, ... that is at least so large."""
    power = int(10 ** math.floor(math.log10(max(least, 1))))
    return next(part * power for part in (1, 2, 5, 10) if part * power >= least)
