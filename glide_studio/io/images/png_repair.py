"""Rebuild a PNG that ends too early or has damaged pixel data from the rows that can be read.

Rows are compressed one after the other (ISO/IEC 15948, 10), so whatever comes before the damage is
sound. Those of an interlaced picture are spread over seven passes: it needs them all.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

from glide_studio.imaging.geometry import Size
from glide_studio.io.images.picture import Announce
from glide_studio.io.images.png_chunks import MAX_CHUNKS, SIGNATURE, make_chunk

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by color type
HEADER = struct.Struct(">IIBBBBB")
PIECE_BYTES = 256  # of compressed data: what comes before a fault within one is lost with it
ADAM7 = (
    (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4),
    (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
)  # fmt: skip
"""(x, y) of the first pixel and the steps to the next ones, of each pass (8.2)."""


class RepairedPng(NamedTuple):
    """data: a sound file. size: of the picture. rows: that are there from the top; others are 0."""

    data: bytes
    size: Size
    rows: int


class _Chunk(NamedTuple):
    kind: bytes
    content: bytes
    damaged: bool  # by its checksum; one that is cut has none


def repair_png(data: bytes, announce: Announce) -> RepairedPng:
    """Make a sound file of a damaged one, without the chunks that are damaged.

    Raises:
        GlideError: from `announce`.
        ValueError: if there is no header, or not one row can be read.
    """
    chunks = _read_chunks(data)
    if not chunks or chunks[0].kind != b"IHDR" or len(chunks[0].content) != HEADER.size:
        raise ValueError("The file has no header.")
    width, height, depth, color, _, _, interlaced = HEADER.unpack(chunks[0].content)
    size, bits = Size(width, height), CHANNELS.get(color, 0) * depth
    announce(size)
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    wanted = sum(_pass_bytes(size, bits, one) for one in passes)
    sound = _inflate([one for one in chunks if one.kind == b"IDAT"], wanted)
    if len(sound) == wanted:
        rows = height
    else:
        rows = 0 if interlaced else len(sound) // _row_bytes(width, bits)
        sound = sound[: rows * _row_bytes(width, bits)]
    if not rows:
        raise ValueError("Nothing of the picture can be read.")
    kept = [make_chunk(kind, content) for kind, content, _ in chunks if kind != b"IDAT"]
    pixels = make_chunk(b"IDAT", zlib.compress(sound.ljust(wanted, b"\0"), 1))
    return RepairedPng(b"".join([SIGNATURE, *kept, pixels, make_chunk(b"IEND", b"")]), size, rows)


def _read_chunks(data: bytes) -> list[_Chunk]:
    """Return the chunks before IEND as far as they go; of the damaged ones only pixel data."""
    found: list[_Chunk] = []
    at = len(SIGNATURE)
    while at + 8 <= len(data) and len(found) < MAX_CHUNKS:
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IEND" or not kind.isalpha():
            break
        content = data[at + 8 : at + 8 + length]
        check = data[at + 8 + length : at + 12 + length]
        at += 12 + length
        damaged = len(check) == 4 and check != struct.pack(">I", zlib.crc32(kind + content))
        if kind == b"IDAT" or (len(check) == 4 and not damaged):
            found.append(_Chunk(kind, content, damaged))
    return found


def _row_bytes(width: int, bits: int) -> int:
    """Return the length of a row: its filter type and its pixels of so many bits."""
    return 1 + -(-width * bits // 8)


def _pass_bytes(size: Size, bits: int, one: tuple[int, int, int, int]) -> int:
    x, y, step_x, step_y = one
    columns, rows = -(-(size.width - x) // step_x), -(-(size.height - y) // step_y)
    return rows * _row_bytes(columns, bits) if columns > 0 and rows > 0 else 0


def _inflate(chunks: list[_Chunk], wanted: int) -> bytes:
    """Decompress pixel data, at most `wanted` bytes, up to the first that may be wrong.

    That is the begin of the first damaged chunk, unless the data's own checksum holds in the end.
    """
    decoder = zlib.decompressobj()
    out = bytearray()
    trusted: int | None = None
    try:
        for chunk in chunks:
            if chunk.damaged and trusted is None:
                trusted = len(out)
            for at in range(0, len(chunk.content), PIECE_BYTES):
                piece = chunk.content[at : at + PIECE_BYTES]
                out += decoder.decompress(piece, wanted + 1 - len(out))
                if decoder.eof:
                    return bytes(out[:wanted])
                if len(out) > wanted:
                    return bytes(out[: wanted if trusted is None else trusted])
    except zlib.error:
        pass
    return bytes(out if trusted is None else out[:trusted])
