"""Read TIFF files: tifffile decodes every layout, depth and compression; Pillow reads EXIF."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image
from tifffile import EXTRASAMPLE, PHOTOMETRIC

from glide_studio.imaging.geometry import Size
from glide_studio.io.images import exif as exif_block
from glide_studio.io.images import pixel_layout, xmp_iptc
from glide_studio.io.images.exif import (
    CENTIMETRE,
    INCH,
    RESOLUTION_UNIT,
    X_RESOLUTION,
    Y_RESOLUTION,
)
from glide_studio.io.images.picture import Announce
from glide_studio.io.images.pillow_read import (
    PictureParts,
    decode_with_pillow,
    first_only,
)
from glide_studio.translation import translate

DESCRIPTIVE = frozenset({270, 271, 272, 274, 305, 306, 315, 316, 33432})
"""Tags of a TIFF that are EXIF's as well (EXIF 2.32, 4.6.4): author, time, device, orientation."""
EXIF_IFD, GPS_IFD = 0x8769, 0x8825
XMP, ICC, IPTC, PHOTOSHOP = 700, 34675, 33723, 34377
COLORS: dict[int, int] = {PHOTOMETRIC.RGB: 3, PHOTOMETRIC.SEPARATED: 4}


def decode_tiff(data: bytes, announce: Announce) -> PictureParts:
    """Decode the first page of a TIFF or BigTIFF at 8 or 16 bits a channel."""
    with tifffile.TiffFile(BytesIO(data)) as file:
        page = file.pages.first
        announce(Size(page.imagewidth, page.imagelength))
        if page.imagedepth != 1:
            raise NotImplementedError("The TIFF holds a volume, not a picture.")
        parts = _read_tags(page, data, len(file.pages))
        if page.photometric in (PHOTOMETRIC.YCBCR, PHOTOMETRIC.CIELAB):
            return _decode_luma_or_lab(data, announce, parts)
        array: NDArray[Any] = page.asarray()
        if page.planarconfig == 2 and array.ndim == 3:
            array = np.moveaxis(array, 0, -1)
        parts = replace(parts, notes=(*parts.notes, *_describe_lost(array)))
        return parts.with_pixels(*_pixels(page, array, parts.icc))


def _describe_lost(samples: NDArray[Any]) -> list[str]:
    """Say which floating-point samples 16 bits a channel cannot hold."""
    if samples.dtype.kind != "f":
        return []
    notes: list[str] = []
    if empty := _count_pixels(np.isnan(samples)):
        notes.append(
            translate("TiffRead", "%n pixel(s) have no value and were made black.", None, empty)
        )
    if bright := _count_pixels(samples > 1):
        notes.append(
            translate("TiffRead", "%n pixel(s) are brighter than white and were cut.", None, bright)
        )
    return notes


def _count_pixels(where: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(where.any(axis=-1) if where.ndim == 3 else where))


def _pixels(page: tifffile.TiffPage, array: NDArray[Any], icc: bytes | None) -> tuple[Any, bool]:
    if page.photometric == PHOTOMETRIC.PALETTE:
        table = page.colormap
        assert table is not None
        return pixel_layout.to_rgba(_to_true_depth(np.moveaxis(table, 0, -1))[array])
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


def _to_true_depth(table: NDArray[Any]) -> NDArray[Any]:
    """Return a 16-bit color map as uint8 if it holds 8-bit colors, either repeated or shifted."""
    low = table & 255
    if (low == 0).all() or (low == table >> 8).all():
        return (table >> 8).astype(np.uint8)
    return table


def _read_tags(page: tifffile.TiffPage, data: bytes, count: int) -> PictureParts:
    tags = page.tags
    icc, xmp = tags.valueof(ICC), tags.valueof(XMP)
    return PictureParts(
        icc=bytes(icc) if icc else None,
        xmp=bytes(xmp) if xmp else None,
        dpi=_dpi(page),
        exif=_exif(page, data),
        iptc=_iptc(page),
        notes=(first_only(count),) if count > 1 else (),
    )


def _dpi(page: tifffile.TiffPage) -> tuple[float, float] | None:
    """Return the resolution; None where there is none or its type makes no sense."""
    unit = page.tags.valueof(RESOLUTION_UNIT, default=INCH)
    if unit not in (INCH, CENTIMETRE):
        return None
    scale = 2.54 if unit == CENTIMETRE else 1.0
    pair = [_number(page.tags.valueof(tag)) for tag in (X_RESOLUTION, Y_RESOLUTION)]
    x, y = (None if value is None else value * scale for value in pair)
    return None if x is None or y is None else (x, y)


def _number(value: Any) -> float | None:
    """Return a resolution of type RATIONAL, as it should be, or any other number."""
    try:
        if isinstance(value, tuple):
            return float(value[0] / value[1] if len(value) > 1 else value[0])
        return None if value is None else float(value)
    except (TypeError, ValueError, IndexError, ArithmeticError):
        return None


def _iptc(page: tifffile.TiffPage) -> bytes | None:
    """Return the IPTC block, which stands in a tag of its own or in Photoshop's resources."""
    value = page.tags.valueof(IPTC)
    if isinstance(value, tuple):  # declared as LONG by a common mistake
        value = np.array(value, f"{page.parent.byteorder}u4").tobytes()
    if isinstance(value, bytes):
        return xmp_iptc.clean_iptc(value)
    resources = page.tags.valueof(PHOTOSHOP)
    block = xmp_iptc.find_iptc(resources) if isinstance(resources, bytes) else None
    return None if block is None else xmp_iptc.clean_iptc(block)


def _exif(page: tifffile.TiffPage, data: bytes) -> bytes | None:
    """Return an EXIF block of the tags that describe; the others hold the TIFF's structure."""
    made = Image.Exif()
    for tag in DESCRIPTIVE.intersection(page.tags.keys()):
        value = page.tags.valueof(tag)
        made[tag] = value.encode().decode("latin-1") if isinstance(value, str) else value
    if not page.parent.is_bigtiff and {EXIF_IFD, GPS_IFD}.intersection(page.tags.keys()):
        found = exif_block.parse(data)
        for directory in (EXIF_IFD, GPS_IFD):
            inner = found.get_ifd(directory)
            if inner:
                made.get_ifd(directory).update(inner)
    return exif_block.serialize(made) if len(made) else None


def _decode_luma_or_lab(data: bytes, announce: Announce, parts: PictureParts) -> PictureParts:
    """Decode luma and Lab with Pillow, which has libtiff's and Little CMS's conversions."""
    decoded = decode_with_pillow(data, announce, ["TIFF"])
    assert decoded.pixels is not None
    return parts.with_pixels(decoded.pixels, decoded.has_alpha)
