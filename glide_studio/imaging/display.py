"""From a document's pixels to those of a display: 8 bit, in the display's own profile."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from glide_studio.errors import GlideError
from glide_studio.imaging import icc as color

Array8: TypeAlias = NDArray[np.uint8]
Display: TypeAlias = Callable[[NDArray[np.unsignedinteger[Any]]], Array8]
"""RGBA [h, w, 4] in a document's depth and profile -> RGBA uint8 of the same shape for the screen."""

LARGEST = 16 << 20  # bytes of a profile


def displayer(profile: bytes | None, screen: bytes | None) -> Display:
    """How pixels in a document's profile are shown on a display; None means sRGB for both.

    Relative colorimetric with black point compensation, by Little CMS. 16-bit pixels are rounded to
    8 bits after the conversion, never before. A profile that cannot be used counts as sRGB.
    """
    if profile is not None and not usable(profile):
        profile = None
    if profile == screen or (color.is_srgb(profile) and color.is_srgb(screen)):
        return _to_bytes
    source, target = profile or color.srgb_profile(), screen or color.srgb_profile()
    by_bytes = _byte_transform(source, target)

    def display(pixels: NDArray[np.unsignedinteger[Any]]) -> Array8:
        if pixels.dtype == np.uint8:
            height, width = pixels.shape[:2]
            image = Image.frombuffer(
                "RGBA", (width, height), np.ascontiguousarray(pixels), "raw", "RGBA", 0, 1
            )
            return np.asarray(by_bytes.apply(image))
        flat = color.convert(pixels[..., :3], source, target)
        return _to_bytes(np.dstack([flat, pixels[..., 3]]))

    return display


def read_profile(path: Path) -> bytes:
    """The profile of a display from an ICC file.

    Raises:
        GlideError: if it cannot be read or describes no RGB display.
    """
    try:
        with path.open("rb") as file:
            profile = file.read(LARGEST)
    except OSError as error:
        raise GlideError(f"'{path.name}' cannot be read ({error.strerror}).") from error
    if not usable(profile):
        raise GlideError(f"'{path.name}' is no profile of an RGB display; choose another file.")
    return profile


@lru_cache(maxsize=16)
def usable(profile: bytes) -> bool:
    """True if RGB pixels can be converted from and to the profile."""
    if color.profile_space(profile) != "RGB ":
        return False
    try:
        _byte_transform(profile, color.srgb_profile())
        _byte_transform(color.srgb_profile(), profile)
    except ImageCms.PyCMSError:
        return False
    return True


def describe(profile: bytes | None) -> str:
    """What a profile calls itself."""
    if profile is None:
        return "sRGB"
    name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    return name.strip() or "unnamed"


@lru_cache(maxsize=16)
def _byte_transform(source: bytes, target: bytes) -> ImageCms.ImageCmsTransform:
    # Pillow's binding keeps a transform and takes RGBA as it is, but knows 8 bits only.
    first, second = (ImageCms.ImageCmsProfile(io.BytesIO(one)) for one in (source, target))
    intent, flags = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
    return ImageCms.buildTransform(first, second, "RGBA", "RGBA", intent, flags)


def _to_bytes(pixels: NDArray[np.unsignedinteger[Any]]) -> Array8:
    if pixels.dtype == np.uint16:
        return np.asarray(cv2.convertScaleAbs(pixels, alpha=1 / 257), np.uint8)
    return pixels.astype(np.uint8, copy=False)
