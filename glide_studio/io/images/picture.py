"""`Picture`: a decoded image file, and the limits on what is decoded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size

Format = Literal["png", "jpeg", "tiff", "webp", "bmp", "avif", "heif"]
FORMATS: tuple[Format, ...] = get_args(Format)

SUFFIXES: Mapping[str, Format] = MappingProxyType(
    {
        ".png": "png",
        ".jpg": "jpeg",
        ".jpeg": "jpeg",
        ".tif": "tiff",
        ".tiff": "tiff",
        ".webp": "webp",
        ".bmp": "bmp",
        ".avif": "avif",
        ".heic": "heif",
        ".heif": "heif",
    }
)
"""File name endings, lower case, and what they mean."""

MAX_PIXELS = 1 << 28  # 268 megapixels: 1 GiB of 8-bit RGBA
MAX_SIDE = 100_000

Samples: TypeAlias = NDArray[np.unsignedinteger[Any]]
"""Pixels [h, w, 4] uint8 or uint16: red, green, blue and straight alpha."""

Announce: TypeAlias = Callable[[Size], None]
"""Told the size in a file's header before its pixels are decoded; raises GlideError to refuse."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What was in an image file.

    pixels: [h, w, 4] uint8 or uint16, RGBA, straight alpha, upright; alpha is full throughout
        unless `has_alpha`.
    icc: the RGB profile of the pixels; None means sRGB.
    exif: the block from its TIFF header on ("II*" or "MM*"); its orientation is 1 and it has no
        thumbnail, which would show the picture as it was.
    xmp: the packet.
    dpi: horizontal and vertical pixels an inch.
    format: of the file it was read from, None if it was made here.
    text: PNG text chunks by keyword.
    notes: sentences on what the file had that is not in here, for the user.
    """

    pixels: Samples
    has_alpha: bool = False
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    format: Format | None = None
    text: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or self.pixels.shape[2] != 4:
            raise ValueError(f"A picture is [h, w, 4], not {self.pixels.shape}.")
        if self.pixels.dtype not in (np.uint8, np.uint16):
            raise ValueError(f"A picture is uint8 or uint16, not {self.pixels.dtype}.")
        self.pixels.setflags(write=False)

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return Size(self.pixels.shape[1], self.pixels.shape[0])

    @property
    def depth(self) -> Literal[8, 16]:
        """Bits a channel."""
        return 8 if self.pixels.dtype == np.uint8 else 16


def check_size(size: Size) -> None:
    """Refuse what is too large before it is decoded.

    Raises:
        GlideError: if a side is 0 or above MAX_SIDE, or there are more than MAX_PIXELS.
    """
    if not size.area:
        raise GlideError("The picture has no pixels; choose another file.")
    if size.area > MAX_PIXELS or max(size.width, size.height) > MAX_SIDE:
        raise GlideError(
            f"The picture is {size} pixels and at most {MAX_PIXELS >> 20} x 2^20 can be opened;"
            " make it smaller first."
        )
