"""ICC color management: pixels between a document's profile, sRGB and the profiles of files.

Little CMS does the arithmetic, through imagecodecs because Pillow's binding has neither 16-bit nor
float RGB. Between profiles of a matrix and curves the faster `icc_matrix` does it, where its result
is the same. A profile of None means sRGB. 16-bit and float data never pass through 8 bits. The
rendering intent is relative colorimetric with black point compensation, as in common editors.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from typing import Any, Literal

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.icc_matrix import (
    MatrixConversion,
    make_conversion,
    read_matrix_profile,
    to_linear,
)
from glide_studio.imaging.types import Float32, to_unit

Space = Literal["RGB ", "GRAY", "CMYK", "Lab "]
_CHANNELS: dict[Space, str] = {"RGB ": "rgb", "GRAY": "gray", "CMYK": "cmyk"}

STRIP_SAMPLES = 1 << 20  # float work space stays below 20 MB a thread
THREADS = min(4, os.cpu_count() or 1)
# Largest difference from Little CMS up to which `icc_matrix` is used, in parts of full linear
# light: encoded values near black depend on how a profile's numbers are rounded.
MATRIX_TOLERANCE = 1e-4


@cache
def srgb_profile() -> bytes:
    """Get the sRGB profile, IEC 61966-2-1."""
    profile: bytes = imagecodecs.cms_profile("srgb")
    return profile


@lru_cache(maxsize=64)
def profile_space(profile: bytes) -> Space | None:
    """Read the color space of a profile's device side (ICC.1, 7.2.6); None if it is not usable."""
    if len(profile) < 132 or profile[36:40] != b"acsp":
        return None
    space = next((one for one in _CHANNELS if one.encode() == profile[16:20]), None)
    if space is None:
        return None
    shape = (1, 1) if space == "GRAY" else (1, 1, len(space.strip()))
    try:
        _transform(np.zeros(shape, np.uint16), profile, srgb_profile(), space, "RGB ", np.uint16)
    except (imagecodecs.CmsError, ValueError):
        return None
    return space


@lru_cache(maxsize=64)
def is_srgb(profile: bytes | None) -> bool:
    """Return True if converting from the profile to sRGB changes no 8-bit color.

    Many cameras and editors embed an sRGB profile of their own; treating those as identity keeps
    pixels exact and costs nothing.
    """
    if profile is None:
        return True
    if profile_space(profile) != "RGB ":
        return False
    steps = np.linspace(0, 1, 9, dtype=np.float32)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(27, 27, 3)
    converted = _transform(cube, profile, srgb_profile(), "RGB ", "RGB ", np.float32)
    return bool(np.abs(converted - cube).max() < 0.5 / 255)


def to_srgb(pixels: NDArray[Any], profile: bytes | None) -> Float32:
    """Convert colors [h, w, 3] from a document's profile to sRGB, which the model works in.

    pixels: uint8, uint16, or float32 in 0 .. 1. Returns float32 in 0 .. 1; colors outside of the
    gamut of sRGB are clipped.
    """
    if is_srgb(profile):
        return to_unit(pixels)
    assert profile is not None
    return _to_float(pixels, profile, srgb_profile())


def from_srgb(pixels: Float32, profile: bytes | None) -> Float32:
    """Convert sRGB, float32 [h, w, 3] in 0 .. 1, to a document's profile."""
    if is_srgb(profile):
        return pixels
    assert profile is not None
    return _to_float(pixels, srgb_profile(), profile)


def convert(
    pixels: NDArray[Any], source: bytes | None, target: bytes | None, space: Space = "RGB "
) -> NDArray[Any]:
    """Convert samples of a file to another RGB profile, in the same depth.

    pixels: uint8 or uint16; [h, w, 3] for "RGB ", [h, w] for "GRAY", [h, w, 4] for "CMYK" where
    full is full ink. Returns [h, w, 3].
    """
    if space == "RGB " and (source == target or (is_srgb(source) and is_srgb(target))):
        return pixels
    source, target = source or srgb_profile(), target or srgb_profile()
    if space == "RGB " and pixels.dtype == np.uint16:
        fast = _matrix_conversion(source, target)
        if fast is not None:
            return fast.apply(pixels, np.uint16)
    return _in_strips(
        pixels, lambda strip: _transform(strip, source, target, space, "RGB ", pixels.dtype)
    )


@lru_cache(maxsize=16)
def _matrix_conversion(source: bytes, target: bytes) -> MatrixConversion | None:
    """Make the conversion by tables, if there is one and it gives what Little CMS gives."""
    conversion = make_conversion(source, target)
    if conversion is None:
        return None
    steps = np.linspace(0, 1, 17, dtype=np.float32)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    exact = np.clip(_transform(cube, source, target, "RGB ", "RGB ", np.float32), 0, 1)
    profile = read_matrix_profile(target)
    assert profile is not None
    fast = conversion.apply(cube, np.float32)
    difference = to_linear(profile, fast) - to_linear(profile, exact)
    return conversion if np.abs(difference).max() < MATRIX_TOLERANCE else None


def _to_float(pixels: NDArray[Any], source: bytes, target: bytes) -> Float32:
    """Convert RGB [h, w, 3], uint8, uint16 or float32, to float32 in 0 .. 1 of another profile."""
    fast = _matrix_conversion(source, target)
    if fast is not None:
        return fast.apply(pixels, np.float32)

    def convert_strip(strip: NDArray[Any]) -> Float32:
        converted = _transform(to_unit(strip), source, target, "RGB ", "RGB ", np.float32)
        return np.asarray(np.clip(converted, 0, 1))

    return _in_strips(pixels, convert_strip)


def _in_strips(pixels: NDArray[Any], work: Callable[[NDArray[Any]], NDArray[Any]]) -> NDArray[Any]:
    """Apply `work` to strips of rows, in a few threads, which Little CMS does not serialize."""
    step = max(1, STRIP_SAMPLES // max(1, pixels.shape[1] * 3))
    strips = [np.ascontiguousarray(pixels[top : top + step]) for top in range(0, len(pixels), step)]
    if len(strips) < 2:
        return work(np.ascontiguousarray(pixels))
    with ThreadPoolExecutor(THREADS) as pool:
        return np.concatenate(list(pool.map(work, strips)))


def _transform(
    pixels: NDArray[Any],
    source: bytes,
    target: bytes,
    space: Space,
    out_space: Space,
    dtype: Any,
) -> NDArray[Any]:
    """Convert by Little CMS."""
    flags: int = imagecodecs.CMS.FLAGS.BLACKPOINTCOMPENSATION
    if np.dtype(dtype) != np.uint8:
        # The optimizer puts a coarse table in place of 16-bit curves, wrong by up to 8 % where a
        # color leaves the gamut.
        flags |= imagecodecs.CMS.FLAGS.NOOPTIMIZE
    result: NDArray[Any] = imagecodecs.cms_transform(
        pixels,
        source,
        target,
        colorspace=_CHANNELS[space],
        outcolorspace=_CHANNELS[out_space],
        outdtype=dtype,
        intent=imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC,
        flags=flags,
    )
    return result
