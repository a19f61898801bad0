"""What a press, a drag and a release mean for each tool: document points to session verbs."""

from __future__ import annotations

import math
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPolygonF

from glide_studio.document.brush import StrokePoint
from glide_studio.document.selection import CombineMode
from glide_studio.editor.masking import Masking
from glide_studio.editor.tools import Tool
from glide_studio.imaging.geometry import Point


class Gesture(Protocol):
    """One use of a tool. `live` is False once it has ended."""

    live: bool

    def press(self, point: Point, pressure: float = 1.0) -> None:
        """The button or the pen went down at a document position; pressure 0 .. 1."""
        ...

    def move(self, point: Point, pressure: float = 1.0) -> None:
        """The pointer moved, button down or not."""
        ...

    def release(self, point: Point) -> None:
        """The button went up."""
        ...

    def close(self) -> None:
        """Enter or a double click: end what has no natural end."""
        ...

    def abort(self) -> None:
        """Escape: as if it had not been begun."""
        ...

    def outline(self) -> QPainterPath:
        """What to draw while it lasts, in document coordinates."""
        ...


class _Base:
    def __init__(self, masking: Masking, mode: CombineMode | None = None) -> None:
        self.live = True
        self._masking = masking
        self._mode = mode

    def press(self, point: Point, pressure: float = 1.0) -> None:
        pass

    def move(self, point: Point, pressure: float = 1.0) -> None:
        pass

    def release(self, point: Point) -> None:
        pass

    def close(self) -> None:
        pass

    def abort(self) -> None:
        self.live = False

    def outline(self) -> QPainterPath:
        return QPainterPath()


class PaintGesture(_Base):
    """Brush and eraser."""

    def __init__(self, masking: Masking, erase: bool) -> None:
        super().__init__(masking)
        self._erase = erase

    def press(self, point: Point, pressure: float = 1.0) -> None:
        self._masking.begin_stroke(StrokePoint(point.x, point.y, pressure), self._erase)

    def move(self, point: Point, pressure: float = 1.0) -> None:
        self._masking.extend_stroke([StrokePoint(point.x, point.y, pressure)])

    def release(self, point: Point) -> None:
        self.live = False
        self._masking.finish_stroke()

    def abort(self) -> None:
        self.live = False
        self._masking.abort_stroke()


class LassoGesture(_Base):
    """A free outline, closed at the release."""

    def press(self, point: Point, pressure: float = 1.0) -> None:
        self._points = [point]

    def move(self, point: Point, pressure: float = 1.0) -> None:
        if math.dist((point.x, point.y), (self._points[-1].x, self._points[-1].y)) >= 0.5:
            self._points.append(point)

    def release(self, point: Point) -> None:
        self.live = False
        if len(self._points) > 2:
            self._masking.lasso(self._points, self._mode)

    def outline(self) -> QPainterPath:
        return polyline(self._points)


class PolygonGesture(_Base):
    """A corner at each click; a double click, Enter or a click on the first corner closes it."""

    def __init__(self, masking: Masking, mode: CombineMode | None, reach: float) -> None:
        """reach: how near, in document pixels, counts as on the first corner."""
        super().__init__(masking, mode)
        self._reach = reach
        self._points: list[Point] = []
        self._tip: Point | None = None

    def press(self, point: Point, pressure: float = 1.0) -> None:
        first = self._points[0] if self._points else None
        if (
            len(self._points) > 2
            and first
            and math.dist((point.x, point.y), (first.x, first.y)) <= (self._reach)
        ):
            self.close()
        else:
            self._points.append(point)
            self._tip = point

    def move(self, point: Point, pressure: float = 1.0) -> None:
        self._tip = point

    def close(self) -> None:
        self.live = False
        if len(self._points) > 2:
            self._masking.lasso(self._points, self._mode)

    def outline(self) -> QPainterPath:
        return polyline([*self._points, *([self._tip] if self._tip else [])])


class BoxGesture(_Base):
    """Rectangle and ellipse, from corner to corner."""

    def __init__(self, masking: Masking, mode: CombineMode | None, tool: Tool) -> None:
        super().__init__(masking, mode)
        self._tool = tool

    def press(self, point: Point, pressure: float = 1.0) -> None:
        self._start = self._end = point

    def move(self, point: Point, pressure: float = 1.0) -> None:
        self._end = point

    def release(self, point: Point) -> None:
        self.live = False
        self._end = point
        draw = self._masking.ellipse if self._tool is Tool.ELLIPSE else self._masking.rectangle
        draw(self._start, self._end, self._mode)

    def outline(self) -> QPainterPath:
        path = QPainterPath()
        box = QRectF(
            QPointF(self._start.x, self._start.y), QPointF(self._end.x, self._end.y)
        ).normalized()
        path.addEllipse(box) if self._tool is Tool.ELLIPSE else path.addRect(box)
        return path


class WandGesture(_Base):
    """One click."""

    def press(self, point: Point, pressure: float = 1.0) -> None:
        self.live = False
        self._masking.wand(point, self._mode)


class ColorGesture(_Base):
    """One click: its color, wherever it is."""

    def press(self, point: Point, pressure: float = 1.0) -> None:
        self.live = False
        self._masking.color_range(point, self._mode)


def begin(
    tool: Tool, masking: Masking, mode: CombineMode | None, erase: bool, reach: float
) -> Gesture:
    """The gesture that a press with a mask tool starts.

    mode: how a shape joins the mask, None for the tools' own. erase: the brush takes away, and the
    eraser gives. reach: see `PolygonGesture`.
    """
    match tool:
        case Tool.BRUSH | Tool.ERASER:
            return PaintGesture(masking, erase != (tool is Tool.ERASER))
        case Tool.LASSO:
            return LassoGesture(masking, mode)
        case Tool.POLYGON:
            return PolygonGesture(masking, mode, reach)
        case Tool.RECTANGLE | Tool.ELLIPSE:
            return BoxGesture(masking, mode, tool)
        case Tool.WAND:
            return WandGesture(masking, mode)
        case Tool.COLOR:
            return ColorGesture(masking, mode)
        case Tool.HAND:
            raise ValueError("The hand moves the view, not the mask.")


def polyline(points: list[Point]) -> QPainterPath:
    """An open path through the points."""
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(point.x, point.y) for point in points]))
    return path
