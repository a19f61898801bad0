"""Flattening: what the layers of a document look like together.

Works tile by tile on what lies in the asked box and skips missing tiles. Colors are the document's
encoded values, blended in float32 by W3C "Compositing and Blending Level 1" and rounded once:

    ao = as + ab (1 - as)                                                     (section 9.1.4)
    co = as (1 - ab) Cs + as ab B(Cb, Cs) + (1 - as) ab Cb,  Co = co / ao     (sections 5.1, 10)

with straight colors C and alphas a of source s, backdrop b and result o. Where `as` is 0 the backdrop
is copied bit by bit. The lowest visible layer has no backdrop and, unless a mask or its opacity dims it,
is taken as it is, so that color under alpha 0 stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glide_studio.document.blending import BLENDS, Array
from glide_studio.document.document import Document
from glide_studio.document.layer import BlendMode, Layer
from glide_studio.document.raster import Cell, Raster, make_tile, tile_box
from glide_studio.document.tile import TILE, Pixels, Tile
from glide_studio.imaging.geometry import Box, Size


def composite(document: Document, box: Box, level: int = 0) -> Pixels:
    """What is seen in `box`: [h, w, 4] straight alpha in the document's dtype, a new array.

    level: 0 .. 7 for a picture made smaller by 2**level, `box` then being in its pixels. The layers
    are made smaller before they are blended. Outside of the canvas pixels are 0.

    Raises:
        ValueError: if level is not in 0 .. 7.
    """
    out = np.zeros((box.height, box.width, 4), document.dtype)
    side = TILE >> level
    for cell in box.clamp(document.selection.level_box(level)).cells(side):
        whole = Box(cell[1] * side, cell[0] * side, side, side)
        part = whole.clamp(box)
        view = _View(cell, part.move(-whole.x, -whole.y), level)
        picture = _stack(document.layers, view, None)
        if picture is not None:
            out[part.move(-box.x, -box.y).slices] = picture.pixels(document.dtype)
    return out


def flatten(layers: Sequence[Layer], size: Size, dtype: np.dtype[Any]) -> Raster:
    """`layers`, bottom to top, as one raster; tiles that show a single layer untouched are shared."""
    cells = {
        cell
        for layer in layers
        for inner in layer.walk()
        if inner.raster is not None
        for cell, _ in inner.raster.tiles()
    }
    tiles: dict[Cell, Tile | None] = {}
    for cell in sorted(cells):
        picture = _stack(layers, _View(cell, Box(0, 0, TILE, TILE), 0), None)
        if picture is None:
            continue
        if picture.tile is not None:
            tiles[cell] = picture.tile
            continue
        pixels = picture.pixels(dtype)
        part = tile_box(cell).clamp(size.box)
        pixels[part.height :] = 0
        pixels[:, part.width :] = 0
        tiles[cell] = make_tile(pixels)
    return Raster.empty(size, 4, dtype).replace_tiles(tiles)


@dataclass(frozen=True, slots=True)
class _View:
    """Where we look: a tile's cell, the part of it in its own pixels, the mip level."""

    cell: Cell
    part: Box
    level: int

    def of(self, tile: Tile) -> Pixels:
        return tile.mip(self.level)[self.part.slices]


class _Picture:
    """One part of a tile: either stored pixels as they are, or color [3, h, w] and alpha [h, w].

    `tile` is set while the stored pixels are the whole of one tile.
    """

    __slots__ = ("_alpha", "_color", "opaque", "stored", "tile")

    def __init__(
        self,
        *,
        stored: Pixels | None = None,
        tile: Tile | None = None,
        color: Array | None = None,
        alpha: Array | None = None,
        opaque: bool = False,
    ) -> None:
        self.stored = stored
        self.tile = tile
        self._color = color
        self._alpha = alpha
        self.opaque = opaque

    @classmethod
    def of(cls, tile: Tile, view: _View) -> _Picture:
        return cls(stored=view.of(tile), tile=tile if view.level == 0 else None, opaque=tile.opaque)

    @classmethod
    def clear(cls, view: _View) -> _Picture:
        shape = (view.part.height, view.part.width)
        return cls(color=np.zeros((3, *shape), np.float32), alpha=np.zeros(shape, np.float32))

    @property
    def color(self) -> Array:
        if self._color is None:
            assert self.stored is not None
            self._color = _unit(self.stored[..., :3].transpose(2, 0, 1))
        return self._color

    @property
    def alpha(self) -> Array:
        if self._alpha is None:
            assert self.stored is not None
            self._alpha = _unit(self.stored[..., 3])
        return self._alpha

    def pixels(self, dtype: np.dtype[Any]) -> Pixels:
        if self.stored is not None:
            return self.stored
        top = np.float32(np.iinfo(dtype).max)
        alpha = self.alpha
        out = np.empty((*alpha.shape, 4), dtype)
        for channel in range(3):
            np.rint(
                np.clip(self.color[channel], 0, 1) * top, out=out[..., channel], casting="unsafe"
            )
        np.rint(alpha * top, out=out[..., 3], casting="unsafe")
        return out


def _unit(pixels: Pixels) -> Array:
    """Integers to 0 .. 1; contiguous."""
    out = np.empty(pixels.shape, np.float32)
    np.multiply(pixels, np.float32(1 / np.iinfo(pixels.dtype).max), out=out)
    return out


def _stack(layers: Sequence[Layer], view: _View, backdrop: _Picture | None) -> _Picture | None:
    """`layers` upon `backdrop`; None while there is nothing at all."""
    lowest = backdrop is None
    for base, clipped in _runs(layers):
        if not _shown(base):
            continue
        if backdrop is None and (not lowest or _dimmed(base)):
            backdrop = _Picture.clear(view)
        if base.blend == "pass-through" and not clipped:
            backdrop = _pass_through(base, view, backdrop)
        else:
            source = _own(base, view)
            if source is not None:
                source = _weigh(_clip(source, clipped, view), base, view)
            if source is not None:
                backdrop = source if backdrop is None else _over(backdrop, source, base.blend)
        lowest = False
    return backdrop


def _runs(layers: Sequence[Layer]) -> list[tuple[Layer, list[Layer]]]:
    """Each layer that does not clip with those that clip to it; the lowest one never clips."""
    runs: list[tuple[Layer, list[Layer]]] = []
    for layer in layers:
        if layer.clipping and runs:
            runs[-1][1].append(layer)
        else:
            runs.append((layer, []))
    return runs


def _shown(layer: Layer) -> bool:
    return layer.visible and layer.opacity > 0


def _dimmed(layer: Layer) -> bool:
    return layer.mask is not None or layer.opacity < 1


def _own(layer: Layer, view: _View) -> _Picture | None:
    """A layer's pixels, or a group's layers put together, before mask and opacity."""
    if layer.raster is None:
        return _stack(layer.children, view, None)
    tile = layer.raster.tile(view.cell)
    return None if tile is None else _Picture.of(tile, view)


def _weight(layer: Layer, view: _View) -> Array | np.float32 | None:
    """Mask x opacity: a number, an array [h, w], or None where the mask hides all."""
    opacity = np.float32(layer.opacity)
    if layer.mask is None:
        return opacity
    tile = layer.mask.tile(view.cell)
    return None if tile is None else _unit(view.of(tile)[..., 0]) * opacity


def _weigh(source: _Picture, layer: Layer, view: _View) -> _Picture | None:
    weight = _weight(layer, view)
    if weight is None:
        return None
    if not _dimmed(layer):
        return source
    return _Picture(color=source.color, alpha=source.alpha * weight)


def _clip(base: _Picture, clipped: Sequence[Layer], view: _View) -> _Picture:
    """`clipped` painted onto the color of `base`, whose alpha stays."""
    start = _Picture(color=base.color, alpha=np.ones_like(base.alpha), opaque=True)
    inner = start
    for layer in clipped:
        source = _own(layer, view) if _shown(layer) else None
        if source is not None:
            source = _weigh(source, layer, view)
        if source is not None:
            inner = _over(inner, source, layer.blend)
    if inner is start:
        return base
    color = np.where(base.alpha > 0, inner.color, base.color)
    return _Picture(color=color, alpha=base.alpha, opaque=base.opaque)


def _pass_through(group: Layer, view: _View, backdrop: _Picture | None) -> _Picture | None:
    """The group's layers painted onto the backdrop itself, faded in by the group's mask and opacity."""
    weight = _weight(group, view)
    if weight is None:
        return backdrop
    result = _stack(group.children, view, backdrop)
    if backdrop is None or result is None or result is backdrop or not _dimmed(group):
        return result
    alpha = backdrop.alpha + weight * (result.alpha - backdrop.alpha)
    below = backdrop.alpha * (1 - weight)
    color = backdrop.color * below + result.color * (result.alpha * weight)
    color = np.divide(color, alpha, out=np.zeros_like(color), where=alpha > 0)
    fades = (weight > 0) & (alpha > 0)
    return _Picture(
        color=np.where(fades, color, backdrop.color),
        alpha=np.where(fades, alpha, backdrop.alpha),
        opaque=backdrop.opaque and result.opaque,
    )


def _over(backdrop: _Picture, source: _Picture, mode: BlendMode) -> _Picture:
    """`source` blended upon `backdrop`; `backdrop` itself if all of the source is transparent."""
    if mode in ("normal", "pass-through"):
        if source.opaque:
            return source
        mode = "normal"
    a = source.alpha
    if not a.any():
        return backdrop
    cs, cb = source.color, backdrop.color
    mixed = BLENDS[mode](cb, cs)
    if backdrop.opaque:
        return _Picture(color=cb + a * (mixed - cb), alpha=backdrop.alpha, opaque=True)
    ab = backdrop.alpha
    keep = ab * (1 - a)
    alpha = a + keep
    if mixed is not cs:
        mixed = cs + ab * (mixed - cs)
    color = (a * mixed + keep * cb) / np.where(alpha > 0, alpha, 1)
    paints = a > 0
    return _Picture(
        color=np.where(paints, color, cb),
        alpha=np.where(paints, alpha, ab),
        opaque=source.opaque,
    )
