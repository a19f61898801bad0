"""PNG chunks (ISO/IEC 15948): color profile, EXIF, XMP, IPTC, resolution and text.

The pixel codec reads and writes pixels alone; these chunks are read and inserted here.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from glide_studio.imaging.geometry import Size
from glide_studio.io.images import xmp_iptc
from glide_studio.io.images.picture import UNUSABLE_PROFILE, Picture
from glide_studio.translation import QT_TRANSLATE_NOOP, translate

SIGNATURE = b"\x89PNG\r\n\x1a\n"
XMP_KEYWORD = "XML:com.adobe.xmp"
INCH = 0.0254  # metres
RAW_PROFILE = "Raw profile type "  # keyword of blocks as hexadecimal text, by ImageMagick
MAX_TEXT = 16 << 20  # bytes of profile, metadata and text together, decompressed
MAX_TEXT_ITEMS = 1000  # chunks of them
MAX_CHUNKS = 1 << 20  # of all kinds; a picture of MAX_PIXELS has some 150,000
MAX_EXPANSION = 1032  # bytes that deflate makes of one at most
PIXEL_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
TEXT_LEFT_OUT = QT_TRANSLATE_NOOP(
    "PngChunks", "The file has more text than a picture needs; the rest was left out."
)


@dataclass(frozen=True, slots=True)
class Chunks:
    """Everything but the pixels; fields as in `Picture`, blocks as found."""

    size: Size
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    text: Mapping[str, str] = field(default_factory=dict)
    animated: bool = False
    iptc: bytes | None = None
    notes: tuple[str, ...] = ()


def chunks_of(picture: Picture) -> Chunks:
    """Return what a picture has besides its pixels."""
    return Chunks(
        picture.size,
        picture.icc,
        picture.exif,
        picture.xmp,
        picture.dpi,
        picture.text,
        iptc=picture.iptc,
    )


def iterate_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (type, content) of each chunk up to and with IEND; pixel data comes empty.

    Raises:
        ValueError: if the file ends before that, or there are more than MAX_CHUNKS.
    """
    at = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        if at + 12 > len(data):
            raise ValueError("The file ends before its IEND chunk.")
        length, kind = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            raise ValueError(f"The file ends inside of a {kind!r} chunk.")
        yield kind, data[at + 8 : at + 8 + length] if kind != b"IDAT" else b""
        if kind == b"IEND":
            return
        at += 12 + length
    raise ValueError("The file has more chunks than a picture needs.")


def read_chunks(data: bytes) -> Chunks:
    """Read all chunks but the pixels.

    Profile, metadata and text have one budget of MAX_TEXT bytes and MAX_TEXT_ITEMS chunks; what
    goes beyond is left out.

    Raises:
        ValueError: if the file is not a whole PNG.
    """
    size: Size | None = None
    blocks: dict[str, bytes] = {}
    dpi: tuple[float, float] | None = None
    text: dict[str, str] = {}
    animated = left_out = unusable_profile = False
    remaining, items = MAX_TEXT, 0
    for kind, content in iterate_chunks(data):
        if kind == b"IHDR":
            size = Size(*struct.unpack_from(">II", content))
        elif kind == b"pHYs" and len(content) == 9:
            x, y, unit = struct.unpack(">IIB", content)
            if unit == 1 and x and y:
                dpi = (_dpi(x), _dpi(y))
        elif kind == b"acTL":
            animated = True
        elif kind in (b"iCCP", b"eXIf", b"tEXt", b"zTXt", b"iTXt"):
            items += 1
            if remaining <= 0 or items > MAX_TEXT_ITEMS:
                left_out = True
                continue
            keyword, value = _value(kind, content, remaining)
            if value is None:
                left_out = left_out or kind != b"iCCP"
                unusable_profile = unusable_profile or kind == b"iCCP"
                remaining -= min(remaining, MAX_EXPANSION * len(content))
                continue
            remaining -= len(value)
            name = _block_name(kind, keyword)
            if name is None:
                text[keyword] = value.decode("utf-8" if kind == b"iTXt" else "latin-1", "replace")
            elif keyword.startswith(RAW_PROFILE):
                _add_raw_profile(blocks, name, value)
            else:
                blocks[name] = value
    if size is None:
        raise ValueError("The file has no IHDR chunk.")
    told = (
        (left_out, translate("PngChunks", TEXT_LEFT_OUT)),
        (unusable_profile, translate("Picture", UNUSABLE_PROFILE)),
    )
    notes = tuple(note for applies, note in told if applies)
    return Chunks(size, dpi=dpi, text=text, animated=animated, notes=notes, **blocks)


def keep_pixel_chunks(data: bytes) -> bytes:
    """Return the file with only the chunks that pixels are made of: no decoder reads the others.

    Raises:
        ValueError: if the file ends before its IEND chunk.
    """
    view = memoryview(data)  # whose parts are no copies
    kept, at = [view[: len(SIGNATURE)]], len(SIGNATURE)
    for kind, _ in iterate_chunks(data):
        (length,) = struct.unpack_from(">I", data, at)
        if kind in PIXEL_CHUNKS:
            kept.append(view[at : at + 12 + length])
        at += 12 + length
    return data if sum(map(len, kept)) == len(data) else b"".join(kept)


def _block_name(kind: bytes, keyword: str) -> str | None:
    """Return which field of `Chunks` a chunk holds; None for text."""
    if kind in (b"iCCP", b"eXIf"):
        return "icc" if kind == b"iCCP" else "exif"
    if keyword == XMP_KEYWORD:
        return "xmp"
    return keyword.removeprefix(RAW_PROFILE) if keyword.startswith(RAW_PROFILE) else None


def _value(kind: bytes, content: bytes, limit: int) -> tuple[str, bytes | None]:
    """Return (keyword, content); None for one that is damaged or longer than `limit`."""
    if kind == b"eXIf":
        return "", content
    keyword, _, rest = content.partition(b"\0")
    value: bytes | None = rest
    if kind in (b"zTXt", b"iCCP"):
        value = inflate(rest[1:], limit)
    elif kind == b"iTXt":
        compressed = rest[:1] == b"\1"
        value = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
        if compressed:
            value = inflate(value, limit)
    return keyword.decode("latin-1"), value


def _add_raw_profile(blocks: dict[str, bytes], name: str, value: bytes) -> None:
    """Add a block written as text: a name, a length, then hexadecimal digits.

    Others than EXIF, XMP and IPTC are dropped: they may hold previews of the picture.
    """
    lines = value.strip().split(b"\n", 2)
    try:
        block = bytes.fromhex(lines[2].decode("ascii")) if len(lines) == 3 else b""
    except ValueError:
        return
    if name in ("exif", "xmp") and block:
        blocks.setdefault(name, block)
    elif name == "iptc" and block:
        blocks["iptc"] = xmp_iptc.find_iptc(block) or block


def insert_chunks(encoded: bytes, chunks: Chunks) -> bytes:
    """Return an encoded PNG file with `chunks` inserted behind its header chunk."""
    added: list[bytes] = []
    if chunks.icc is not None:
        added.append(make_chunk(b"iCCP", b"icc\0\0" + zlib.compress(chunks.icc)))
    if chunks.dpi is not None:
        x, y = (round(value / INCH) for value in chunks.dpi)
        added.append(make_chunk(b"pHYs", struct.pack(">IIB", x, y, 1)))
    if chunks.exif is not None:
        added.append(make_chunk(b"eXIf", chunks.exif))
    if chunks.xmp is not None:
        added.append(make_chunk(b"iTXt", XMP_KEYWORD.encode() + b"\0\0\0\0\0" + chunks.xmp))
    if chunks.iptc is not None:
        resource = xmp_iptc.iptc_resource(chunks.iptc)
        digits = f"\niptc\n{len(resource):8}\n{resource.hex()}\n".encode()
        keyword = f"{RAW_PROFILE}iptc".encode()
        added.append(make_chunk(b"zTXt", keyword + b"\0\0" + zlib.compress(digits)))
    for key, value in chunks.text.items():
        # A keyword has 1 .. 79 Latin-1 characters (11.3.3.1).
        keyword = key.encode("latin-1", "replace")[:79].strip() or b"Comment"
        added.append(
            make_chunk(b"iTXt", keyword + b"\0\0\0\0\0" + value.encode("utf-8", "replace"))
        )
    header = len(SIGNATURE) + 12 + 13
    return b"".join([encoded[:header], *added, encoded[header:]])


def _dpi(metre: int) -> float:
    """Convert pixels a metre to the whole dpi meant: 150 and 300 dpi have no exact value."""
    whole = round(metre * INCH)
    meant = whole > 0 and round(whole / INCH) == metre
    return float(whole) if meant else round(metre * INCH, 2)


def inflate(data: bytes, limit: int = MAX_TEXT) -> bytes | None:
    """Decompress bytes; None if they are damaged or become more than `limit`."""
    decoder = zlib.decompressobj()
    try:
        out = decoder.decompress(data, limit)
    except zlib.error:
        return None
    return out if decoder.eof else None


def make_chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk with its length and checksum."""
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
