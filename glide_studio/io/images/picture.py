"""`Picture`: a decoded image file, its metadata, and the limits on what is decoded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.translation import QT_TRANSLATE_NOOP, translate

Format = Literal["png", "jpeg", "tiff", "webp", "bmp", "avif", "heif", "jxl", "raw"]
FORMATS: tuple[Format, ...] = get_args(Format)

READ_ONLY: tuple[Format, ...] = ("heif", "jxl", "raw")
RAW_SUFFIXES = (
    *(".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".sr2", ".srf", ".raf", ".orf"),
    *(".rw2", ".pef", ".srw", ".3fr", ".fff", ".iiq", ".mrw", ".erf", ".kdc", ".dcr", ".x3f"),
)
"""Of camera RAW files: many begin like a TIFF, so that only the name tells."""

_SUFFIXES: dict[str, Format] = {
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
    ".jxl": "jxl",
}
for _suffix in RAW_SUFFIXES:
    _SUFFIXES[_suffix] = "raw"

SUFFIXES: Mapping[str, Format] = MappingProxyType(_SUFFIXES)
"""Formats by file name ending, lower case."""

MAX_PIXELS = 300 << 20  # 314 megapixels: 1.2 GiB of 8-bit RGBA
MAX_SIDE = 100_000
FREE_FILE = 256 << 20  # bytes of a file that are read whatever its header says
MIN_DPI, MAX_DPI = 0.0254, 65_535  # what every format can say; real ones are 50 to 10,000
MAX_SEGMENTS = 10_000  # of a JPEG: its profile has at most 255, its scans ten
MAX_SOURCE = 48 << 20  # bytes of a JPEG that is kept beside its pixels
UNUSABLE_PROFILE = QT_TRANSLATE_NOOP(
    "Picture", "Its color profile cannot be used, so its colors are taken as sRGB."
)
COMMENT = "Comment"  # keyword of a PNG's comment, under which that of a JPEG is kept too

Samples: TypeAlias = NDArray[np.unsignedinteger[Any]]
"""Pixels [h, w, 4] uint8 or uint16: red, green, blue and straight alpha."""


class Announce(Protocol):
    """Called with the size in a file's header before its pixels are decoded; may refuse it.

    layers_area: pixels of all layers together, in a layered file.

    Raises:
        GlideError: to refuse.
    """

    def __call__(self, size: Size, /, *, layers_area: int = 0) -> None:
        """Take note of the size."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """The content of an image file.

    pixels: [h, w, 4] uint8 or uint16, RGBA, straight alpha, upright; alpha is full throughout
        unless `has_alpha`.
    icc: the RGB profile of the pixels; None means sRGB.
    exif: the block from its TIFF header on ("II*" or "MM*"); its orientation is 1 and it has no
        thumbnail, which would show the picture as it was.
    xmp: the packet, without thumbnails too.
    iptc: IPTC-IIM datasets, without previews of the picture.
    dpi: horizontal and vertical pixels an inch, MIN_DPI to MAX_DPI.
    format: of the file it was read from, None if it was made here.
    text: PNG text chunks by keyword; the comment of a JPEG stands under COMMENT.
    notes: sentences on what the file had that is not in here, for the user.
    missing: [h, w] uint8, 255 where the file has lost its pixels; None if it has all of them.
    jpeg: the file it was decoded from, if that was a whole JPEG in RGB or gray, so that what is
        not edited can be written as it was; other pictures in the file are left out.
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
    iptc: bytes | None = None
    missing: NDArray[np.uint8] | None = None
    jpeg: bytes | None = None

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


class HasMetadata(Protocol):
    """A picture of any kind that has these fields of a `Picture`."""

    @property
    def exif(self) -> bytes | None: ...
    @property
    def xmp(self) -> bytes | None: ...
    @property
    def iptc(self) -> bytes | None: ...
    @property
    def dpi(self) -> tuple[float, float] | None: ...
    @property
    def text(self) -> Mapping[str, str]: ...


def to_metadata(picture: HasMetadata) -> dict[str, bytes]:
    """Return EXIF, XMP, IPTC, resolution and text as a document keeps them, by name."""
    found = {
        "exif": picture.exif,
        "xmp": picture.xmp,
        "iptc": picture.iptc,
        "dpi": json.dumps(picture.dpi).encode() if picture.dpi else None,
        "text": json.dumps(dict(picture.text)).encode() if picture.text else None,
    }
    return {name: block for name, block in found.items() if block is not None}


def from_metadata(metadata: Mapping[str, bytes]) -> dict[str, Any]:
    """Return fields of a `Picture` from what `to_metadata` made."""
    dpi = json.loads(metadata.get("dpi", b"null"))
    return {
        "exif": metadata.get("exif"),
        "xmp": metadata.get("xmp"),
        "iptc": metadata.get("iptc"),
        "dpi": None if dpi is None else (float(dpi[0]), float(dpi[1])),
        "text": json.loads(metadata.get("text", b"{}")),
    }


def check_dpi(dpi: tuple[float, float] | None) -> tuple[tuple[float, float] | None, str | None]:
    """Return (resolution, None), or (None, a sentence for the user) if no file could say it."""
    if dpi is None or all(MIN_DPI <= value <= MAX_DPI for value in dpi):
        return dpi, None
    if not all(0 < value < float("inf") for value in dpi):
        return None, None  # zero means unknown
    return (
        None,
        translate(
            "Picture", "The resolution of {dpi} pixels an inch makes no sense and was left out."
        ).format(dpi=f"{max(dpi):.3g}"),
    )


def decoding_error(name: str, error: BaseException | None = None) -> GlideError:
    """Return the sentence for a file that a decoder refused: unsupported, or else damaged."""
    text = str(error).lower()
    if isinstance(error, NotImplementedError) or "unsupported" in text or "not supported" in text:
        return GlideError(
            translate(
                "Picture",
                "'{name}' is of a kind that is not supported; save it as PNG or TIFF "
                "from the program that made it.",
            ).format(name=name)
        )
    return GlideError(
        translate(
            "Picture", "'{name}' is damaged or incomplete; get the original file again."
        ).format(name=name)
    )


def check_size(size: Size, /, *, layers_area: int = 0) -> None:
    """Refuse what is too large before it is decoded.

    layers_area: of a layered file, whose reader checks it against the file's length.

    Raises:
        GlideError: if a side is 0 or above MAX_SIDE, or there are more than MAX_PIXELS.
    """
    if not size.area:
        raise GlideError(translate("Picture", "The picture has no pixels; choose another file."))
    if size.area > MAX_PIXELS or max(size.width, size.height) > MAX_SIDE:
        raise GlideError(
            translate(
                "Picture",
                "The picture is {size} pixels and at most {max_pixels} megapixels can "
                "be opened; make it smaller first.",
            ).format(size=size, max_pixels=MAX_PIXELS // 1_000_000)
        )
