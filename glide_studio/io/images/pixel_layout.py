"""Convert decoded samples of any layout to RGBA: gray, inks, odd depths, premultiplied alpha."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging import icc
from glide_studio.io.images.picture import Samples


def to_rgba(samples: NDArray[Any], alpha: NDArray[Any] | None = None) -> tuple[Samples, bool]:
    """Convert gray [h, w], gray and alpha, RGB or RGBA [h, w, 1 .. 4] to (RGBA, has_alpha).

    samples: uint8 or uint16. alpha: [h, w], for samples that have none.
    """
    if samples.ndim == 2:
        samples = samples[..., None]
    if samples.shape[2] == 4 and alpha is None and samples.flags.c_contiguous:
        return samples, bool((samples[..., 3] < np.iinfo(samples.dtype).max).any())
    if samples.shape[2] in (2, 4):
        samples, alpha = samples[..., :-1], samples[..., -1]
    height, width, channels = samples.shape
    out = np.empty((height, width, 4), samples.dtype)
    if alpha is None:
        way = cv2.COLOR_RGB2RGBA if channels == 3 else cv2.COLOR_GRAY2RGBA
        cv2.cvtColor(np.ascontiguousarray(samples), way, dst=out)
    else:
        out[..., :3] = samples
        out[..., 3] = alpha
    has_alpha = alpha is not None and bool((out[..., 3] < np.iinfo(out.dtype).max).any())
    return out, has_alpha


def stretch_to_full_range(samples: NDArray[Any], bits: int) -> NDArray[Any]:
    """Scale samples of `bits` a channel, bool, or float in 0 .. 1 to all of uint8 or uint16."""
    if samples.dtype == np.bool_:
        scaled: NDArray[Any] = np.multiply(samples, 255, dtype=np.uint8)
        return scaled
    if samples.dtype.kind == "f":
        unit = np.clip(np.nan_to_num(samples), 0, 1)
        # Half floats end before 65535.
        return np.asarray(np.rint(unit.astype(np.float32, copy=False) * 65535), np.uint16)
    if samples.dtype.kind == "i":
        raise NotImplementedError("The picture has signed samples, which have no meaning as color.")
    if samples.dtype.itemsize > 2:
        return (samples >> (bits - 16)).astype(np.uint16)
    goal = np.uint8 if bits <= 8 else np.uint16
    top = (1 << bits) - 1
    if top == np.iinfo(goal).max:
        return samples.astype(goal, copy=False)
    wide = samples.astype(np.uint32) * np.iinfo(goal).max
    return ((wide + top // 2) // top).astype(goal)


def unpremultiply(samples: NDArray[Any]) -> NDArray[Any]:
    """Divide the color of RGBA or gray and alpha [h, w, 2 | 4] by its alpha."""
    top = np.iinfo(samples.dtype).max
    alpha = samples[..., -1:].astype(np.float32)
    colors = samples[..., :-1] * (top / np.maximum(alpha, 1))
    out = samples.copy()
    out[..., :-1] = np.rint(np.minimum(colors, top)).astype(samples.dtype)
    return out


def cmyk_to_rgb(samples: NDArray[Any], profile: bytes | None) -> NDArray[Any]:
    """Convert CMYK [h, w, 4], full = full ink, to sRGB [h, w, 3] in the same depth.

    By the profile of the inks; without one, as if inks were ideal filters: (1 - c)(1 - k).
    """
    if profile is not None and icc.profile_space(profile) == "CMYK":
        return icc.convert(samples, profile, None, "CMYK")
    top = np.uint32(np.iinfo(samples.dtype).max)
    left = top - samples.astype(np.uint32)
    product = left[..., :3] * left[..., 3:]
    return ((product + top // 2) // top).astype(samples.dtype)


def gray_to_rgb(samples: NDArray[Any], profile: bytes | None) -> NDArray[Any]:
    """Convert gray [h, w] to sRGB [h, w, 3] by a gray profile; unchanged if there is none."""
    if profile is not None and icc.profile_space(profile) == "GRAY":
        return icc.convert(np.ascontiguousarray(samples), profile, None, "GRAY")
    return samples


def apply_orientation(pixels: Samples, orientation: int) -> Samples:
    """Turn and mirror pixels [h, w, C] by EXIF orientation 1 .. 8 (EXIF 2.32, 4.6.4 A)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)
