"""Selection by color: the magic wand and color range."""

from __future__ import annotations

import cv2
import numpy as np

from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.raster import Raster
from glide_studio.document.tile import TILE_PX
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.types import Pixels


def magic_wand(
    document: Document,
    x: int,
    y: int,
    *,
    tolerance: float = 0.1,
    contiguous: bool = True,
    layer: str | None = None,
) -> Raster:
    """Select pixels whose channels and alpha are within `tolerance` of those at (x, y).

    tolerance: 0 .. 1. contiguous: only those connected to (x, y) by their sides. layer: id of the
    layer to read, None for the composite. The mask is empty if (x, y) lies outside of the canvas.

    Raises:
        KeyError: if there is no such layer.
    """
    if not (0 <= x < document.size.width and 0 <= y < document.size.height):
        return Raster.empty(document.size, 1)
    seed = _read_pixels(document, Box(x, y, 1, 1), layer)[0, 0]
    within = round(tolerance * document.max_value)
    near = np.concatenate(
        [
            (_channel_distance(_read_pixels(document, strip, layer), seed) <= within).astype(
                np.uint8
            )
            for strip in _tile_rows(document.size)
        ]
    )
    if contiguous:
        cv2.floodFill(near, None, (x, y), 2, flags=4)
        near >>= 1
    near *= 255
    return Raster.from_array(near[..., None])


def color_range(
    document: Document,
    color: tuple[float, float, float],
    *,
    tolerance: float = 0.1,
    softness: float = 0.05,
    layer: str | None = None,
) -> Raster:
    """Select opaque pixels by the largest difference of a channel from `color`.

    color: encoded RGB, 0 .. 1.

    The mask is 255 up to `tolerance` and falls to 0 over `softness`, both 0 .. 1. layer: as for
    `magic_wand`.

    Raises:
        KeyError: if there is no such layer.
    """
    mask = Raster.empty(document.size, 1)
    seed = np.rint(np.array([*color, 1]) * document.max_value).astype(document.dtype)
    falloff = max(softness, 0.5 / document.max_value)
    for strip in _tile_rows(document.size):
        distance = _channel_distance(_read_pixels(document, strip, layer), seed)
        share = 1 + (tolerance - distance * np.float32(1 / document.max_value)) / falloff
        pixels = np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8)
        mask = mask.write(strip, pixels[..., None])
    return mask


def _tile_rows(size: Size) -> list[Box]:
    """Divide the canvas into rows of tiles, so that it is never copied as a whole."""
    return [
        Box(0, y, size.width, min(TILE_PX, size.height - y)) for y in range(0, size.height, TILE_PX)
    ]


def _read_pixels(document: Document, box: Box, layer: str | None) -> Pixels:
    """Read [h, w, 4]; color under alpha 0, which is invisible, becomes black."""
    if layer is None:
        pixels = composite(document, box)
    else:
        raster = document.layer(layer).raster or Raster.empty(document.size, 4, document.dtype)
        pixels = raster.read(box)
    hidden = pixels[..., 3] == 0
    if hidden.any():
        pixels[hidden] = 0
    return pixels


def _channel_distance(pixels: Pixels, seed: Pixels) -> Pixels:
    """Compute [h, w]: the largest difference of a channel from `seed` [4]."""
    red, green, blue, alpha = cv2.split(cv2.absdiff(pixels, np.full_like(pixels, seed)))
    return np.asarray(cv2.max(cv2.max(red, green), cv2.max(blue, alpha)), pixels.dtype)
