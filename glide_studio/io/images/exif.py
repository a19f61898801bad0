"""Read EXIF blocks from JPEG and other headers, and change them in place.

A camera's own notes hold offsets, and stay readable. A block is a small TIFF file: byte order, then
directories of 12-byte entries (EXIF 2.32, 4.6).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

PREFIX = b"Exif\0\0"  # stands before the block in a JPEG
ORIENTATION, EXIF_IFD, GPS_IFD = 0x0112, 0x8769, 0x8825
PIXEL_X, PIXEL_Y = 0xA002, 0xA003
SHORT, LONG = 3, 4
STRIP_OFFSETS, STRIP_LENGTHS = 0x0111, 0x0117
JPEG_OFFSET, JPEG_LENGTH = 0x0201, 0x0202
JPEG_START, JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 282, 283, 296
INCH, CENTIMETRE = 2, 3


def read_exif(image: Image.Image) -> bytes | None:
    """Return the EXIF block of a file whose header Pillow has read."""
    block = image.info.get("exif")
    return block if isinstance(block, bytes) else None


def read_resolution(image: Image.Image) -> tuple[float, float] | None:
    """Return the dots per inch (x, y) in a header, else in its EXIF block; None if damaged."""
    try:
        found = image.info.get("dpi")
        if found is None:
            tags = image.getexif()
            unit = tags.get(RESOLUTION_UNIT, INCH)
            pair: list[Any] = [tags.get(X_RESOLUTION), tags.get(Y_RESOLUTION)]
            if None in pair or unit not in (INCH, CENTIMETRE):
                return None
            found = [float(value) * (2.54 if unit == CENTIMETRE else 1) for value in pair]
        x, y = (round(float(value), 2) for value in found)
    except (SyntaxError, ValueError, TypeError, KeyError, ArithmeticError, OSError, struct.error):
        return None  # metadata may be damaged where the picture is not
    return x, y


def strip_prefix(exif: bytes) -> bytes | None:
    """Return the block without the JPEG prefix; None if it is not one."""
    block = exif.removeprefix(PREFIX)
    return block if block[:4] in (b"II*\0", b"MM\0*") else None


def orientation(block: bytes) -> int:
    """Return 1 .. 8; 1, upright, if the block does not say."""
    order = _order(block)
    for tag, kind, _, at in _entries(block, _first(block)):
        if tag == ORIENTATION and kind == SHORT:
            value: int = struct.unpack_from(order + "H", block, at)[0]
            return value if 1 <= value <= 8 else 1
    return 1


def set_orientation(block: bytes | None, value: int) -> bytes:
    """Return the block with this orientation, 1 .. 8; a new one where it has no such entry."""
    if block is None:
        return struct.pack("<4sIHHHIII", b"II*\0", 8, 1, ORIENTATION, SHORT, 1, value, 0)
    order, out = _order(block), bytearray(block)
    for tag, kind, _, at in _entries(block, _first(block)):
        if tag == ORIENTATION and kind == SHORT:
            struct.pack_into(order + "H", out, at, value)
            return bytes(out)
    tags = parse(block)
    tags[ORIENTATION] = value
    return serialize(tags)


def clean_exif(block: bytes) -> bytes:
    """Return the block with orientation 1 and without any picture of how the photo looked before.

    The thumbnail's bytes are erased, not only its directory; so are JPEG previews in the camera's
    notes. All other bytes keep their places.
    """
    order = _order(block)
    out = bytearray(block)
    first = _first(block)
    for tag, kind, _, at in _entries(block, first):
        if tag == ORIENTATION and kind == SHORT:
            struct.pack_into(order + "H", out, at, 1)
    if first + 2 <= len(block):
        count = struct.unpack_from(order + "H", block, first)[0]
        link = first + 2 + 12 * count
        if link + 4 <= len(block):
            _erase_thumbnail(out, struct.unpack_from(order + "I", block, link)[0])
            struct.pack_into(order + "I", out, link, 0)
    _erase_jpegs(out)
    return bytes(out)


def _erase_thumbnail(out: bytearray, directory: int) -> None:
    """Erase the thumbnail directory at an offset and the samples that it names."""
    if not 8 <= directory <= len(out) - 2:
        return
    order = _order(out)
    found: dict[int, list[int]] = {}
    entries = list(_entries(out, directory))
    for tag, kind, count, at in entries:
        if tag in (STRIP_OFFSETS, STRIP_LENGTHS, JPEG_OFFSET, JPEG_LENGTH):
            found[tag] = _integers(out, kind, count, at)
    for places, lengths in ((STRIP_OFFSETS, STRIP_LENGTHS), (JPEG_OFFSET, JPEG_LENGTH)):
        for place, length in zip(found.get(places, []), found.get(lengths, []), strict=False):
            if place >= 8:
                end = min(len(out), place + length)
                out[place:end] = bytes(max(0, end - place))
    end = min(len(out), directory + 2 + 12 * len(entries) + 4)
    if struct.unpack_from(order + "H", out, directory)[0] == len(entries):
        out[directory:end] = bytes(end - directory)


def _erase_jpegs(out: bytearray) -> None:
    """Erase JPEG files inside of the block, such as previews in a camera's notes."""
    start = out.find(JPEG_START)
    while start >= 0:
        end = _jpeg_end(out, start)
        out[start:end] = bytes(end - start)
        start = out.find(JPEG_START, max(end, start + 1))


def _jpeg_end(data: bytearray, start: int) -> int:
    """Return where the JPEG that may begin at `start` ends; `start` if it is none."""
    at = start + 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = struct.unpack_from(">BH", data, at + 1)
        at += 2 + length
        if marker == 0xDA:  # its samples follow
            end = data.find(JPEG_END, at)
            return end + len(JPEG_END) if end >= 0 else len(data)
    return start


def _integers(block: bytes | bytearray, kind: int, count: int, at: int) -> list[int]:
    """Return the values of a SHORT or LONG entry whose value field lies at `at`."""
    size = {SHORT: 2, LONG: 4}.get(kind)
    if size is None or count > len(block) // size:
        return []
    order = _order(block)
    if size * count > 4:
        at = struct.unpack_from(order + "I", block, at)[0]
    if at + size * count > len(block):
        return []
    return list(struct.unpack_from(f"{order}{count}{'H' if size == 2 else 'I'}", block, at))


def set_size(block: bytes, width: int, height: int) -> bytes:
    """Return the block with the picture's size, where it names one."""
    order = _order(block)
    out = bytearray(block)
    for tag, _, _, at in _entries(block, _first(block)):
        if tag != EXIF_IFD:
            continue
        inner = struct.unpack_from(order + "I", block, at)[0]
        for name, kind, _, place in _entries(block, inner):
            side = {PIXEL_X: width, PIXEL_Y: height}.get(name)
            if side is None:
                continue
            if kind == LONG:
                struct.pack_into(order + "I", out, place, side)
            elif kind == SHORT and side < 1 << 16:
                struct.pack_into(order + "H", out, place, side)
    return bytes(out)


def parse(block: bytes) -> Image.Exif:
    """Return the tags of a block, without the JPEG prefix, as Pillow reads them.

    A block that is damaged has none: a picture is written without it.
    """
    found = Image.Exif()
    try:
        found.load(PREFIX + block)
        for directory in (EXIF_IFD, GPS_IFD):
            found.get_ifd(directory)
        dict(found)  # values are read when they are first asked for
    except (
        SyntaxError,
        ValueError,
        TypeError,
        LookupError,
        ArithmeticError,
        OSError,
        struct.error,
    ):
        return Image.Exif()
    return found


def is_writable(tag: int, value: Any) -> bool:
    """Return True if Pillow can write a tag; it cannot for some that a damaged block holds."""
    directory = ImageFileDirectory_v2(prefix=b"II")
    try:
        directory[tag] = keep_bytes(value)
        directory.tobytes(8)
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, struct.error):
        return False
    return True


def serialize(tags: Image.Exif) -> bytes:
    """Return the block of these tags, without the JPEG prefix.

    Pillow reads text as Latin-1 and writes ASCII; here its bytes, mostly UTF-8, come back as read.
    """
    whole = Image.Exif()
    for tag, value in tags.items():
        if tag not in (EXIF_IFD, GPS_IFD) and is_writable(tag, value):
            whole[tag] = keep_bytes(value)
    for directory in (EXIF_IFD, GPS_IFD):
        inner = whole.get_ifd(directory)
        for tag, value in tags.get_ifd(directory).items():
            if isinstance(value, dict):  # the directory of interoperability
                inner[tag] = {name: keep_bytes(one) for name, one in value.items()}
            elif is_writable(tag, value):
                inner[tag] = keep_bytes(value)
    return whole.tobytes().removeprefix(PREFIX)


class RawText(str):
    """Text that Pillow read as Latin-1 and now writes with the bytes it had."""

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        """Return the bytes that were read; UTF-8 for text that was not read so."""
        try:
            return super().encode("latin-1")
        except UnicodeEncodeError:
            return super().encode("utf-8", "replace")


def keep_bytes(value: Any) -> Any:
    """Return text as `RawText`, other values as they are."""
    return RawText(value) if isinstance(value, str) else value


def _order(block: bytes | bytearray) -> str:
    return "<" if block[:2] == b"II" else ">"


def _first(block: bytes | bytearray) -> int:
    if len(block) < 8:
        return len(block)
    offset: int = struct.unpack_from(_order(block) + "I", block, 4)[0]
    return offset


def _entries(block: bytes | bytearray, offset: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (tag, type, count, place of the value) of each entry of the directory at `offset`."""
    order = _order(block)
    if offset + 2 > len(block):
        return
    for number in range(struct.unpack_from(order + "H", block, offset)[0]):
        at = offset + 2 + 12 * number
        if at + 12 > len(block):
            return
        tag, kind, count = struct.unpack_from(order + "HHI", block, at)
        yield tag, kind, count, at + 8
