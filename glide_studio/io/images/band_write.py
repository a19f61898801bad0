"""Write a picture too large to be held whole, a band of rows at a time: PNG, JPEG, TIFF, BMP.

A JPEG is encoded piece by piece: each is one restart interval (ITU-T T.81, B.2.4.4). A decoder
begins each without knowing the one before, so that their scans can be joined.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from glide_studio.atomic import atomic_write
from glide_studio.io.images import jpeg_segments, png_chunks
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.picture import Format, Samples
from glide_studio.io.images.prepare_export import BandedPicture, prepare_bands
from glide_studio.io.images.write import (
    PNG_LEVEL,
    TIFF_ROWS,
    Written,
    check_format,
    chroma_sampling,
    describe_missing,
    describe_rounding,
    png_header,
    write_tiff,
)

BANDED: tuple[Format, ...] = ("png", "jpeg", "tiff", "bmp")
LARGE_AREA = 1 << 26  # pixels from which on a picture is not held whole
BAND_AREA = 1 << 24  # pixels of a band, about
STEP = 128  # rows; bands are multiples of it
MAX_INTERVAL = 65_535  # MCUs between restart markers of a JPEG
PNG_SAMPLE = 7  # of so many bytes one is looked at to choose the filter of a row
BMP_HEADER = 54
METRE = 1 / 0.0254  # inches


def write_bands(path: Path, picture: BandedPicture, options: ExportOptions) -> Written:
    """Write a picture of its own size in one of the formats BANDED.

    Raises:
        GlideError: if the format cannot hold the picture, or the file cannot be written.
    """
    missing = describe_missing(picture.whole, options)
    notes = (*describe_rounding(picture.whole, options), *missing)
    ready = prepare_bands(picture, options)
    check_format(ready.whole, options.format)
    with atomic_write(path) as temporary:
        if options.format == "tiff":
            shape = (*ready.whole.pixels.shape[:2], 4 if ready.whole.has_alpha else 3)
            with temporary.open("w+b") as out:
                write_tiff(out, ready.whole, _tiff_strips(ready), shape)
        else:
            with temporary.open("wb") as out:
                if options.format == "png":
                    write_png(out, ready)
                elif options.format == "jpeg":
                    _write_jpeg(out, ready, options.quality)
                else:
                    _write_bmp(out, ready)
    return Written(notes, is_incomplete=bool(missing))


def _steps(picture: BandedPicture, rows: int = STEP) -> Iterator[Samples]:
    """Yield [rows, w, 3 or 4], top to bottom; rows: a divisor of STEP. The last may have fewer."""
    size, channels = picture.whole.size, 4 if picture.whole.has_alpha else 3
    band = max(1, BAND_AREA // size.width // STEP) * STEP
    for top in range(0, size.height, band):
        pixels = picture.read(top, min(top + band, size.height))
        for row in range(0, len(pixels), rows):
            yield np.ascontiguousarray(pixels[row : row + rows, :, :channels])


def write_png(out: IO[bytes], picture: BandedPicture, level: int = PNG_LEVEL) -> None:
    """Write a PNG; `level` of compression, 1 (fast) .. 9."""
    whole = picture.whole
    channels = 4 if whole.has_alpha else 3
    header = png_header(whole.size, whole.depth, channels)
    out.write(png_chunks.insert_chunks(header, png_chunks.chunks_of(whole)))
    packer = zlib.compressobj(level)
    above: NDArray[np.uint8] | None = None
    for step in _steps(picture):
        rows = step.astype(step.dtype.newbyteorder(">")).reshape(len(step), -1).view(np.uint8)
        packed = packer.compress(
            _filter_rows(rows, above, channels * step.dtype.itemsize).tobytes()
        )
        above = rows[-1]
        if packed:
            out.write(png_chunks.make_chunk(b"IDAT", packed))
    out.write(png_chunks.make_chunk(b"IDAT", packer.flush()))
    out.write(png_chunks.make_chunk(b"IEND", b""))


def _filter_rows(
    rows: NDArray[np.uint8], above: NDArray[np.uint8] | None, pixel: int
) -> NDArray[np.uint8]:
    """Apply Sub or Up (ISO/IEC 15948, 9.2), whichever leaves less, to each row of bytes.

    above: the row before; None at the top. pixel: bytes of one. Returns a byte more in each row.
    """
    left = rows.copy()
    left[:, pixel:] -= rows[:, :-pixel]
    up = rows.copy()
    up[1:] -= rows[:-1]
    if above is not None:
        up[0] -= above
    sums = [
        np.abs(one[:, ::PNG_SAMPLE].view(np.int8).astype(np.int16)).sum(axis=1, dtype=np.int64)
        for one in (left, up)
    ]
    takes_up = sums[1] < sums[0]
    filtered = np.empty((len(rows), rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = np.where(takes_up, 2, 1)
    filtered[:, 1:] = np.where(takes_up[:, None], up, left)
    return filtered


def _write_jpeg(out: IO[bytes], picture: BandedPicture, quality: int) -> None:
    size, sampling = picture.whole.size, chroma_sampling(quality)
    side = 16 if sampling == "420" else 8
    columns = -(-size.width // side)
    rows = STEP
    while rows // side * columns > MAX_INTERVAL:
        rows //= 2
    for number, step in enumerate(_steps(picture, rows)):
        piece = bytes(imagecodecs.jpeg8_encode(step, level=quality, subsampling=sampling))
        structure = jpeg_segments.parse(piece)
        scan = structure.scans[0]
        if number == 0:
            header = jpeg_segments.as_first_interval(
                piece[: scan.start], size.height, rows // side * columns
            )
            out.write(jpeg_segments.insert_metadata(header, picture.whole))
        else:
            out.write(bytes([0xFF, 0xD0 + (number - 1) % 8]))
        out.write(piece[scan.start : scan.end])
    out.write(jpeg_segments.END_OF_IMAGE)


def _tiff_strips(picture: BandedPicture) -> Iterator[bytes]:
    """Yield compressed strips of TIFF_ROWS rows, with differences along each row."""
    for step in _steps(picture, TIFF_ROWS):
        little = step.astype(step.dtype.newbyteorder("<"), copy=False)
        differences = np.asarray(imagecodecs.delta_encode(little, axis=-2))
        yield bytes(imagecodecs.zlib_encode(differences.tobytes(), level=6))


def _write_bmp(out: IO[bytes], picture: BandedPicture) -> None:
    """Write rows bottom to top, blue first, each filled up to whole words of four bytes."""
    whole = picture.whole
    (width, height), line = (whole.size.width, whole.size.height), -(-whole.size.width * 3 // 4) * 4
    x, y = (round(value * METRE) for value in whole.dpi or (96.0, 96.0))
    length = line * height
    out.write(b"BM" + struct.pack("<III", BMP_HEADER + length, 0, BMP_HEADER))
    out.write(struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, length, x, y, 0, 0))
    band = max(1, BAND_AREA // width // STEP) * STEP
    for top in reversed(range(0, height, band)):
        pixels = picture.read(top, min(top + band, height))[::-1, :, 2::-1]
        lines = np.zeros((len(pixels), line), np.uint8)
        lines[:, : width * 3] = pixels.reshape(len(pixels), -1)
        out.write(lines.tobytes())
