"""From float to the integers of a document, with dithering so that smooth areas show no steps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


def to_depth(
    values: NDArray[np.float32], dtype: DTypeLike, seed: int | None = None
) -> NDArray[np.unsignedinteger[Any]]:
    """0 .. 1 to 0 .. 255 or 0 .. 65535, of any shape.

    seed: dithers, rounding v up with the probability of its fraction, always the same for the same
    seed, so that means are kept; None rounds to the nearest. Values beyond 0 .. 1 are clipped.
    """
    top = int(np.iinfo(np.dtype(dtype)).max)
    scaled = np.clip(values, 0, 1).astype(np.float64) * top
    if seed is None:
        return np.asarray(np.rint(scaled).astype(dtype))
    whole = np.rint(scaled)
    # float32 hits an integer of this depth only up to its own precision; those are left alone.
    exact = np.abs(scaled - whole) < top * 1e-7
    dithered = np.floor(scaled + np.random.default_rng(seed).random(scaled.shape))
    return np.asarray(np.where(exact, whole, np.minimum(dithered, top)).astype(dtype))


def to_rgba(
    pixels: NDArray[np.float32],
    alpha: NDArray[np.float32],
    dtype: DTypeLike,
    seed: int | None = None,
) -> NDArray[np.unsignedinteger[Any]]:
    """A layer's pixels [h, w, 4] of color [h, w, 3] and alpha [h, w]; all 0 where alpha rounds to 0.

    Only color is dithered.
    """
    out = np.empty((*alpha.shape, 4), dtype)
    out[..., :3] = to_depth(pixels, dtype, seed)
    out[..., 3] = to_depth(alpha, dtype)
    out[out[..., 3] == 0] = 0
    return out
