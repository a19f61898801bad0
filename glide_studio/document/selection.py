"""Masks put together, tile by tile: union, subtraction, intersection, inversion, a layer's alpha.

All masks are rasters of 1 channel uint8; 255 is selected.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from glide_studio.document.raster import Cell, Raster, make_tile
from glide_studio.document.tile import TILE, Tile

CombineMode = Literal["replace", "union", "subtract", "intersect"]


def combine(old: Raster, new: Raster, mode: CombineMode) -> Raster:
    """`new` alone, or max(old, new), min(old, 255 - new), min(old, new) of each pixel.

    Raises:
        ValueError: if the two have different sizes.
    """
    if mode == "replace":
        return new
    tiles: dict[Cell, Tile | None] = {}
    for cell in old.changed(new):
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
        # Tiles that both share are not in `changed`: what they have in common goes.
        for cell, tile in old.tiles():
            if new.tile(cell) is tile:
                tiles[cell] = make_tile(np.minimum(tile.pixels, ~tile.pixels))
    return old.replace_tiles(tiles)


def invert(mask: Raster) -> Raster:
    """255 - m everywhere on the canvas."""
    full = Raster.full(mask.size, 255)
    tiles: dict[Cell, Tile | None] = {}
    for cell, tile in mask.tiles():
        whole = full.tile(cell)
        assert whole is not None
        tiles[cell] = make_tile(whole.pixels - tile.pixels)
    return full.replace_tiles(tiles)


def alpha(raster: Raster) -> Raster:
    """The alpha of RGBA pixels as a mask."""
    scale = np.float32(255 / raster.top)
    tiles: dict[Cell, Tile | None] = {}
    for cell, tile in raster.tiles():
        pixels = np.rint(tile.pixels[..., 3] * scale).astype(np.uint8)
        tiles[cell] = make_tile(pixels.reshape(TILE, TILE, 1))
    return Raster.empty(raster.size, 1).replace_tiles(tiles)
