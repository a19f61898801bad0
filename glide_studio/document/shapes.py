"""Antialiased masks of shapes: polygons, also for lassos, rectangles and ellipses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glide_studio.document.raster import Cell, Raster, make_tile, tile_box
from glide_studio.document.tile import TILE_PX, Tile
from glide_studio.imaging.geometry import Box, Point, Size

ShapeKind = Literal["rectangle", "ellipse", "line"]

SAMPLE_ROWS = 8  # a pixel


def rectangle_points(left: float, top: float, right: float, bottom: float) -> list[Point]:
    """List the corners of a rectangle, in document pixels."""
    return [Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)]


def ellipse_points(left: float, top: float, right: float, bottom: float) -> list[Point]:
    """Approximate the ellipse that fills a rectangle by a polygon, to within 0.05 pixels."""
    rx, ry = (right - left) / 2, (bottom - top) / 2
    # A chord's height is r (1 - cos(pi / n)), about r pi^2 / (2 n^2).
    count = max(16, math.ceil(math.pi * math.sqrt(max(abs(rx), abs(ry)) / 0.1)))
    angles = np.linspace(0, 2 * math.pi, count, endpoint=False)
    return [
        Point(left + rx + rx * math.cos(angle), top + ry + ry * math.sin(angle)) for angle in angles
    ]


def line_points(start: Point, end: Point, width: float) -> list[Point]:
    """List the corners of a straight line of a width in pixels; none if it has no length."""
    length = math.dist((start.x, start.y), (end.x, end.y))
    if length == 0:
        return []
    dx, dy = (end.x - start.x) / length * width / 2, (end.y - start.y) / length * width / 2
    return [
        Point(start.x - dy, start.y + dx),
        Point(end.x - dy, end.y + dx),
        Point(end.x + dy, end.y - dx),
        Point(start.x + dy, start.y - dx),
    ]


def outline_points(kind: ShapeKind, start: Point, end: Point, width: float) -> list[Point]:
    """List the outline of a shape between two corners; a line has a width in pixels."""
    if kind == "line":
        return line_points(start, end, width)
    left, right = sorted((start.x, end.x))
    top, bottom = sorted((start.y, end.y))
    make = rectangle_points if kind == "rectangle" else ellipse_points
    return make(left, top, right, bottom)


def polygon_mask(size: Size, points: Sequence[Point]) -> Raster:
    """Draw the mask of a closed polygon, 1 channel uint8, by the even-odd rule.

    Coverage is exact along rows and sampled in `SAMPLE_ROWS` rows a pixel. Tiles that are wholly
    inside are one shared tile. Fewer than 3 points, or none inside of `size`, give an empty mask.
    """
    mask = Raster.empty(size, 1)
    if len(points) < 3:
        return mask
    corners = np.array([(point.x, point.y) for point in points])
    low, high = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    bounds = Box.between(int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    bounds = bounds.clamp(size.box)
    if bounds.empty:
        return mask
    bounds = bounds.snap(TILE_PX)
    full = Raster.full(size, 255)
    tiles: dict[Cell, Tile | None] = {}
    for y in range(bounds.y, bounds.bottom, TILE_PX):
        strip = Box(bounds.x, y, bounds.width, TILE_PX)
        cover = _pixel_coverage(corners - (strip.x, strip.y), strip.size)
        for cell in strip.cells(TILE_PX):
            part = tile_box(cell).clamp(size.box)
            here = cover[part.move(-strip.x, -strip.y).slices]
            if here.min() == 255:
                tiles[cell] = full.tile(cell)
                continue
            pixels = np.zeros((TILE_PX, TILE_PX, 1), np.uint8)
            pixels[: part.height, : part.width, 0] = here
            tiles[cell] = make_tile(pixels)
    return mask.replace_tiles(tiles)


def _pixel_coverage(corners: NDArray[np.float64], size: Size) -> NDArray[np.uint8]:
    """Compute [h, w]: how much of each pixel of a strip lies inside, 0 .. 255."""
    rows, crossings = _crossings(corners, size.height * SAMPLE_ROWS)
    order = np.lexsort((crossings, rows))
    rows, crossings = rows[order], crossings[order]
    # Every row of samples is crossed an even number of times: in, out, in, out ...
    sign = 1.0 - 2.0 * (np.arange(rows.size) % 2)
    crossings = np.clip(crossings, 0, size.width)
    columns = np.floor(crossings)
    part = crossings - columns
    # Entering at x covers 1 - part of its own pixel and all of those to the right of it.
    width = size.width + 2
    at = rows // SAMPLE_ROWS * width + columns.astype(np.intp)
    steps = np.bincount(at, sign * (1 - part), size.height * width)
    steps += np.bincount(at + 1, sign * part, size.height * width)
    cover = steps.reshape(size.height, width)[:, : size.width].cumsum(axis=1)
    return np.rint(cover * (255 / SAMPLE_ROWS)).astype(np.uint8)


def _crossings(
    corners: NDArray[np.float64], height: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Find (row of samples, x) wherever an edge crosses the middle of one of `height` such rows."""
    after = np.roll(corners, -1, axis=0)
    upper = np.where((corners[:, 1] <= after[:, 1])[:, None], corners, after)
    lower = np.where((corners[:, 1] <= after[:, 1])[:, None], after, corners)
    first = np.clip(np.ceil(upper[:, 1] * SAMPLE_ROWS - 0.5), 0, height).astype(np.intp)
    last = np.clip(np.ceil(lower[:, 1] * SAMPLE_ROWS - 0.5), 0, height).astype(np.intp)
    counts = last - first
    edge = np.repeat(np.arange(len(corners)), counts)
    rows = np.arange(edge.size) - np.repeat(counts.cumsum() - counts, counts) + first[edge]
    y = (rows + 0.5) / SAMPLE_ROWS
    rise = lower[edge, 1] - upper[edge, 1]
    x = upper[edge, 0] + (y - upper[edge, 1]) * (lower[edge, 0] - upper[edge, 0]) / rise
    return rows, x
