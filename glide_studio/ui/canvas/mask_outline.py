"""The edge of the painted mask as dashes that move along it: marching ants."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from glide_studio.document.raster import Raster
from glide_studio.imaging.geometry import Box
from glide_studio.ui.canvas.display_pyramid import MaskPyramid
from glide_studio.ui.canvas.frame_buffer import sample
from glide_studio.ui.canvas.viewport import Viewport

EDGE_VALUE = 128  # of the mask, from which a pixel lies inside
DASH_PX = 4  # length of a black and of a white dash, in units of the screen
WHITE, BLACK, CLEAR = 0xFFFFFFFF, 0xFF000000, 0  # ARGB


class MaskOutline:
    """A picture of the dashes in the pixels of the screen, so that its cost is bounded by them.

    A path in dashed pens would take a time that grows with the mask's roughness, at each step.
    """

    def __init__(self) -> None:
        self._mask: Raster | None = None
        self._viewport: Viewport | None = None
        self._line_px = 1
        self._phase = 0  # device pixels along the edge
        self._clear()

    def _clear(self) -> None:
        self._part = Box(0, 0, 0, 0)
        self._places = self._along = np.zeros(0, np.intp)
        self._pixels = np.zeros((0, 0), np.uint32)

    @property
    def box(self) -> Box:
        """The device pixels around the dashes, as of the last `trace`; empty without any."""
        return self._part if self._places.size else Box(0, 0, 0, 0)

    def trace(
        self, mask: Raster, pyramid: MaskPyramid, viewport: Viewport, line_px: int = 1
    ) -> None:
        """Find the edge that is in view, unless it was found for the same mask and view.

        pyramid: of `mask`. line_px: width of the line in device pixels.
        """
        if mask is self._mask and (viewport, line_px) == (self._viewport, self._line_px):
            return
        self._mask, self._viewport, self._line_px = mask, viewport, line_px
        self._clear()
        # Where the mask goes on beyond the view its line runs outside of it.
        around = viewport.size.box.pad(line_px + 1).clamp(viewport.image_box)
        part = around.clamp(viewport.device_box(pyramid.occupied))
        if pyramid.occupied.empty or part.empty:
            return
        values = np.empty((part.height, part.width), np.uint8)
        sample(pyramid.view(viewport.level), viewport, viewport.level, part, values)
        inside = np.asarray(values >= EDGE_VALUE, np.uint8)
        edges, _ = cv2.findContours(inside, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        if not edges:
            return
        lengths = np.array([len(edge) for edge in edges])
        starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
        points = np.concatenate(edges)[:, 0].astype(np.intp)
        size = viewport.size
        x, y = points[:, 0] + part.x, points[:, 1] + part.y
        seen = (x > -line_px) & (x < size.width) & (y > -line_px) & (y < size.height)
        along = (np.arange(len(points)) - starts)[seen]
        points = points[seen]
        self._part = Box(part.x, part.y, part.width + line_px - 1, part.height + line_px - 1)
        width = self._part.width
        places = points[:, 1] * width + points[:, 0]
        steps = [row * width + column for row in range(line_px) for column in range(line_px)]
        self._places = np.concatenate([places + step for step in steps])
        self._along = np.tile(along, len(steps))
        self._pixels = np.full((self._part.height, width), CLEAR, np.uint32)
        self._color()

    def march(self) -> None:
        """Move the dashes on by a quarter of their length."""
        self._phase += max(1, DASH_PX * self._line_px // 4)
        self._color()

    def _color(self) -> None:
        dash = (self._along - self._phase) // (DASH_PX * self._line_px)
        colors: NDArray[np.uint32] = np.where(dash % 2, np.uint32(BLACK), np.uint32(WHITE))
        self._pixels.reshape(-1)[self._places] = colors

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw in device coordinates; scaled where the view has changed since `trace`."""
        if self._viewport is not None and not self.box.empty:
            draw_traced(painter, self._pixels, self._part, self._viewport, viewport)


def draw_traced(
    painter: QPainter,
    pixels: NDArray[np.uint32],
    part: Box,
    traced: Viewport,
    viewport: Viewport,
) -> None:
    """Draw premultiplied ARGB [h, w] that were made for `part` of one view, in another view."""
    height, width = pixels.shape
    form = QImage.Format.Format_ARGB32_Premultiplied
    image = QImage(pixels.data, width, height, width * 4, form)
    zoom = viewport.scale / traced.scale
    target = QRectF(
        viewport.left + (part.x - traced.left) * zoom,
        viewport.top + (part.y - traced.top) * zoom,
        width * zoom,
        height * zoom,
    )
    painter.save()
    smooth = painter.transform().isRotating()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    painter.drawImage(target, image)
    painter.restore()
