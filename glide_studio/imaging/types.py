"""Array types of images and masks, and conversion between float and a document's integers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

Float32: TypeAlias = NDArray[np.float32]
Image: TypeAlias = Float32
"""An image: float32 [h, w, 3], 0 .. 1, sRGB."""
CompactImage: TypeAlias = NDArray[np.float32] | NDArray[np.float16]
"""An image [h, w, C], 0 .. 1; half precision keeps 11 bits in half of the memory."""
Mask: TypeAlias = Float32
"""A soft mask: float32 [h, w], 0 .. 1; what may change is {mask > 0}."""
BoolMask: TypeAlias = NDArray[np.bool_]
"""A set of pixels: bool [h, w]."""
Uint8: TypeAlias = NDArray[np.uint8]
Pixels: TypeAlias = NDArray[np.unsignedinteger[Any]]
"""Pixels of a document: uint8 or uint16, [h, w, 1] of a mask or [h, w, 4] RGBA, straight alpha."""
ReportStage: TypeAlias = Callable[[str, float], object]
"""Called before each part of long work: its name for the user, and the share of the whole that is
done, 0 .. 1. What it raises ends the work."""

STRIP_SAMPLES = 1 << 20  # that are quantized at a time


def to_unit(pixels: NDArray[Any]) -> Float32:
    """Scale integers, of any shape, to 0 .. 1; float32 is returned as it is."""
    if pixels.dtype == np.float32:
        return pixels
    unit: Float32 = np.divide(pixels, np.iinfo(pixels.dtype).max, dtype=np.float32)
    return unit


def quantize(values: Float32, dtype: DTypeLike, seed: int | None = None) -> Pixels:
    """Convert 0 .. 1, [n, ...], to 0 .. 255 or 0 .. 65535; values beyond are clipped.

    dtype: uint8 or uint16.
    seed: dithers, so that smooth areas show no steps: v is rounded up with the probability of its
        fraction, which keeps means. The same seed gives the same result; None rounds to the
        nearest.
    """
    generator = None if seed is None else np.random.default_rng(seed)
    pixels = np.empty(values.shape, dtype)
    # in strips, since float64 takes eight times the room of the result
    rows = max(1, STRIP_SAMPLES // max(1, int(np.prod(values.shape[1:]))))
    for top in range(0, len(values), rows):
        strip = slice(top, top + rows)
        pixels[strip] = _quantize_strip(values[strip], int(np.iinfo(pixels.dtype).max), generator)
    return pixels


def _quantize_strip(
    values: Float32, max_value: int, generator: np.random.Generator | None
) -> NDArray[np.float64]:
    """Return whole numbers 0 .. max_value; see `quantize`."""
    scaled = np.clip(values, 0, 1).astype(np.float64) * max_value
    whole = np.rint(scaled)
    if generator is None:
        return whole
    # float32 hits an integer of this depth only up to its own precision; those are left alone.
    exact = np.abs(scaled - whole) < max_value * 1e-7
    dithered = np.floor(scaled + generator.random(scaled.shape))
    return np.where(exact, whole, np.minimum(dithered, max_value))


def quantize_rgba(
    color: Float32, alpha: Float32, dtype: DTypeLike, seed: int | None = None
) -> Pixels:
    """Make RGBA [h, w, 4] of color [h, w, 3] and alpha [h, w], both 0 .. 1.

    All four channels are 0 where alpha rounds to 0. Only color is dithered, see `quantize`.
    """
    out = np.empty((*alpha.shape, 4), dtype)
    out[..., :3] = quantize(color, dtype, seed)
    out[..., 3] = quantize(alpha, dtype)
    out[out[..., 3] == 0] = 0
    return out


def to_linear(pixels: Image) -> Image:
    """Convert sRGB, 0 .. 1, to linear light (IEC 61966-2-1)."""
    light = (pixels + 0.055) / 1.055
    light **= 2.4
    np.divide(pixels, 12.92, out=light, where=pixels <= 0.04045)
    return light


def to_srgb(linear: Image) -> Image:
    """Convert linear light to sRGB, clipped to 0 .. 1."""
    clipped = np.clip(linear, 0, 1)
    encoded: Image = clipped ** (1 / 2.4)
    encoded *= 1.055
    encoded -= 0.055
    np.multiply(clipped, 12.92, out=encoded, where=clipped <= 0.0031308)
    return encoded
