"""Write a `Picture` to an image file: PNG, JPEG, TIFF, WebP, AVIF or BMP."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from glide_studio.atomic import atomic_write
from glide_studio.errors import GlideError
from glide_studio.io.images import exif as exif_block
from glide_studio.io.images import png_chunks
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.picture import Picture, Samples
from glide_studio.io.images.pillow_read import (
    INCH,
    RESOLUTION_UNIT,
    X_RESOLUTION,
    Y_RESOLUTION,
)
from glide_studio.io.images.prepare_export import DEEP, OPAQUE, prepare
from glide_studio.io.images.tiff_read import DESCRIPTIVE, EXIF_IFD, GPS_IFD, XMP

JPEG_SEGMENT = 65_000  # bytes of EXIF or XMP that a JPEG can hold, less their headers
WEBP_SIDE, JPEG_SIDE = 16_383, 65_500
WEBP_METHOD = 2  # of 0 .. 6; 4, the default, takes twice the time for files no smaller
WEBP_EFFORT = 30  # of 0 .. 100 where nothing is lost; 100 takes four times as long for 0.4 % less
AVIF_SPEED = 8  # of 0 .. 10; 6, the default, takes 2.5 times as long for 9 % less
PNG_LEVEL = 3  # 6 takes three times as long for 2 % less
ORIENTATION, SOFTWARE = 274, 305
BYTE, ASCII, LONG = 1, 2, 4  # TIFF field types


def write_image(path: Path, picture: Picture, options: ExportOptions) -> tuple[str, ...]:
    """Write `picture` to `path`; an old file there stays as it is until the new one is whole.

    Returns sentences on what the format could not keep.

    Raises:
        GlideError: if the format cannot hold the picture, or the file cannot be written.
    """
    try:
        data = encode(prepare(picture, options), options.format, options.quality)
    except MemoryError as error:
        raise GlideError(
            f"There is not enough memory to write '{path.name}'; export it smaller."
        ) from error
    with atomic_write(path) as temporary:
        temporary.write_bytes(data)
    return format_losses(picture, options)


def format_losses(picture: Picture, options: ExportOptions) -> tuple[str, ...]:
    """What a picture loses for want of room in the format, a sentence each."""
    name, found = options.format.upper(), []
    if picture.depth == 16 and options.format not in DEEP:
        found.append(f"{name} has 8 bits a channel, so 16 were rounded; PNG and TIFF keep them.")
    if picture.has_alpha and options.format in OPAQUE:
        found.append(f"{name} has no transparency, so a color was put behind; PNG keeps it.")
    if options.format == "bmp" and picture.icc is not None and options.profile == "keep":
        found.append(
            "BMP keeps no color profile, so colors will look different; convert to sRGB, or use PNG."
        )
    if options.format == "bmp" and options.metadata and (picture.exif or picture.xmp):
        found.append("BMP keeps no metadata but the resolution; PNG and TIFF keep all of it.")
    return tuple(found)


def encode(picture: Picture, form: str, quality: int) -> bytes:
    """The file that holds `picture`, at 8 or, for PNG and TIFF, 16 bits.

    Raises:
        GlideError: if the format cannot hold it.
    """
    _check(picture, form)
    match form:
        case "png":
            return encode_png(picture)
        case "tiff":
            return _tiff(picture)
        case _:
            return _by_pillow(picture, form, quality)


def _check(picture: Picture, form: str) -> None:
    side = {"webp": WEBP_SIDE, "jpeg": JPEG_SIDE, "avif": JPEG_SIDE}.get(form)
    if side is not None and max(picture.size.width, picture.size.height) > side:
        raise GlideError(
            f"A {form.upper()} has at most {side} pixels a side and this picture is {picture.size};"
            " export it as PNG or TIFF, or smaller."
        )
    if form == "heif":
        raise GlideError("HEIF can be opened but not written; export as AVIF instead.")
    if form == "jpeg" and any(
        block is not None and len(block) > JPEG_SEGMENT for block in (picture.exif, picture.xmp)
    ):
        raise GlideError(
            "The metadata is too long for a JPEG; export without metadata or in another format."
        )


def _colors(picture: Picture) -> Samples:
    """[h, w, 4] with transparency, else [h, w, 3]."""
    pixels = picture.pixels
    return np.ascontiguousarray(pixels if picture.has_alpha else pixels[..., :3])


def encode_png(picture: Picture, level: int = PNG_LEVEL) -> bytes:
    """A PNG at the picture's depth; `level` of compression, 1 (fast) .. 9."""
    encoded = imagecodecs.png_encode(_colors(picture), level=level)
    around = png_chunks.Chunks(
        picture.size, picture.icc, picture.exif, picture.xmp, picture.dpi, picture.text
    )
    return png_chunks.insert_chunks(bytes(encoded), around)


def _by_pillow(picture: Picture, form: str, quality: int) -> bytes:
    extra: dict[str, Any] = {}
    if form != "bmp":
        extra["quality"] = quality
        if picture.icc is not None:
            extra["icc_profile"] = picture.icc
        if picture.exif is not None:
            extra["exif"] = exif_block.PREFIX + picture.exif
        if picture.xmp is not None:
            extra["xmp"] = picture.xmp
    if form == "jpeg":
        # Full chroma from where a designer asks for quality; 4:2:0 bleeds red edges.
        extra.update(subsampling=0 if quality >= 90 else 2, optimize=True)
    if form == "avif":
        extra.update(subsampling="4:4:4" if quality >= 90 else "4:2:0", speed=AVIF_SPEED)
    if form == "webp":
        extra.update(lossless=quality == 100, exact=True, method=WEBP_METHOD)
        if quality == 100:
            extra["quality"] = WEBP_EFFORT
    if form in ("webp", "avif") and picture.dpi is not None:
        extra["exif"] = _with_dpi(picture.exif, picture.dpi)
    if form in ("jpeg", "bmp") and picture.dpi is not None:
        extra["dpi"] = picture.dpi
    out = BytesIO()
    Image.fromarray(_colors(picture)).save(out, form.upper(), **extra)
    return out.getvalue()


def _with_dpi(block: bytes | None, dpi: tuple[float, float]) -> bytes:
    """The EXIF block with the resolution, which these formats keep nowhere else."""
    found = Image.Exif()
    if block is not None:
        found.load(exif_block.PREFIX + block)
        if X_RESOLUTION in found:
            return exif_block.PREFIX + block
    found[X_RESOLUTION], found[Y_RESOLUTION] = dpi
    found[RESOLUTION_UNIT] = INCH
    return found.tobytes()


def _tiff(picture: Picture) -> bytes:
    out = BytesIO()
    tags: list[tuple[int, Any, int, Any, bool]] = []
    directories: dict[int, ImageFileDirectory_v2] = {}
    software: str | bool = False  # None would name the library
    if picture.xmp is not None:
        tags.append((XMP, BYTE, len(picture.xmp), picture.xmp, True))
    if picture.exif is not None:
        found = Image.Exif()
        found.load(exif_block.PREFIX + picture.exif)
        words = sorted(DESCRIPTIVE - {ORIENTATION, SOFTWARE} & found.keys())
        tags += [(tag, ASCII, 0, str(found[tag]), True) for tag in words]
        for tag in (EXIF_IFD, GPS_IFD):
            inner = found.get_ifd(tag)
            if inner:
                directories[tag] = ImageFileDirectory_v2(prefix=b"II")
                for name, value in inner.items():
                    directories[tag][name] = value
                # Where it lies is known only once the pixels are written, and tifffile writes no
                # such tags itself: their place is held by the next, unused number.
                tags.append((tag + 1, LONG, 1, 0, True))
        software = str(found[SOFTWARE]) if SOFTWARE in found else False
    tifffile.imwrite(
        out,
        _colors(picture),
        byteorder="<",
        photometric="rgb",
        extrasamples=["unassalpha"] if picture.has_alpha else None,
        compression="zlib",
        predictor=True,
        rowsperstrip=64,
        iccprofile=picture.icc,
        resolution=picture.dpi,
        resolutionunit="inch" if picture.dpi is not None else None,
        software=software,
        metadata=None,
        extratags=tags,
    )
    for tag, directory in directories.items():
        _append(out, tag, directory)
    return out.getvalue()


def _append(out: BytesIO, tag: int, directory: ImageFileDirectory_v2) -> None:
    """Put a directory behind a TIFF file's end and let `tag` of its first page point there."""
    at = out.seek(0, 2)
    at += out.write(bytes(at % 2))
    out.write(directory.tobytes(at))
    out.seek(0)
    with tifffile.TiffFile(out) as file:
        entry = file.pages.first.tags[tag + 1]
        entry.overwrite(at)
        out.seek(entry.offset)
        out.write(struct.pack("<H", tag))
