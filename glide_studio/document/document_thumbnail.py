"""Thumbnails of documents and layers, for the lists of states and of layers."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.document.compositing import composite
from glide_studio.document.document import Document, changed_boxes, merge_cells
from glide_studio.document.raster import Raster
from glide_studio.document.tile import MAX_LEVEL
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.types import Pixels, Uint8

THUMBNAIL_PX = 64  # longer side
MASK_TINT = (236, 72, 86)  # RGB of the painted mask, here and on the canvas
MASK_OPACITY = 0.5  # of the tint where the mask is 255
CROP_SHARE = 0.5  # of the canvas: layers that fill less are cropped

Thumbnail = Uint8


class Thumbnailer:
    """Renders thumbnails of documents that come from one another.

    Each is made from the one before: only tiles that differ are read, so that the thumbnail after a
    stroke on 100 megapixels costs what the stroke touched. Not thread-safe.
    """

    def __init__(self, side: int = THUMBNAIL_PX) -> None:
        self._side = side
        self._document: Document | None = None
        self._composite = np.zeros((0, 0, 4), np.uint8)  # the document's composite at a mip level
        self._mask = np.zeros((0, 0, 1), np.uint8)
        self._layers: dict[str, tuple[Raster, Pixels]] = {}

    def render_document(self, document: Document) -> Thumbnail:
        """Render the composite with the painted mask over it: [h, w, 4] uint8, straight alpha.

        Colors are the document's encoded values.
        """
        level, before = _mip_level(document.size, self._side), self._document
        if before is None or (before.size, before.depth) != (document.size, document.depth):
            whole = document.selection.level_box(level)
            self._composite = composite(document, whole, level)
            self._mask = document.selection.read(whole, level)
        else:
            for box in changed_boxes(before, document):
                part = _at_level(box, level)
                self._composite[part.slices] = composite(document, part, level)
            _update_changed(self._mask, before.selection, document.selection, level)
        self._document = document
        picture = _to_8_bits(self._resize(self._composite))
        share = self._resize(self._mask)[..., None] * np.float32(MASK_OPACITY / 255)
        seen = picture.astype(np.float32)
        seen[..., :3] += share * (np.array(MASK_TINT, np.float32) - seen[..., :3])
        seen[..., 3:] += share * (255 - seen[..., 3:])
        return np.rint(seen).astype(np.uint8)

    def render_layer(self, key: str, raster: Raster) -> Thumbnail:
        """Render a layer's pixels or mask: [h, w, 4] uint8, a mask in grays.

        A layer that fills only a part of the canvas is cropped to what it holds, so that a small
        fill is more than a dot.

        key: identifies the layer; the thumbnail is updated from the last one of the same key.
        """
        content = raster.content_box() if raster.channels == 4 else raster.box
        if not content.empty and content.area < CROP_SHARE * raster.box.area:
            self._layers.pop(key, None)
            view = content.pad(1 + max(content.width, content.height) // 16).clamp(raster.box)
            level = _mip_level(view.size, self._side)
            return _to_8_bits(self._resize(raster.read(_at_level(view, level), level)))
        level = _mip_level(raster.size, self._side)
        known = self._layers.get(key)
        if known is None or (known[0].size, known[0].dtype) != (raster.size, raster.dtype):
            pixels = raster.read(raster.level_box(level), level)
        else:
            pixels = known[1]
            _update_changed(pixels, known[0], raster, level)
        self._layers[key] = raster, pixels
        small = _to_8_bits(self._resize(pixels))
        if small.ndim == 2:
            small = np.asarray(cv2.cvtColor(small, cv2.COLOR_GRAY2RGBA), np.uint8)
        return small

    def forget_except(self, keys: set[str]) -> None:
        """Forget the layers of all keys but these."""
        self._layers = {key: known for key, known in self._layers.items() if key in keys}

    def _resize(self, pixels: Pixels) -> NDArray[Any]:
        """Scale the longer side down to `side`; a smaller image stays as it is."""
        height, width = pixels.shape[:2]
        share = min(1.0, self._side / max(width, height))
        size = max(1, round(width * share)), max(1, round(height * share))
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def _mip_level(size: Size, side: int) -> int:
    """Find the coarsest mip level whose longer side is still `side` pixels or more."""
    longer = max(size.width, size.height)
    return next((level for level in range(MAX_LEVEL, 0, -1) if longer >> level >= side), 0)


def _update_changed(pixels: Pixels, before: Raster, after: Raster, level: int) -> None:
    """Update `pixels`, which show `before` at a mip level, to `after` in place."""
    # In few boxes: one for each tile would keep the window from the interpreter for long.
    for box in merge_cells(set(after.changed_cells(before))):
        part = _at_level(box.clamp(after.box), level)
        pixels[part.slices] = after.read(part, level)


def _at_level(box: Box, level: int) -> Box:
    """Convert a box to the pixels of a mip level that cover it."""
    return Box.between(
        box.x >> level, box.y >> level, -(-box.right >> level), -(-box.bottom >> level)
    )


def _to_8_bits(pixels: NDArray[Any]) -> Thumbnail:
    if pixels.dtype == np.uint16:
        return (pixels >> 8).astype(np.uint8)
    return pixels.astype(np.uint8, copy=False)
