"""The pixels on the screen, kept between paint events and redrawn where they change."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, QPainter

from glide_studio.document.document_thumbnail import MASK_OPACITY, MASK_TINT
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.types import Uint8
from glide_studio.ui import theme
from glide_studio.ui.canvas.display_pyramid import CompositePyramid, MaskPyramid
from glide_studio.ui.canvas.viewport import Viewport

FILLED_SHARE = 0.3  # of the opacity once the mask has been filled: then the result matters


@cache
def make_tint_table(color: tuple[int, int, int], opacity: float) -> list[int]:
    """Return an ARGB color for each mask value 0 .. 255; color: RGB, opacity: of a full mask."""
    red, green, blue = color
    return [round(v * opacity) << 24 | red << 16 | green << 8 | blue for v in range(256)]


class FrameBuffer:
    """BGRX uint8 [h, w, 4] of the size of the viewport, shared with a QImage.

    The composite is also kept without the mask's tint, so that painting a mask copies pixels
    instead of scaling them again.

    tint: RGB of the mask. tint_opacity: where the mask is full; 0 hides it.
    """

    def __init__(self, composite: CompositePyramid, mask: MaskPyramid) -> None:
        self._composite = composite
        self._mask = mask
        self.tint: tuple[int, int, int] = MASK_TINT
        self.tint_opacity = MASK_OPACITY  # 0 hides the mask
        self._resize(Size(1, 1))

    def release(self, level: int) -> None:
        """Keep nothing but the cells of one level; the next `draw` draws the whole frame."""
        self._composite.forget_except(level)
        self._resize(Size(1, 1))

    def _resize(self, size: Size) -> None:
        self._ground = np.empty((size.height, size.width, 4), np.uint8)
        self._pixels = np.empty_like(self._ground)
        self._spare = np.empty_like(self._ground)
        self._wrap()

    def _wrap(self) -> None:
        height, width = self._pixels.shape[:2]
        form = QImage.Format.Format_RGB32
        self.image = QImage(self._pixels.data, width, height, width * 4, form)

    def draw(
        self, viewport: Viewport, box: Box, *, until: float = math.inf, quick: bool = False
    ) -> bool:
        """Draw the device pixels of `box`; return False if coarser ones stand in for some.

        until: the `time.perf_counter()` up to which layers may be composed for it. quick: fast
        rather than smooth, as while the mouse wheel turns.
        """
        if (self.image.width(), self.image.height()) != (viewport.size.width, viewport.size.height):
            self._resize(viewport.size)
            box = viewport.size.box
        box = box.clamp(viewport.size.box)
        fine = self._draw_ground(viewport, box, until, quick)
        self.draw_mask(viewport, box, quick=quick)
        return fine

    def refine(self, viewport: Viewport, until: float) -> list[Box]:
        """Compose more of the parts drawn from coarser pixels; return the device boxes to draw."""
        level, part = viewport.level, viewport.size.box.clamp(viewport.image_box)
        bounds = _bounds(self._composite.view(level))
        done = self._composite.refine(level, _source(viewport, part, level).clamp(bounds), until)
        unit = 1 << level
        return [
            viewport.device_box(
                Box(box.x * unit, box.y * unit, box.width * unit, box.height * unit).pad(unit)
            ).clamp(viewport.size.box)
            for box in done
        ]

    def draw_mask(self, viewport: Viewport, box: Box, *, quick: bool = False) -> None:
        """Redraw `box` where only the painted mask has changed."""
        box = box.clamp(viewport.size.box)
        self._pixels[box.slices] = self._ground[box.slices]
        if self.tint_opacity:
            self._tint(viewport, box.clamp(viewport.image_box), quick)

    def scroll(self, dx: int, dy: int) -> list[Box]:
        """Shift the drawn pixels; return the boxes that came into view and are to be drawn."""
        height, width = self._pixels.shape[:2]
        if abs(dx) >= width or abs(dy) >= height:
            return [Box(0, 0, width, height)]
        target = Box(max(dx, 0), max(dy, 0), width - abs(dx), height - abs(dy))
        source = target.move(-dx, -dy)
        self._spare[target.slices] = self._pixels[source.slices]
        self._pixels, self._spare = self._spare, self._pixels
        self._spare[target.slices] = self._ground[source.slices]
        self._ground, self._spare = self._spare, self._ground
        self._wrap()
        boxes = []
        if dx:
            boxes.append(Box(0 if dx > 0 else width + dx, 0, abs(dx), height))
        if dy:
            top = 0 if dy > 0 else height + dy
            boxes.append(Box(target.x, top, target.width, abs(dy)))
        return boxes

    def _draw_ground(self, viewport: Viewport, box: Box, until: float, quick: bool) -> bool:
        part = box.clamp(viewport.image_box)
        if part != box:
            self._ground.view(np.uint32)[box.slices] = QColor(theme.BACKGROUND).rgb()
        if part.empty:
            return True
        level = viewport.level
        needed = _source(viewport, part, level).clamp(_bounds(self._composite.view(level)))
        source = self._composite.ensure(level, needed, until, quick=quick)
        picture = self._composite.view(source)
        sample(picture, viewport, source, part, self._ground[part.slices], quick=quick)
        return self._composite.has(level, needed)

    def _tint(self, viewport: Viewport, box: Box, quick: bool) -> None:
        part = box.clamp(viewport.device_box(self._mask.occupied))
        if self._mask.occupied.empty or part.empty:
            return
        level = viewport.level
        values = np.empty((part.height, part.width), np.uint8)
        sample(self._mask.view(level), viewport, level, part, values, quick=quick)
        layer = QImage(
            values.data, part.width, part.height, part.width, QImage.Format.Format_Indexed8
        )
        layer.setColorTable(make_tint_table(self.tint, self.tint_opacity))
        layer = layer.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
        painter = QPainter(self.image)
        painter.drawImage(part.x, part.y, layer)
        painter.end()


def sample(
    picture: Uint8, viewport: Viewport, level: int, box: Box, out: Uint8, *, quick: bool = False
) -> None:
    """Fill `out` with what device pixels `box`, inside the image, show of a mip level.

    At whole scales pixels are copied, when enlarged they stay sharp squares, between levels they
    are interpolated. Each device pixel depends on its own position alone, to within rounding, so
    that parts drawn at different times fit. quick: take the nearest pixels; `box` may
    be off by half a pixel, which is not visible in motion.
    """
    unit = viewport.scale * (1 << level)
    if unit == 1:
        part = Box(box.x - viewport.left, box.y - viewport.top, box.width, box.height)
        bounds = _bounds(picture)
        inside = part.clamp(bounds)
        if inside == part:
            out[...] = picture[part.slices]
            return
    if quick:
        near = _nearest_source(viewport, box, unit).clamp(_bounds(picture))
        if not near.empty:
            # Half the time of a warp: axes are looked up once, not for every pixel.
            size = box.width, box.height
            cv2.resize(picture[near.slices], size, dst=out, interpolation=cv2.INTER_NEAREST_EXACT)
            return
    if viewport.scale >= 1:
        columns = _nearest(box.x - viewport.left, box.width, unit, picture.shape[1])
        rows = _nearest(box.y - viewport.top, box.height, unit, picture.shape[0])
        band: NDArray[Any] = picture[rows[0] : rows[-1] + 1]
        target: NDArray[Any] = out
        if picture.ndim == 3:  # four bytes move as one
            band, target = band.view(np.uint32)[..., 0], out.view(np.uint32)[..., 0]
        wide = np.take(band, columns, axis=1, mode="clip")
        np.take(wide, rows - rows[0], axis=0, out=target, mode="clip")
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
        flags=cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _nearest(start: int, count: int, unit: float, limit: int) -> NDArray[np.intp]:
    positions = (np.arange(start, start + count) + 0.5) / unit
    indices: NDArray[np.intp] = np.clip(np.floor(positions).astype(np.intp), 0, limit - 1)
    return indices


def _nearest_source(viewport: Viewport, box: Box, unit: float) -> Box:
    """Return the whole pixels of a level, `unit` device pixels each, under device pixels `box`."""
    return Box.between(
        round((box.x - viewport.left) / unit),
        round((box.y - viewport.top) / unit),
        round((box.right - viewport.left) / unit),
        round((box.bottom - viewport.top) / unit),
    )


def _source(viewport: Viewport, box: Box, level: int) -> Box:
    """Return the pixels of a level that `box`, device pixels, is interpolated from."""
    unit = viewport.scale * (1 << level)
    return Box.between(
        math.floor((box.x - viewport.left) / unit) - 1,
        math.floor((box.y - viewport.top) / unit) - 1,
        math.ceil((box.right - viewport.left) / unit) + 2,
        math.ceil((box.bottom - viewport.top) / unit) + 2,
    )


def _bounds(picture: Uint8) -> Box:
    return Box(0, 0, picture.shape[1], picture.shape[0])
