"""Refuse a long file whose header does not explain its length, before all of it is read."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import tifffile
from PIL import Image

from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Size
from glide_studio.io.images.jpeg_segments import parse
from glide_studio.io.images.picture import FREE_FILE, check_size
from glide_studio.translation import translate

BYTES_PER_PIXEL = 16  # four channels of four bytes, uncompressed
MAX_OTHER = 1 << 30  # bytes of a file of a kind whose header is not looked at here
PSD_HEADER = struct.Struct(">4sH6xHIIHH")
JPEG_HEAD = 32 << 20  # bytes, within which a JPEG tells its size
PILLOW = {"png": "PNG", "bmp": "BMP", "webp": "WEBP"}


def check_length(kind: str, path: Path, length: int) -> None:
    """Refuse a file that is far longer than what its header describes.

    kind: a `Kind` of `sniff`, or "raw". length: bytes of the file.

    Raises:
        GlideError: if it is.
        Exception: of any kind from a decoder, for damaged headers.
    """
    if length > FREE_FILE and length - FREE_FILE > _explained_bytes(kind, path):
        raise GlideError(
            translate(
                "PlausibleLength",
                "The file is far longer than its picture explains;"
                " save a new copy of it from another program.",
            )
        )


def _explained_bytes(kind: str, path: Path) -> int:
    """Return how many bytes a file's header explains at most."""
    if kind in PILLOW:
        with Image.open(path, formats=[PILLOW[kind]]) as image:
            return BYTES_PER_PIXEL * _checked_area(*image.size)
    if kind == "jpeg":
        with path.open("rb") as file:
            return BYTES_PER_PIXEL * parse(file.read(JPEG_HEAD)).size.area
    if kind == "tiff":
        with tifffile.TiffFile(path) as file:
            page = file.pages.first
            area = _checked_area(page.imagewidth, page.imagelength)
            return BYTES_PER_PIXEL * area * len(file.pages)
    if kind == "psd":
        return _explained_psd_bytes(path)
    if kind == "ora":
        with zipfile.ZipFile(path) as archive:
            return sum(info.compress_size for info in archive.infolist())
    return MAX_OTHER


def _checked_area(width: int, height: int) -> int:
    size = Size(width, height)
    check_size(size)
    return size.area


def _explained_psd_bytes(path: Path) -> int:
    """Return the length of a PSD's sections and of its merged picture, uncompressed."""
    with path.open("rb") as file:
        _, version, channels, height, width, depth, _ = PSD_HEADER.unpack(
            file.read(PSD_HEADER.size)
        )
        total: int = channels * _checked_area(width, height) * max(1, depth // 8)
        for number in range(3):  # color table, resources, layers
            wide = version == 2 and number == 2
            (length,) = struct.unpack(">Q" if wide else ">I", file.read(8 if wide else 4))
            total += length
            file.seek(length, 1)
    return total
