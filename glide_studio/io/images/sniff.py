"""Which format a file is in, from its first bytes, and whether its frame is whole."""

from __future__ import annotations

import struct
from typing import Literal

from glide_studio.io.images import png_chunks
from glide_studio.io.images.picture import MAX_SEGMENTS, Format

Kind = Format | Literal["psd", "ora", "glide"]
UNTRUSTED = frozenset({"tiff", "heif", "jxl", "raw"})  # always decoded in a process of their own

HEIF_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})
JXL_SIGNATURE = b"\0\0\0\x0cJXL \r\n\x87\n"
SEQUENTIAL_FRAMES = (0xC0, 0xC1, 0xC9)  # of a JPEG
MAX_SCANS = 64  # a progressive JPEG has about ten; hundreds are made to keep a reader busy


def sniff(head: bytes) -> Kind | None:
    """Return the format by its signature, 64 bytes; None if it cannot be opened."""
    if head.startswith(png_chunks.SIGNATURE):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "tiff"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith((b"\xff\x0a", JXL_SIGNATURE)):
        return "jxl"
    if head[4:8] == b"ftyp":
        return _brand(head)
    if head.startswith(b"8BPS"):
        return "psd"
    if head.startswith(b"PK\x03\x04") and b"image/openraster" in head:
        return "ora"
    if head.startswith(b"SQLite format 3\0"):
        return "glide"
    # Last, because two letters are a weak sign: BITMAPFILEHEADER with its reserved words 0.
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return "bmp"
    return None


def _brand(head: bytes) -> Format | None:
    """Return the format of an ISO base media file by its brands (ISO/IEC 14496-12)."""
    end = min(struct.unpack_from(">I", head)[0], len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]
    if any(brand in (b"avif", b"avis") for brand in brands):
        return "avif"
    return "heif" if any(brand in HEIF_BRANDS for brand in brands) else None


def is_complete(form: Format, data: bytes) -> bool:
    """Return True if a file looks undamaged: its structure ends where it says.

    Cheap: pixels are not looked at. What fails here is decoded in a process of its own.
    """
    match form:
        case "png":
            try:
                png_chunks.read_chunks(data)
            except (ValueError, struct.error):
                return False
            return True
        case "jpeg":
            return _whole_jpeg(data)
        case "webp":
            return int.from_bytes(data[4:8], "little") + 8 <= len(data)
        case "bmp":
            return int.from_bytes(data[2:6], "little") <= len(data)
        case "avif":
            return _whole_boxes(data)
        case _:
            return False


def _whole_jpeg(data: bytes) -> bool:
    """Check that segments lead to a scan and an end marker follows it (T.81, B.1)."""
    at, segments, alone = 2, 0, 0
    while at + 4 <= len(data) and segments < MAX_SEGMENTS:
        if data[at] != 0xFF:
            return False
        segments += 1
        marker = data[at + 1]
        if marker == 0xDA:
            # Of a sequential picture all of whose components are in one scan no other is read.
            is_alone = alone > 0 and data[at + 4 : at + 5] == bytes([alone])
            is_few = is_alone or data.count(b"\xff\xda", at) <= MAX_SCANS
            return is_few and data.rfind(b"\xff\xd9", at) > 0
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker in SEQUENTIAL_FRAMES and at + 10 <= len(data):
            alone = data[at + 9]
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return False


def _whole_boxes(data: bytes) -> bool:
    at = 0
    while at + 16 <= len(data):
        length = struct.unpack_from(">I", data, at)[0]
        if length == 1:
            length = struct.unpack_from(">Q", data, at + 8)[0]
        elif length == 0:
            return True
        if length < 8:
            return False
        at += length
    return at == len(data)
