"""Read images with Pillow: WebP, BMP, AVIF and HEIF, and the headers of most formats."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glide_studio.imaging.geometry import Size
from glide_studio.io.images import exif, pixel_layout
from glide_studio.io.images.extras import register_with_pillow
from glide_studio.io.images.picture import Announce, Samples
from glide_studio.translation import QT_TRANSLATE_NOOP, translate

register_with_pillow()

# Damaged metadata is left out; warnings about it would only reach a terminal.
warnings.filterwarnings("ignore", module=r"PIL\.TiffImagePlugin")

# Sizes are checked against our own limit, and for every format alike.
Image.MAX_IMAGE_PIXELS = None

COMPLETE = QT_TRANSLATE_NOOP(
    "PillowRead", "The file is damaged or ends too early, but the picture is complete."
)
LEAST_PART = 0.001  # of a picture that must be there for it to be opened


@dataclass(frozen=True, slots=True, eq=False)
class PictureParts:
    """A `Picture` in the making: as found in the file, not yet upright, profile of any space."""

    pixels: Samples | None = None
    has_alpha: bool = False
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    text: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    iptc: bytes | None = None
    missing: NDArray[np.uint8] | None = None
    jpeg: bytes | None = None

    def with_pixels(self, pixels: Samples, has_alpha: bool) -> Self:
        """Return a copy with pixels."""
        return replace(self, pixels=pixels, has_alpha=has_alpha)

    def with_note(self, note: str) -> Self:
        """Return a copy with one more sentence for the user."""
        return replace(self, notes=(*self.notes, note))

    def with_missing(self, missing: NDArray[np.uint8]) -> Self:
        """Return a copy in which a part of the picture is marked as missing, and told.

        Raises:
            ValueError: if that is nearly all of it.
        """
        share = float(np.count_nonzero(missing)) / missing.size
        if share > 1 - LEAST_PART:
            raise ValueError("Nothing of the picture can be decoded.")
        rows = np.flatnonzero(missing.any(axis=1))
        percent = (
            translate("PillowRead", "less than 1 %") if share < 0.01 else f"{100 * share:.0f} %"
        )
        note = translate(
            "PillowRead",
            "The file is damaged: {share} of the picture is missing, between {first} and {last} of"
            " {height} pixels from the top of the picture as stored; the missing part is selected.",
        ).format(share=percent, first=rows[0], last=rows[-1] + 1, height=len(missing))
        return replace(self.with_note(note), missing=missing)


def read_header(image: Image.Image) -> PictureParts:
    """Return profile, metadata and resolution that Pillow found in a header."""
    info = image.info
    xmp = info.get("xmp")
    count = getattr(image, "n_frames", 1)
    # A phone's JPEG often carries a second picture for its own use: that is not worth a word.
    several = count > 1 and image.format not in ("JPEG", "MPO")
    return PictureParts(
        icc=info.get("icc_profile") or None,
        exif=exif.read_exif(image),
        xmp=xmp.encode() if isinstance(xmp, str) else xmp or None,
        dpi=exif.read_resolution(image),
        notes=(first_only(count),) if several else (),
    )


def decode_with_pillow(data: bytes, announce: Announce, formats: list[str]) -> PictureParts:
    """Decode a file in one of Pillow's `formats`, 8 bits a channel."""
    with Image.open(BytesIO(data), formats=formats) as image:
        announce(Size(*image.size))
        parts = read_header(image)
        image.load()
        return parts.with_pixels(*pixels_of(image, parts.icc))


def pixels_of(image: Image.Image, icc: bytes | None) -> tuple[Samples, bool]:
    """Return (pixels [h, w, 4], has_alpha) of a loaded image in any of Pillow's 8-bit modes."""
    if image.mode == "CMYK":
        return pixel_layout.to_rgba(pixel_layout.cmyk_to_rgb(np.asarray(image), icc))
    if image.mode in ("1", "L") and "transparency" not in image.info:
        return pixel_layout.to_rgba(pixel_layout.gray_to_rgb(np.asarray(image.convert("L")), icc))
    clear = "A" in image.getbands() or "transparency" in image.info
    array: Any = np.asarray(image.convert("RGBA" if clear else "RGB"))
    return pixel_layout.to_rgba(array)


def first_only(count: int | None = None) -> str:
    """Say that a file holds more pictures; count: None if that is not known."""
    if count is None:
        return translate("PillowRead", "Only the first of several pictures in the file was opened.")
    return translate(
        "PillowRead", "Only the first of {count} pictures in the file was opened."
    ).format(count=count)
