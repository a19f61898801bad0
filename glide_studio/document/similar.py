"""Masks by color: the magic wand and a range of colors."""

from __future__ import annotations

import cv2
import numpy as np

from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.raster import Raster
from glide_studio.document.tile import TILE, Pixels
from glide_studio.imaging.geometry import Box, Size


def wand(
    document: Document,
    x: int,
    y: int,
    *,
    tolerance: float = 0.1,
    contiguous: bool = True,
    layer: str | None = None,
) -> Raster:
    """The pixels whose color is that at (x, y), each channel and alpha within `tolerance`.

    tolerance: 0 .. 1. contiguous: only those connected to (x, y) by their sides. layer: id of the
    layer to look at, None for what is seen. An empty mask if (x, y) lies outside of the canvas.

    Raises:
        KeyError: if there is no such layer.
    """
    if not (0 <= x < document.size.width and 0 <= y < document.size.height):
        return Raster.empty(document.size, 1)
    seed = _look(document, Box(x, y, 1, 1), layer)[0, 0]
    within = round(tolerance * document.top)
    near = np.concatenate(
        [
            (_distance(_look(document, strip, layer), seed) <= within).astype(np.uint8)
            for strip in _strips(document.size)
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
    """All opaque colors near `color` (encoded RGB, 0 .. 1), by the largest channel's distance.

    255 up to `tolerance`, falling to 0 over `softness`, both 0 .. 1.

    Raises:
        KeyError: if there is no such layer.
    """
    mask = Raster.empty(document.size, 1)
    seed = np.rint(np.array([*color, 1]) * document.top).astype(document.dtype)
    fall = max(softness, 0.5 / document.top)
    for strip in _strips(document.size):
        distance = _distance(_look(document, strip, layer), seed)
        share = 1 + (tolerance - distance * np.float32(1 / document.top)) / fall
        pixels = np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8)
        mask = mask.write(strip, pixels[..., None])
    return mask


def _strips(size: Size) -> list[Box]:
    """The canvas in rows of tiles, so that no second copy of all of it is ever made."""
    return [Box(0, y, size.width, min(TILE, size.height - y)) for y in range(0, size.height, TILE)]


def _look(document: Document, box: Box, layer: str | None) -> Pixels:
    """[h, w, 4], color under alpha 0 taken as black: nobody sees it."""
    if layer is None:
        pixels = composite(document, box)
    else:
        raster = document.layer(layer).raster or Raster.empty(document.size, 4, document.dtype)
        pixels = raster.read(box)
    hidden = pixels[..., 3] == 0
    if hidden.any():
        pixels[hidden] = 0
    return pixels


def _distance(pixels: Pixels, seed: Pixels) -> Pixels:
    """[h, w]: the largest difference of a channel from `seed` [4]."""
    red, green, blue, alpha = cv2.split(cv2.absdiff(pixels, np.full_like(pixels, seed)))
    return np.asarray(cv2.max(cv2.max(red, green), cv2.max(blue, alpha)), pixels.dtype)
