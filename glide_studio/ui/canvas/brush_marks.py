"""What follows the mouse: the brush's ring, and the mark where Heal and Clone take pixels from."""

from __future__ import annotations

from typing import NamedTuple, Self

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from glide_studio.editor.editor import Editor
from glide_studio.editor.settings import Tool, ToolSettings
from glide_studio.imaging.geometry import Box, Point
from glide_studio.ui.canvas.canvas_view import CanvasView
from glide_studio.ui.canvas.overlays import draw_outlined

SOURCE_MARK_PX = 9  # from the center to the end of an arm
LARGE_RING_PX = 240  # in device pixels
BRUSH_TOOLS = (
    Tool.BRUSH,
    Tool.ERASER,
    Tool.REMOVE,
    Tool.HEAL,
    Tool.CLONE,
    Tool.PAINT,
    Tool.ERASE_PIXELS,
)


def is_brush(tools: ToolSettings) -> bool:
    """Tell if the active tool draws strokes as wide as the brush."""
    scribbles = tools.tool is Tool.OBJECT and tools.scribble
    return scribbles or tools.tool in BRUSH_TOOLS


class BrushMarks(NamedTuple):
    """ring: outline of the brush. source: where pixels are taken from. Both in pixels of the frame.

    None where there is nothing to be marked.
    """

    ring: QRectF | None = None
    source: QPointF | None = None

    @classmethod
    def at(cls, mouse: QPointF | None, editor: Editor, view: CanvasView) -> Self:
        """Return the marks for a position of the mouse on the widget, None for outside of it."""
        tools, ring = editor.tool_settings, None
        if mouse is not None and is_brush(tools):
            x, y = view.frame_position(mouse)
            radius = max(1.5, tools.size * view.viewport.scale / 2)
            ring = QRectF(x - radius, y - radius, 2 * radius, 2 * radius)
        point, offset = editor.retouch.source_point, editor.retouch.source_offset
        if tools.tool not in (Tool.HEAL, Tool.CLONE) or point is None:
            return cls(ring)
        if offset is not None:
            if mouse is None:
                return cls(ring)
            here = view.document_point(mouse)
            point = Point(here.x + offset[0], here.y + offset[1])
        return cls(ring, QPointF(*view.viewport.to_device(point)))

    def rects(self, view: CanvasView) -> list[QRect]:
        """Return the parts of the widget that show the marks."""
        marks = [] if self.ring is None else [self.ring]
        if self.source is not None:
            x, y, arm = self.source.x(), self.source.y(), SOURCE_MARK_PX * view.ratio
            marks.append(QRectF(x - arm, y - arm, 2 * arm, 2 * arm))
        found = (mark.toAlignedRect() for mark in marks)
        boxes = (Box(rect.x(), rect.y(), rect.width(), rect.height()) for rect in found)
        return [view.widget_part(box).adjusted(-3, -3, 3, 3) for box in boxes]

    def paint(self, painter: QPainter, ratio: float) -> None:
        """Draw in device coordinates."""
        if self.source is not None:
            _draw_source(painter, self.source, ratio)
        ring = self.ring
        if ring is None:
            return
        # Smoothing a large circle costs more than the whole frame and is hardly visible.
        small = ring.width() < LARGE_RING_PX
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, small)
        if small:
            draw_outlined(painter, lambda: painter.drawEllipse(ring), ratio)
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, grow in ((QColor(0, 0, 0), 1), (QColor(255, 255, 255), 0)):
            painter.setPen(QPen(color, 0))
            painter.drawEllipse(ring.adjusted(-grow, -grow, grow, grow))


def _draw_source(painter: QPainter, center: QPointF, ratio: float) -> None:
    arm = SOURCE_MARK_PX * ratio
    x, y = center.x(), center.y()

    def draw() -> None:
        painter.drawLine(QPointF(x - arm, y), QPointF(x + arm, y))
        painter.drawLine(QPointF(x, y - arm), QPointF(x, y + arm))
        painter.drawEllipse(center, arm / 2, arm / 2)

    draw_outlined(painter, draw, ratio)
