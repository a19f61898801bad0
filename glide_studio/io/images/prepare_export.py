"""Prepare a picture for export: profile, scale, depth, transparency and metadata."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging import icc
from glide_studio.imaging.geometry import Size
from glide_studio.io import provenance
from glide_studio.io.images import exif, xmp_iptc
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.picture import Format, Picture, Samples, check_dpi

DEEP: tuple[Format, ...] = ("png", "tiff")
OPAQUE: tuple[Format, ...] = ("jpeg", "bmp")


def prepare(picture: Picture, options: ExportOptions) -> Picture:
    """Return the picture as it will be encoded."""
    picture = _with_profile(picture, options)
    pixels = picture.pixels
    if options.size is not None and options.size != picture.size:
        pixels = scale(pixels, options.size)
    depth = (options.depth or picture.depth) if options.format in DEEP else 8
    pixels = to_depth(pixels, depth)
    has_alpha = picture.has_alpha
    if has_alpha and options.format in OPAQUE:
        pixels, has_alpha = flatten(pixels, options.background), False
    return _with_metadata(replace(picture, pixels=pixels, has_alpha=has_alpha), options)


def _with_profile(picture: Picture, options: ExportOptions) -> Picture:
    if options.profile == "strip":
        return replace(picture, icc=None)
    if options.profile == "keep" or picture.icc is None:
        return picture
    pixels = picture.pixels.copy()
    pixels[..., :3] = icc.convert(picture.pixels[..., :3], picture.icc, None)
    return replace(picture, pixels=pixels, icc=icc.srgb_profile())


def _with_metadata(picture: Picture, options: ExportOptions) -> Picture:
    if not options.metadata:
        picture = replace(picture, exif=None, xmp=None, iptc=None, dpi=None, text={})
    else:
        picture = clean_metadata(picture)
    if picture.exif is not None:
        block = exif.set_size(picture.exif, picture.size.width, picture.size.height)
        picture = replace(picture, exif=block)
    if options.provenance:
        recipe = ",".join(provenance.provenance_to_json(one) for one in options.provenance)
        words = "\n\n".join(provenance.describe(one) for one in options.provenance)
        picture = replace(
            picture,
            xmp=xmp_iptc.add_recipe(picture.xmp, f"[{recipe}]"),
            text={**picture.text, "parameters": words},
        )
    return picture


def clean_metadata(picture: Picture) -> Picture:
    """Return the picture with metadata that describes it as it is now.

    Projects saved by earlier versions may hold thumbnails of the photo before it was edited.
    """
    block, dpi = picture.exif, check_dpi(picture.dpi)[0]
    block = None if block is None else exif.clean_exif(block)
    packet = None if picture.xmp is None else xmp_iptc.clean_xmp(picture.xmp)
    iptc = None if picture.iptc is None else xmp_iptc.clean_iptc(picture.iptc)
    return replace(picture, exif=block, xmp=packet, iptc=iptc, dpi=dpi)


def to_depth(pixels: Samples, depth: int) -> Samples:
    """Convert pixels to 8 or 16 bits; 0 and full stay so, values between are rounded."""
    if depth == 8 and pixels.dtype == np.uint16:
        less: Samples = np.asarray(cv2.convertScaleAbs(pixels, alpha=1 / 257), np.uint8)
        return less
    if depth == 16 and pixels.dtype == np.uint8:
        return np.multiply(pixels, 257, dtype=np.uint16)
    return pixels


def flatten(pixels: Samples, background: tuple[int, int, int]) -> Samples:
    """Composite RGBA over an opaque color, given in 0 .. 255; alpha comes out full."""
    top = int(np.iinfo(pixels.dtype).max)
    behind = np.array(background, np.float32) * (top / 255)
    out = np.empty_like(pixels)
    for row in range(0, len(pixels), 256):
        strip = pixels[row : row + 256]
        alpha = strip[..., 3:].astype(np.float32) / top
        mixed = strip[..., :3] * alpha + behind * (1 - alpha)
        out[row : row + 256, :, :3] = np.rint(mixed)
    out[..., 3] = top
    return out


def scale(pixels: Samples, size: Size) -> Samples:
    """Resize RGBA: area mean where it shrinks, Lanczos where it grows, weighted by alpha."""
    height, width, _ = pixels.shape
    top = int(np.iinfo(pixels.dtype).max)
    shrinks = size.width <= width and size.height <= height
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4
    work: NDArray[Any] = pixels.astype(np.float32)
    work[..., :3] *= work[..., 3:] / top
    work = np.asarray(cv2.resize(work, (size.width, size.height), interpolation=method))
    alpha = np.clip(work[..., 3:], 0, top)
    work[..., :3] *= top / np.maximum(alpha, 1e-3)
    work[..., 3:] = alpha
    scaled: Samples = np.rint(np.clip(work, 0, top)).astype(pixels.dtype)
    return scaled
