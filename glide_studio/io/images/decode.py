"""Decode the bytes of an image file to an upright `Picture`, in this process.

Decoders are imported by the format that needs them: children start for one file each.
"""

from __future__ import annotations

import logging

from glide_studio.imaging.icc import profile_space
from glide_studio.io.images import exif as exif_block
from glide_studio.io.images import pixel_layout, xmp_iptc
from glide_studio.io.images.picture import UNUSABLE_PROFILE, Announce, Format, Picture, check_dpi
from glide_studio.io.images.pillow_read import PictureParts, decode_with_pillow
from glide_studio.translation import translate

PILLOW = {
    "webp": ["WEBP"],
    "bmp": ["BMP"],
}

# What libpng has to say of odd files would only reach a terminal.
logging.getLogger("imagecodecs").setLevel(logging.ERROR)


def decode(form: Format, data: bytes, announce: Announce) -> Picture:
    """Decode `data`, a file in format `form`.

    announce: told the size in the header before anything is decoded.

    Raises:
        GlideError: from `announce`.
        Exception: of any kind from a codec, for damaged data.
    """
    match form:
        case "png":
            from glide_studio.io.images.png_read import decode_png

            parts = decode_png(data, announce)
        case "jpeg":
            from glide_studio.io.images.jpeg_read import decode_jpeg

            parts = decode_jpeg(data, announce)
        case "tiff":
            from glide_studio.io.images.tiff_read import decode_tiff

            parts = decode_tiff(data, announce)
        case "avif":
            from glide_studio.io.images.deep_read import decode_avif

            parts = decode_avif(data, announce)
        case "heif":
            from glide_studio.io.images.deep_read import decode_heif

            parts = decode_heif(data, announce)
        case "jxl":
            from glide_studio.io.images.deep_read import decode_jpeg_xl

            parts = decode_jpeg_xl(data, announce)
        case "raw":
            from glide_studio.io.images.raw_read import decode_raw

            parts = decode_raw(data, announce)
        case _:
            parts = decode_with_pillow(data, announce, PILLOW[form])
    return _finish(form, parts)


def _finish(form: Format, parts: PictureParts) -> Picture:
    """Turn the picture upright and keep a profile that fits RGB pixels."""
    assert parts.pixels is not None
    pixels, missing, block, notes = parts.pixels, parts.missing, None, parts.notes
    if parts.exif is not None:
        block = exif_block.strip_prefix(parts.exif)
    if block is not None:
        # A JPEG XL is turned by its decoder, whatever its EXIF block says (ISO 18181-2).
        turn = 1 if form == "jxl" else exif_block.orientation(block)
        pixels = pixel_layout.apply_orientation(pixels, turn)
        if missing is not None:
            missing = pixel_layout.apply_orientation(missing[..., None], turn)[..., 0]
        block = exif_block.clean_exif(block)
    icc = parts.icc
    if icc is not None:
        space = profile_space(icc)
        if space is None:
            notes = (*notes, translate("Picture", UNUSABLE_PROFILE))
        # Inks and gray were converted to sRGB by theirs.
        icc = icc if space == "RGB " else None
    dpi, note = check_dpi(parts.dpi)
    return Picture(
        pixels,
        parts.has_alpha,
        icc,
        block,
        None if parts.xmp is None else xmp_iptc.clean_xmp(parts.xmp),
        dpi,
        form,
        parts.text,
        notes if note is None else (*notes, note),
        parts.iptc,
        missing,
        parts.jpeg,
    )
