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
            lambda pixels: pixels[:, ::-1],
        )
    return _remap(
        raster,
        raster.size,
        lambda part: Box(part.x, height - part.bottom, part.width, part.height),
        lambda pixels: pixels[::-1],
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
            lambda pixels: pixels[::-1, ::-1],
        )
    size = Size(height, width)
    if quarters == 1:
        return _remap(
            raster,
            size,
            lambda part: Box(part.y, height - part.right, part.height, part.width),
            lambda pixels: np.rot90(pixels, -1),
        )
    return _remap(
        raster,
        size,
        lambda part: Box(width - part.bottom, part.x, part.height, part.width),
        lambda pixels: np.rot90(pixels),
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
    turn: Callable[[Pixels], Pixels],
) -> Raster:
    """Make a raster of `size` whose part `box` is `turn` of the pixels at `source(box)`."""
    tiles: dict[Cell, Tile | None] = {}
    for cell in size.box.cells(TILE_PX):
        part = tile_box(cell).clamp(size.box)
        origin = source(part)
        if all(raster.tile(other) is None for other in origin.cells(TILE_PX)):
            continue
        pixels = np.zeros((TILE_PX, TILE_PX, raster.channels), raster.dtype)
        pixels[: part.height, : part.width] = turn(raster.read(origin))
        tiles[cell] = make_tile(pixels)
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
