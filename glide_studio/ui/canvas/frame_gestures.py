"""Frames with handles on the canvas: transform a layer, crop and straighten the canvas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPolygonF

from glide_studio.document.guides import Guides
from glide_studio.document.layer import Layer
from glide_studio.document.quad import Quad
from glide_studio.document.transform_edits import is_inside, move_inside
from glide_studio.editor.transform_actions import CropActions, TransformActions, measure_tilt
from glide_studio.imaging.geometry import Box, Point
from glide_studio.ui.canvas.gesture import BaseGesture, describe_size

TURN_STEP = 15.0  # degrees, with Shift
SNAP_SHARE = 0.8  # of a handle's reach: how near a side must come to a line to be drawn to it
Grip = Literal["corner", "side", "inside", "outside", "new"]
CURSORS = (
    Qt.CursorShape.SizeHorCursor,
    Qt.CursorShape.SizeFDiagCursor,
    Qt.CursorShape.SizeVerCursor,
    Qt.CursorShape.SizeBDiagCursor,
)
"""For directions of 0, 45, 90 and 135 degrees, clockwise from the right."""


class FrameGesture(BaseGesture):
    """Drag corners and sides to scale, inside to move, outside to turn; Enter applies, Esc drops.

    Shift frees or fixes: see the subclasses; with it turns go in steps of 15 degrees and moves keep
    to one direction. Alt scales around the center.
    """

    standing = True

    def __init__(self, actions: TransformActions | CropActions, reach: float) -> None:
        """reach: distance in document pixels at which a handle is taken hold of."""
        super().__init__()
        self.actions = actions
        self.reach = reach
        self._grip: tuple[Grip, int] | None = None
        self._start = Point(0, 0)
        self._before: Quad | None = None
        self._lines: tuple[float | None, float | None] = (None, None)

    def press(self, point: Point, pressure: float = 1.0) -> None:
        self._before, self._start = self.actions.quad, point
        self._grip = self.grip_at(point)

    def move(self, point: Point, pressure: float = 1.0) -> None:
        before = self._before
        if self._grip is None or before is None:
            return
        kind, number = self._grip
        self._lines = (None, None)
        if kind == "inside":
            self.actions.set_quad(self._limit_move(before, self._move_frame(before, point)))
        elif kind == "outside":
            self.actions.set_quad(self._turn_frame(before, point))
        elif kind == "corner":
            self.actions.set_quad(self._with_corner(before, number, point))
        else:
            self.actions.set_quad(self._with_side(before, number, point))

    def release(self, point: Point) -> None:
        self._grip, self._lines = None, (None, None)

    def close(self) -> None:
        self.actions.apply()

    @property
    def can_abort(self) -> bool:
        return self.actions.is_changed or self._grip is not None

    def abort(self) -> None:
        self._grip = None
        self.actions.drop()

    def nudge(self, dx: int, dy: int) -> None:
        """Move by whole pixels, by the arrow keys."""
        quad = self.actions.quad
        if quad is not None:
            self.actions.set_quad(self._limit_move(quad, quad.move(dx, dy)))

    def grip_at(self, point: Point) -> tuple[Grip, int] | None:
        """Find what a press at a point takes hold of; None if no frame is open."""
        quad = self.actions.quad
        if quad is None:
            return None
        for number, corner in enumerate(quad.corners):
            if _distance(corner, point) <= self.reach:
                return "corner", number
        for number, middle in enumerate(_middles(quad)):
            if _distance(middle, point) <= self.reach:
                return "side", number
        return ("inside", 0) if quad.contains(point) else ("outside", 0)

    def cursor(self, point: Point, turn: float = 0.0) -> Qt.CursorShape:
        """Return the shape of the mouse at a point. turn: degrees by which the view is turned."""
        grip, quad = self._grip or self.grip_at(point), self.actions.quad
        if grip is None or quad is None:
            return Qt.CursorShape.ArrowCursor
        kind, number = grip
        if kind == "inside":
            return Qt.CursorShape.SizeAllCursor
        if kind in ("outside", "new"):
            return Qt.CursorShape.CrossCursor
        handle = quad.corners[number] if kind == "corner" else _middles(quad)[number]
        center = quad.center
        angle = math.degrees(math.atan2(handle.y - center.y, handle.x - center.x))
        if kind == "corner":  # of a long frame the diagonal is nearly level
            angle = quad.angle + (45 if number in (0, 2) else 135)
        return CURSORS[round((angle + turn) / 45) % 4]

    def outline(self) -> QPainterPath:
        path = QPainterPath()
        quad = self.actions.quad
        if quad is None:
            return path
        path.addPath(frame_path(quad))
        side = self.reach * 0.8
        for handle in (*quad.corners, *_middles(quad)):
            path.addRect(QRectF(handle.x - side / 2, handle.y - side / 2, side, side))
        self._add_lines(path)
        return path

    def size_text(self) -> str:
        quad = self.actions.quad
        if self._grip is None or quad is None:
            return ""
        size = describe_size(quad.width, quad.height)
        return f"{size}   ∠ {quad.angle:.1f}°" if self._grip[0] == "outside" else size

    def _targets(self) -> tuple[Box, ...]:
        return ()

    def _snap_lines(self) -> tuple[list[float], list[float]]:
        """List the x and the y of everything that sides are drawn to."""
        boxes = self._targets()
        across = [target for box in boxes for target in _lines(box.x, box.right)]
        down = [target for box in boxes for target in _lines(box.y, box.bottom)]
        return across + list(self.guides.vertical), down + list(self.guides.horizontal)

    def _add_lines(self, path: QPainterPath) -> None:
        if not self._targets():
            return
        area = self._targets()[0]
        x, y = self._lines
        if x is not None:
            path.moveTo(x, area.y)
            path.lineTo(x, area.bottom)
        if y is not None:
            path.moveTo(area.x, y)
            path.lineTo(area.right, y)

    @property
    def _shift(self) -> bool:
        return bool(self.keys & Qt.KeyboardModifier.ShiftModifier)

    @property
    def _alt(self) -> bool:
        return bool(self.keys & Qt.KeyboardModifier.AltModifier)

    def _move_frame(self, before: Quad, point: Point) -> Quad:
        dx, dy = point.x - self._start.x, point.y - self._start.y
        if self._shift:
            dx, dy = (dx, 0.0) if abs(dx) >= abs(dy) else (0.0, dy)
        # Whole pixels, so that moving alone copies them.
        dx, dy = float(round(dx)), float(round(dy))
        left, top, right, bottom = before.move(dx, dy).bounds()
        near = self.reach * SNAP_SHARE
        across, down = self._snap_lines()
        shift_x, line_x = _snap(_lines(left, right), across, near)
        shift_y, line_y = _snap(_lines(top, bottom), down, near)
        self._lines = (line_x, line_y)
        return before.move(dx + shift_x, dy + shift_y)

    def _limit_move(self, before: Quad, moved: Quad) -> Quad:
        """Return where a frame may be moved to."""
        return moved

    def _turn_frame(self, before: Quad, point: Point) -> Quad:
        center = before.center
        start = math.atan2(self._start.y - center.y, self._start.x - center.x)
        now = math.atan2(point.y - center.y, point.x - center.x)
        degrees = math.degrees(now - start)
        if self._shift:
            degrees = round((before.angle + degrees) / TURN_STEP) * TURN_STEP - before.angle
        return before.rotate(degrees)

    def _with_corner(self, before: Quad, number: int, point: Point) -> Quad:
        point = self._snap_point(before, point)
        anchor = before.center if self._alt else before.corners[(number + 2) % 4]
        x, y = _scales(before, before.corners[number], anchor, point)
        if self._keeps_aspect():
            # Along the diagonal, as far as the pointer has gone in the longer direction.
            x = y = x if abs(x) * before.width >= abs(y) * before.height else y
        return before.scale(x, y, anchor)

    def _with_side(self, before: Quad, number: int, point: Point) -> Quad:
        point = self._snap_point(before, point)
        middles = _middles(before)
        anchor = before.center if self._alt else middles[(number + 2) % 4]
        x, y = _scales(before, middles[number], anchor, point)
        return before.scale(1.0, y, anchor) if number % 2 == 0 else before.scale(x, 1.0, anchor)

    def _keeps_aspect(self) -> bool:
        return self._shift

    def _snap_point(self, quad: Quad, point: Point) -> Point:
        """Draw a point to lines that are near; to whole pixels otherwise. Upright frames only."""
        if abs(quad.angle % 90) > 0.01:
            return point
        near = self.reach * SNAP_SHARE
        across, down = self._snap_lines()
        dx, line_x = _snap([point.x], across, near)
        dy, line_y = _snap([point.y], down, near)
        self._lines = (line_x, line_y)
        return Point(
            point.x + dx if line_x is not None else float(round(point.x)),
            point.y + dy if line_y is not None else float(round(point.y)),
        )


class TransformGesture(FrameGesture):
    """Corners keep the proportions, with Shift they do not; with Ctrl a corner goes its own way."""

    def __init__(self, actions: TransformActions, reach: float) -> None:
        super().__init__(actions, reach)
        self._transform = actions
        self._layers: tuple[Layer, ...] = ()

    def press(self, point: Point, pressure: float = 1.0) -> None:
        if not self._transform.layers:
            self._transform.begin()
        self._layers = self._transform.layers
        super().press(point, pressure)

    def move(self, point: Point, pressure: float = 1.0) -> None:
        # Keys may choose other layers in the middle of a drag, and put a frame around those.
        if self._layers is self._transform.layers:
            super().move(point, pressure)

    def _with_corner(self, before: Quad, number: int, point: Point) -> Quad:
        if self.keys & Qt.KeyboardModifier.ControlModifier:
            return before.drag_corner(number, point)
        return super()._with_corner(before, number, point)

    def _keeps_aspect(self) -> bool:
        return not self._shift

    def _targets(self) -> tuple[Box, ...]:
        return self._transform.targets


class CropGesture(FrameGesture):
    """Corners are free, unless an aspect is chosen or Shift is held.

    A drag inside of the whole picture's frame draws a new one; with Ctrl, or if the actions take a
    line, a drag draws what will be level or upright.
    """

    def __init__(self, actions: CropActions, canvas: Box, reach: float) -> None:
        super().__init__(actions, reach)
        self._crop, self._canvas = actions, canvas
        self._line: tuple[Point, Point] | None = None

    def press(self, point: Point, pressure: float = 1.0) -> None:
        if self._crop.quad is None:
            self._crop.begin()
        if self._draws_line:
            self._line = (point, point)
        else:
            super().press(point, pressure)

    def move(self, point: Point, pressure: float = 1.0) -> None:
        if self._line is not None:
            self._line = (self._line[0], point)
            return
        kind, before = self._grip[0] if self._grip is not None else None, self._before
        if kind == "outside" and before is not None:
            self._crop.set_angle(self._turn_frame(before, point).angle)
        elif kind == "new" and before is not None:
            self._crop.set_quad(self._draw_frame(before, point))
        else:
            super().move(point, pressure)

    def release(self, point: Point) -> None:
        super().release(point)
        if self._line is not None:
            start, self._line = self._line[0], None
            if _distance(start, point) > self.reach:
                self._crop.straighten_line(start, point)

    @property
    def can_abort(self) -> bool:
        return self._crop.takes_line or self._line is not None or super().can_abort

    def abort(self) -> None:
        if self._crop.takes_line or self._line is not None:
            self._line = None
            self._crop.take_line(False)
            return
        super().abort()
        self._crop.begin()
        self._crop.reset()  # it begins around what is painted

    def grip_at(self, point: Point) -> tuple[Grip, int] | None:
        grip = super().grip_at(point)
        is_whole = not self._crop.is_changed
        return ("new", 0) if grip is not None and grip[0] == "inside" and is_whole else grip

    def cursor(self, point: Point, turn: float = 0.0) -> Qt.CursorShape:
        if self._line is not None or (self._grip is None and self._draws_line):
            return Qt.CursorShape.CrossCursor
        return super().cursor(point, turn)

    def size_text(self) -> str:
        return super().size_text() if self._line is None else f"∠ {measure_tilt(*self._line):.1f}°"

    @property
    def _draws_line(self) -> bool:
        is_free = self._crop.quad is not None and not self._crop.busy
        return is_free and (
            self._crop.takes_line or bool(self.keys & Qt.KeyboardModifier.ControlModifier)
        )

    def _draw_frame(self, whole: Quad, point: Point) -> Quad:
        """Draw a frame inside of the canvas from where the drag began; the whole one for a click.

        whole: the frame around the canvas.
        """
        if _distance(self._start, point) <= self.reach:
            return whole
        start, end = self._snap_point(whole, self._start), self._snap_point(whole, point)
        x = min(max(end.x, self._canvas.x), self._canvas.right)
        y = min(max(end.y, self._canvas.y), self._canvas.bottom)
        width, height = abs(x - start.x), abs(y - start.y)
        if self._keeps_aspect():
            aspect = self._crop.aspect or whole.width / whole.height
            right, down = end.x >= start.x, end.y >= start.y
            room_x = self._canvas.right - start.x if right else start.x - self._canvas.x
            room_y = self._canvas.bottom - start.y if down else start.y - self._canvas.y
            width = min(max(width, height * aspect), room_x, room_y * aspect)
            height = width / aspect
            x = start.x + (width if right else -width)
            y = start.y + (height if down else -height)
        if min(width, height) < 1:
            return whole
        center = Point((start.x + x) / 2, (start.y + y) / 2)
        return whole.with_size(center, width, height, 0)

    def _limit_move(self, before: Quad, moved: Quad) -> Quad:
        """Keep a frame inside of the canvas unless a handle was dragged beyond it."""
        return move_inside(moved, self._canvas) if is_inside(before, self._canvas) else moved

    def _with_side(self, before: Quad, number: int, point: Point) -> Quad:
        changed = super()._with_side(before, number, point)
        aspect = self._crop.aspect
        if aspect is None:
            return changed
        if number % 2 == 0:
            return changed.scale(changed.height * aspect / changed.width, 1.0)
        return changed.scale(1.0, changed.width / aspect / changed.height)

    def _keeps_aspect(self) -> bool:
        return self._shift or self._crop.aspect is not None

    def _targets(self) -> tuple[Box, ...]:
        return (self._canvas,)

    def outline(self) -> QPainterPath:
        path = super().outline()
        quad = self._crop.quad
        if quad is None:
            return path
        a, b, c, d = (QPointF(corner.x, corner.y) for corner in quad.corners)
        for share in (1 / 3, 2 / 3):
            path.moveTo(a + (b - a) * share)
            path.lineTo(d + (c - d) * share)
            path.moveTo(a + (d - a) * share)
            path.lineTo(b + (c - b) * share)
        if self._line is not None:
            start, end = self._line
            path.moveTo(start.x, start.y)
            path.lineTo(end.x, end.y)
        return path

    def shade(self) -> QPainterPath:
        """Return the part of the canvas that will be cut off."""
        path = QPainterPath()
        quad = self._crop.quad
        if quad is not None:
            box = self._canvas
            path.addRect(QRectF(box.x, box.y, box.width, box.height))
            path = path.subtracted(frame_path(quad))
        return path


def frame_path(quad: Quad) -> QPainterPath:
    """Return the outline of a quad, in document coordinates."""
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(corner.x, corner.y) for corner in quad.corners]))
    path.closeSubpath()
    return path


def _middles(quad: Quad) -> list[Point]:
    """List the middles of the sides: top, right, bottom, left."""
    corners = quad.corners
    return [
        Point((one.x + other.x) / 2, (one.y + other.y) / 2)
        for one, other in zip(corners, (*corners[1:], corners[0]), strict=True)
    ]


def _scales(quad: Quad, handle: Point, anchor: Point, to: Point) -> tuple[float, float]:
    """Compute by how much a quad is scaled, along its sides, if a handle is dragged to a point."""
    angle = math.radians(-quad.angle)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    before = turn @ (handle.x - anchor.x, handle.y - anchor.y)
    after = turn @ (to.x - anchor.x, to.y - anchor.y)
    x, y = (
        float(new / old) if abs(old) > 1e-9 else 1.0 for old, new in zip(before, after, strict=True)
    )
    return x, y


def _lines(low: float, high: float) -> list[float]:
    return [low, (low + high) / 2, high]


def snap_point(point: Point, guides: Guides, near: float) -> Point:
    """Draw a point to the guides that are at most `near` document pixels away."""
    dx, _ = _snap([point.x], guides.vertical, near)
    dy, _ = _snap([point.y], guides.horizontal, near)
    return Point(point.x + dx, point.y + dy)


def _snap(
    edges: Sequence[float], targets: Sequence[float], near: float
) -> tuple[float, float | None]:
    """Find the smallest shift that puts an edge on a target; returns it and the target."""
    pairs = [(target - edge, target) for edge in edges for target in targets]
    close = [(shift, target) for shift, target in pairs if abs(shift) <= near]
    return min(close, key=lambda pair: abs(pair[0])) if close else (0.0, None)


def _distance(a: Point, b: Point) -> float:
    return math.dist((a.x, a.y), (b.x, b.y))
