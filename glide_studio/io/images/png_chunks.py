"""PNG chunks (ISO/IEC 15948): what stands around the pixels, read and written at any bit depth.

The pixel codec gives and takes pixels alone, so color profile, EXIF, XMP, resolution and text
are handled here.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from glide_studio.imaging.geometry import Size

SIGNATURE = b"\x89PNG\r\n\x1a\n"
XMP_KEYWORD = "XML:com.adobe.xmp"
INCH = 0.0254  # metres
MAX_TEXT = 16 << 20  # bytes that one compressed chunk may become


@dataclass(frozen=True, slots=True)
class Chunks:
    """Everything but the pixels; fields as in `Picture`, exif as found."""

    size: Size
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    text: Mapping[str, str] = field(default_factory=dict)
    animated: bool = False


def iterate_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, content) of each chunk up to and with IEND.

    Raises:
        ValueError: if the file ends before that.
    """
    at = len(SIGNATURE)
    while True:
        if at + 12 > len(data):
            raise ValueError("The file ends before its IEND chunk.")
        length, kind = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            raise ValueError(f"The file ends inside of a {kind!r} chunk.")
        yield kind, data[at + 8 : at + 8 + length] if kind != b"IDAT" else b""
        if kind == b"IEND":
            return
        at += 12 + length


def read_chunks(data: bytes) -> Chunks:
    """What stands around the pixels.

    Raises:
        ValueError: if the file is not a whole PNG.
    """
    size: Size | None = None
    icc = exif = xmp = dpi = None
    animated = False
    text: dict[str, str] = {}
    for kind, content in iterate_chunks(data):
        if kind == b"IHDR":
            size = Size(*struct.unpack_from(">II", content))
        elif kind == b"iCCP":
            icc = inflate(content.partition(b"\0")[2][1:])
        elif kind == b"eXIf":
            exif = content
        elif kind == b"pHYs" and len(content) == 9:
            x, y, unit = struct.unpack(">IIB", content)
            if unit == 1 and x and y:
                dpi = (_dpi(x), _dpi(y))
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            key, value = _text(kind, content)
            if key == XMP_KEYWORD:
                xmp = value
            elif key == "Raw profile type exif" and exif is None:
                exif = _raw_profile(value)
            else:
                text[key] = value.decode("utf-8" if kind == b"iTXt" else "latin-1", "replace")
        elif kind == b"acTL":
            animated = True
    if size is None:
        raise ValueError("The file has no IHDR chunk.")
    return Chunks(size, icc, exif, xmp, dpi, text, animated)


def insert_chunks(encoded: bytes, chunks: Chunks) -> bytes:
    """A PNG file as an encoder made it, with `chunks` put behind its header chunk."""
    added = b""
    if chunks.icc is not None:
        added += _chunk(b"iCCP", b"icc\0\0" + zlib.compress(chunks.icc))
    if chunks.dpi is not None:
        x, y = (round(value / INCH) for value in chunks.dpi)
        added += _chunk(b"pHYs", struct.pack(">IIB", x, y, 1))
    if chunks.exif is not None:
        added += _chunk(b"eXIf", chunks.exif)
    if chunks.xmp is not None:
        added += _chunk(b"iTXt", XMP_KEYWORD.encode() + b"\0\0\0\0\0" + chunks.xmp)
    for key, value in chunks.text.items():
        # A keyword has 1 .. 79 Latin-1 characters (11.3.3.1).
        keyword = key.encode("latin-1", "replace")[:79].strip() or b"Comment"
        added += _chunk(b"iTXt", keyword + b"\0\0\0\0\0" + value.encode("utf-8", "replace"))
    header = len(SIGNATURE) + 12 + 13
    return encoded[:header] + added + encoded[header:]


def _dpi(metre: int) -> float:
    """Pixels an inch of whole pixels a metre, which can say neither 150 nor 300 exactly."""
    whole = round(metre * INCH)
    meant = whole > 0 and round(whole / INCH) == metre
    return float(whole) if meant else round(metre * INCH, 2)


def inflate(data: bytes) -> bytes | None:
    """Decompressed bytes; None if they are damaged or more than MAX_TEXT."""
    decoder = zlib.decompressobj()
    try:
        out = decoder.decompress(data, MAX_TEXT)
    except zlib.error:
        return None
    return out if decoder.eof else None


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def _text(kind: bytes, content: bytes) -> tuple[str, bytes]:
    keyword, _, rest = content.partition(b"\0")
    value: bytes | None = rest
    if kind == b"zTXt":
        value = inflate(rest[1:])
    elif kind == b"iTXt":
        compressed = rest[:1] == b"\1"
        value = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
        if compressed:
            value = inflate(value)
    return keyword.decode("latin-1"), value or b""


def _raw_profile(value: bytes) -> bytes | None:
    """EXIF as older writers put it into text: a name, a length, then hexadecimal digits."""
    lines = value.strip().split(b"\n", 2)
    try:
        return bytes.fromhex(lines[2].decode("ascii")) if len(lines) == 3 else None
    except ValueError:
        return None
