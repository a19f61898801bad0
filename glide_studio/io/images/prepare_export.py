"""Prepare a picture for export: profile, scale, depth, transparency and metadata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import DTypeLike, NDArray

from glide_studio.imaging import icc
from glide_studio.imaging.geometry import Size
from glide_studio.io import provenance
from glide_studio.io.images import exif, xmp_iptc
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.picture import Format, Picture, Samples, check_dpi

DEEP: tuple[Format, ...] = ("png", "tiff")
OPAQUE: tuple[Format, ...] = ("jpeg", "bmp")


@dataclass(frozen=True, slots=True, eq=False)
class BandedPicture:
    """A picture too large to be held whole.

    whole: of its size and depth, without its content (see `blank_pixels`). read: returns its pixels
    [bottom - top, w, 4] between two rows.
    """

    whole: Picture
    read: Callable[[int, int], Samples]


def blank_pixels(size: Size, dtype: DTypeLike) -> Samples:
    """Return zeros [h, w, 4] that take no memory; they are read-only."""
    return np.broadcast_to(np.zeros(4, dtype), (size.height, size.width, 4))


def prepare_bands(picture: BandedPicture, options: ExportOptions) -> BandedPicture:
    """Return the picture as it will be encoded, but for its scale."""
    whole, as_it_is = picture.whole, replace(options, size=None, metadata=False, provenance=())

    def prepare_rows(top: int, bottom: int) -> Picture:
        return prepare(replace(whole, pixels=picture.read(top, bottom)), as_it_is)

    row = prepare_rows(0, 1)
    blank = blank_pixels(whole.size, row.pixels.dtype)
    ready = replace(whole, pixels=blank, has_alpha=row.has_alpha, icc=row.icc)
    return BandedPicture(
        _with_metadata(ready, options), lambda top, bottom: prepare_rows(top, bottom).pixels
    )


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
    bits = 8 * pixels.dtype.itemsize
    wide = np.dtype(f"u{2 * pixels.dtype.itemsize}")
    out = np.empty_like(pixels)
    for row in range(0, len(pixels), 256):
        strip, into = pixels[row : row + 256], out[row : row + 256]
        into[..., 3] = top
        alpha = strip[..., 3].astype(wide)
        if alpha.min(initial=top) == top:
            into[..., :3] = strip[..., :3]
            continue
        clear = top - alpha
        for channel in range(3):
            mixed = clear * wide.type(background[channel] * (top // 255))
            mixed += strip[..., channel] * alpha
            # Division by `top`, rounded: exact for all products of two samples.
            mixed += wide.type(1 << (bits - 1))
            mixed += mixed >> bits
            into[..., channel] = mixed >> bits
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
