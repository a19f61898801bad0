"""What a press, a drag and a release on the canvas do with each tool.

To add a tool: a `Tool` in `glide_studio.editor.settings`, a gesture here and its line in
`start_gesture`, a line in `glide_studio.ui.tool_strip.TOOLS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPolygonF

from glide_studio.document.brush import StrokePoint
from glide_studio.document.selection import CombineMode
from glide_studio.document.shapes import outline_points
from glide_studio.editor.canvas_actions import CanvasActions
from glide_studio.editor.editor import Editor
from glide_studio.editor.paint_actions import PaintActions
from glide_studio.editor.retouch_actions import RetouchActions, RetouchKind
from glide_studio.editor.retouch_work import RetouchWork
from glide_studio.editor.selection_actions import SelectionActions
from glide_studio.editor.settings import Tool
from glide_studio.imaging.completion.canvas_extension import Margins
from glide_studio.imaging.geometry import Point, Size
from glide_studio.ui.canvas.frame_gestures import CropGesture, TransformGesture
from glide_studio.ui.canvas.gesture import BaseGesture, Gesture, describe_size

RETOUCH_KINDS: dict[Tool, RetouchKind] = {
    Tool.REMOVE: "remove",
    Tool.HEAL: "heal",
    Tool.CLONE: "clone",
    Tool.OBJECT: "scribble",
}
"""Tools whose strokes are drawn by `RetouchActions`."""


class StrokeGesture(BaseGesture):
    """A stroke of a brush, of whatever it paints."""

    def __init__(
        self,
        strokes: SelectionActions | PaintActions | RetouchActions,
        begin: Callable[[StrokePoint], object],
    ) -> None:
        super().__init__()
        self._strokes, self._begin = strokes, begin

    def press(self, point: Point, pressure: float = 1.0) -> None:
        self._begin(StrokePoint(point.x, point.y, pressure))

    def move(self, point: Point, pressure: float = 1.0) -> None:
        self._strokes.extend_stroke([StrokePoint(point.x, point.y, pressure)])

    def release(self, point: Point) -> None:
        self.live = False
        self._strokes.finish_stroke()

    def abort(self) -> None:
        self.live = False
        self._strokes.abort_stroke()


class ClickGesture(BaseGesture):
    """A click at a point."""

    def __init__(self, act: Callable[[Point], object]) -> None:
        super().__init__()
        self._act = act

    def press(self, point: Point, pressure: float = 1.0) -> None:
        self.live = False
        self._act(point)


class LassoGesture(BaseGesture):
    """A free outline, closed at the release."""

    def __init__(self, select: Callable[[list[Point]], object]) -> None:
        super().__init__()
        self._select = select

    def press(self, point: Point, pressure: float = 1.0) -> None:
        self._points = [point]

    def move(self, point: Point, pressure: float = 1.0) -> None:
        if math.dist((point.x, point.y), (self._points[-1].x, self._points[-1].y)) >= 0.5:
            self._points.append(point)

    def release(self, point: Point) -> None:
        self.live = False
        if len(self._points) > 2:
            self._select(self._points)

    def outline(self) -> QPainterPath:
        return polyline(self._points)


class PolygonGesture(BaseGesture):
    """A corner at each click; a double click, Enter or a click on the first corner closes it."""

    snaps = True

    def __init__(self, select: Callable[[list[Point]], object], reach: float) -> None:
        """reach: distance in document pixels that counts as on the first corner."""
        super().__init__()
        self._select = select
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
            self._select(self._points)

    def outline(self) -> QPainterPath:
        return polyline([*self._points, *([self._tip] if self._tip else [])])


class DragGesture(BaseGesture):
    """From one point to another, with the outline of what that draws."""

    snaps = True

    def __init__(
        self,
        draw: Callable[[Point, Point], object],
        outline: Callable[[Point, Point], QPainterPath],
    ) -> None:
        super().__init__()
        self._draw, self._outline = draw, outline

    def press(self, point: Point, pressure: float = 1.0) -> None:
        self._start = self._end = point

    def move(self, point: Point, pressure: float = 1.0) -> None:
        self._end = point

    def release(self, point: Point) -> None:
        self.live = False
        self._draw(self._start, point)

    def outline(self) -> QPainterPath:
        return self._outline(self._start, self._end)

    def size_text(self) -> str:
        a, b = self._start, self._end
        return describe_size(abs(round(b.x) - round(a.x)), abs(round(b.y) - round(a.y)))


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

    @property
    def can_abort(self) -> bool:
        return any(self.margins) or bool(self._sides) or self._work.extending is not None

    def abort(self) -> None:
        """Stop an extension that runs, whose frame stays; else put the edges back."""
        if self._work.extending is not None:
            self._work.stop()
        else:
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

    def size_text(self) -> str:
        size = self._rect().size()
        return describe_size(size.width(), size.height()) if self._sides else ""


def start_gesture(
    tool: Tool, editor: Editor, mode: CombineMode | None, alt: bool, reach: float
) -> Gesture:
    """Return the gesture that a press with a tool starts.

    mode: how a shape combines with the mask, None for the tools' own. alt: the Alt key is held: the
    brush erases, the eraser paints, Heal and Clone set their source. reach: distance in document
    pixels that counts as on a handle.
    """
    masking, painting, retouching = editor.selection, editor.paint, editor.retouch
    tools = editor.tool_settings
    match tool:
        case Tool.BRUSH | Tool.ERASER:
            erase = alt != (tool is Tool.ERASER)
            return StrokeGesture(masking, lambda start: masking.begin_stroke(start, erase))
        case Tool.PAINT | Tool.ERASE_PIXELS:
            erase = alt != (tool is Tool.ERASE_PIXELS)
            return StrokeGesture(painting, lambda start: painting.begin_stroke(start, erase=erase))
        case Tool.HEAL | Tool.CLONE if alt:
            return ClickGesture(retouching.set_source_point)
        case Tool.OBJECT if not tools.scribble:
            return DragGesture(lambda a, b: editor.objects.select_in_box(a, b, mode), outline_box)
        case Tool.REMOVE | Tool.HEAL | Tool.CLONE | Tool.OBJECT:
            kind = RETOUCH_KINDS[tool]
            return StrokeGesture(
                retouching, lambda start: retouching.begin_stroke(kind, start, erase=alt)
            )
        case Tool.LASSO:
            return LassoGesture(lambda points: masking.lasso(points, mode))
        case Tool.POLYGON:
            return PolygonGesture(lambda points: masking.polygon(points, mode), reach)
        case Tool.RECTANGLE:
            return DragGesture(lambda a, b: masking.rectangle(a, b, mode), outline_box)
        case Tool.ELLIPSE:
            return DragGesture(lambda a, b: masking.ellipse(a, b, mode), outline_ellipse)
        case Tool.WAND:
            return ClickGesture(lambda point: masking.wand(point, mode))
        case Tool.COLOR:
            return ClickGesture(lambda point: masking.color_range(point, mode))
        case Tool.EXTEND:
            work, size = editor.retouch_work, editor.document.size
            return ExtendGesture(editor.canvas, work, size, reach)
        case Tool.BUCKET:
            return ClickGesture(painting.bucket)
        case Tool.GRADIENT:
            return DragGesture(painting.gradient, lambda a, b: polyline([a, b]))
        case Tool.SHAPE:
            shape, width = tools.shape, tools.size
            return DragGesture(
                painting.shape,
                lambda a, b: polyline(outline_points(shape, a, b, width), closed=True),
            )
        case Tool.PICKER:
            return ClickGesture(lambda point: painting.pick(point, second=alt))
        case Tool.TRANSFORM:
            return TransformGesture(editor.transform, reach)
        case Tool.CROP:
            return CropGesture(editor.crop, editor.document.box, reach)
        case Tool.HAND:
            raise ValueError("The hand moves the view, not the mask.")


def polyline(points: Sequence[Point], *, closed: bool = False) -> QPainterPath:
    """Return a path through the points."""
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(point.x, point.y) for point in points]))
    if closed:
        path.closeSubpath()
    return path


def outline_box(a: Point, b: Point) -> QPainterPath:
    """Return the outline of the box between two corners."""
    path = QPainterPath()
    path.addRect(QRectF(QPointF(a.x, a.y), QPointF(b.x, b.y)).normalized())
    return path


def outline_ellipse(a: Point, b: Point) -> QPainterPath:
    """Return the outline of the ellipse in the box between two corners."""
    path = QPainterPath()
    path.addEllipse(QRectF(QPointF(a.x, a.y), QPointF(b.x, b.y)).normalized())
    return path
