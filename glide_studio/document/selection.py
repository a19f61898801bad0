"""Combination of masks, tile by tile: union, subtraction, intersection, inversion, a layer's alpha.

All masks are rasters of 1 channel uint8; 255 is selected.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from glide_studio.document.raster import Cell, Raster, make_tile
from glide_studio.document.tile import TILE_PX, Tile

CombineMode = Literal["replace", "union", "subtract", "intersect"]


def combine(old: Raster, new: Raster, mode: CombineMode) -> Raster:
    """Combine two masks pixel by pixel.

    mode: "replace" gives new, "union" max(old, new), "subtract" min(old, 255 - new), "intersect"
        min(old, new).

    Raises:
        ValueError: if the two have different sizes.
    """
    if mode == "replace":
        return new
    tiles: dict[Cell, Tile | None] = {}
    for cell in old.changed_cells(new):
        mine, theirs = old.tile(cell), new.tile(cell)
        if mine is None or theirs is None:
            if mode == "union":
                tiles[cell] = theirs if mine is None else mine
            elif mode == "intersect":
                tiles[cell] = None
            continue
        if mode == "union":
            pixels = np.maximum(mine.pixels, theirs.pixels)
        elif mode == "subtract":
            pixels = np.minimum(mine.pixels, ~theirs.pixels)
        else:
            pixels = np.minimum(mine.pixels, theirs.pixels)
        if not np.array_equal(pixels, mine.pixels):
            tiles[cell] = make_tile(pixels)
    if mode == "subtract":
        # Tiles that both share are not among the changed cells.
        for cell, tile in old.tiles():
            if new.tile(cell) is tile:
                tiles[cell] = make_tile(np.minimum(tile.pixels, ~tile.pixels))
    return old.replace_tiles(tiles)


def invert(mask: Raster) -> Raster:
    """Compute 255 - mask everywhere on the canvas."""
    full = Raster.full(mask.size, 255)
    tiles: dict[Cell, Tile | None] = {}
    for cell, tile in mask.tiles():
        whole = full.tile(cell)
        assert whole is not None
        tiles[cell] = make_tile(whole.pixels - tile.pixels)
    return full.replace_tiles(tiles)


def from_alpha(raster: Raster) -> Raster:
    """Make a mask of the alpha of RGBA pixels."""
    scale = np.float32(255 / raster.max_value)
    tiles: dict[Cell, Tile | None] = {}
    for cell, tile in raster.tiles():
        pixels = tile.pixels[..., 3].copy()
        if raster.dtype != np.uint8:
            pixels = np.rint(pixels * scale).astype(np.uint8)
        tiles[cell] = make_tile(pixels.reshape(TILE_PX, TILE_PX, 1))
    return Raster.empty(raster.size, 1).replace_tiles(tiles)
