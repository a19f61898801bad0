"""Read AVIF, HEIC and JPEG XL of more than 8 bits a channel; headers are read by Pillow."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from io import BytesIO
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glide_studio.imaging.geometry import Size
from glide_studio.io.images import pixel_layout
from glide_studio.io.images.picture import Announce
from glide_studio.io.images.pillow_read import (
    PictureParts,
    decode_with_pillow,
    first_only,
    read_header,
)
from glide_studio.translation import QT_TRANSLATE_NOOP, translate

HIGH_DEPTH, TWELVE_BITS = 0x40, 0x20  # bits of the third byte of an AV1 configuration box
TURNED_BOXES = (b"irot", b"imir")  # how an AVIF asks to be turned, which its codec does not do
HEADER_BYTES = 4096  # where a still picture has its boxes
TURNED_NOTE = QT_TRANSLATE_NOOP(
    "DeepRead",
    "The picture has more than 8 bits a channel, of which 8 were read, since it is turned.",
)


def avif_depth(data: bytes) -> int:
    """Return the bits a channel of an AVIF, 8, 10 or 12, by its `av1C` (AV1-ISOBMFF 2.3)."""
    at = data.find(b"av1C", 0, HEADER_BYTES)
    if at < 0 or at + 7 > len(data) or not data[at + 6] & HIGH_DEPTH:
        return 8
    return 12 if data[at + 6] & TWELVE_BITS else 10


def decode_avif(data: bytes, announce: Announce) -> PictureParts:
    """Decode an AVIF; 10 and 12 bits a channel become 16."""
    depth = avif_depth(data)
    if depth == 8:
        return decode_with_pillow(data, announce, ["AVIF"])
    if any(data.find(box, 0, HEADER_BYTES) >= 0 for box in TURNED_BOXES):
        parts = decode_with_pillow(data, announce, ["AVIF"])
        return replace(parts, notes=(*parts.notes, translate("DeepRead", TURNED_NOTE)))
    parts = _read_header(data, announce, "AVIF")
    samples = np.asarray(imagecodecs.avif_decode(data))
    return _with_samples(parts, samples, depth)


def decode_heif(data: bytes, announce: Announce) -> PictureParts:
    """Decode a HEIC or HEIF; 10 and 12 bits a channel become 16."""
    heif = import_module("pillow_heif").open_heif(BytesIO(data), convert_hdr_to_8bit=False)
    depth = int(heif.info["bit_depth"])
    if depth == 8:
        return decode_with_pillow(data, announce, ["HEIF"])
    parts = _read_header(data, announce, "HEIF")
    return _with_samples(parts, np.asarray(heif) >> (16 - depth), depth)


def decode_jpeg_xl(data: bytes, announce: Announce) -> PictureParts:
    """Decode a JPEG XL, as its codec turns it; more than 8 bits a channel become 16."""
    parts = _read_header(data, announce, "JXL")
    samples = np.asarray(imagecodecs.jpegxl_decode(data))
    return _with_samples(parts, samples, 8 * samples.dtype.itemsize)


def _read_header(data: bytes, announce: Announce, form: str) -> PictureParts:
    with Image.open(BytesIO(data), formats=[form]) as image:
        announce(Size(*image.size))
        return read_header(image)


def _with_samples(parts: PictureParts, samples: NDArray[Any], bits: int) -> PictureParts:
    if samples.ndim == 4:  # the pictures of an animation, which Pillow may not have counted
        if len(samples) > 1 and not parts.notes:
            parts = parts.with_note(first_only(len(samples)))
        samples = samples[0]
    array = pixel_layout.stretch_to_full_range(samples, bits)
    if array.ndim == 3 and array.shape[2] in (1, 2):
        gray = pixel_layout.gray_to_rgb(array[..., 0], parts.icc)
        alpha = array[..., 1] if array.shape[2] == 2 else None
        return parts.with_pixels(*pixel_layout.to_rgba(gray, alpha))
    if array.ndim == 2:
        array = pixel_layout.gray_to_rgb(array, parts.icc)
    return parts.with_pixels(*pixel_layout.to_rgba(array))
