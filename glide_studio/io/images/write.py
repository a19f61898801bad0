"""Write a `Picture` to an image file: PNG, JPEG, TIFF, WebP, AVIF or BMP."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Literal

import imagecodecs
import numpy as np
import tifffile
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from glide_studio.atomic import atomic_write
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.io.images import exif as exif_block
from glide_studio.io.images import jpeg_segments, png_chunks
from glide_studio.io.images.exif import INCH, RESOLUTION_UNIT, X_RESOLUTION, Y_RESOLUTION
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.jpeg_blocks import CannotKeepBlocks
from glide_studio.io.images.jpeg_keep import rewrite_jpeg
from glide_studio.io.images.picture import COMMENT, READ_ONLY, Format, Picture, Samples
from glide_studio.io.images.prepare_export import DEEP, OPAQUE, clean_metadata, prepare
from glide_studio.io.images.tiff_read import DESCRIPTIVE, EXIF_IFD, GPS_IFD, IPTC, XMP
from glide_studio.translation import translate

WEBP_SIDE, JPEG_SIDE = 16_383, 65_500
WEBP_METHOD = 2  # of 0 .. 6; 4, the default, takes twice the time for files no smaller
WEBP_EFFORT = 30  # of 0 .. 100 where nothing is lost; 100 takes four times as long for 0.4 % less
AVIF_SPEED = 8  # of 0 .. 10; 6, the default, takes 2.5 times as long for 9 % less
TIFF_ROWS = 64  # of a strip
PNG_LEVEL = 3  # 6 takes three times as long for 2 % less
ORIENTATION = 274
MACHINE_MADE = ("Software", "date:")  # texts of a PNG of no interest to a reader
BYTE, ASCII, LONG = 1, 2, 4  # TIFF field types


@dataclass(frozen=True, slots=True)
class Written:
    """What there is to say about a file that was written.

    notes: sentences on what the format could not keep. proof: a sentence on what was found
    identical, empty if nothing was compared. is_incomplete: one of the notes tells of something
    that is not in the file, and not only of what every file of its format is like.
    """

    notes: tuple[str, ...] = ()
    proof: str = ""
    is_incomplete: bool = False


def write_image(path: Path, picture: Picture, options: ExportOptions) -> Written:
    """Write `picture` to `path`; an old file there stays as it is until the new one is whole.

    Raises:
        GlideError: if the format cannot hold the picture, or the file cannot be written.
    """
    missing = describe_missing(picture, options)
    notes = (*describe_rounding(picture, options), *missing)
    if options.format == "jpeg" and options.keep_blocks and picture.jpeg is not None:
        try:
            proof = _write_kept_blocks(path, picture, options)
            return Written(notes, proof, bool(missing))
        except CannotKeepBlocks as reason:
            notes += (
                translate(
                    "Write",
                    "The photo's own JPEG blocks were not kept, because {reason}; the whole"
                    " picture was encoded at quality {quality}.",
                ).format(reason=reason, quality=options.quality),
            )
    try:
        data = encode(prepare(picture, options), options.format, options.quality)
    except MemoryError as error:
        raise GlideError(
            translate(
                "Write", "There is not enough memory to write '{name}'; export it smaller."
            ).format(name=path.name)
        ) from error
    with atomic_write(path) as temporary:
        temporary.write_bytes(data)
    return Written(notes, is_incomplete=bool(missing))


def _write_kept_blocks(path: Path, picture: Picture, options: ExportOptions) -> str:
    """Write a JPEG with the blocks of `picture.jpeg`; returns what is identical to that.

    Raises:
        CannotKeepBlocks: if that cannot be done; nothing is written.
    """
    with atomic_write(path) as temporary:
        data, kept = rewrite_jpeg(temporary, picture, options)
        temporary.write_bytes(data)
    return kept.describe()


def describe_rounding(picture: Picture, options: ExportOptions) -> tuple[str, ...]:
    """Say how the pixels change in the format, as in every file of it; a sentence each."""
    name, found = options.format.upper(), []
    if picture.depth == 16 and options.format not in DEEP:
        found.append(
            translate(
                "Write", "{name} has 8 bits a channel, so 16 were rounded; PNG and TIFF keep them."
            ).format(name=name)
        )
    if picture.has_alpha and options.format in OPAQUE:
        found.append(
            translate(
                "Write", "{name} has no transparency, so a color was put behind; PNG keeps it."
            ).format(name=name)
        )
    return tuple(found)


def describe_missing(picture: Picture, options: ExportOptions) -> tuple[str, ...]:
    """Say what the picture has beside its pixels and the file has not, a sentence each."""
    found: list[str] = []
    if options.format == "bmp" and picture.icc is not None and options.profile == "keep":
        found.append(
            translate(
                "Write",
                "BMP keeps no color profile, so colors will look different;"
                " convert to sRGB, or use PNG.",
            )
        )
    if options.metadata and options.format != "bmp":
        found += metadata_losses(picture.text, picture.iptc is not None, options.format)
    elif options.metadata and (picture.exif or picture.xmp or picture.iptc or picture.text):
        found.append(
            translate("Write", "BMP keeps no metadata but the resolution; PNG and TIFF keep it.")
        )
    return tuple(found)


def metadata_losses(text: Mapping[str, str], has_iptc: bool, form: str) -> list[str]:
    """Say which metadata a format, or "psd", has no place for. text: as in `Picture`."""
    lost = []
    if has_iptc and form in ("webp", "avif"):
        lost.append(translate("Write", "IPTC captions and keywords"))
    if COMMENT in text and form not in ("png", "jpeg"):
        lost.append(translate("Write", "the comment"))
    if form != "png" and any(key != COMMENT and not key.startswith(MACHINE_MADE) for key in text):
        lost.append(translate("Write", "the text of the PNG"))
    if not lost:
        return []
    if len(lost) == 1:
        said = translate("Write", "{form} has no place for {lost}; PNG keeps it.")
    else:
        said = translate("Write", "{form} has no place for {lost}; PNG keeps them.")
    return [said.format(form=form.upper(), lost=translate("Write", " and ").join(lost))]


def encode(picture: Picture, form: Format, quality: int) -> bytes:
    """Return the file that holds `picture`, at 8 or, for PNG and TIFF, 16 bits.

    Raises:
        GlideError: if the format cannot hold it.
    """
    check_format(picture, form)
    match form:
        case "png":
            return encode_png(picture)
        case "tiff":
            return _encode_tiff(picture)
        case "jpeg":
            return _encode_jpeg(picture, quality)
        case _:
            return _encode_with_pillow(picture, form, quality)


def check_format(picture: Picture, form: Format) -> None:
    """Refuse a picture that a format cannot hold.

    Raises:
        GlideError: with the reason.
    """
    side = {"webp": WEBP_SIDE, "jpeg": JPEG_SIDE, "avif": JPEG_SIDE}.get(form)
    if side is not None and max(picture.size.width, picture.size.height) > side:
        raise GlideError(
            translate(
                "Write",
                "A {form} has at most {side} pixels a side and this picture is {size}; "
                "export it as PNG or TIFF, or smaller.",
            ).format(form=form.upper(), side=side, size=picture.size)
        )
    if form in READ_ONLY:
        raise GlideError(
            translate(
                "Write", "{form} can be opened but not written; export as AVIF or TIFF."
            ).format(form=form.upper())
        )
    if form == "jpeg" and not jpeg_segments.fits(picture):
        raise GlideError(
            translate(
                "Write",
                "The metadata is too long for a JPEG; export without metadata or in another"
                " format.",
            )
        )


def _colors(picture: Picture) -> Samples:
    """Return [h, w, 4] with transparency, else [h, w, 3]."""
    pixels = picture.pixels
    if picture.has_alpha and pixels.flags.c_contiguous and min(pixels.shape[:2]) > 1:
        return pixels  # a large picture should not be held twice
    # A copy: of a picture one pixel wide, numpy takes any strides for contiguous, codecs do not.
    return np.array(pixels if picture.has_alpha else pixels[..., :3], order="C")


def encode_png(picture: Picture, level: int = PNG_LEVEL) -> bytes:
    """Encode a PNG at the picture's depth; `level` of compression, 1 (fast) .. 9."""
    picture = clean_metadata(picture)
    around = png_chunks.chunks_of(picture)
    return png_chunks.insert_chunks(encode_png_pixels(_colors(picture), level), around)


def encode_png_pixels(samples: Samples, level: int) -> bytes:
    """Encode gray [h, w], RGB or RGBA [h, w, 3 | 4], uint8 or uint16, as a PNG without metadata."""
    height, width = samples.shape[:2]
    if min(height, width) > 1:
        return bytes(imagecodecs.png_encode(samples, level=level))
    # The codec's buffer is too small for the filter bytes of narrow pictures.
    big_endian = np.ascontiguousarray(samples, samples.dtype.newbyteorder(">"))
    rows = big_endian.reshape(height, -1).view(np.uint8)
    rows = np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1)
    channels = 1 if samples.ndim == 2 else samples.shape[2]
    return (
        png_header(Size(width, height), samples.dtype.itemsize * 8, channels)
        + png_chunks.make_chunk(b"IDAT", zlib.compress(rows.tobytes(), level))
        + png_chunks.make_chunk(b"IEND", b"")
    )


def png_header(size: Size, depth: int, channels: int) -> bytes:
    """Return the signature and the header chunk of a PNG; channels: 1, 3 or 4."""
    color_type = {1: 0, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", size.width, size.height, depth, color_type, 0, 0, 0)
    return png_chunks.SIGNATURE + png_chunks.make_chunk(b"IHDR", header)


def chroma_sampling(quality: int) -> Literal["444", "420"]:
    """Choose the chroma of a JPEG: full where a designer asks for quality, as half bleeds edges."""
    return "444" if quality >= 90 else "420"


def _encode_jpeg(picture: Picture, quality: int) -> bytes:
    encoded = imagecodecs.jpeg8_encode(
        _colors(picture), level=quality, subsampling=chroma_sampling(quality), optimize=True
    )
    return jpeg_segments.insert_metadata(bytes(encoded), picture)


def _encode_with_pillow(picture: Picture, form: str, quality: int) -> bytes:
    extra: dict[str, Any] = {}
    if form != "bmp":
        extra["quality"] = quality
        if picture.icc is not None:
            extra["icc_profile"] = picture.icc
        if picture.xmp is not None:
            extra["xmp"] = picture.xmp
        block = _with_dpi(picture.exif, picture.dpi)
        if block is not None:
            extra["exif"] = exif_block.PREFIX + block
    elif picture.dpi is not None:
        extra["dpi"] = picture.dpi
    if form == "avif":
        extra.update(subsampling="4:4:4" if quality >= 90 else "4:2:0", speed=AVIF_SPEED)
    if form == "webp":
        extra.update(lossless=quality == 100, exact=True, method=WEBP_METHOD)
        if quality == 100:
            extra["quality"] = WEBP_EFFORT
    out = BytesIO()
    Image.fromarray(_colors(picture)).save(out, form.upper(), **extra)
    return out.getvalue()


def _with_dpi(block: bytes | None, dpi: tuple[float, float] | None) -> bytes | None:
    """Return the EXIF block with the resolution, which WebP and AVIF keep nowhere else."""
    if dpi is None:
        return block
    found = Image.Exif() if block is None else exif_block.parse(block)
    if X_RESOLUTION in found:
        return block
    found[X_RESOLUTION], found[Y_RESOLUTION] = dpi
    found[RESOLUTION_UNIT] = INCH
    return exif_block.serialize(found)


def _encode_tiff(picture: Picture) -> bytes:
    out = BytesIO()
    pixels = _colors(picture)
    write_tiff(out, picture, pixels, pixels.shape)
    return out.getvalue()


def write_tiff(
    out: IO[bytes], picture: Picture, data: Samples | Iterator[bytes], shape: tuple[int, ...]
) -> None:
    """Write a TIFF with the picture's metadata and other pixels.

    out: an empty file that can be read as well. data: [h, w, 3 | 4] of this shape, or its strips of
    TIFF_ROWS rows, differences along each row compressed by zlib.
    """
    tags: list[tuple[int, Any, int, Any, bool]] = []
    directories: dict[int, ImageFileDirectory_v2] = {}
    software: bytes | bool = False  # None would name the library
    if picture.xmp is not None:
        tags.append((XMP, BYTE, len(picture.xmp), picture.xmp, True))
    if picture.iptc is not None:
        tags.append((IPTC, BYTE, len(picture.iptc), picture.iptc, True))
    if picture.exif is not None:
        found = exif_block.parse(picture.exif)
        for tag in sorted(DESCRIPTIVE - {ORIENTATION} & found.keys()):
            # As bytes: text may be UTF-8, of which the library knows nothing.
            text = exif_block.RawText(found[tag]).encode() + b"\0"
            tags.append((tag, ASCII, len(text), text, True))
        for tag in (EXIF_IFD, GPS_IFD):
            inner = found.get_ifd(tag)
            if inner:
                directories[tag] = ImageFileDirectory_v2(prefix=b"II")
                for name, value in inner.items():
                    # A dict is the directory of interoperability.
                    if not isinstance(value, dict) and exif_block.is_writable(name, value):
                        directories[tag][name] = exif_block.keep_bytes(value)
                # Where it lies is known only once the pixels are written, and tifffile writes no
                # such tags itself: their place is held by the next, unused number.
                tags.append((tag + 1, LONG, 1, 0, True))
    tifffile.imwrite(
        out,
        data,
        shape=shape,
        dtype=picture.pixels.dtype,
        byteorder="<",
        photometric="rgb",
        extrasamples=["unassalpha"] if picture.has_alpha else None,
        compression="zlib",
        predictor=True,
        rowsperstrip=TIFF_ROWS,
        iccprofile=picture.icc,
        resolution=picture.dpi,
        resolutionunit="inch" if picture.dpi is not None else None,
        software=software,
        metadata=None,
        extratags=tags,
    )
    for tag, directory in directories.items():
        _append(out, tag, directory)


def _append(out: IO[bytes], tag: int, directory: ImageFileDirectory_v2) -> None:
    """Append a directory to a TIFF file and let `tag` of its first page point there."""
    at = out.seek(0, 2)
    at += out.write(bytes(at % 2))
    out.write(directory.tobytes(at))
    out.seek(0)
    with tifffile.TiffFile(out) as file:
        entry = file.pages.first.tags[tag + 1]
        entry.overwrite(at)
        out.seek(entry.offset)
        out.write(struct.pack("<H", tag))
