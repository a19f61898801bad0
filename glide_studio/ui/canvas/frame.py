"""`Frame`: the picture on the screen, kept between paint events and redrawn where it changed."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QPainter

from glide_studio.base.geometry import Box, Size
from glide_studio.ui.canvas.pyramid import Array8, CompositePyramid, MaskPyramid
from glide_studio.ui.canvas.viewport import Viewport

TINT = (236, 72, 86)  # RGB of the painted mask
STRENGTH = 0.52  # its opacity where the mask is full
BACKGROUND = 0xFF17181B  # around the image
PATIENCE = 0.008  # seconds a frame may compose before coarser pixels stand in


def tint_table() -> list[int]:
    """Mask value 0 .. 255 -> ARGB."""
    red, green, blue = TINT
    return [round(v * STRENGTH) << 24 | red << 16 | green << 8 | blue for v in range(256)]


class Frame:
    """As large as the viewport: BGRX uint8 [h, w, 4], shared with a QImage."""

    def __init__(self, composite: CompositePyramid, mask: MaskPyramid) -> None:
        self._composite = composite
        self._mask = mask
        self._table = tint_table()
        self.mask_shown = True
        self._resize(Size(1, 1))

    def _resize(self, size: Size) -> None:
        self._pixels = np.empty((size.height, size.width, 4), np.uint8)
        self.image = QImage(
            self._pixels.data, size.width, size.height, size.width * 4, QImage.Format.Format_RGB32
        )

    def draw(self, viewport: Viewport, box: Box) -> bool:
        """Draw the device pixels of `box`; False if coarser pixels had to stand in somewhere."""
        if (self.image.width(), self.image.height()) != (viewport.size.width, viewport.size.height):
            self._resize(viewport.size)
            box = viewport.size.box
        box = box.clamp(viewport.size.box)
        if box.empty:
            return True
        part = box.clamp(viewport.image_box)
        if part != box:
            self._pixels.view(np.uint32)[box.slices] = BACKGROUND
        if part.empty:
            return True
        level = viewport.level
        needed = _source(viewport, part, level).clamp(_bounds(self._composite.view(level)))
        whole = self._composite.ensure(level, needed, PATIENCE)
        source = level
        if not whole:
            coarser = self._composite.coarser(level, needed)
            if coarser is None:
                self._composite.ensure(level, needed)
                whole = True
            else:
                source = coarser
        picture = self._composite.view(source)
        sample(picture, viewport, source, part, out=self._pixels[part.slices])
        if self.mask_shown:
            self._tint(viewport, part, level)
        return whole

    def scroll(self, dx: int, dy: int) -> list[Box]:
        """Push the drawn pixels; the boxes that have come into sight are to be drawn."""
        height, width = self._pixels.shape[:2]
        if abs(dx) >= width or abs(dy) >= height:
            return [Box(0, 0, width, height)]
        target = Box(max(dx, 0), max(dy, 0), width - abs(dx), height - abs(dy))
        self._pixels[target.slices] = self._pixels[target.move(-dx, -dy).slices].copy()
        boxes = []
        if dx:
            boxes.append(Box(0 if dx > 0 else width + dx, 0, abs(dx), height))
        if dy:
            boxes.append(Box(0, 0 if dy > 0 else height + dy, width, abs(dy)))
        return boxes

    def _tint(self, viewport: Viewport, box: Box, level: int) -> None:
        part = box.clamp(viewport.device_box(self._mask.occupied))
        if self._mask.occupied.empty or part.empty:
            return
        values = np.empty((part.height, part.width), np.uint8)
        sample(self._mask.view(level), viewport, level, part, out=values)
        layer = QImage(
            values.data, part.width, part.height, part.width, QImage.Format.Format_Indexed8
        )
        layer.setColorTable(self._table)
        layer = layer.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
        painter = QPainter(self.image)
        painter.drawImage(part.x, part.y, layer)
        painter.end()


def sample(picture: Array8, viewport: Viewport, level: int, box: Box, out: Array8) -> None:
    """Fill `out` with what device pixels `box`, inside the image, show of a mip level.

    At whole scales pixels are copied, when enlarged they stay sharp squares, between levels they
    are interpolated. Each device pixel depends on its own position alone, so that parts drawn at
    different times fit together.
    """
    unit = viewport.scale * (1 << level)
    if unit == 1:
        part = Box(box.x - viewport.left, box.y - viewport.top, box.width, box.height)
        bounds = _bounds(picture)
        inside = part.clamp(bounds)
        if inside == part:
            out[...] = picture[part.slices]
            return
    if viewport.scale >= 1:
        columns = _nearest(box.x - viewport.left, box.width, unit, picture.shape[1])
        rows = _nearest(box.y - viewport.top, box.height, unit, picture.shape[0])
        band = picture[rows[0] : rows[-1] + 1]
        if picture.ndim == 3:
            wide = band.view(np.uint32)[..., 0].take(columns, axis=1)
            out.view(np.uint32)[..., 0] = wide.take(rows - rows[0], axis=0)
        else:
            out[...] = band.take(columns, axis=1).take(rows - rows[0], axis=0)
        return
    source = _source(viewport, box, level).clamp(_bounds(picture))
    shift_x = (box.x + 0.5 - viewport.left) / unit - 0.5 - source.x
    shift_y = (box.y + 0.5 - viewport.top) / unit - 0.5 - source.y
    matrix = np.array([[1 / unit, 0, shift_x], [0, 1 / unit, shift_y]])
    cv2.warpAffine(
        picture[source.slices],
        matrix,
        (box.width, box.height),
        dst=out,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _nearest(start: int, count: int, unit: float, limit: int) -> NDArray[np.intp]:
    positions = (np.arange(start, start + count) + 0.5) / unit
    indices: NDArray[np.intp] = np.clip(np.floor(positions).astype(np.intp), 0, limit - 1)
    return indices


def _source(viewport: Viewport, box: Box, level: int) -> Box:
    """Pixels of a level that device pixels `box` are made of, with a margin to interpolate."""
    unit = viewport.scale * (1 << level)
    return Box.between(
        math.floor((box.x - viewport.left) / unit) - 1,
        math.floor((box.y - viewport.top) / unit) - 1,
        math.ceil((box.right - viewport.left) / unit) + 2,
        math.ceil((box.bottom - viewport.top) / unit) + 2,
    )


def _bounds(picture: Array8) -> Box:
    return Box(0, 0, picture.shape[1], picture.shape[0])
