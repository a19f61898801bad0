"""What is painted over the photo on the canvas: outlines, guides, sizes, the preview, the wipe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import cv2
import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPen

from glide_studio.api.events import Picture
from glide_studio.document.guides import Guides
from glide_studio.editor.jobs import Job
from glide_studio.imaging.blending.object_placement import PlacementOptions, fit_to_mask
from glide_studio.imaging.filters import reduce_mask
from glide_studio.imaging.geometry import Box, Point
from glide_studio.imaging.types import Uint8
from glide_studio.translation import translate
from glide_studio.ui import theme
from glide_studio.ui.canvas.canvas_view import CanvasView
from glide_studio.ui.canvas.viewport import Viewport

WIPE_HANDLE_PX = 7  # radius
NAME_GAP_PX = 8  # from what is named to the name
GRID_COLOR = QColor(128, 128, 128, 110)  # visible on light and on dark pixels
GUIDE_COLOR = QColor(0, 200, 255)  # seldom found in photos
PREVIEW_SIDE_PX = 256  # longer side of the scaled preview
POINTER_PX = 18  # from the pointer's tip to the text beside it
LABEL_MARGINS_PX = (8, 4)  # around the text, across and down


class JobPreview:
    """A candidate's picture so far as a premultiplied QImage over the job's box."""

    def __init__(self, job: Job, box: Box, picture: Picture, placement: PlacementOptions) -> None:
        """box: of the job, in the document as it is now.

        placement: of an object with alpha, which shows where it will stand.
        """
        self.box = box
        self._made_from = picture, job.painted, placement
        scale = PREVIEW_SIDE_PX / max(self.box.width, self.box.height)
        width = max(1, round(self.box.width * scale))
        height = max(1, round(self.box.height * scale))
        smooth = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
        alpha = np.ones((height, width), np.float32)
        if job.painted is not None:
            mask = reduce_mask(job.painted, width, height)
            alpha = mask.astype(np.float32) / np.float32(255)
        argb = np.empty((height, width, 4), np.uint8)
        if smooth.shape[2] == 4:
            cutout = np.asarray(smooth, np.float32)
            smooth, own = fit_to_mask(cutout, alpha, placement.fit, placement.align)
            alpha = alpha * own
        colors = np.clip(smooth[..., 2::-1], 0, 1) * alpha[..., None]
        argb[..., :3] = np.rint(colors * 255)
        argb[..., 3] = np.rint(alpha * 255)
        self._pixels = argb
        form = QImage.Format.Format_ARGB32_Premultiplied
        self._image = QImage(argb.data, width, height, width * 4, form)

    @classmethod
    def of(
        cls, job: Job, box: Box, picture: Picture, placement: PlacementOptions, known: Self | None
    ) -> Self:
        """Return the preview of a picture: `known` if it still shows the same."""
        if known is not None and known.box == box:
            shown, painted, options = known._made_from
            if shown is picture and painted is job.painted and options == placement:
                return known
        return cls(job, box, picture, placement)

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw in device coordinates."""
        target = _to_device(self.box, viewport)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, self._image)


def draw_outlined(painter: QPainter, draw: Callable[[], None], ratio: float) -> None:
    """Draw with a light pen over a wider dark one, which is visible on every photo."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in ((QColor(0, 0, 0, 150), 2.6), (QColor(255, 255, 255, 230), 1.1)):
        painter.setPen(QPen(color, width * ratio))
        draw()


def draw_pixel_grid(painter: QPainter, viewport: Viewport) -> None:
    """Draw lines between the pixels of the document that are in view, in device coordinates."""
    seen = viewport.visible(0)
    if seen.empty:
        return
    left, top = viewport.to_device(Point(seen.x, seen.y))
    right, bottom = viewport.to_device(Point(seen.right, seen.bottom))
    columns = [round(left + number * viewport.scale) for number in range(seen.width + 1)]
    rows = [round(top + number * viewport.scale) for number in range(seen.height + 1)]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(GRID_COLOR, 0))
    painter.drawLines([QLineF(x, top, x, bottom) for x in columns])
    painter.drawLines([QLineF(left, y, right, y) for y in rows])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def draw_guides(painter: QPainter, viewport: Viewport, guides: Guides) -> None:
    """Draw lines from edge to edge, in device coordinates."""
    size, lines = viewport.size, []
    for x in guides.vertical:
        place = round(viewport.to_device(Point(x, 0))[0])
        lines.append(QLineF(place, 0, place, size.height))
    for y in guides.horizontal:
        place = round(viewport.to_device(Point(0, y))[1])
        lines.append(QLineF(0, place, size.width, place))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, painter.transform().isRotating())
    painter.setPen(QPen(GUIDE_COLOR, 0))
    painter.drawLines(lines)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def draw_label(painter: QPainter, text: str, pointer: QPointF, room: QRectF) -> None:
    """Draw a text beside the pointer, on a ground of its own, in the widget's coordinates."""
    draw_plate(painter, text, place_label(_plate_size(painter.fontMetrics(), text), pointer, room))


def _plate_size(metrics: QFontMetrics, text: str) -> QSizeF:
    across, down = LABEL_MARGINS_PX
    size = metrics.size(0, text)
    return QSizeF(size.width() + 2 * across, size.height() + 2 * down)


def draw_plate(painter: QPainter, text: str, rect: QRectF) -> None:
    """Draw a text on a ground of its own, which is legible on every photo."""
    painter.setPen(QPen(QColor(theme.BORDER), 1))
    painter.setBrush(QColor(theme.RAISED))
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    painter.setPen(QColor(theme.TEXT))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)


def place_label(size: QSizeF, pointer: QPointF, room: QRectF) -> QRectF:
    """Find the place of a label below and to the right of the pointer, else on its other sides."""
    x, y = pointer.x() + POINTER_PX, pointer.y() + POINTER_PX
    if x + size.width() > room.right():
        x = pointer.x() - POINTER_PX - size.width()
    if y + size.height() > room.bottom():
        y = pointer.y() - POINTER_PX - size.height()
    x = max(room.left(), min(round(x), room.right() - size.width()))
    y = max(room.top(), min(round(y), room.bottom() - size.height()))
    return QRectF(QPointF(x, y), size)


class BeforeAfterWipe:
    """What was there, drawn over the left part of what is there now, up to a movable line.

    box: part of the document that is compared. position: of the line, 0 .. 1 of that box. step: of
    the history that what was there comes from; "" for what was opened.
    """

    def __init__(self, box: Box, position: float = 0.5, step: str = "") -> None:
        self.box, self.step = box, step
        self.position = position
        self._images: list[tuple[QImage, Box]] = []  # the first, and over it the newest

    @property
    def is_ready(self) -> bool:
        """True once pixels of what was there have come."""
        return bool(self._images)

    def put(self, pixels: Uint8, place: Box) -> None:
        """Take what was there, RGBA [h, w, 4], at `place` in the document.

        It replaces what was put before, but for the first, which is seen around it.
        """
        pixels = np.ascontiguousarray(pixels)
        height, width = pixels.shape[:2]
        form = QImage.Format.Format_RGBA8888
        image = QImage(pixels.data, width, height, width * 4, form).copy()
        self._images[1:] = [(image, place)]

    def line(self, viewport: Viewport) -> QRectF:
        """Return the line's place in device pixels, as a rectangle without width."""
        target = _to_device(self.box, viewport)
        return QRectF(target.x() + self.position * target.width(), target.y(), 0, target.height())

    def move_to(self, x: float, viewport: Viewport) -> None:
        """Move the line to a device position."""
        target = _to_device(self.box, viewport)
        self.position = min(1.0, max(0.0, (x - target.x()) / max(1.0, target.width())))

    def paint(self, painter: QPainter, viewport: Viewport, ratio: float) -> None:
        """Draw in device coordinates."""
        if not self._images:
            return
        line = self.line(viewport)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, viewport.scale < 1)
        for image, place in self._images:
            target = _to_device(place, viewport)
            left = QRectF(target)
            left.setRight(line.x())
            painter.setClipRect(left)
            painter.drawImage(target, image)
        painter.restore()
        middle, radius = line.center(), WIPE_HANDLE_PX * ratio

        def draw() -> None:
            painter.drawLine(line.topLeft(), line.bottomLeft())
            painter.drawEllipse(middle, radius, radius)

        draw_outlined(painter, draw, ratio)

    def place_names(
        self, view: CanvasView, room: QRectF, metrics: QFontMetrics
    ) -> list[tuple[str, QRectF]]:
        """Place the names of both sides at the upper end of the line, above it if there is room.

        room: the widget. Returns texts and their places in the widget's coordinates, without what
        has no place or names a side that is not to be seen.
        """
        if not self.is_ready:
            return []
        line, frame = self.line(view.viewport), view.frame_transform()
        end = frame.map(QPointF(line.x(), min(max(line.top(), 0.0), line.bottom())))
        across = frame.map(QLineF(0, 0, 1, 0)).unitVector()
        found: list[tuple[str, QRectF]] = []
        for text, side, is_seen in (
            (_name_before(self.step), -1, self.position > 0),
            (translate("Overlays", "After"), 1, self.position < 1),
        ):
            rect = QRectF(QPointF(0, 0), _plate_size(metrics, text))
            for way in (-1, 1):
                x, y = (
                    side * (rect.width() / 2 + NAME_GAP_PX),
                    way * (rect.height() / 2 + NAME_GAP_PX),
                )
                shift = QPointF(
                    x * across.dx() - y * across.dy(), x * across.dy() + y * across.dx()
                )
                rect.moveCenter(end + shift)
                if is_seen and room.contains(rect):
                    found.append((text, rect))
                    break
        return found


def draw_before_name(painter: QPainter, room: QRectF, step: str) -> None:
    """Write in the upper left corner of the widget that all of it is the picture before.

    step: of the history that it is seen after; "" for what was opened.
    """
    text, corner = _name_before(step), QPointF(NAME_GAP_PX, NAME_GAP_PX)
    draw_plate(
        painter, text, QRectF(room.topLeft() + corner, _plate_size(painter.fontMetrics(), text))
    )


def _name_before(step: str) -> str:
    if not step:
        return translate("Overlays", "Before")
    return translate("Overlays", "Right after “{step}”").format(step=step)


def _to_device(box: Box, viewport: Viewport) -> QRectF:
    return QRectF(
        viewport.left + box.x * viewport.scale,
        viewport.top + box.y * viewport.scale,
        box.width * viewport.scale,
        box.height * viewport.scale,
    )
