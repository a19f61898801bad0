"""Conversion of a document's pixels to those of a display: 8 bit, in the display's own profile."""

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
from glide_studio.imaging import icc
from glide_studio.imaging.types import Uint8
from glide_studio.translation import translate

DisplayTransform: TypeAlias = Callable[[NDArray[np.unsignedinteger[Any]]], Uint8]
"""RGBA [h, w, 4] in a document's depth and profile -> RGBA uint8 of the same shape."""

MAX_PROFILE_BYTES = 16 << 20


def make_display_transform(
    profile: bytes | None, display_profile: bytes | None
) -> DisplayTransform:
    """Make the conversion from a document's profile to that of a display; None means sRGB for both.

    Relative colorimetric with black point compensation, by Little CMS. 16-bit pixels are rounded to
    8 bits after the conversion, never before. A document's profile that cannot be used counts as
    sRGB.
    """
    if profile is not None and not is_usable_profile(profile):
        profile = None
    if profile == display_profile or (icc.is_srgb(profile) and icc.is_srgb(display_profile)):
        return _to_bytes
    source, target = profile or icc.srgb_profile(), display_profile or icc.srgb_profile()
    byte_transform = _byte_transform(source, target)

    def transform(pixels: NDArray[np.unsignedinteger[Any]]) -> Uint8:
        if pixels.dtype == np.uint8:
            height, width = pixels.shape[:2]
            image = Image.frombuffer(
                "RGBA", (width, height), np.ascontiguousarray(pixels), "raw", "RGBA", 0, 1
            )
            return np.asarray(byte_transform.apply(image))
        color = icc.convert(pixels[..., :3], source, target)
        return _to_bytes(np.dstack([color, pixels[..., 3]]))

    return transform


def read_profile(path: Path) -> bytes:
    """Read the profile of a display from an ICC file.

    Raises:
        GlideError: if it cannot be read or describes no RGB display.
    """
    try:
        with path.open("rb") as file:
            profile = file.read(MAX_PROFILE_BYTES)
    except OSError as error:
        raise GlideError(
            translate("Display", "'{name}' cannot be read ({strerror}).").format(
                name=path.name, strerror=error.strerror
            )
        ) from error
    if not is_usable_profile(profile):
        raise GlideError(
            translate(
                "Display", "'{name}' is no profile of an RGB display; choose another file."
            ).format(name=path.name)
        )
    return profile


@lru_cache(maxsize=16)
def is_usable_profile(profile: bytes) -> bool:
    """Return True if RGB pixels can be converted from and to the profile."""
    if icc.profile_space(profile) != "RGB ":
        return False
    try:
        _byte_transform(profile, icc.srgb_profile())
        _byte_transform(icc.srgb_profile(), profile)
    except ImageCms.PyCMSError:
        return False
    return True


def profile_name(profile: bytes | None) -> str:
    """Get the name that a profile gives itself."""
    if profile is None:
        return "sRGB"
    name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    return name.strip() or "unnamed"


@lru_cache(maxsize=16)
def _byte_transform(source: bytes, target: bytes) -> ImageCms.ImageCmsTransform:
    # Pillow's binding keeps a transform and takes RGBA as it is, but supports 8 bits only.
    first, second = (ImageCms.ImageCmsProfile(io.BytesIO(one)) for one in (source, target))
    intent, flags = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
    return ImageCms.buildTransform(first, second, "RGBA", "RGBA", intent, flags)


def _to_bytes(pixels: NDArray[np.unsignedinteger[Any]]) -> Uint8:
    """Round to 8 bits."""
    if pixels.dtype == np.uint16:
        return np.asarray(cv2.convertScaleAbs(pixels, alpha=1 / 257), np.uint8)
    return pixels.astype(np.uint8, copy=False)
