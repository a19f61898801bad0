"""What a press, a drag and a release on the canvas do with each tool.

To add a tool: a `Tool` in `glide_studio.editor.settings`, a gesture here and its line in
`start_gesture`, a line in `glide_studio.ui.tool_strip.TOOLS`.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPolygonF

from glide_studio.document.brush import StrokePoint
from glide_studio.document.selection import CombineMode
from glide_studio.editor.canvas_actions import CanvasActions
from glide_studio.editor.editor import Editor
from glide_studio.editor.object_actions import ObjectActions
from glide_studio.editor.retouch_actions import RetouchActions, RetouchKind
from glide_studio.editor.retouch_work import RetouchWork
from glide_studio.editor.selection_actions import SelectionActions
from glide_studio.editor.settings import Tool
from glide_studio.imaging.completion.canvas_extension import Margins
from glide_studio.imaging.geometry import Point, Size
from glide_studio.ui.canvas.frame_gestures import CropGesture, TransformGesture
from glide_studio.ui.canvas.gesture import BaseGesture, Gesture
from glide_studio.ui.canvas.paint_gestures import (
    BucketGesture,
    GradientGesture,
    PickerGesture,
    PixelGesture,
    ShapeGesture,
)

RETOUCH_KINDS: dict[Tool, RetouchKind] = {
    Tool.REMOVE: "remove",
    Tool.HEAL: "heal",
    Tool.CLONE: "clone",
    Tool.OBJECT: "scribble",
}
"""Tools whose strokes are drawn by `RetouchActions`."""


class _ShapeGesture(BaseGesture):
    """A gesture that combines a shape with the painted mask. mode: None for the tools' own."""

    def __init__(self, masking: SelectionActions, mode: CombineMode | None) -> None:
        super().__init__()
        self._masking = masking
        self._mode = mode


class PaintGesture(BaseGesture):
    """Brush and eraser."""

    def __init__(self, masking: SelectionActions, erase: bool) -> None:
        super().__init__()
        self._masking = masking
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


class RetouchGesture(BaseGesture):
    """Remove, Heal, Clone stamp, and the strokes of Object select."""

    def __init__(self, retouching: RetouchActions, kind: RetouchKind, erase: bool) -> None:
        super().__init__()
        self._retouching, self._kind, self._erase = retouching, kind, erase

    def press(self, point: Point, pressure: float = 1.0) -> None:
        start = StrokePoint(point.x, point.y, pressure)
        self._retouching.begin_stroke(self._kind, start, erase=self._erase)

    def move(self, point: Point, pressure: float = 1.0) -> None:
        self._retouching.extend_stroke([StrokePoint(point.x, point.y, pressure)])

    def release(self, point: Point) -> None:
        self.live = False
        self._retouching.finish_stroke()

    def abort(self) -> None:
        self.live = False
        self._retouching.abort_stroke()


class SourceGesture(BaseGesture):
    """Alt-click with Heal or Clone stamp: take pixels from here."""

    def __init__(self, retouching: RetouchActions) -> None:
        super().__init__()
        self._retouching = retouching

    def press(self, point: Point, pressure: float = 1.0) -> None:
        self.live = False
        self._retouching.set_source_point(point)


class LassoGesture(_ShapeGesture):
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


class PolygonGesture(_ShapeGesture):
    """A corner at each click; a double click, Enter or a click on the first corner closes it."""

    snaps = True

    def __init__(self, masking: SelectionActions, mode: CombineMode | None, reach: float) -> None:
        """reach: distance in document pixels that counts as on the first corner."""
        super().__init__(masking, mode)
        self._reach = reach
        self._points: list[Point] = []
        self._tip: Point | None = None

    def press(self, point: Point, pressure: float = 1.0) -> None:
        first = self._points[0] if self._points else None
        if (
            len(self._points) > 2
            and first
            and math.dist((point.x, point.y), (first.x, first.y)) <= self._reach
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


class _BoxGesture(BaseGesture):
    """From corner to corner."""

    snaps = True

    def press(self, point: Point, pressure: float = 1.0) -> None:
        self._start = self._end = point

    def move(self, point: Point, pressure: float = 1.0) -> None:
        self._end = point

    def _rect(self) -> QRectF:
        return QRectF(
            QPointF(self._start.x, self._start.y), QPointF(self._end.x, self._end.y)
        ).normalized()

    def outline(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self._rect())
        return path


class BoxGesture(_BoxGesture):
    """Rectangle and ellipse."""

    def __init__(self, masking: SelectionActions, mode: CombineMode | None, tool: Tool) -> None:
        super().__init__()
        self._masking, self._mode = masking, mode
        self._is_ellipse = tool is Tool.ELLIPSE

    def release(self, point: Point) -> None:
        self.live = False
        draw = self._masking.ellipse if self._is_ellipse else self._masking.rectangle
        draw(self._start, point, self._mode)

    def outline(self) -> QPainterPath:
        if not self._is_ellipse:
            return super().outline()
        path = QPainterPath()
        path.addEllipse(self._rect())
        return path


class ObjectBoxGesture(_BoxGesture):
    """A box around an object, which is selected."""

    def __init__(self, objects: ObjectActions, mode: CombineMode | None) -> None:
        super().__init__()
        self._objects, self._mode = objects, mode

    def release(self, point: Point) -> None:
        self.live = False
        self._objects.select_in_box(self._start, point, self._mode)


class WandGesture(_ShapeGesture):
    """A click: similar pixels nearby."""

    def press(self, point: Point, pressure: float = 1.0) -> None:
        self.live = False
        self._masking.wand(point, self._mode)


class ColorGesture(_ShapeGesture):
    """A click: similar pixels everywhere."""

    def press(self, point: Point, pressure: float = 1.0) -> None:
        self.live = False
        self._masking.color_range(point, self._mode)


class ExtendGesture(BaseGesture):
    """Drag the edges and corners of the canvas outward; Enter or a double click extends it.

    It lives over several drags. Once it is closed, the frame stays until the new area is filled.
    """

    standing = True
    snaps = True

    def __init__(self, canvas: CanvasActions, work: RetouchWork, size: Size, reach: float) -> None:
        """reach: distance in document pixels from an edge at which it is taken hold of."""
        super().__init__()
        self._canvas, self._work, self._size = canvas, work, size
        self.reach = reach
        self.margins = Margins()
        self._sides: tuple[str, ...] = ()
        self._start = Point(0, 0)
        self._before = self.margins

    def press(self, point: Point, pressure: float = 1.0) -> None:
        self._sides = self.sides_at(point) if self._work.extending is None else ()
        self._start, self._before = point, self.margins

    def move(self, point: Point, pressure: float = 1.0) -> None:
        dx, dy = point.x - self._start.x, point.y - self._start.y
        change = {"left": -dx, "right": dx, "top": -dy, "bottom": dy}
        for side in self._sides:
            length = max(0, round(getattr(self._before, side) + change[side]))
            self.margins = self.margins._replace(**{side: length})

    def release(self, point: Point) -> None:
        self._sides = ()

    def close(self) -> None:
        if any(self.margins) and self._work.extending is None:
            self._canvas.extend(self.margins)

    def abort(self) -> None:
        if self._work.extending is not None:
            self._work.cancel()
        self.margins, self._sides = Margins(), ()

    def sides_at(self, point: Point) -> tuple[str, ...]:
        """Return the edges that a press at a point takes hold of; two at a corner."""
        rect = self._rect().adjusted(-self.reach, -self.reach, self.reach, self.reach)
        if not rect.contains(QPointF(point.x, point.y)):
            return ()
        outer = self._rect()
        distances = {
            "left": abs(point.x - outer.left()),
            "right": abs(point.x - outer.right()),
            "top": abs(point.y - outer.top()),
            "bottom": abs(point.y - outer.bottom()),
        }
        return tuple(side for side, distance in distances.items() if distance <= self.reach)

    def _rect(self) -> QRectF:
        left, top, right, bottom = self._work.extending or self.margins
        return QRectF(
            -left, -top, self._size.width + left + right, self._size.height + top + bottom
        )

    def outline(self) -> QPainterPath:
        path = QPainterPath()
        rect, side = self._rect(), self.reach * 0.8
        path.addRect(rect)
        center = rect.center()
        for x in (rect.left(), center.x(), rect.right()):
            for y in (rect.top(), center.y(), rect.bottom()):
                if QPointF(x, y) != center:
                    path.addRect(x - side / 2, y - side / 2, side, side)
        return path


def start_gesture(
    tool: Tool, editor: Editor, mode: CombineMode | None, alt: bool, reach: float
) -> Gesture:
    """Return the gesture that a press with a tool starts.

    mode: how a shape combines with the mask, None for the tools' own. alt: the Alt key is held: the
    brush erases, the eraser paints, Heal and Clone set their source. reach: distance in document
    pixels that counts as on a handle.
    """
    masking, retouching = editor.selection, editor.retouch
    match tool:
        case Tool.BRUSH | Tool.ERASER:
            return PaintGesture(masking, alt != (tool is Tool.ERASER))
        case Tool.HEAL | Tool.CLONE if alt:
            return SourceGesture(retouching)
        case Tool.OBJECT if not editor.tool_settings.scribble:
            return ObjectBoxGesture(editor.objects, mode)
        case Tool.REMOVE | Tool.HEAL | Tool.CLONE | Tool.OBJECT:
            return RetouchGesture(retouching, RETOUCH_KINDS[tool], alt)
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
        case Tool.EXTEND:
            return ExtendGesture(editor.canvas, editor.retouch_work, editor.document.size, reach)
        case Tool.PAINT | Tool.ERASE_PIXELS:
            return PixelGesture(editor.paint, alt != (tool is Tool.ERASE_PIXELS))
        case Tool.BUCKET:
            return BucketGesture(editor.paint)
        case Tool.GRADIENT:
            return GradientGesture(editor.paint)
        case Tool.SHAPE:
            tools = editor.tool_settings
            return ShapeGesture(editor.paint, tools.shape, tools.size)
        case Tool.PICKER:
            return PickerGesture(editor.paint, alt)
        case Tool.TRANSFORM:
            return TransformGesture(editor.transform, reach)
        case Tool.CROP:
            return CropGesture(editor.crop, editor.document.box, reach)
        case Tool.HAND:
            raise ValueError("The hand moves the view, not the mask.")


def polyline(points: list[Point]) -> QPainterPath:
    """Return an open path through the points."""
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(point.x, point.y) for point in points]))
    return path
