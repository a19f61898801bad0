"""Compositing: the layers of a document blended into one image.

Works tile by tile inside a box and skips missing tiles. Colors are the document's encoded values,
blended in float32 by W3C "Compositing and Blending Level 1" and rounded once:

    ao = as + ab (1 - as)                                                     (section 9.1.4)
    co = as (1 - ab) Cs + as ab B(Cb, Cs) + (1 - as) ab Cb,  Co = co / ao     (sections 5.1, 10)

with straight colors C and alphas a of source s, backdrop b and result o. Where `as` is 0 the
backdrop is copied bit by bit. The lowest visible layer has no backdrop and, unless it has a mask or
its opacity is below 1, is copied as it is, so that color under alpha 0 stays.

An adjustment's source is the adjusted backdrop. It changes colors and no alpha: with the backdrop's
color Cb, the adjusted one Ca and the layer's mask times its opacity w,

    Co = Cb + w (B(Cb, Ca) - Cb)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glide_studio.document.adjustments import adjust
from glide_studio.document.blend_modes import BLEND_FUNCTIONS
from glide_studio.document.document import Document
from glide_studio.document.layer import BlendMode, Layer
from glide_studio.document.raster import Cell, Raster, make_tile, tile_box
from glide_studio.document.tile import TILE_PX, Tile
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.types import Float32, Pixels

MAX_KNOWN = 1024  # blended stacks of tiles that are kept: 64 MiB of 8-bit pixels

Stack = tuple[object, ...]
"""What decides how a place of the canvas looks: the part of a tile it is, and the tiles there."""


def composite(
    document: Document, box: Box, level: int = 0, known: dict[Stack, Pixels] | None = None
) -> Pixels:
    """Composite what is visible in `box`: [h, w, 4] straight alpha, document's dtype, a new array.

    level: 0 .. 7, for an image downsampled by 2**level; `box` is then in its pixels. The layers are
        downsampled before they are blended.
    known: how stacks of tiles of the same document look, for calls with other boxes; added to, up
        to MAX_KNOWN.

    Pixels outside of the canvas are 0.

    Raises:
        ValueError: if level is not in 0 .. 7.
    """
    out = np.zeros((box.height, box.width, 4), document.dtype)
    inside = box.clamp(document.selection.level_box(level))
    rasters = _shown_rasters(document.layers)
    done: dict[Stack, Box] = {}  # where a stack of tiles has been composited
    known = {} if known is None else known
    # Below level 0 several tiles make one region: small arrays cost more than their pixels.
    for cell in inside.cells(TILE_PX):
        part = tile_box(cell).clamp(inside)
        place = part.move(-box.x, -box.y)
        stack: Stack = ()
        if level == 0:
            stack = _tile_stack(rasters, cell, part)
            same = done.setdefault(stack, place)
            if same is not place:
                out[place.slices] = out[same.slices]
                continue
            if stack in known:
                out[place.slices] = known[stack]
                continue
        region = _composite_layers(document.layers, _View(part, level), None)
        if region is not None:
            pixels = out[place.slices] = region.pixels(document.dtype)
            # Pixels that a layer holds as they are cost nothing to get, but memory to keep.
            if stack and region.stored is None and len(known) < MAX_KNOWN:
                known[stack] = pixels
    return out


def is_opaque(document: Document) -> bool:
    """Return True if nothing shows through the document, at any pixel."""
    rasters = _shown_rasters(document.layers)
    seen: set[Stack] = set()
    for cell in document.box.cells(TILE_PX):
        part = tile_box(cell).clamp(document.box)
        stack = _tile_stack(rasters, cell, part)
        if stack in seen:
            continue
        seen.add(stack)
        region = _composite_layers(document.layers, _View(part, 0), None)
        if region is None:
            return False
        if not region.opaque and region.pixels(document.dtype)[..., 3].min() < document.max_value:
            return False
    return True


def _tile_stack(rasters: Sequence[Raster], cell: Cell, part: Box) -> Stack:
    offset = part.x % TILE_PX, part.y % TILE_PX, part.size
    return (*offset, *(raster.tile(cell) for raster in rasters))


def _shown_rasters(layers: Sequence[Layer]) -> list[Raster]:
    """List the pixels and masks of the visible layers, each once; they decide what a tile shows."""
    found: dict[int, Raster] = {}
    for layer in layers:
        if _is_shown(layer):
            masked = (layer.raster, layer.mask)
            for raster in (*masked, *_shown_rasters(layer.children)):
                if raster is not None:
                    found[id(raster)] = raster
    return list(found.values())


def flatten(layers: Sequence[Layer], size: Size, dtype: np.dtype[Any]) -> Raster:
    """Make one raster of `layers`, bottom to top; tiles that show one layer as it is are shared."""
    cells = {
        cell
        for layer in layers
        for inner in layer.iter_layers()
        if inner.raster is not None
        for cell, _ in inner.raster.tiles()
    }
    tiles: dict[Cell, Tile | None] = {}
    for cell in sorted(cells):
        region = _composite_layers(layers, _View(tile_box(cell), 0), None)
        if region is None:
            continue
        if region.tile is not None:
            tiles[cell] = region.tile
            continue
        pixels = region.pixels(dtype)
        part = tile_box(cell).clamp(size.box)
        pixels[part.height :] = 0
        pixels[:, part.width :] = 0
        tiles[cell] = make_tile(pixels)
    return Raster.empty(size, 4, dtype).replace_tiles(tiles)


@dataclass(frozen=True, slots=True)
class _View:
    """The region being composited: a box in pixels of a mip level; at level 0 within one tile."""

    box: Box
    level: int

    def tile(self, raster: Raster) -> Tile | None:
        """Get the tile that holds the region; only at level 0."""
        return raster.tile((self.box.y // TILE_PX, self.box.x // TILE_PX))

    def read(self, raster: Raster) -> Pixels | None:
        """Read the region of a raster; None if nothing is there."""
        if self.level == 0:
            tile = self.tile(raster)
            return None if tile is None else tile.pixels[self._part.slices]
        side = TILE_PX >> self.level
        cells = list(self.box.cells(side))
        if all(raster.tile(cell) is None for cell in cells):
            return None
        return raster.read(self.box, self.level)

    @property
    def _part(self) -> Box:
        return self.box.move(-(self.box.x // TILE_PX * TILE_PX), -(self.box.y // TILE_PX * TILE_PX))


class _Region:
    """The pixels of one region: stored integers, or color [3, h, w] and alpha [h, w] in float32.

    stored: pixels of a layer that are not changed yet. tile: set if they are a whole tile. opaque:
    True if all of alpha is known to be 1.
    """

    __slots__ = ("_alpha", "_color", "opaque", "stored", "tile")

    def __init__(
        self,
        *,
        stored: Pixels | None = None,
        tile: Tile | None = None,
        color: Float32 | None = None,
        alpha: Float32 | None = None,
        opaque: bool = False,
    ) -> None:
        self.stored = stored
        self.tile = tile
        self._color = color
        self._alpha = alpha
        self.opaque = opaque

    @classmethod
    def of(cls, raster: Raster, view: _View) -> _Region | None:
        """Read the region of a layer's pixels; None if nothing is there."""
        pixels = view.read(raster)
        if pixels is None:
            return None
        if view.level > 0:
            return cls(stored=pixels, opaque=bool(pixels[..., 3].min() == raster.max_value))
        tile = view.tile(raster)
        assert tile is not None
        return cls(stored=pixels, tile=tile, opaque=tile.opaque)

    @classmethod
    def transparent(cls, view: _View) -> _Region:
        shape = (view.box.height, view.box.width)
        return cls(color=np.zeros((3, *shape), np.float32), alpha=np.zeros(shape, np.float32))

    @property
    def color(self) -> Float32:
        if self._color is None:
            assert self.stored is not None
            self._color = _to_float(self.stored[..., :3].transpose(2, 0, 1))
        return self._color

    @property
    def alpha(self) -> Float32:
        if self._alpha is None:
            assert self.stored is not None
            self._alpha = _to_float(self.stored[..., 3])
        return self._alpha

    def pixels(self, dtype: np.dtype[Any]) -> Pixels:
        if self.stored is not None:
            return self.stored
        max_value = np.float32(np.iinfo(dtype).max)
        alpha = self.alpha
        out = np.empty((*alpha.shape, 4), dtype)
        for channel in range(3):
            np.rint(
                np.clip(self.color[channel], 0, 1) * max_value,
                out=out[..., channel],
                casting="unsafe",
            )
        np.rint(alpha * max_value, out=out[..., 3], casting="unsafe")
        return out


def _to_float(pixels: Pixels) -> Float32:
    """Scale integers to 0 .. 1, contiguous."""
    out = np.empty(pixels.shape, np.float32)
    np.multiply(pixels, np.float32(1 / np.iinfo(pixels.dtype).max), out=out)
    return out


def _composite_layers(
    layers: Sequence[Layer], view: _View, backdrop: _Region | None
) -> _Region | None:
    """Blend `layers` onto `backdrop`; None while there is nothing at all."""
    lowest = backdrop is None
    for base, clipped in clipping_runs(layers):
        if not _is_shown(base):
            continue
        if base.adjustment is not None:
            backdrop = None if backdrop is None else _adjust(backdrop, base, view)
            continue
        if backdrop is None and (not lowest or _is_dimmed(base)):
            backdrop = _Region.transparent(view)
        if base.blend == "pass-through" and not clipped:
            backdrop = _blend_pass_through(base, view, backdrop)
        else:
            source = _layer_content(base, view)
            if source is not None:
                source = _apply_mask_and_opacity(_blend_clipped(source, clipped, view), base, view)
            if source is not None:
                backdrop = source if backdrop is None else _blend_over(backdrop, source, base.blend)
        lowest = False
    return backdrop


def clipping_runs(layers: Sequence[Layer]) -> list[tuple[Layer, list[Layer]]]:
    """List each layer that does not clip with those that clip to it.

    The lowest layer never clips, nor does one to an adjustment, which has no shape.
    """
    runs: list[tuple[Layer, list[Layer]]] = []
    for layer in layers:
        if layer.clipping and runs and runs[-1][0].adjustment is None:
            runs[-1][1].append(layer)
        else:
            runs.append((layer, []))
    return runs


def _is_shown(layer: Layer) -> bool:
    return layer.visible and layer.opacity > 0


def _is_dimmed(layer: Layer) -> bool:
    return layer.mask is not None or layer.opacity < 1


def _layer_content(layer: Layer, view: _View) -> _Region | None:
    """Get a layer's pixels, or composite a group's layers, before mask and opacity."""
    if layer.raster is None:
        return _composite_layers(layer.children, view, None)
    return _Region.of(layer.raster, view)


def _mask_and_opacity(layer: Layer, view: _View) -> Float32 | np.float32 | None:
    """Compute mask x opacity: a number, an array [h, w], or None where the mask hides all."""
    opacity = np.float32(layer.opacity)
    if layer.mask is None:
        return opacity
    pixels = view.read(layer.mask)
    return None if pixels is None else _to_float(pixels[..., 0]) * opacity


def _apply_mask_and_opacity(source: _Region, layer: Layer, view: _View) -> _Region | None:
    weight = _mask_and_opacity(layer, view)
    if weight is None:
        return None
    if not _is_dimmed(layer):
        return source
    return _Region(color=source.color, alpha=source.alpha * weight)


def _adjust(backdrop: _Region, layer: Layer, view: _View) -> _Region:
    """Adjust the color of `backdrop`, not its alpha; return itself if nothing changes."""
    weight = _mask_and_opacity(layer, view)
    if weight is None or not np.any(weight):
        return backdrop
    assert layer.adjustment is not None
    cb = backdrop.color
    mixed = adjust(cb, layer.adjustment)
    if layer.blend != "normal":
        mixed = BLEND_FUNCTIONS[layer.blend](cb, mixed)
    if not (isinstance(weight, np.float32) and weight == 1):
        # Not computed where the mask is 0, so that those pixels stay as they are.
        mixed = np.where(weight > 0, cb + weight * (mixed - cb), cb)
    return _Region(color=mixed, alpha=backdrop.alpha, opaque=backdrop.opaque)


def _blend_clipped(base: _Region, clipped: Sequence[Layer], view: _View) -> _Region:
    """Blend `clipped` onto the color of `base`, whose alpha stays."""
    if not clipped:
        return base
    start = _Region(color=base.color, alpha=np.ones_like(base.alpha), opaque=True)
    inner = start
    for layer in clipped:
        if layer.adjustment is not None:
            inner = _adjust(inner, layer, view) if _is_shown(layer) else inner
            continue
        source = _layer_content(layer, view) if _is_shown(layer) else None
        if source is not None:
            source = _apply_mask_and_opacity(source, layer, view)
        if source is not None:
            inner = _blend_over(inner, source, layer.blend)
    if inner is start:
        return base
    color = np.where(base.alpha > 0, inner.color, base.color)
    return _Region(color=color, alpha=base.alpha, opaque=base.opaque)


def _blend_pass_through(group: Layer, view: _View, backdrop: _Region | None) -> _Region | None:
    """Blend a group's layers onto the backdrop, faded in by the group's mask and opacity."""
    weight = _mask_and_opacity(group, view)
    if weight is None:
        return backdrop
    result = _composite_layers(group.children, view, backdrop)
    if backdrop is None or result is None or result is backdrop or not _is_dimmed(group):
        return result
    alpha = backdrop.alpha + weight * (result.alpha - backdrop.alpha)
    below = backdrop.alpha * (1 - weight)
    color = backdrop.color * below + result.color * (result.alpha * weight)
    color = np.divide(color, alpha, out=np.zeros_like(color), where=alpha > 0)
    fades = (weight > 0) & (alpha > 0)
    return _Region(
        color=np.where(fades, color, backdrop.color),
        alpha=np.where(fades, alpha, backdrop.alpha),
        opaque=backdrop.opaque and result.opaque,
    )


def _blend_over(backdrop: _Region, source: _Region, mode: BlendMode) -> _Region:
    """Blend `source` onto `backdrop`; returns `backdrop` itself if the source is transparent."""
    if mode in ("normal", "pass-through"):
        if source.opaque:
            return source
        mode = "normal"
    a = source.alpha
    if not a.any():
        return backdrop
    cs, cb = source.color, backdrop.color
    mixed = BLEND_FUNCTIONS[mode](cb, cs)
    if backdrop.opaque:
        return _Region(color=cb + a * (mixed - cb), alpha=backdrop.alpha, opaque=True)
    ab = backdrop.alpha
    keep = ab * (1 - a)
    alpha = a + keep
    if mixed is not cs:
        mixed = cs + ab * (mixed - cs)
    color = (a * mixed + keep * cb) / np.where(alpha > 0, alpha, 1)
    paints = a > 0
    return _Region(
        color=np.where(paints, color, cb),
        alpha=np.where(paints, alpha, ab),
        opaque=source.opaque,
    )
