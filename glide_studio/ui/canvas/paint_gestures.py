"""Painting on a layer: strokes, the bucket, gradients, shapes and the color picker."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath, QPolygonF

from glide_studio.document.brush import StrokePoint
from glide_studio.document.shapes import ShapeKind, outline_points
from glide_studio.editor.paint_actions import PaintActions
from glide_studio.imaging.geometry import Point
from glide_studio.ui.canvas.gesture import BaseGesture


class PixelGesture(BaseGesture):
    """Paint brush and pixel eraser."""

    def __init__(self, painting: PaintActions, erase: bool) -> None:
        super().__init__()
        self._painting, self._erase = painting, erase

    def press(self, point: Point, pressure: float = 1.0) -> None:
        start = StrokePoint(point.x, point.y, pressure)
        self._painting.begin_stroke(start, erase=self._erase)

    def move(self, point: Point, pressure: float = 1.0) -> None:
        self._painting.extend_stroke([StrokePoint(point.x, point.y, pressure)])

    def release(self, point: Point) -> None:
        self.live = False
        self._painting.finish_stroke()

    def abort(self) -> None:
        self.live = False
        self._painting.abort_stroke()


class BucketGesture(BaseGesture):
    """A click: fill similar pixels, or the painted mask."""

    def __init__(self, painting: PaintActions) -> None:
        super().__init__()
        self._painting = painting

    def press(self, point: Point, pressure: float = 1.0) -> None:
        self.live = False
        self._painting.bucket(point)


class PickerGesture(BaseGesture):
    """A click: take the color; with Alt as the second one."""

    def __init__(self, painting: PaintActions, second: bool) -> None:
        super().__init__()
        self._painting, self._second = painting, second

    def press(self, point: Point, pressure: float = 1.0) -> None:
        self.live = False
        self._painting.pick(point, second=self._second)


class GradientGesture(BaseGesture):
    """From one point to another."""

    snaps = True

    def __init__(self, painting: PaintActions) -> None:
        super().__init__()
        self._painting = painting

    def press(self, point: Point, pressure: float = 1.0) -> None:
        self._start = self._end = point

    def move(self, point: Point, pressure: float = 1.0) -> None:
        self._end = point

    def release(self, point: Point) -> None:
        self.live = False
        self._painting.gradient(self._start, point)

    def outline(self) -> QPainterPath:
        path = QPainterPath()
        path.moveTo(self._start.x, self._start.y)
        path.lineTo(self._end.x, self._end.y)
        return path


class ShapeGesture(GradientGesture):
    """From corner to corner, or along a line."""

    def __init__(self, painting: PaintActions, kind: ShapeKind, width: float) -> None:
        """width: of a line, document pixels."""
        super().__init__(painting)
        self._kind, self._width = kind, width

    def release(self, point: Point) -> None:
        self.live = False
        self._painting.shape(self._start, point)

    def outline(self) -> QPainterPath:
        path = QPainterPath()
        points = outline_points(self._kind, self._start, self._end, self._width)
        path.addPolygon(QPolygonF([QPointF(point.x, point.y) for point in points]))
        path.closeSubpath()
        return path
