"""Small pictures of documents and layers, for lists of states and of layers."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.document.compositing import composite
from glide_studio.document.document import Document, dirty
from glide_studio.document.raster import Raster, tile_box
from glide_studio.document.tile import LEVELS, Pixels
from glide_studio.imaging.geometry import Box, Size

SIDE = 64  # pixels of the longer side
TINT = (236, 72, 86)  # RGB of the painted mask
STRENGTH = 0.5  # its opacity where the mask is full

Thumbnail = NDArray[np.uint8]


class Thumbnailer:
    """Makes the pictures of documents that come from one another.

    Each is made from the one before: only tiles that differ are looked at, so that a stroke on 100
    megapixels costs what it touched. Not for several threads at once.
    """

    def __init__(self, side: int = SIDE) -> None:
        self._side = side
        self._document: Document | None = None
        self._picture = np.zeros((0, 0, 4), np.uint8)  # of the composite at a mip level
        self._mask = np.zeros((0, 0, 1), np.uint8)
        self._layers: dict[str, tuple[Raster, Pixels]] = {}

    def document(self, document: Document) -> Thumbnail:
        """What is seen with the painted mask over it: [h, w, 4] uint8, straight alpha.

        Colors are the document's encoded values.
        """
        level, before = _level(document.size, self._side), self._document
        if before is None or (before.size, before.depth) != (document.size, document.depth):
            whole = document.selection.level_box(level)
            self._picture = composite(document, whole, level)
            self._mask = document.selection.read(whole, level)
        else:
            for box in dirty(before, document):
                part = _at_level(box, level)
                self._picture[part.slices] = composite(document, part, level)
            _refresh(self._mask, before.selection, document.selection, level)
        self._document = document
        picture = _eight_bits(self._small(self._picture))
        share = self._small(self._mask)[..., None] * np.float32(STRENGTH / 255)
        seen = picture.astype(np.float32)
        seen[..., :3] += share * (np.array(TINT, np.float32) - seen[..., :3])
        seen[..., 3:] += share * (255 - seen[..., 3:])
        return np.rint(seen).astype(np.uint8)

    def layer(self, key: str, raster: Raster) -> Thumbnail:
        """A layer's pixels or mask: [h, w, 4] uint8, a mask in greys.

        key: says which one it is; the picture is made from the last one of the same key.
        """
        level = _level(raster.size, self._side)
        known = self._layers.get(key)
        if known is None or (known[0].size, known[0].dtype) != (raster.size, raster.dtype):
            pixels = raster.read(raster.level_box(level), level)
        else:
            pixels = known[1]
            _refresh(pixels, known[0], raster, level)
        self._layers[key] = raster, pixels
        small = _eight_bits(self._small(pixels))
        if small.ndim == 2:
            small = np.asarray(cv2.cvtColor(small, cv2.COLOR_GRAY2RGBA), np.uint8)
        return small

    def keep(self, keys: set[str]) -> None:
        """Forget the layers of all other keys."""
        self._layers = {key: known for key, known in self._layers.items() if key in keys}

    def _small(self, pixels: Pixels) -> NDArray[Any]:
        """The longer side brought to `side`; a picture smaller than that stays as it is."""
        height, width = pixels.shape[:2]
        share = min(1.0, self._side / max(width, height))
        size = max(1, round(width * share)), max(1, round(height * share))
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def _level(size: Size, side: int) -> int:
    """The coarsest mip level whose longer side is still `side` pixels or more."""
    longer = max(size.width, size.height)
    return next((level for level in range(LEVELS, 0, -1) if longer >> level >= side), 0)


def _refresh(pixels: Pixels, before: Raster, after: Raster, level: int) -> None:
    """Bring `pixels`, which show `before` at a level, up to date in place."""
    for cell in after.changed(before):
        part = _at_level(tile_box(cell).clamp(after.box), level)
        pixels[part.slices] = after.read(part, level)


def _at_level(box: Box, level: int) -> Box:
    """Whole tiles in pixels of a mip level."""
    return Box.between(
        box.x >> level, box.y >> level, -(-box.right >> level), -(-box.bottom >> level)
    )


def _eight_bits(pixels: NDArray[Any]) -> Thumbnail:
    if pixels.dtype == np.uint16:
        return (pixels >> 8).astype(np.uint8)
    return pixels.astype(np.uint8, copy=False)
