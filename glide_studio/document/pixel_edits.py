"""Edits of a layer's pixels: filling with a color, gradients, and taking pixels out.

Colors are encoded RGB of the document, 0 .. 1. Where a mask is given, it weighs the result as a
selection does. A layer that keeps its alpha takes colors where it shows something.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np

from glide_studio.document.document import Document
from glide_studio.document.raster import Cell, Raster, make_tile, tile_box
from glide_studio.document.stroke import Color
from glide_studio.document.tile import TILE_PX, Tile
from glide_studio.imaging.geometry import Point
from glide_studio.imaging.types import Float32

GradientShape = Literal["linear", "radial"]


def fill_pixels(
    document: Document, layer_id: str, color: Color, mask: Raster, opacity: float = 1.0
) -> Document:
    """Paint a color where `mask`, 1 channel uint8, is not 0. opacity: 0 .. 1.

    Raises:
        KeyError: if the document has no such layer.
        ValueError: if it holds no pixels.
    """
    cells = {cell for cell, _ in mask.tiles()}
    flat = np.array([*color, opacity], np.float32)
    return _paint(document, layer_id, cells, mask, lambda cell: flat)


def draw_gradient(
    document: Document,
    layer_id: str,
    start: Point,
    end: Point,
    colors: tuple[Color, Color],
    *,
    shape: GradientShape = "linear",
    fades: bool = False,
    mask: Raster | None = None,
    opacity: float = 1.0,
) -> Document:
    """Paint a gradient between two points; beyond them it goes on with its end colors.

    shape: "linear", or "radial" around `start`. fades: from the first color to nothing, and the
    second color is not used. mask: where to paint, None for everywhere. opacity: 0 .. 1.

    Raises:
        KeyError: if the document has no such layer.
        ValueError: if it holds no pixels, or the two points are one.
    """
    dx, dy = end.x - start.x, end.y - start.y
    length2 = dx * dx + dy * dy
    if length2 == 0:
        raise ValueError("A gradient goes from one point to another.")
    first = np.array([*colors[0], opacity], np.float32)
    last = np.array([*(colors[0] if fades else colors[1]), 0.0 if fades else opacity], np.float32)

    def rgba(cell: Cell) -> Float32:
        box = tile_box(cell)
        x = np.arange(box.x, box.right, dtype=np.float32)[None, :] + np.float32(0.5 - start.x)
        y = np.arange(box.y, box.bottom, dtype=np.float32)[:, None] + np.float32(0.5 - start.y)
        if shape == "radial":
            share = np.sqrt((x * x + y * y) / np.float32(length2))
        else:
            share = (x * np.float32(dx) + y * np.float32(dy)) / np.float32(length2)
        share = np.clip(share, 0, 1)[..., None]
        return np.asarray(first + share * (last - first), np.float32)

    cells = {cell for cell, _ in mask.tiles()} if mask else set(document.box.cells(TILE_PX))
    return _paint(document, layer_id, cells, mask, rgba)


def cut_pixels(document: Document, layer_id: str, mask: Raster) -> Document:
    """Make a layer transparent as far as `mask`, 1 channel uint8, covers it; its colors stay.

    Raises:
        KeyError: if the document has no such layer.
        ValueError: if it holds no pixels.
    """
    layer = document.layer(layer_id)
    raster = layer.raster
    if raster is None:
        raise ValueError(f"'{layer.name}' has no pixels to cut.")
    tiles: dict[Cell, Tile | None] = {}
    for cell, shown in mask.tiles():
        before = raster.tile(cell)
        if before is not None:
            pixels = before.pixels.copy()
            share = shown.pixels[..., 0].astype(np.float32) / np.float32(mask.max_value)
            pixels[..., 3] -= np.rint(pixels[..., 3] * share).astype(raster.dtype)
            tiles[cell] = make_tile(pixels)
    return document.with_layer(replace(layer, raster=raster.replace_tiles(tiles)))


def _paint(
    document: Document,
    layer_id: str,
    cells: set[Cell],
    mask: Raster | None,
    rgba: Callable[[Cell], Float32],
) -> Document:
    """Paint `rgba` of each cell, [4] or [128, 128, 4], over a layer, source-over, or atop."""
    layer = document.layer(layer_id)
    raster = layer.raster
    if raster is None:
        raise ValueError(f"'{layer.name}' has no pixels to paint on.")
    top = np.float32(raster.max_value)
    tiles: dict[Cell, Tile | None] = {}
    for cell in cells:
        whole = tile_box(cell)
        part = whole.clamp(raster.box).move(-whole.x, -whole.y).slices
        before, source = raster.tile(cell), rgba(cell)
        if before is None:
            pixels = np.zeros((TILE_PX, TILE_PX, 4), raster.dtype)
        else:
            pixels = before.pixels.copy()
        here = pixels[part].astype(np.float32)
        source = source[part] if source.ndim == 3 else np.broadcast_to(source, here.shape)
        effect: Float32 = source[..., 3]
        if mask is not None:
            shown = mask.tile(cell)
            if shown is None:
                continue
            weight = shown.pixels[part][..., 0].astype(np.float32) / np.float32(mask.max_value)
            effect = effect * weight
        alpha = here[..., 3] / top
        if layer.keeps_alpha:
            effect = effect * (alpha > 0)
            share = effect[..., None]
        else:
            alpha = effect + alpha * (1 - effect)
            share = (effect / np.maximum(alpha, np.float32(1e-6)))[..., None]
        mixed = here.copy()
        mixed[..., :3] += share * (source[..., :3] * top - here[..., :3])
        mixed[..., 3] = alpha * top
        # Pixels without effect stay bit by bit, also colors under alpha 0.
        mixed = np.where((effect > 0)[..., None], np.rint(np.clip(mixed, 0, top)), here)
        pixels[part] = mixed.astype(raster.dtype)
        tiles[cell] = make_tile(pixels)
    return document.with_layer(replace(layer, raster=raster.replace_tiles(tiles)))
