"""A tone curve with points to drag, over a histogram."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from glide_studio.document.adjustments import (
    IDENTITY,
    MAX_CURVE_POINTS,
    CurvePoints,
    monotone_curve,
)
from glide_studio.translation import translate
from glide_studio.ui import theme

SIDE_PX = 208
HISTOGRAM_PX = 64  # height of one without a curve
MARGIN_PX = 8  # around the square, so that points at its edges can be taken hold of
REACH_PX = 10  # from a point at which it is taken hold of
REMOVE_PX = 28  # outside of the square, where a dragged point goes away
STEP, LARGE_STEP = 1 / 255, 10 / 255  # of the arrow keys, and with Shift
GAP = 1 / 255  # least distance of the inputs of two points
NEXT_KEYS = {Qt.Key.Key_PageUp: 1, Qt.Key.Key_PageDown: -1}
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
REMOVE_KEYS = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
KEYS = (*NEXT_KEYS, *ARROWS, *REMOVE_KEYS, Qt.Key.Key_Insert)


class HistogramView(QWidget):
    """How often tones occur, from black at the left to white at the right."""

    def __init__(self) -> None:
        super().__init__()
        self._shares: NDArray[np.float64] | None = None
        self.color = ""
        self.setAccessibleName(translate("CurveEditor", "Histogram"))
        self.setFixedSize(SIDE_PX, HISTOGRAM_PX)

    def show_histogram(self, shares: NDArray[np.float64], color: str) -> None:
        """Show 256 shares of the largest, 0 .. 1, in a color; "" for that of all channels."""
        self._shares, self.color = shares, color
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(QColor(theme.BORDER), 1))
        painter.setBrush(QColor(theme.FIELD))
        painter.drawRect(area)
        if self._shares is not None:
            draw_histogram(painter, area, self._shares, self.color or theme.DISABLED_ICON)
        painter.end()


def draw_histogram(
    painter: QPainter, area: QRectF, shares: NDArray[np.float64], color: str
) -> None:
    """Draw how often tones occur: shares of the largest, 0 .. 1, darkest first."""
    steps = area.width() / (len(shares) - 1)
    tops = [
        QPointF(area.left() + at * steps, area.bottom() - 0.94 * float(share) * area.height())
        for at, share in enumerate(shares)
    ]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawPolygon(QPolygonF([area.bottomLeft(), *tops, area.bottomRight()]))


class CurveEditor(QWidget):
    """Click adds a point, dragging moves it, dragging it out or Delete removes it.

    By the keyboard: Page up and Page down choose a point, arrow keys move it (Shift: farther),
    Insert adds one in the widest gap.

    Signals: `moved(points)` while a point is dragged, `chosen(points)` once it is let go.
    """

    moved = Signal(object)
    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.points: CurvePoints = IDENTITY
        self.color = ""  # that of texts
        self._histogram: NDArray[np.float64] | None = None
        self._chosen = 0
        self._dragging = False
        self.setAccessibleName(translate("CurveEditor", "Curve"))
        self.setToolTip(
            translate(
                "CurveEditor", "Click to add a point, drag to move it, drag it out to remove it"
            )
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._describe()

    def sizeHint(self) -> QSize:
        return QSize(SIDE_PX + 2 * MARGIN_PX, SIDE_PX + 2 * MARGIN_PX)

    def show_points(self, points: CurvePoints, color: str) -> None:
        """Show a curve in a color; emits nothing."""
        if not self._dragging:
            self.points, self.color = points, color
            self._chosen = min(self._chosen, len(points) - 1)
            self._describe()
            self.update()

    def show_histogram(self, shares: NDArray[np.float64] | None) -> None:
        """Show how often tones occur behind the curve: 256 shares of the largest, 0 .. 1."""
        self._histogram = shares
        self.update()

    def _place(self, point: tuple[float, float]) -> QPointF:
        return QPointF(MARGIN_PX + point[0] * SIDE_PX, MARGIN_PX + (1 - point[1]) * SIDE_PX)

    def _at(self, place: QPointF) -> tuple[float, float]:
        x = (place.x() - MARGIN_PX) / SIDE_PX
        y = 1 - (place.y() - MARGIN_PX) / SIDE_PX
        return min(1.0, max(0.0, x)), min(1.0, max(0.0, y))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        near = [
            (QPointF(self._place(point) - event.position()).manhattanLength(), number)
            for number, point in enumerate(self.points)
        ]
        distance, number = min(near)
        if distance <= 1.5 * REACH_PX:
            self._chosen = number
        elif not self._add(self._at(event.position())):
            return
        self._dragging = True
        self._describe()
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._dragging:
            return
        area = QRectF(self.rect()).adjusted(-REMOVE_PX, -REMOVE_PX, REMOVE_PX, REMOVE_PX)
        if not area.contains(event.position()) and self._remove():
            self._dragging = False
            self.chosen.emit(self.points)
            return
        self._move_to(self._at(event.position()))
        self.moved.emit(self.points)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._dragging = False
            self.chosen.emit(self.points)

    def event(self, event: QEvent) -> bool:
        """Keep the keys of the curve from the menus' shortcuts while it has the focus."""
        override = event.type() is QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() in KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        step = LARGE_STEP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP
        if key in NEXT_KEYS:
            self._chosen = (self._chosen + NEXT_KEYS[key]) % len(self.points)
        elif key in ARROWS:
            (x, y), (dx, dy) = self.points[self._chosen], ARROWS[key]
            self._move_to((x + dx * step, y + dy * step))
            self.chosen.emit(self.points)
        elif key in REMOVE_KEYS:
            if self._remove():
                self.chosen.emit(self.points)
        elif key == Qt.Key.Key_Insert:
            gaps = [
                (right[0] - left[0], (left[0] + right[0]) / 2)
                for left, right in zip(self.points, self.points[1:], strict=False)
            ]
            x = max(gaps)[1]
            y = float(monotone_curve(self.points)(np.array([x]))[0])
            if self._add((x, y)):
                self.chosen.emit(self.points)
        else:
            super().keyPressEvent(event)
            return
        self._describe()
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _add(self, point: tuple[float, float]) -> bool:
        taken = any(abs(point[0] - x) < GAP for x, _ in self.points)
        if taken or len(self.points) >= MAX_CURVE_POINTS:
            return False
        self.points = tuple(sorted((*self.points, point)))
        self._chosen = self.points.index(point)
        return True

    def _remove(self) -> bool:
        """Remove the chosen point; the two ends stay."""
        if not 0 < self._chosen < len(self.points) - 1:
            return False
        self.points = self.points[: self._chosen] + self.points[self._chosen + 1 :]
        self._chosen -= 1
        self._describe()
        self.update()
        return True

    def _move_to(self, point: tuple[float, float]) -> None:
        at = self._chosen
        low = self.points[at - 1][0] + GAP if at > 0 else 0.0
        high = self.points[at + 1][0] - GAP if at < len(self.points) - 1 else 1.0
        x, y = min(high, max(low, point[0])), min(1.0, max(0.0, point[1]))
        self.points = (*self.points[:at], (x, y), *self.points[at + 1 :])
        self._describe()
        self.update()

    def _describe(self) -> None:
        x, y = self.points[self._chosen]
        self.setAccessibleDescription(
            translate("CurveEditor", "Point {place} of {count}: {tone} becomes {wanted}").format(
                place=self._chosen + 1,
                count=len(self.points),
                tone=round(x * 255),
                wanted=round(y * 255),
            )
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(MARGIN_PX, MARGIN_PX, SIDE_PX, SIDE_PX)
        edge = theme.ACCENT if self.hasFocus() else theme.BORDER
        painter.setPen(QPen(QColor(edge), 1))
        painter.setBrush(QColor(theme.FIELD))
        painter.drawRect(area)
        if self._histogram is not None:
            draw_histogram(painter, area, self._histogram, theme.BORDER)
        painter.setPen(QPen(QColor(theme.CONTROL_BORDER), 1, Qt.PenStyle.DotLine))
        for share in (0.25, 0.5, 0.75):
            painter.drawLine(self._place((share, 0)), self._place((share, 1)))
            painter.drawLine(self._place((0, share)), self._place((1, share)))
        inputs = np.linspace(0, 1, SIDE_PX)
        line = [
            self._place((float(x), float(y)))
            for x, y in zip(inputs, monotone_curve(self.points)(inputs), strict=True)
        ]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self.color or theme.TEXT), 1.6))
        painter.drawPolyline(QPolygonF(line))
        for number, point in enumerate(self.points):
            chosen = number == self._chosen
            painter.setPen(QPen(QColor(theme.TEXT), 1.4))
            painter.setBrush(QColor(theme.ACCENT if chosen else theme.FIELD))
            painter.drawEllipse(self._place(point), 4.5, 4.5)
        painter.end()
