"""Where removal and extension may take from, and where never, hatched over the photo."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QPainter, qGray

from glide_studio.document.raster import Raster
from glide_studio.editor.retouch_patch import SamplingArea
from glide_studio.imaging.geometry import Box
from glide_studio.ui.canvas.display_pyramid import MaskPyramid
from glide_studio.ui.canvas.frame_buffer import sample
from glide_studio.ui.canvas.mask_outline import EDGE_VALUE, draw_traced
from glide_studio.ui.canvas.viewport import Viewport

Color = tuple[int, int, int]
SOURCE_COLORS: tuple[Color, ...] = ((40, 110, 255), (255, 255, 255))
AVOID_COLORS: tuple[Color, ...] = ((255, 205, 0), (200, 60, 220))
"""RGB, the first that is not like the mask's; told apart in all kinds of color vision."""
UNLIKE = 140  # distance in RGB, from which two tints are told apart
PERIOD_PX = 20  # between two lines of the hatching, as all below in units of the screen
LINE_PX, BESIDE_PX = 3, 2  # widths of a line, and of the white or black one beside it
BRIGHT_GRAY = 128  # from which that is black
TINT, LINE, BESIDE = (
    0.2,
    0.75,
    0.6,
)  # opacities between the lines, of a line, of what runs beside it


class SamplingMarks:
    """The source area in stripes, the excluded one in crossing stripes, both outlined."""

    def __init__(self) -> None:
        self._areas = SamplingArea()
        self._source: HatchedArea | None = None
        self._avoid: HatchedArea | None = None

    def show(self, areas: SamplingArea) -> None:
        """Take over what is chosen now."""
        before, self._areas = self._areas, areas
        if areas.source is not before.source:
            self._source = None if areas.source is None else HatchedArea(areas.source)
        if areas.avoid is not before.avoid:
            self._avoid = None if areas.avoid is None else HatchedArea(areas.avoid, crossed=True)

    def trace(self, viewport: Viewport, mask_color: Color, line_px: int) -> None:
        """Make what is in view. mask_color: of the mask's tint. line_px: device pixels of one."""
        for area, colors in ((self._source, SOURCE_COLORS), (self._avoid, AVOID_COLORS)):
            if area is not None:
                area.trace(viewport, choose_color(colors, mask_color), line_px)

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw in device coordinates; scaled where the view has changed since `trace`."""
        for area in (self._source, self._avoid):
            if area is not None:
                area.paint(painter, viewport)


class HatchedArea:
    """A picture of one area in the pixels of the screen. crossed: lines in both directions."""

    def __init__(self, area: Raster, *, crossed: bool = False) -> None:
        self._pyramid = MaskPyramid(area)
        self._crossed = crossed
        self._made_for: tuple[Viewport, Color, int] | None = None
        self._part = Box(0, 0, 0, 0)
        self._pixels: NDArray[np.uint32] = np.zeros((0, 0), np.uint32)

    def trace(self, viewport: Viewport, color: Color, line_px: int) -> None:
        """Make what is in view, unless it was made for the same view and color."""
        if self._made_for == (viewport, color, line_px):
            return
        self._made_for = viewport, color, line_px
        margin = 2 * line_px
        # Where the area goes on beyond the view its line runs outside of it.
        around = viewport.size.box.pad(margin + 1).clamp(viewport.image_box)
        part = around.clamp(viewport.device_box(self._pyramid.occupied))
        self._part = part.pad(margin)
        if self._pyramid.occupied.empty or part.empty:
            self._pixels = np.zeros((0, 0), np.uint32)
            return
        values = np.empty((part.height, part.width), np.uint8)
        sample(self._pyramid.view(viewport.level), viewport, viewport.level, part, values)
        inside = np.asarray(values >= EDGE_VALUE, np.uint8)
        inside = np.pad(inside, margin)
        self._pixels = self._hatch(inside, color, line_px, viewport)
        for reach, ring in ((-margin, color), (line_px, (255, 255, 255)), (margin, (0, 0, 0))):
            self._draw_ring(inside, reach, ring)

    def _hatch(
        self, inside: NDArray[np.uint8], color: Color, line_px: int, viewport: Viewport
    ) -> NDArray[np.uint32]:
        """Fill the inside with lines that stay where they are on the photo."""
        tile = make_hatching(color, line_px, self._crossed)
        period = len(tile)
        shift = (viewport.top - self._part.y) % period, (viewport.left - self._part.x) % period
        tile = np.roll(tile, shift, axis=(0, 1))
        height, width = inside.shape
        repeats = -(-height // period), -(-width // period), 1
        lines = np.ascontiguousarray(np.tile(tile, repeats)[:height, :width])
        pixels = cv2.bitwise_and(lines, lines, mask=inside)
        return np.asarray(pixels.view(np.uint32)[..., 0])

    def _draw_ring(self, inside: NDArray[np.uint8], reach: int, color: Color) -> None:
        """Draw a line along the edge: as far as `reach` outside of it, or inside if negative."""
        side = 2 * abs(reach) + 1
        kernel = np.ones((side, side), np.uint8)
        if reach > 0:
            ring = cv2.dilate(inside, kernel) > inside
            ring &= self._pixels == 0
        else:
            ring = cv2.erode(inside, kernel, borderValue=0) < inside
        red, green, blue = color
        self._pixels[ring] = 255 << 24 | red << 16 | green << 8 | blue

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw in device coordinates; scaled where the view has changed since `trace`."""
        if self._made_for is not None and self._pixels.size:
            draw_traced(painter, self._pixels, self._part, self._made_for[0], viewport)


def choose_color(colors: tuple[Color, ...], mask_color: Color) -> Color:
    """Return the first color that is not taken for the mask's."""
    return next((one for one in colors if math.dist(one, mask_color) >= UNLIKE), colors[-1])


def make_hatching(color: Color, line_px: int, crossed: bool) -> NDArray[np.uint8]:
    """Make one period of the lines, premultiplied BGRA [n, n, 4]."""
    period = PERIOD_PX * line_px
    width, width_beside = LINE_PX * line_px, BESIDE_PX * line_px
    y, x = np.mgrid[0:period, 0:period]

    def cover(along: NDArray[np.int_], start: float, wide: float) -> NDArray[np.float64]:
        """Compute which share of each pixel a line covers, which runs at 45 degrees."""
        away = np.abs((along - start - wide / 2 + period / 2) % period - period / 2)
        return np.asarray(np.clip(wide / 2 - away + 0.5, 0, 1))

    ways = (x + y, x - y) if crossed else (x + y,)
    beside = np.max([cover(way, width, width_beside) for way in ways], axis=0)
    line = np.max([cover(way, 0, width) for way in ways], axis=0)
    contrasting = (0, 0, 0) if qGray(*color) > BRIGHT_GRAY else (255, 255, 255)
    tile = np.empty((period, period, 4))
    tile[...] = TINT * np.array([*color[::-1], 255])
    for share, opacity, ink in ((beside, BESIDE, contrasting), (line, LINE, color)):
        over = share[..., None]
        tile += over * (opacity * np.array([*ink[::-1], 255]) - tile)
    return np.rint(tile).astype(np.uint8)
