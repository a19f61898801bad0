"""Transforms of rasters: crop, rotate, flip, scale, conversion to another depth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.document.raster import Cell, Raster, make_tile, tile_box
from glide_studio.document.tile import TILE_PX, Tile
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.types import Pixels

Axis = Literal["horizontal", "vertical"]


def crop(raster: Raster, box: Box) -> Raster:
    """Take the pixels of `box` as a raster of its size; what lies outside of `raster` is 0.

    Tiles are shared where `box` lies on the grid of tiles.
    """
    if box.x % TILE_PX == 0 and box.y % TILE_PX == 0:
        return _crop_on_grid(raster, box)
    return _remap(raster, box.size, lambda part: part.move(box.x, box.y), lambda pixels: pixels)


def flip(raster: Raster, axis: Axis) -> Raster:
    """Mirror; "horizontal" exchanges left and right."""
    width, height = raster.size.width, raster.size.height
    if axis == "horizontal":
        return _remap(
            raster,
            raster.size,
            lambda part: Box(width - part.right, part.y, part.width, part.height),
            lambda pixels: cv2.flip(pixels, 1),
        )
    return _remap(
        raster,
        raster.size,
        lambda part: Box(part.x, height - part.bottom, part.width, part.height),
        lambda pixels: cv2.flip(pixels, 0),
    )


def rotate(raster: Raster, quarters: int) -> Raster:
    """Turn clockwise by `quarters` times 90 degrees."""
    quarters %= 4
    width, height = raster.size.width, raster.size.height
    if quarters == 0:
        return raster
    if quarters == 2:
        return _remap(
            raster,
            raster.size,
            lambda part: Box(width - part.right, height - part.bottom, part.width, part.height),
            lambda pixels: cv2.flip(pixels, -1),
        )
    size = Size(height, width)
    if quarters == 1:
        return _remap(
            raster,
            size,
            lambda part: Box(part.y, height - part.right, part.height, part.width),
            lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE),
        )
    return _remap(
        raster,
        size,
        lambda part: Box(width - part.bottom, part.x, part.height, part.width),
        lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE),
    )


def scale(raster: Raster, size: Size) -> Raster:
    """Resample to `size`: area average when both sides shrink, else bicubic.

    RGB is weighted by alpha and is 0 where the result is transparent.

    Raises:
        ValueError: if `size` is empty.
    """
    if size == raster.size:
        return raster
    if size.area == 0:
        raise ValueError("An image cannot be scaled to nothing.")
    shrinks = size.width <= raster.size.width and size.height <= raster.size.height
    method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    shape = (size.width, size.height)

    def resize(plane: NDArray[Any]) -> NDArray[Any]:
        return cv2.resize(plane, shape, interpolation=method)

    if not any(True for _ in raster.tiles()):
        return Raster.empty(size, raster.channels, raster.dtype)
    before = raster.read(raster.box)
    after = np.empty((size.height, size.width, raster.channels), raster.dtype)
    opaque = raster.channels == 1 or before[..., 3].min() == raster.max_value
    alpha = before[..., -1].astype(np.float32)
    weight = resize(alpha)  # cubic weights overshoot at an edge, as in the weighted colors
    after[..., -1] = np.rint(np.clip(weight, 0, raster.max_value))
    for channel in range(raster.channels - 1):
        plane = np.ascontiguousarray(before[..., channel])
        if opaque:
            after[..., channel] = resize(plane)
            continue
        share = resize(plane * alpha) / np.maximum(weight, 1e-6)
        after[..., channel] = np.rint(np.clip(share, 0, raster.max_value))
    if raster.channels == 4:
        after[after[..., 3] == 0] = 0
    return Raster.from_array(after)


def convert(raster: Raster, dtype: np.dtype[Any]) -> Raster:
    """Convert to uint8 or uint16: times 257, or divided by it and rounded."""
    if raster.dtype == dtype:
        return raster
    tiles: dict[Cell, Tile | None] = {}
    for cell, tile in raster.tiles():
        if dtype == np.uint16:
            pixels = tile.pixels.astype(np.uint16) * np.uint16(257)
        else:
            pixels = ((tile.pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
        tiles[cell] = make_tile(pixels)
    return Raster.empty(raster.size, raster.channels, dtype).replace_tiles(tiles)


def _remap(
    raster: Raster,
    size: Size,
    source: Callable[[Box], Box],
    turn: Callable[[Pixels], NDArray[Any]],
) -> Raster:
    """Make a raster of `size` whose part `box` is `turn` of the pixels at `source(box)`.

    A row of tiles at a time: few large copies leave the interpreter to the window's thread.
    """
    tiles: dict[Cell, Tile | None] = {}
    for top in range(0, size.height, TILE_PX):
        strip = Box(0, top, size.width, TILE_PX).clamp(size.box)
        origin = source(strip)
        if all(raster.tile(cell) is None for cell in origin.cells(TILE_PX)):
            continue
        turned = turn(raster.read(origin))
        for left in range(0, size.width, TILE_PX):
            part = turned[:, left : left + TILE_PX]
            pixels = np.zeros((TILE_PX, TILE_PX, raster.channels), raster.dtype)
            # OpenCV leaves out the axis of a single channel.
            pixels[: part.shape[0], : part.shape[1]] = part.reshape(*part.shape[:2], -1)
            tiles[top // TILE_PX, left // TILE_PX] = make_tile(pixels)
    return Raster.empty(size, raster.channels, raster.dtype).replace_tiles(tiles)


def _crop_on_grid(raster: Raster, box: Box) -> Raster:
    rows, columns = box.y // TILE_PX, box.x // TILE_PX
    tiles: dict[Cell, Tile | None] = {}
    for cell, tile in raster.tiles():
        here = (cell[0] - rows, cell[1] - columns)
        part = tile_box(here).clamp(box.size.box)
        if part.empty:
            continue
        if part.area < TILE_PX * TILE_PX:
            pixels = np.zeros_like(tile.pixels)
            pixels[: part.height, : part.width] = tile.pixels[: part.height, : part.width]
            tiles[here] = make_tile(pixels)
        else:
            tiles[here] = tile
    return Raster.empty(box.size, raster.channels, raster.dtype).replace_tiles(tiles)
