"""`CanvasView`: how the picture is looked at on a widget: fit, zoom, pan, turn, reveal."""

from __future__ import annotations

import math
import time
from dataclasses import replace

from PySide6.QtCore import QPoint, QPointF, QRect, QSize
from PySide6.QtGui import QResizeEvent, QTransform
from PySide6.QtWidgets import QWidget

from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.signals import Signal
from glide_studio.ui.canvas.viewport import Viewport, ViewRotation

QUICK_INTERVAL_S = 0.15  # views that follow each other faster than this are drawn quickly
EXTEND_ROOM = 0.15  # of the canvas's shorter side, around a photo that is to be extended


class CanvasView:
    """The viewport and its rotation, and the ways between widget, frame and document.

    viewport: where the picture lies in the frame. has_room: a picture seen whole leaves room to
    drag its edges outward. is_fitted: it is seen whole, and is so again if the window's size
    changes. is_new: nothing of the picture has changed since it was opened. changed: everything is
    to be redrawn; True if views follow each other fast. scrolled: by how many pixels the frame's
    content has moved.
    """

    def __init__(self, widget: QWidget) -> None:
        self.changed: Signal[bool] = Signal()
        self.scrolled: Signal[int, int] = Signal()
        self.viewport = Viewport(Size(1, 1), Size(1, 1))
        self.has_room = False
        self.is_fitted = self.is_new = True
        self._widget = widget
        self._rotation = ViewRotation(0.0, Size(1, 1))
        self._changed_at = 0.0
        self._window_size = QSize()  # when the widget was laid out last
        self._place = QPoint()  # of the widget in its window, then
        self._revealed: tuple[Viewport, Viewport] | None = None  # before and after `reveal`

    # Between widget, frame and document.

    def widget_rect(self, box: Box) -> QRect:
        """Return where a box of the document appears on the widget."""
        return self.widget_part(self.viewport.device_box(box))

    def widget_part(self, box: Box) -> QRect:
        """Return the part of the widget that shows a box of the frame."""
        box = self._rotation.widget_box(box)
        ratio = self.ratio
        left, top = math.floor(box.x / ratio), math.floor(box.y / ratio)
        right, bottom = math.ceil(box.right / ratio), math.ceil(box.bottom / ratio)
        return QRect(left, top, right - left, bottom - top)

    def frame_part(self, rect: QRect) -> Box:
        """Return what a part of the widget, in its device pixels, shows of the frame."""
        seen = Box(rect.x(), rect.y(), rect.width(), rect.height())
        return self._rotation.frame_box(seen).pad(2).clamp(self.viewport.size.box)

    def frame_position(self, position: QPointF) -> tuple[float, float]:
        """Map a position on the widget to one in the frame."""
        position = position * self.ratio
        return self._rotation.to_frame(position.x(), position.y())

    def frame_vector(self, dx: float, dy: float) -> tuple[float, float]:
        """Turn a way on the widget to one in the frame."""
        return self._rotation.vector_to_frame(dx, dy)

    def document_point(self, position: QPointF | QPoint) -> Point:
        """Return the document's point under a position on the widget."""
        return self.viewport.to_document(*self.frame_position(QPointF(position)))

    def widget_point(self, point: Point) -> QPointF:
        """Return where a point of the document appears on the widget."""
        place = self._rotation.to_widget(*self.viewport.to_device(point))
        return QPointF(*place) / self.ratio

    def frame_transform(self) -> QTransform:
        """Return what maps the frame's pixels to the widget's logical ones."""
        frame, widget = self.viewport.size, self._rotation.widget
        result = QTransform.fromScale(1 / self.ratio, 1 / self.ratio)
        if self.angle != 0:
            result.translate(widget.width / 2, widget.height / 2)
            result.rotate(self.angle)
            result.translate(-frame.width / 2, -frame.height / 2)
        return result

    @property
    def ratio(self) -> float:
        """Device pixels a logical pixel of the widget."""
        return self._widget.devicePixelRatioF()

    # Other views.

    def show_image(self, size: Size) -> None:
        """Show all of a picture of another size."""
        self.viewport = Viewport(self.viewport.size, size)
        self.is_fitted = self.is_new = True
        self.viewport = self._fit(self.viewport)
        self.changed.emit(False)

    def fit(self) -> None:
        """Show the whole image."""
        self.is_fitted = True
        self._set(self._fit(self.viewport))

    def _fit(self, viewport: Viewport) -> Viewport:
        """Return the view of the whole image, with room around it if that is wanted."""
        if not self.has_room:
            return self._rotation.fit(viewport)
        widget = self._rotation.widget
        margin = round(EXTEND_ROOM * min(widget.width, widget.height))
        return self._rotation.fit(viewport, margin)

    @property
    def angle(self) -> float:
        """Degrees, clockwise, by which the view is turned: above -180, up to 180."""
        return self._rotation.angle

    def turn(self, angle: float) -> None:
        """Turn the view about the middle of the widget to an angle, degrees clockwise.

        The document stays as it is.
        """
        angle = -((180 - angle) % 360 - 180)
        if angle == self.angle:
            return
        self._rotation = ViewRotation(angle, self._rotation.widget)
        self.viewport = self.viewport.resize(self._rotation.frame)
        if self.is_fitted:
            self.viewport = self._fit(self.viewport)
        self.changed.emit(False)

    def pointer_angle(self, position: QPointF) -> float:
        """Return the direction of a position from the middle of the widget, degrees clockwise."""
        away = position - QPointF(self._widget.width() / 2, self._widget.height() / 2)
        return math.degrees(math.atan2(away.y(), away.x()))

    def reveal(self, box: Box) -> None:
        """Move the image as little as possible so that a box of the document is in view."""
        device = self._rotation.widget_box(self.viewport.device_box(box))
        size = self._rotation.widget
        dx = _shift_into(device.x, device.right, size.width)
        dy = _shift_into(device.y, device.bottom, size.height)
        if dx or dy:
            before, fitted = self.viewport, self.is_fitted
            self.pan(dx, dy)
            self._revealed, self.is_fitted = (before, self.viewport), fitted

    def zoom_to(self, scale: float, position: QPointF | None = None) -> None:
        """Show the image at a scale, around a position on the widget or its center."""
        place = self._center() if position is None else self.frame_position(position)
        self._set(self.viewport.zoom(scale, *place))

    def zoom_step(self, direction: int) -> None:
        """Zoom in (1) or out (-1) by one round scale."""
        self._set(self.viewport.zoom_step(direction, *self._center()))

    def _center(self) -> tuple[float, float]:
        return self.viewport.size.width / 2, self.viewport.size.height / 2

    def pan(self, dx: float, dy: float) -> tuple[float, float]:
        """Move the image by device pixels of the widget; return by how many it was moved.

        That differs by a part of a pixel in a turned view.
        """
        along, down = (round(way) for way in self._rotation.vector_to_frame(dx, dy))
        before, self.viewport = self.viewport, self.viewport.pan(along, down)
        moved = self.viewport.left - before.left, self.viewport.top - before.top
        if any(moved):
            self.is_fitted = False
            self.scrolled.emit(*moved)
        return self._rotation.vector_to_widget(along, down)

    def _set(self, viewport: Viewport) -> None:
        if viewport != self.viewport:
            self.is_fitted = self.is_fitted and viewport == self._fit(viewport)
            self.viewport = viewport
            before, self._changed_at = self._changed_at, time.perf_counter()
            self.changed.emit(self._changed_at - before < QUICK_INTERVAL_S)

    def resize(self, event: QResizeEvent, *, keep_fitted: bool) -> None:
        """Follow the widget's size. keep_fitted: a picture seen whole is fitted again.

        Not so where a panel below takes room: a picture that is being worked on stays where it is,
        under the panel in part.
        """
        widget, ratio = self._widget, self.ratio
        size = Size(
            max(1, math.ceil(widget.width() * ratio)), max(1, math.ceil(widget.height() * ratio))
        )
        window, place = widget.window().size(), widget.mapTo(widget.window(), QPoint(0, 0))
        moved, self._place = self._place - place, place
        is_whole = self.viewport == self._fit(self.viewport)
        before, self._rotation = self._rotation.widget, replace(self._rotation, widget=size)
        frame = self._rotation.frame
        is_panel = window == self._window_size and widget.isVisible()  # that came or went
        is_below = is_panel and moved.isNull() and size.width == before.width
        self._window_size = window
        is_held = is_below and not self.is_new and (size.height < before.height or not is_whole)
        if self.is_fitted and keep_fitted and not is_held:
            self.viewport = self._fit(self.viewport.resize(frame))
        elif is_panel:
            # What is looked at stays where it is on the screen.
            if self.angle == 0:
                self.viewport = replace(
                    self.viewport,
                    size=frame,
                    left=self.viewport.left + round(moved.x() * ratio),
                    top=self.viewport.top + round(moved.y() * ratio),
                )
            else:
                fitted, self.viewport = self.is_fitted, self.viewport.resize(frame)
                self.pan(
                    moved.x() * ratio + (before.width - size.width) / 2,
                    moved.y() * ratio + (before.height - size.height) / 2,
                )
                self.is_fitted = fitted
            self._return_from_reveal(event)
        else:
            self.viewport = self.viewport.resize(frame)
        self.changed.emit(False)

    def _return_from_reveal(self, event: QResizeEvent) -> None:
        """Move the image back once the panel is gone for which `reveal` moved it."""
        if self._revealed is None or event.size().height() <= event.oldSize().height():
            return
        before, after = self._revealed
        self._revealed = None
        here = self.viewport
        if (here.scale, here.left, here.top) == (after.scale, after.left, after.top):
            self.viewport = replace(here, left=before.left, top=before.top)


def _shift_into(start: int, end: int, size: int) -> int:
    """Return how far start .. end has to move to lie in 0 .. size; its start if it is too long."""
    if end - start > size or start < 0:
        return -start
    return min(0, size - end)
