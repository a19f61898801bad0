"""Projective transforms of rasters: move, scale, rotate, shear and perspective in one resampling.

A matrix is 3x3 float64 and maps points (x, y, 1) of the picture before to points of the picture
after, in pixels, whose centers lie at .5 (Hartley and Zisserman, "Multiple View Geometry", 2.3).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.document.raster import Cell, Raster, make_tile, tile_box
from glide_studio.document.tile import MAX_LEVEL, TILE_PX, Tile
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.types import Pixels

Matrix = NDArray[np.float64]
STRIP_TILES = 4  # side of the blocks that are resampled in one piece
MARGIN_PX = 3  # around what a block is made of: cubic interpolation looks at 2 pixels
HORIZON = 1e-6  # smallest homogeneous coordinate that is still in front of the viewer


def translation(dx: float, dy: float) -> Matrix:
    """Make the matrix that moves by (dx, dy)."""
    return np.array([[1, 0, dx], [0, 1, dy], [0, 0, 1]], np.float64)


def rotation(degrees: float, x: float, y: float) -> Matrix:
    """Make the matrix that turns clockwise around (x, y)."""
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], np.float64)
    return np.asarray(translation(x, y) @ turn @ translation(-x, -y))


def map_points(matrix: Matrix, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map points [n, 2].

    Raises:
        ValueError: if one lies on or beyond the horizon.
    """
    mapped = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    if mapped[:, 2].min() < HORIZON:
        raise ValueError("A point lies beyond the horizon.")
    return np.asarray(mapped[:, :2] / mapped[:, 2:])


def map_box(matrix: Matrix, box: Box) -> Box:
    """Find the smallest box of whole pixels around a mapped box.

    Raises:
        ValueError: if a part of it lies beyond the horizon.
    """
    low, high = _bounds(map_points(matrix, _corners(box)))
    rounded = np.round(np.array([low, high]), 6)  # an exact edge stays exact
    (left, top), (right, bottom) = np.floor(rounded[0]), np.ceil(rounded[1])
    return Box.between(int(left), int(top), int(right), int(bottom))


def warp(
    raster: Raster,
    matrix: Matrix,
    size: Size | None = None,
    *,
    check: Callable[[], object] = lambda: None,
) -> Raster:
    """Resample a raster through a matrix: cubic, from a mip level where it shrinks.

    Colors are weighted by alpha; nothing reaches beyond the box around the content as it is mapped,
    whose edges are antialiased. Moves by whole pixels and quarter turns copy pixels. size: of the
    result, None for that of `raster`. check: called between blocks; what it raises ends the work.

    Raises:
        ValueError: if the matrix has no inverse, or a part of the content lies beyond the horizon.
    """
    size = raster.size if size is None else size
    result = Raster.empty(size, raster.channels, raster.dtype)
    content = raster.content_box()
    if content.empty:
        return result
    if abs(np.linalg.det(matrix)) < 1e-12:
        raise ValueError("The transform flattens the picture.")
    target = map_box(matrix, content).pad(1).clamp(size.box)
    inverse = np.asarray(np.linalg.inv(matrix), np.float64)
    side = STRIP_TILES * TILE_PX
    tiles: dict[Cell, Tile | None] = {}
    for row, column in target.cells(side):
        check()
        block = Box(column * side, row * side, side, side).clamp(size.box)
        pixels = _warp_block(raster, content, matrix, inverse, block)
        if pixels is None:
            continue
        for cell in block.cells(TILE_PX):
            whole = tile_box(cell)
            part = whole.clamp(block)
            tile = np.zeros((TILE_PX, TILE_PX, raster.channels), raster.dtype)
            tile[: part.height, : part.width] = pixels[part.move(-block.x, -block.y).slices]
            tiles[cell] = make_tile(tile)
    return result.replace_tiles(tiles)


def _warp_block(
    raster: Raster, content: Box, matrix: Matrix, inverse: Matrix, block: Box
) -> Pixels | None:
    """Resample one block of the result, [h, w, C]; None if nothing falls into it."""
    low, high = _source_bounds(inverse, matrix, block, content)
    if low is None or high is None:
        return None
    level = _mip_level(matrix, np.asarray((low + high) / 2, np.float64))
    unit = 1 << level
    source = Box.between(
        math.floor(low[0] / unit) - MARGIN_PX,
        math.floor(low[1] / unit) - MARGIN_PX,
        math.ceil(high[0] / unit) + MARGIN_PX,
        math.ceil(high[1] / unit) + MARGIN_PX,
    )
    pixels = raster.read(source, level)
    if not pixels[..., -1].any():
        return None
    # From centers of the block's pixels to centers of those that were read.
    to_source = (
        translation(-source.x - 0.5, -source.y - 0.5)
        @ np.diag([1 / unit, 1 / unit, 1])
        @ inverse
        @ translation(block.x + 0.5, block.y + 0.5)
    )
    to_source = np.where(np.abs(to_source) < 1e-12, 0, to_source)
    is_inside = _at_level_0(source, unit) in content
    if is_inside and (raster.channels == 1 or pixels[..., 3].min() == raster.max_value):
        return _resample(pixels, to_source, block.size).reshape(block.height, block.width, -1)
    weighted = pixels.astype(np.float32)
    weighted[..., :-1] *= weighted[..., -1:]
    if not is_inside:
        weighted = _spread_edges(weighted, source, unit, content)
    mixed = _resample(weighted, to_source, block.size).reshape(block.height, block.width, -1)
    # Cubic weights overshoot at an edge, in the weighted colors as in alpha.
    mixed[..., :-1] /= np.maximum(mixed[..., -1:], 1e-6)
    if not is_inside:
        mixed[..., -1] *= _coverage(map_points(matrix, _corners(content)), block)
    out: Pixels = np.rint(np.clip(mixed, 0, raster.max_value)).astype(raster.dtype)
    out[out[..., -1] == 0] = 0
    return out


def _spread_edges(
    pixels: NDArray[np.float32], box: Box, unit: int, content: Box
) -> NDArray[np.float32]:
    """Continue the outermost pixels of the content outward, for edges as firm as what is inside.

    pixels: [h, w, C] of `box`, in units of 2**level pixels, of which those at the edge may lie
        beyond the content in part.
    """
    down = _shares(box.y, box.height, unit, content.y, content.bottom)
    across = _shares(box.x, box.width, unit, content.x, content.right)
    rows, columns = (np.flatnonzero(share) for share in (down, across))
    inner = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    inner = inner / (down[rows, None] * across[columns])[..., None]
    after = (box.height - 1 - rows[-1], box.width - 1 - columns[-1])
    around = ((rows[0], after[0]), (columns[0], after[1]), (0, 0))
    return np.pad(inner, around, "edge")


def _shares(first: int, count: int, unit: int, low: int, high: int) -> NDArray[np.float32]:
    """Compute which share of each of `count` steps of `unit` lies between low and high."""
    edges = np.clip((first + np.arange(count + 1)) * unit, low, high)
    return (np.diff(edges) / unit).astype(np.float32)


def _coverage(corners: NDArray[np.float64], block: Box) -> NDArray[np.float32]:
    """Compute which share of each pixel a convex shape covers, [h, w]; exact for upright ones.

    corners: [4, 2], either way round.
    """
    x, y = np.arange(block.width) + block.x + 0.5, np.arange(block.height) + block.y + 0.5
    center = corners.mean(axis=0)
    inside = []
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        normal = np.array([ay - by, bx - ax]) / max(math.hypot(bx - ax, by - ay), 1e-12)
        normal *= np.sign(normal @ (center - (ax, ay)))
        distance = (normal[1] * (y - ay))[:, None] + normal[0] * (x - ax)
        inside.append(np.clip(np.round(distance, 6) + 0.5, 0, 1).astype(np.float32))
    top, right, bottom, left = inside
    return np.asarray(np.maximum(top + bottom - 1, 0) * np.maximum(left + right - 1, 0))


def _resample(pixels: NDArray[Any], to_source: Matrix, size: Size) -> NDArray[Any]:
    """Interpolate [h, w, C] at `to_source` of each pixel of an image of `size`; 0 outside."""
    shape, flags = (size.width, size.height), cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    if (to_source[2] == (0, 0, 1)).all():
        return np.asarray(cv2.warpAffine(pixels, to_source[:2], shape, flags=flags))
    return np.asarray(cv2.warpPerspective(pixels, to_source, shape, flags=flags))


def _source_bounds(
    inverse: Matrix, matrix: Matrix, block: Box, content: Box
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | tuple[None, None]:
    """Find the low and high corner of what a block is made of, within the content."""
    corners = np.column_stack([_corners(block.pad(1)), np.ones(4)]) @ inverse.T
    sign = np.sign(inverse[2] @ np.array([*map_points(matrix, _center(content))[0], 1.0]))
    limits = np.array([[content.x, content.y], [content.right, content.bottom]], np.float64)
    if (corners[:, 2] * sign).min() < HORIZON:
        low, high = limits  # a corner lies beyond the horizon: anything may be in the block
    else:
        low, high = _bounds(corners[:, :2] / corners[:, 2:])
        low, high = np.maximum(low, limits[0] - 1), np.minimum(high, limits[1] + 1)
    return (None, None) if (low >= high).any() else (low, high)


def _mip_level(matrix: Matrix, at: NDArray[np.float64]) -> int:
    """Find the mip level whose pixels are not finer than those of the result near a point."""
    x, y, w = matrix @ np.array([*at, 1.0])
    jacobian = np.array(
        [
            [matrix[0, 0] * w - x * matrix[2, 0], matrix[0, 1] * w - x * matrix[2, 1]],
            [matrix[1, 0] * w - y * matrix[2, 0], matrix[1, 1] * w - y * matrix[2, 1]],
        ]
    ) / (w * w)
    scale = math.sqrt(abs(np.linalg.det(jacobian)))
    return max(0, min(MAX_LEVEL, math.floor(math.log2(1 / max(scale, 1e-6)) + 1e-9)))


def _at_level_0(box: Box, unit: int) -> Box:
    return Box(box.x * unit, box.y * unit, box.width * unit, box.height * unit)


def _corners(box: Box) -> NDArray[np.float64]:
    return np.array(
        [[box.x, box.y], [box.right, box.y], [box.right, box.bottom], [box.x, box.bottom]],
        np.float64,
    )


def _center(box: Box) -> NDArray[np.float64]:
    return np.array([[box.x + box.width / 2, box.y + box.height / 2]])


def _bounds(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return points.min(axis=0), points.max(axis=0)
