"""Read PNG files: libpng decodes the pixels, the chunks around them are read here."""

from __future__ import annotations

import logging
import struct

import imagecodecs
import numpy as np

from glide_studio.io.images import pixel_layout, png_chunks, xmp_iptc
from glide_studio.io.images.picture import Announce
from glide_studio.io.images.pillow_read import COMPLETE, PictureParts, first_only
from glide_studio.io.images.png_repair import repair_png
from glide_studio.translation import translate

log = logging.getLogger(__name__)


def decode_png(data: bytes, announce: Announce) -> PictureParts:
    """Decode a PNG at 8 or 16 bits a channel, of a damaged one the rows that can be read.

    Raises:
        GlideError: from `announce`.
        ValueError: if nothing can be read.
    """
    try:
        return _decode_sound_png(data, announce)
    except (ValueError, struct.error, imagecodecs.PngError) as error:
        log.info("A damaged PNG: %s", error)
    repaired = repair_png(data, announce)
    parts = _decode_sound_png(repaired.data, announce)
    height, width = repaired.size.height, repaired.size.width
    if repaired.rows == height:
        return parts.with_note(translate("PillowRead", COMPLETE))
    missing = np.zeros((height, width), np.uint8)
    missing[repaired.rows :] = 255
    return parts.with_missing(missing)


def _decode_sound_png(data: bytes, announce: Announce) -> PictureParts:
    chunks = png_chunks.read_chunks(data)
    announce(chunks.size)
    # libpng makes every kind of PNG 8 or 16 bits of grey, grey and alpha, RGB or RGBA.
    array = np.asarray(imagecodecs.png_decode(png_chunks.keep_pixel_chunks(data)))
    parts = PictureParts(
        icc=chunks.icc,
        exif=chunks.exif,
        xmp=chunks.xmp,
        dpi=chunks.dpi,
        text=chunks.text,
        notes=(*chunks.notes, *((first_only(),) if chunks.animated else ())),
        iptc=None if chunks.iptc is None else xmp_iptc.clean_iptc(chunks.iptc),
    )
    if array.ndim == 3 and array.shape[2] >= 3:
        return parts.with_pixels(*pixel_layout.to_rgba(array))
    grey, alpha = (array, None) if array.ndim == 2 else (array[..., 0], array[..., -1])
    if array.ndim == 3 and array.shape[2] == 1:
        alpha = None
    return parts.with_pixels(
        *pixel_layout.to_rgba(pixel_layout.gray_to_rgb(grey, parts.icc), alpha)
    )
