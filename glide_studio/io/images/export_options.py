"""`ExportOptions`: how a picture is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from glide_studio.api.request import Provenance
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.io.images.picture import READ_ONLY, SUFFIXES, Format
from glide_studio.translation import translate

ProfileChoice = Literal["keep", "srgb", "strip"]


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How to write a picture.

    format: one that can be written, all but READ_ONLY.
    quality: 1 .. 100 for JPEG, WebP and AVIF; WebP at 100 is lossless. The others lose nothing.
    size: scale to this many pixels; None keeps the size.
    depth: 8 or 16 for PNG and TIFF; None keeps the picture's. The others have 8.
    profile: "keep" embeds the picture's profile, "srgb" converts to sRGB, "strip" writes pixels as
        they are and no profile.
    keep_blocks: write a picture that came from a JPEG with the blocks of that JPEG wherever it was
        not edited, and with its tables instead of `quality`, where that can be done.
    metadata: EXIF, XMP, resolution and text of the original.
    provenance: requests whose prompt, seed and model are written into XMP, and in a PNG into text.
    background: red, green, blue in 0 .. 255 behind transparent pixels, for JPEG and BMP.

    Raises:
        ValueError: if a value is out of its range.
    """

    format: Format = "png"
    quality: int = 90
    size: Size | None = None
    depth: Literal[8, 16] | None = None
    profile: ProfileChoice = "keep"
    metadata: bool = True
    provenance: tuple[Provenance, ...] = ()
    background: tuple[int, int, int] = (255, 255, 255)
    keep_blocks: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.quality <= 100:
            raise ValueError(f"Quality lies in 1 .. 100; {self.quality} does not.")
        if self.size is not None and not self.size.area:
            raise ValueError(f"A picture cannot be scaled to {self.size} pixels.")


def format_for(path: Path) -> Format:
    """Return the format that a file name asks for.

    Raises:
        GlideError: if it asks for none that can be written.
    """
    form = SUFFIXES.get(path.suffix.lower())
    if form is None or form in READ_ONLY:
        raise GlideError(
            translate(
                "ExportOptions",
                "'{name}' does not end in a format that can be written; use .png, .jpg,"
                " .tif, .webp, .avif or .bmp.",
            ).format(name=path.name)
        )
    return form


def lossless(form: Format, quality: int) -> bool:
    """Return True if every 8-bit sample comes back as it was."""
    return form not in ("jpeg", "avif") and (form != "webp" or quality == 100)
