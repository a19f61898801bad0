"""TIFF in: tifffile knows every layout, depth and compression; Pillow knows its metadata."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image
from tifffile import EXTRASAMPLE, PHOTOMETRIC

from glide_studio.imaging.geometry import Size
from glide_studio.io.images import exif as exif_block
from glide_studio.io.images import pixel_layout
from glide_studio.io.images.picture import Announce
from glide_studio.io.images.pillow_read import (
    CENTIMETRE,
    EDIT_FIRST,
    INCH,
    RESOLUTION_UNIT,
    X_RESOLUTION,
    Y_RESOLUTION,
    PictureParts,
    decode_with_pillow,
)

DESCRIPTIVE = frozenset({270, 271, 272, 274, 305, 306, 315, 316, 33432})
"""Tags of a TIFF that are EXIF's as well (EXIF 2.32, 4.6.4): who, when, with what, and how turned."""
EXIF_IFD, GPS_IFD = 0x8769, 0x8825
XMP, ICC = 700, 34675
COLORS: dict[int, int] = {PHOTOMETRIC.RGB: 3, PHOTOMETRIC.SEPARATED: 4}


def decode_tiff(data: bytes, announce: Announce) -> PictureParts:
    """Decode the first page of a TIFF or BigTIFF at 8 or 16 bits a channel."""
    with tifffile.TiffFile(BytesIO(data)) as file:
        page = file.pages.first
        announce(Size(page.imagewidth, page.imagelength))
        if page.imagedepth != 1:
            raise ValueError("The TIFF holds a volume, not a picture.")
        parts = _around(page, data, len(file.pages))
        if page.photometric in (PHOTOMETRIC.YCBCR, PHOTOMETRIC.CIELAB):
            return _by_pillow(data, announce, parts)
        array: NDArray[Any] = page.asarray()
        if page.planarconfig == 2 and array.ndim == 3:
            array = np.moveaxis(array, 0, -1)
        return parts.with_pixels(*_pixels(page, array, parts.icc))


def _pixels(page: tifffile.TiffPage, array: NDArray[Any], icc: bytes | None) -> tuple[Any, bool]:
    if page.photometric == PHOTOMETRIC.PALETTE:
        table = page.colormap
        assert table is not None
        return pixel_layout.to_rgba(_shallow(np.moveaxis(table, 0, -1))[array])
    bits = page.bitspersample
    array = pixel_layout.stretch_to_full_range(array, bits if isinstance(bits, int) else max(bits))
    if array.ndim == 2:
        array = array[..., None]
    colors = COLORS.get(page.photometric, 1)
    if array.shape[2] < colors:
        raise ValueError("The TIFF has fewer channels than its colors need.")
    if page.photometric == PHOTOMETRIC.MINISWHITE:
        array[..., 0] = np.iinfo(array.dtype).max - array[..., 0]
    base, alpha = array[..., :colors], None
    for number, kind in enumerate(page.extrasamples):
        if kind in (EXTRASAMPLE.ASSOCALPHA, EXTRASAMPLE.UNASSALPHA):
            alpha = array[..., colors + number]
            if kind == EXTRASAMPLE.ASSOCALPHA:
                both = pixel_layout.unpremultiply(np.concatenate([base, alpha[..., None]], axis=-1))
                base = both[..., :-1]
            break
    if page.photometric == PHOTOMETRIC.SEPARATED:
        base = pixel_layout.cmyk_to_rgb(base, icc)
    elif colors == 1:
        base = pixel_layout.gray_to_rgb(base[..., 0], icc)
    return pixel_layout.to_rgba(base, alpha)


def _shallow(table: NDArray[Any]) -> NDArray[Any]:
    """A color map has 16 bits; nearly all hold 8-bit colors, either repeated or shifted."""
    low = table & 255
    if (low == 0).all() or (low == table >> 8).all():
        return (table >> 8).astype(np.uint8)
    return table


def _around(page: tifffile.TiffPage, data: bytes, count: int) -> PictureParts:
    tags = page.tags
    icc, xmp = tags.valueof(ICC), tags.valueof(XMP)
    return PictureParts(
        icc=bytes(icc) if icc else None,
        xmp=bytes(xmp) if xmp else None,
        dpi=_dpi(page),
        exif=_exif(page, data),
        notes=(EDIT_FIRST.format(count=count),) if count > 1 else (),
    )


def _dpi(page: tifffile.TiffPage) -> tuple[float, float] | None:
    unit = page.tags.valueof(RESOLUTION_UNIT, default=INCH)
    x, y = (page.tags.valueof(tag) for tag in (X_RESOLUTION, Y_RESOLUTION))
    if unit not in (INCH, CENTIMETRE) or not x or not y or 0 in (*x, *y):
        return None
    scale = 2.54 if unit == CENTIMETRE else 1.0
    return x[0] / x[1] * scale, y[0] / y[1] * scale


def _exif(page: tifffile.TiffPage, data: bytes) -> bytes | None:
    """An EXIF block made of the tags that describe, since those of a TIFF also hold its structure."""
    made = Image.Exif()
    for tag in DESCRIPTIVE.intersection(page.tags.keys()):
        made[tag] = page.tags.valueof(tag)
    if not page.parent.is_bigtiff and {EXIF_IFD, GPS_IFD}.intersection(page.tags.keys()):
        found = Image.Exif()
        found.load(exif_block.PREFIX + data)
        for directory in (EXIF_IFD, GPS_IFD):
            inner = found.get_ifd(directory)
            if inner:
                made.get_ifd(directory).update(inner)
    return made.tobytes() if len(made) else None


def _by_pillow(data: bytes, announce: Announce, parts: PictureParts) -> PictureParts:
    """Luma and Lab, which have libtiff's or Little CMS's conversions in Pillow."""
    decoded = decode_with_pillow(data, announce, ["TIFF"])
    assert decoded.pixels is not None
    return parts.with_pixels(decoded.pixels, decoded.has_alpha)
