"""Colour profiles: pixels between a document's profile, sRGB and the profiles of files.

Little CMS does the arithmetic, through imagecodecs because Pillow's binding has neither 16-bit nor
float RGB. A profile of None means sRGB. 16-bit and float data never pass through 8 bits. The
rendering intent is relative colorimetric with black point compensation, as in common editors.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, Literal

import imagecodecs
import numpy as np
from numpy.typing import NDArray

Space = Literal["RGB ", "GRAY", "CMYK", "Lab "]
_CHANNELS: dict[Space, str] = {"RGB ": "rgb", "GRAY": "gray", "CMYK": "cmyk"}

ROWS = 1 << 20  # samples a strip: float work space stays below 20 MB


@cache
def srgb_profile() -> bytes:
    """The sRGB profile, IEC 61966-2-1."""
    profile: bytes = imagecodecs.cms_profile("srgb")
    return profile


@lru_cache(maxsize=64)
def profile_space(profile: bytes) -> Space | None:
    """The colour space of a profile's device side (ICC.1, 7.2.6); None if it can not be used."""
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
    """True if converting from the profile to sRGB changes no 8-bit colour.

    Many cameras and editors embed an sRGB profile of their own; treating those as identity keeps
    pixels exact and costs nothing.
    """
    if profile is None:
        return True
    if profile_space(profile) != "RGB ":
        return False
    steps = np.linspace(0, 1, 9, dtype=np.float32)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(27, 27, 3)
    there = _transform(cube, profile, srgb_profile(), "RGB ", "RGB ", np.float32)
    return bool(np.abs(there - cube).max() < 0.5 / 255)


def to_srgb(pixels: NDArray[Any], profile: bytes | None) -> NDArray[np.float32]:
    """Colours [h, w, 3] in a document's profile, as the model sees them.

    pixels: uint8, uint16, or float32 in 0 .. 1. Returns float32 in 0 .. 1, sRGB; colours that sRGB
    does not hold are clipped.
    """
    if is_srgb(profile):
        return _as_float(pixels)
    assert profile is not None
    if pixels.dtype == np.uint8 and _quick_is_right(profile):
        return _as_float(_transform_bytes(np.ascontiguousarray(pixels), profile))
    return _convert_float(_as_float(pixels), profile, srgb_profile())


def from_srgb(pixels: NDArray[np.float32], profile: bytes | None) -> NDArray[np.float32]:
    """A picture of the model, float32 [h, w, 3] in 0 .. 1, sRGB, in a document's profile."""
    if is_srgb(profile):
        return pixels
    assert profile is not None
    return _convert_float(pixels, srgb_profile(), profile)


def convert(
    pixels: NDArray[Any], source: bytes | None, target: bytes | None, space: Space = "RGB "
) -> NDArray[Any]:
    """Samples of a file in another RGB profile, in the same depth.

    pixels: uint8 or uint16; [h, w, 3] for "RGB ", [h, w] for "GRAY", [h, w, 4] for "CMYK" where
    full is full ink. Returns [h, w, 3].
    """
    if space == "RGB " and (source == target or (is_srgb(source) and is_srgb(target))):
        return pixels
    return _transform(
        np.ascontiguousarray(pixels),
        source or srgb_profile(),
        target or srgb_profile(),
        space,
        "RGB ",
        pixels.dtype,
    )


@lru_cache(maxsize=64)
def _quick_is_right(profile: bytes) -> bool:
    """True if the optimizer, twenty times as fast, is right to half an 8-bit step for 8-bit pixels.

    It is for profiles of a matrix and curves, not for those of a table.
    """
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    quick = _as_float(_transform_bytes(pixels, profile))
    exact = _convert_float(_as_float(pixels), profile, srgb_profile())
    return bool(np.abs(quick - exact).max() < 0.5 / 255)


def _transform_bytes(pixels: NDArray[Any], profile: bytes) -> NDArray[Any]:
    """uint8 in a profile to uint16 in sRGB."""
    return _transform(pixels, profile, srgb_profile(), "RGB ", "RGB ", np.uint16, optimize=True)


def _as_float(pixels: NDArray[Any]) -> NDArray[np.float32]:
    if pixels.dtype == np.float32:
        return pixels
    unit: NDArray[np.float32] = np.divide(pixels, np.iinfo(pixels.dtype).max, dtype=np.float32)
    return unit


def _convert_float(
    pixels: NDArray[np.float32], source: bytes, target: bytes
) -> NDArray[np.float32]:
    out = np.empty(pixels.shape, np.float32)
    step = max(1, ROWS // max(1, pixels.shape[1] * 3))
    for top in range(0, len(pixels), step):
        strip = np.ascontiguousarray(pixels[top : top + step])
        there = _transform(strip, source, target, "RGB ", "RGB ", np.float32)
        np.clip(there, 0, 1, out=out[top : top + step])
    return out


def _transform(
    pixels: NDArray[Any],
    source: bytes,
    target: bytes,
    space: Space,
    out_space: Space,
    dtype: Any,
    optimize: bool = False,
) -> NDArray[Any]:
    flags: int = imagecodecs.CMS.FLAGS.BLACKPOINTCOMPENSATION
    if np.dtype(dtype) != np.uint8 and not optimize:
        # The optimizer puts a coarse table in place of 16-bit curves, wrong by up to 8 % where a
        # colour leaves the gamut.
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
